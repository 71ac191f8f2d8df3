"""When: what people type as a time, in their own zone, across the change of clocks."""

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from handlers.base.command import Actor, Context
from handlers.people.timezones import zone_of
from handlers.text.times import UnknownTime, parse_time, say_time
from storage.tables.states import Via
from tests.harness.scene import Scene

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)  # 09:58 in Berlin


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("2h", "2026-03-02 10:58"),
        ("30m", "2026-03-02 09:28"),
        ("90 minutes", "2026-03-02 10:28"),
        ("3d", "2026-03-05 08:58"),
        ("1 week", "2026-03-09 08:58"),
        ("  Tomorrow ", "2026-03-03 08:00"),
        ("friday", "2026-03-06 08:00"),
        ("FRI", "2026-03-06 08:00"),
        ("thurs", "2026-03-05 08:00"),
        ("monday", "2026-03-09 08:00"),
        ("2026-05-04", "2026-05-04 07:00"),
        ("2026-05-04 15:30", "2026-05-04 13:30"),
        ("2026-05-04T15:30", "2026-05-04 13:30"),
        ("2026-05-04t15:30z", "2026-05-04 15:30"),
        ("2026-05-04T15:30-05:00", "2026-05-04 20:30"),
    ],
)
def test_what_people_type_is_a_moment_in_their_zone(typed: str, until: str) -> None:
    assert parse_time(typed, MONDAY, BERLIN) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "h",
        "2",
        "-2h",
        "2y",
        "soon",
        "mo",
        "mondayy",
        "25:00",
        "2026-13-01",
        "2026-05-04 15:30 Berlin",
        "1e3h",
        "²h",
    ],
)
def test_what_is_no_time_is_told_what_may_be_typed(typed: str) -> None:
    with pytest.raises(UnknownTime, match="Type when: 30m, 2h"):
        parse_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["x" * 40_000, "9" * 5_000 + "h", "\x00", "tomorrow\ntomorrow"], ids=len)
def test_hostile_input_is_no_time_either(typed: str) -> None:
    with pytest.raises(UnknownTime, match="Type when: 30m, 2h"):
        parse_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["0m", "2026-03-01", "2026-03-02 09:58", "0001-01-02"])
def test_what_is_past_is_refused(typed: str) -> None:
    with pytest.raises(UnknownTime, match="past"):
        parse_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["367d", "9999w", "2027-03-10", "9999-12-31 12:00"])
def test_more_than_a_year_is_refused(typed: str) -> None:
    with pytest.raises(UnknownTime, match="year"):
        parse_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_the_ends_of_the_calendar_are_nonsense_not_errors(typed: str) -> None:
    with pytest.raises(UnknownTime):
        parse_time(typed, MONDAY, BERLIN)


def test_tomorrow_is_nine_by_the_clock_on_the_wall_across_the_change(scene: Scene) -> None:
    saturday = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)  # clocks go forward in the night to Sunday
    assert parse_time("tomorrow", saturday, BERLIN) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    october = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    assert parse_time("tomorrow", october, BERLIN) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    assert parse_time("24h", october, BERLIN) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_a_time_that_the_clock_skips_or_shows_twice_is_still_a_moment() -> None:
    assert parse_time("2026-03-29 02:30", MONDAY, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert parse_time("2026-10-25 02:30", MONDAY, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_tomorrow_is_the_actors_tomorrow() -> None:
    late = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # still Monday evening in New York
    assert parse_time("tomorrow", late, NEW_YORK) == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
    assert parse_time("monday", late, NEW_YORK) == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)  # summer time by then


@pytest.mark.parametrize(
    ("own", "used"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        (None, "America/New_York"),
        ("Europe", "America/New_York"),
        ("No/Where", "America/New_York"),
        ("../../etc/passwd", "America/New_York"),
        ("x" * 5_000, "America/New_York"),
    ],
)
def test_the_zone_is_the_actors_else_the_departments(scene: Scene, own: str | None, used: str) -> None:
    mention = scene.arrive("Hello")

    def look(found: bool) -> str:
        return scene.database.read(
            lambda session: (
                zone_of(
                    Context(
                        session=session,
                        now=scene.now,
                        organisation=scene.organisation,
                        actor=Actor(id=1, name="Ana", department_id=None, timezone=own),
                        via=Via.COMMAND,
                        random=Random(1),
                        found=mention if found else None,
                    )
                ).key
            )
        )

    assert look(found=True) == used
    assert look(found=False) == (used if own == "Asia/Tokyo" else "Europe/Berlin")


def test_a_moment_is_said_so_that_nobody_has_to_guess() -> None:
    assert say_time(MONDAY, BERLIN) == "Monday 2 March 2026, 09:58 (Europe/Berlin)"
