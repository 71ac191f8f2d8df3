"""The fold: the same whatever the portions, whatever is killed, and whoever turns out to be whom; days are local."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session

from handlers.base.command import ByToken, as_system
from handlers.dispatch.ticks import TICKS
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.report.counting.days import begins, split
from handlers.report.counting.fold import FoldLog, fold
from handlers.report.counting.rebuild import compare
from storage.engine.database import Database
from storage.own import ownership
from storage.report import folding
from storage.report.folding import Position
from storage.tables.base import table_of
from storage.tables.ownership import OwnershipEvent
from storage.tables.report import CountDay, Fact
from storage.tables.states import Action, Via
from tests.harness.counted import ALL_AT_ONCE, Case, cases, count, counted, put
from tests.harness.scene import ORGANISATION, START, Scene, at


def largest() -> Case:
    return max(cases(), key=lambda case: len(case.rows))


def forget(session: Session) -> None:
    """Let the tables begin anew, all at once."""
    folding.move(session, 0, "")
    while folding.empty(session, 50):
        pass


def test_one_by_one_by_seven_and_all_at_once_are_the_same_and_so_is_the_whole_log_counted_anew(
    database: Database,
) -> None:
    database.write(lambda session: put(session, largest()))
    found = []
    for most in (1, 7, ALL_AT_ONCE):
        count(database, most=most)
        found.append(counted(database))
        compared = database.read(lambda session: compare(session, replace(ORGANISATION, timezone="UTC")))
        assert (compared.rows, compared.differences) == (len(largest().rows), ())
        database.write(forget)
    assert found[0] == found[1] == found[2]
    assert all(found[0].values())


class Killed(Exception):
    """Stands for the end of a process."""


def test_whoever_is_killed_in_a_portion_repeats_nothing_and_skips_nothing(database: Database) -> None:
    database.write(lambda session: put(session, largest()))
    count(database)
    whole, chance = counted(database), Random(1)
    database.write(forget)

    def portion(session: Session) -> bool:
        more = fold(session, "UTC", chance.randint(1, 9))
        if chance.random() < 0.8:
            raise Killed
        return more

    kills = 0
    for _ in range(2_000):
        try:
            if not database.write(portion):
                break
        except Killed:
            kills += 1
    assert kills >= 200
    assert counted(database) == whole


@pytest.mark.parametrize("most", [1, ALL_AT_ONCE])
def test_what_somebody_was_given_is_their_departments_as_soon_as_they_do_anything(
    database: Database, most: int
) -> None:
    rows = [
        [1, "2026-03-02T09:00:00Z", 1, "arrived", None, None, None, None, None, 1, "source"],
        [2, "2026-03-02T09:00:00Z", 2, "arrived", None, None, None, None, None, 1, "source"],
        [3, "2026-03-02T09:05:00Z", 1, "assigned", 7, 1, None, 9, 1, 1, "button"],
        [4, "2026-03-02T09:10:00Z", 2, "noted", 9, 3, None, None, 1, 1, "button"],
        [5, "2026-03-02T09:15:00Z", 1, "released", 7, 1, 9, None, 1, 1, "button"],
    ]
    mentions = {key: {"source": "blog"} for key in "12"}
    departments = ("support", "finance", "product")
    case = Case("given", departments, mentions, rows, [], [], START, START, START + timedelta(days=1), {})
    database.write(lambda session: put(session, case))
    count(database, most=most)
    held = {key: row for key, row in counted(database)["count_day"].items() if key[1] == "held"}
    assert held == {("2026-03-02", "held", 3, ""): ("2026-03-02", "held", 3, "", 600_000_000)}


def test_what_differs_from_the_log_is_said_and_put_right_by_counting_anew(database: Database) -> None:
    database.write(lambda session: put(session, largest()))
    count(database)
    whole = counted(database)

    def spoil(session: Session) -> None:
        fact, days = table_of(Fact), table_of(CountDay)
        session.connection().execute(update(fact).where(fact.c.mention_id == 1).values(hops=77))
        session.connection().execute(delete(days).where(days.c.what == "claims"))

    database.write(spoil)
    told = database.read(lambda session: compare(session, ORGANISATION)).differences
    assert told[0] == f"fact: 1 of {len(whole['fact'])} rows"
    assert "77" in told[1]
    assert any(line.startswith("count_day: ") for line in told)
    database.write(forget)
    count(database)
    assert counted(database) == whole


def test_another_time_zone_has_other_days_so_all_is_counted_anew(database: Database) -> None:
    database.write(lambda session: put(session, largest()))
    count(database, "UTC")
    there = counted(database)
    count(database, "Asia/Tokyo")
    anew = counted(database)
    assert anew["count_day"] != there["count_day"]
    assert anew["fact"] == there["fact"]
    database.write(forget)
    count(database, "Asia/Tokyo")
    assert counted(database) == anew


def test_the_tick_counts_behind_all_else_and_only_what_is_new(scene: Scene) -> None:
    (tick,) = (one for one in TICKS if one.name == "fold")
    (prepare,) = tick.steps(scene.organisation).values()

    def due() -> FoldLog | None:
        def ask(session: Session) -> FoldLog | None:
            command = prepare(as_system(session, scene.organisation, scene.now, Random(1), via=Via.TIMER))
            assert command is None or isinstance(command, FoldLog)
            return command

        return scene.database.read(ask)

    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    command = due()
    assert command is not None
    assert command.behind
    assert scene.do(command).ok
    assert due() is None
    assert scene.database.read(folding.position)[0] == Position(2, scene.organisation.timezone)
    scene.pass_time(minutes=5)
    scene.do(HandOffMention(who=scene.who("UANA"), reference=ByToken(mention.token), department="support"))
    assert scene.do(FoldLog(job="fold")).ok
    (fact,) = counted(scene.database)["fact"].values()
    assert fact[4] == 0  # claimed in the moment in which it came
    assert counted(scene.database)["count_day"][("2026-03-02", "held", 2, "")][-1] == 300_000_000


def test_rows_that_know_no_mention_and_mentions_that_never_arrived_are_passed_over(scene: Scene) -> None:
    mention = scene.arrive()

    def more(session: Session) -> None:
        ownership.append(
            session,
            ownership.Change(mention_id=None, action=Action.SWITCHED_OFF, via=Via.OPERATOR, at=START),
            ownership.Change(mention_id=mention.id, action="something_new", via=Via.API, at=START),
        )

    scene.database.write(more)
    count(scene.database)
    assert scene.database.read(folding.position)[0].seq == 3
    assert len(counted(scene.database)["fact"]) == 1


def test_the_log_itself_is_only_read(database: Database) -> None:
    database.write(lambda session: put(session, largest()))
    before = database.read(lambda session: list(ownership.rows(session)))
    count(database)
    assert database.read(lambda session: list(ownership.rows(session))) == before
    assert table_of(OwnershipEvent).name == "ownership_event"


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # it has no midnight
        ("Pacific/Apia", date(2011, 12, 30), 0),  # it was left out
        ("America/Havana", date(2026, 11, 1), 25),  # its midnight comes twice
    ],
)
def test_a_day_lasts_until_the_next_one_begins(zone: str, day: date, hours: int) -> None:
    where = ZoneInfo(zone)
    since, until = begins(day, where), begins(day + timedelta(days=1), where)
    assert until - since == timedelta(hours=hours)
    wide = split(since - timedelta(hours=5), until + timedelta(hours=5), where)
    found = dict(wide)
    assert found.get(day, 0) == hours * 3_600_000_000
    assert sum(found.values()) == (hours + 10) * 3_600_000_000


def test_a_clock_that_goes_backward_takes_no_time() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert list(split(noon, noon - timedelta(hours=1), ZoneInfo("UTC"))) == []
