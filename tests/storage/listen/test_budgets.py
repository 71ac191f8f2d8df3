"""Budgets: what is spent is spent once, in the window where it may be counted, whoever comes at the same moment."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from storage.engine.database import Database
from storage.listen import budgets
from storage.listen.budgets import BudgetRow, Key, Spending, Standing
from tests.harness.engines import open_sharing

FIRST, SECOND, THIRD = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))
KEY = Key("tube", "units", "day")


def spending(cost: int, day: datetime = SECOND, *, most: int = 10, late: bool = False) -> Spending:
    day_long = timedelta(days=1)
    return Spending(
        cost=cost, allowed=most, most=most, before=day - day_long, began=day, ends=day + day_long, late=late
    )


def spend(database: Database, *asked: Spending) -> list[Standing | None]:
    return [database.write(lambda session, one=one: budgets.spend(session, KEY, one)) for one in asked]  # type: ignore[misc]


def row(database: Database) -> BudgetRow:
    (found,) = database.read(lambda session: budgets.rows(session, [KEY.source]))
    return found


def test_the_last_unit_is_spent_once_and_nothing_after_it(database: Database) -> None:
    assert spend(database, spending(9), spending(2), spending(1), spending(1)) == [
        Standing(9, SECOND),
        None,
        Standing(10, SECOND),
        None,
    ]


def test_a_new_window_begins_with_what_may_be_counted_in_it(database: Database) -> None:
    spend(database, spending(4), spending(3, late=True))
    assert spend(database, spending(8, THIRD)) == [None]
    assert spend(database, spending(7, THIRD)) == [Standing(10, THIRD)]


def test_what_was_late_two_windows_ago_counts_no_more(database: Database) -> None:
    spend(database, spending(10, FIRST, late=True))
    assert spend(database, spending(10, THIRD)) == [Standing(10, THIRD)]


def test_a_clock_that_is_set_back_does_not_give_a_window_twice(database: Database) -> None:
    spend(database, spending(10, SECOND), spending(6, THIRD))
    assert spend(database, spending(5, SECOND)) == [None]
    assert spend(database, spending(4, SECOND), spending(1, THIRD)) == [Standing(10, THIRD), None]


def test_a_clock_that_was_far_ahead_leaves_no_window_that_never_ends(database: Database) -> None:
    spend(database, spending(6, datetime(2031, 1, 1, tzinfo=UTC)))
    assert spend(database, spending(5), spending(4)) == [None, Standing(10, SECOND)]
    assert spend(database, spending(10, THIRD)) == [Standing(10, THIRD)]


@pytest.mark.parametrize(
    ("late", "day", "total"), [(False, SECOND, 3), (True, SECOND, 3), (False, THIRD, 1), (True, THIRD, 4)]
)
def test_what_is_given_back_is_given_back_where_it_counts(
    database: Database, late: bool, day: datetime, total: int
) -> None:
    spend(database, spending(9, late=late), *([spending(1, THIRD)] if day == THIRD else []))
    database.write(lambda session: budgets.correct(session, KEY, -6, SECOND, THIRD, late=late))
    found = row(database)
    assert (found.began_at, found.spent) == (day, total)


def test_what_came_to_more_than_was_thought_is_booked_beyond_the_budget(database: Database) -> None:
    spend(database, spending(10))
    assert database.write(lambda session: budgets.correct(session, KEY, 2, SECOND, THIRD, late=False)) == Standing(
        12, SECOND
    )
    assert spend(database, spending(0)) == [None]


def test_a_network_that_counts_more_is_believed_and_one_that_counts_less_is_not(database: Database) -> None:
    spend(database, spending(5))
    learnt = [
        database.write(lambda session, told=told: budgets.learn(session, KEY, told, SECOND))  # type: ignore[misc]
        for told in (4, 8)
    ]
    assert learnt == [None, Standing(8, SECOND)]
    assert database.write(lambda session: budgets.learn(session, KEY, 9, FIRST)) is None


def test_budgets_are_read_by_their_sources_and_forgotten_when_they_are_long_over(database: Database) -> None:
    spend(database, spending(5))
    other = Key("gone", "USD", "month")
    database.write(lambda session: budgets.spend(session, other, spending(1, FIRST)))
    read = database.read(lambda session: budgets.rows(session, ["tube", "never"]))
    assert read == [BudgetRow("tube", "units", "day", SECOND, 5, 0, 10)]
    database.write(lambda session: budgets.clean(session, FIRST + budgets.KEPT + timedelta(hours=1)))
    assert database.read(lambda session: budgets.rows(session, ["tube", "gone"])) == read


@pytest.mark.race
def test_replicas_that_meet_on_the_last_units_do_not_both_get_them(database: Database, database_url: str) -> None:
    other = Database(open_sharing(database_url))
    most, got = 7, []

    def work(one: Database, key: Key, ready: threading.Barrier) -> None:
        ready.wait()
        for _ in range(most):
            got.append(one.write(lambda session: budgets.spend(session, key, spending(1, most=most))))

    for turn in range(20):
        got.clear()
        ready = threading.Barrier(2)
        key = Key(f"tube {turn}", "units", "day")
        both = [threading.Thread(target=work, args=(one, key, ready)) for one in (database, other)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        totals = sorted(one.spent for one in got if one is not None)
        assert totals == list(range(1, most + 1))
    other.close()


@pytest.mark.race
def test_two_that_begin_a_budget_at_the_same_moment_both_get_of_it(database: Database, database_url: str) -> None:
    other = Database(open_sharing(database_url))

    def work(one: Database, key: Key, ready: threading.Barrier) -> None:
        ready.wait()
        got.append(one.write(lambda session: budgets.spend(session, key, spending(1, most=2))))

    for turn in range(40):
        got: list[Standing | None] = []
        ready, key = threading.Barrier(2), Key(f"tube {turn}", "units", "day")
        both = [threading.Thread(target=work, args=(one, key, ready)) for one in (database, other)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(one.spent for one in got if one is not None) == [1, 2]
    other.close()


def test_a_budget_that_was_raised_since_it_was_spent_of_is_known_for_it_once(database: Database) -> None:
    def raised(most: int) -> bool:
        return database.write(lambda session: budgets.raised(session, KEY, most))

    assert not raised(10)
    spend(database, spending(1))
    assert [raised(10), raised(9), raised(11), raised(11)] == [False, False, True, False]
