"""The worked cases: every figure is what was worked out, on both databases, and a wrong definition is seen.

Ten definitions that are easily mistaken are planted, one at a time, and each has to make some case wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete
from sqlmodel import SQLModel

from handlers.report.counting import take
from handlers.report.counting.take import Take
from handlers.report.figures import figures, statistics
from handlers.report.figures.figures import DepartmentSpeed
from handlers.report.figures.material import Material, read_material
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.statistics import Breadth, Times, rate
from storage.engine import triggers
from storage.engine.database import Database
from storage.people import people
from storage.report import folding
from storage.report.shapes import FactRow, LogRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import ChainHead, OwnershipEvent, Remark
from storage.tables.people import Department, Person
from storage.tables.posts import Post
from storage.tables.replies import Draft, Review
from storage.tables.states import Action
from tests.harness.counted import Case, cases, count, moment, put, vectors

ZONE = ZoneInfo("UTC")


def rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def said(found: Material, case: Case) -> dict[str, Any]:
    """Return what our figures say, in the words of the cases."""
    key = dict(enumerate(case.departments, start=1)) | {0: "none"}

    def named(by: Mapping[int, Any]) -> dict[str, Any]:
        return {key[one]: number for one, number in by.items()}

    covered, bounced, talk = figures.coverage(found), figures.bounce(found), figures.talk(found)
    speed, review, engagement = figures.speed(found), figures.review(found), figures.engagement(found)
    takings = {rung: getattr(figures, rung)(found) for rung in ("acted", "owned", "spoke")}
    told: dict[str, Any] = {
        "participation": {rung: {"all": one.people, "by": named(one.by)} for rung, one in takings.items()},
        "first_time": {rung: sorted(figures.first_time(found, rung)) for rung in takings},
        "breadth": {
            "replies": _breadth(figures.spread_of_replies(found), key) | {"none": found.by("replies")[0]},
            "claims": _breadth(figures.spread_of_claims(found), key) | {"none": found.by("claims")[0]},
            "owned_time": _breadth(figures.spread_of_time(found), key),
        },
        "coverage": {
            "arrived": covered.arrived,
            "dismissed": covered.dismissed,
            "answered": covered.answered.k,
            "resolved_silent": covered.resolved_silent,
            "open": covered.open,
            "acted": covered.acted,
            "rate": covered.answered.rate,
            "low": covered.answered.low,
            "high": covered.answered.high,
        },
        "bounce": {"handed_off": bounced.handed_on, "hops": bounced.hops, "bounced": bounced.bounced},
        "conversation": {"answered": talk.answered, "talked_back": talk.talked_back, "exchanges": talk.exchanges},
        "times": {name: _times(getattr(speed, name)) for name in ("claim", "reply", "resolution")},
        "times_by_department": named({one: _speed(two) for one, two in figures.speed_by_department(found).items()}),
        "review": {
            "verdicts": review.approved.n,
            "approved": review.approved.k,
            "median": review.waited.median,
            "p90": review.waited.p90,
        },
        "map": {f"{source}>{key[a]}": number for (a, source), number in figures.source_map(found).items()},
        "proactive": {
            "unasked": found.total("unasked"),
            "asked": found.total("asked"),
            "unknown": found.total("asked_unknown"),
        },
        "engage": {"replies": engagement.k, "own_posts": found.own_posts, "share": engagement.rate},
    }
    told |= {what: found.total(what) for what in ("taken_over", "released", "returned")}
    for what in ("handed_off", "helped"):
        told[what] = {f"{key[a]}>{key[b]}": number for (a, b), number in figures.between(found, what).items()}
    fair = figures.fairness(found)
    tiers = {tier: {"answered": one.k, "n": one.n, "rate": one.rate} for tier, one in fair.tiers.items()}
    gap = fair.gap
    told["fairness"] = {"tiers": tiers, "gap": gap and {"difference": gap.difference, "low": gap.low, "high": gap.high}}
    return told


def _breadth(found: Breadth, key: Mapping[int, str]) -> dict[str, Any]:
    shares = {key[one]: share for one, share in found.shares.items()}
    numbers = {name: getattr(found, name) for name in ("n", "breadth", "normalised", "effective", "error")}
    return {**numbers, "shares": shares}


def _times(found: Times) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("n", "reached", "median", "p90")}


def _speed(found: DepartmentSpeed) -> dict[str, Any]:
    return {"claim": _times(found.claim) | {"passed_on": found.passed_on}, "reply": _times(found.reply)}


def wrong(database: Database, case: Case) -> list[str]:
    """Count a case in an empty database; returns the figures that are not what was worked out."""
    period = Period("2026-03", case.since.date(), case.until.date(), ZONE)
    database.write(lambda session: put(session, case))
    count(database)
    found = rounded(said(database.read(lambda session: read_material(session, period, case.now)), case))
    database.write(clear)
    return [name for name, expected in case.expected.items() if rounded(found[name]) != rounded(expected)]


def clear(session: Any) -> None:
    """Empty the database, the log too; a new one for each case would take longer than all cases."""
    connection = session.connection()
    folding.move(session, 0, "")
    while folding.empty(session, 1_000):
        pass
    model: type[SQLModel]
    for model in (Review, Draft, Post, Remark):
        connection.execute(delete(table_of(model)))
    sqlite = connection.dialect.name == "sqlite"
    guard = "ownership_event_no_delete" if sqlite else "ownership_event_no_change"
    connection.exec_driver_sql(f"DROP TRIGGER {guard}" + ("" if sqlite else " ON ownership_event"))
    for model in (OwnershipEvent, Mention, Person, Department):
        connection.execute(delete(table_of(model)))
    triggers.create(connection)
    connection.execute(table_of(ChainHead).update().values(seq=0, hash="0" * 64))


def test_every_figure_of_every_case_is_what_was_worked_out(database: Database) -> None:
    found = {case.name: wrong(database, case) for case in cases()}
    assert len(found) == 14
    assert {name: those for name, those in found.items() if those} == {}


# --- wrong definitions -----------------------------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def two_accounts_are_two(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(people, "joined", lambda _session: {})


def who_waits_is_left_out(patch: pytest.MonkeyPatch) -> None:
    counted = statistics.times
    patch.setattr(figures, "times", lambda spans: counted([one for one in spans if one is not None]))


def a_backward_clock_takes_less_than_no_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(take, "microseconds", lambda since, until: (until - since) // timedelta(microseconds=1))


def being_given_something_is_owning(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(take, "OWNED", take.OWNED | {Action.ASSIGNED})


def the_dismissed_are_in_the_rate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FactRow, "counts", property(lambda _self: True))


def a_quick_author_makes_us_wait(patch: pytest.MonkeyPatch) -> None:
    def answered(_self: Take, _row: LogRow, fact: FactRow, _stay: object) -> None:
        fact.back += fact.reply is not None

    patch.setitem(take._HAPPEN, Action.AUTHOR_ANSWERED, answered)


def departments_are_judged_from_arrival(patch: pytest.MonkeyPatch) -> None:
    handed_off = Take._handed_off

    def hand_off(self: Take, row: LogRow, fact: FactRow, stay: Any) -> None:
        handed_off(self, row, fact, stay)
        self._tables.stays[row.mention_id][-1].entered = fact.arrived

    patch.setitem(take._HAPPEN, Action.HANDED_OFF, hand_off)


def the_holders_department_is_the_mentions(patch: pytest.MonkeyPatch) -> None:
    hold = Take._hold

    def held(self: Take, row: LogRow, fact: FactRow) -> None:
        hold(self, row, fact)
        fact.holder_department_id = fact.department_id

    patch.setattr(Take, "_hold", held)


END: Any = vars(Period)["end"].fget


def the_last_instant_is_part_of_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Period, "end", property(lambda self: END(self) + timedelta(microseconds=1)))


def the_first_resolution_counts(patch: pytest.MonkeyPatch) -> None:
    resolved = Take._resolved

    def first(self: Take, row: LogRow, fact: FactRow, stay: Any) -> None:
        if fact.done is None:
            resolved(self, row, fact, stay)

    patch.setitem(take._HAPPEN, Action.RESOLVED, first)


PLANTED: tuple[Plant, ...] = (
    two_accounts_are_two,
    who_waits_is_left_out,
    being_given_something_is_owning,
    the_dismissed_are_in_the_rate,
    a_quick_author_makes_us_wait,
    departments_are_judged_from_arrival,
    the_holders_department_is_the_mentions,
    the_first_resolution_counts,
)


@contextmanager
def planted(plant: Plant) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        yield


def test_each_wrong_definition_makes_some_case_wrong(in_memory: Database) -> None:
    missed = []
    for plant in PLANTED:
        with planted(plant):
            if not any(wrong(in_memory, case) for case in cases()):
                missed.append(plant.__name__)
    assert missed == []


NINE = datetime(2026, 3, 31, 9, tzinfo=UTC)
NEXT = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plant", "claimed", "arrived", "right", "mistaken"),
    [
        (a_backward_clock_takes_less_than_no_time, NINE - timedelta(minutes=1), NINE, (2, 0), (2, -60)),
        (the_last_instant_is_part_of_it, NINE, NEXT, (1, 0), (2, 0)),
    ],
)
def test_the_two_that_no_worked_case_has_are_seen_too(
    in_memory: Database,
    plant: Plant,
    claimed: datetime,
    arrived: datetime,
    right: tuple[int, float],
    mistaken: tuple[int, float],
) -> None:
    rows = [
        [1, NINE.isoformat(), 1, "arrived", None, None, None, None, None, 1, "source"],
        [2, claimed.isoformat(), 1, "claimed", 7, 1, None, 7, 1, 1, "button"],
        [3, arrived.isoformat(), 2, "arrived", None, None, None, None, None, 1, "source"],
    ]
    until = NINE + timedelta(days=5)
    mentions = {key: {"source": "blog"} for key in "12"}
    case = Case("ours", ("support",), mentions, rows, [], [], NINE, until, until, {})
    for one, expected in ((lambda _: None, right), (plant, mistaken)):
        with planted(one):
            in_memory.write(lambda session: put(session, case))
            count(in_memory)
            period = read_period("2026-03", ZONE, until)
            found = in_memory.read(partial(read_material, period=period, now=until))
            claim = figures.speed(found).claim
            assert (figures.coverage(found).arrived, claim.seconds[0]) == expected
            in_memory.write(clear)


# --- periods and rates -----------------------------------------------------------------------------------------------


def test_periods_begin_and_end_where_they_were_worked_out() -> None:
    for one in vectors()["periods"]:
        period = read_period(one["label"], ZoneInfo(one["timezone"]), moment("2027-01-01T00:00:00Z"))
        assert (period.since, period.end) == (moment(one["from"]), moment(one["until"])), one["label"]


def test_intervals_are_what_was_worked_out() -> None:
    for one in vectors()["wilson"]:
        found = rate(one["k"], one["n"])
        assert rounded({"low": found.low, "high": found.high}) == {"low": one["low"], "high": one["high"]}
