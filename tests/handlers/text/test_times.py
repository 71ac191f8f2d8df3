"""When: what people type as a time, in their own zone, across the change of clocks."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from handlers.base.command import Actor, Context
from handlers.base.timezones import zone_of
from handlers.text.times import Moment, UnknownTime, presets, read_time, say_time
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
    assert read_time(typed, MONDAY, BERLIN).at == datetime.fromisoformat(until).replace(tzinfo=UTC)


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
    with pytest.raises(UnknownTime, match="Say when: 30m, 2h"):
        read_time(typed, MONDAY, BERLIN)


WEDNESDAY = datetime(2026, 3, 4, 8, 58, tzinfo=UTC)  # 09:58 in Berlin


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("in 2 hours", "2026-03-04 11:58"),
        ("for 45 min", "2026-03-04 10:43"),
        ("2h 30m", "2026-03-04 12:28"),
        ("1d4h", "2026-03-05 13:58"),
        ("1 day and 2 hours", "2026-03-05 11:58"),
        ("an hour", "2026-03-04 10:58"),
        ("in two weeks", "2026-03-18 09:58"),
        ("half an hour", "2026-03-04 10:28"),
        ("in half an hour", "2026-03-04 10:28"),
        ("a quarter of an hour", "2026-03-04 10:13"),
        ("an hour and a half", "2026-03-04 11:28"),
        ("3 and a half hours", "2026-03-04 13:28"),
        ("17:00", "2026-03-04 17:00"),
        ("１７：００", "2026-03-04 17:00"),
        ("at 17:00", "2026-03-04 17:00"),
        ("5pm", "2026-03-04 17:00"),
        ("5 PM", "2026-03-04 17:00"),
        ("5:15 p.m.", "2026-03-04 17:15"),
        ("noon", "2026-03-04 12:00"),
        ("12pm", "2026-03-04 12:00"),
        ("12am", "2026-03-05 00:00"),
        ("midnight", "2026-03-05 00:00"),
        ("9:58", "2026-03-05 09:58"),
        ("8am", "2026-03-05 08:00"),
        ("today 16:30", "2026-03-04 16:30"),
        ("tomorrow 10:30", "2026-03-05 10:30"),
        ("Tomorrow, 10:30", "2026-03-05 10:30"),
        ("tomorrow at 8am", "2026-03-05 08:00"),
        ("8am tomorrow", "2026-03-05 08:00"),
        ("until tomorrow morning", "2026-03-05 09:00"),
        ("the day after tomorrow", "2026-03-06 09:00"),
        ("friday 9am", "2026-03-06 09:00"),
        ("on fri at 14:00", "2026-03-06 14:00"),
        ("14:00 on friday", "2026-03-06 14:00"),
        ("this friday", "2026-03-06 09:00"),
        ("wednesday 17:00", "2026-03-11 17:00"),
        ("next week", "2026-03-09 09:00"),
        ("next week thursday", "2026-03-12 09:00"),
        ("thursday next week 15:00", "2026-03-12 15:00"),
        ("next monday", "2026-03-09 09:00"),
        ("next wednesday", "2026-03-11 09:00"),
        ("4 may", "2026-05-04 09:00"),
        ("May 4th, 5pm", "2026-05-04 17:00"),
        ("3 feb", "2027-02-03 09:00"),
        ("4 sept 2026 10:00", "2026-09-04 10:00"),
        ("2026-05-04 5pm", "2026-05-04 17:00"),
        ("2026-05-04 at 15:30", "2026-05-04 15:30"),
    ],
)
def test_times_may_be_typed_as_people_say_them(typed: str, there: str) -> None:
    assert read_time(typed, WEDNESDAY, BERLIN).at.astimezone(BERLIN) == datetime.fromisoformat(there).replace(
        tzinfo=BERLIN
    )


@pytest.mark.parametrize(
    "typed",
    [
        "1.5h", "1,5h", "2h 60m", "1d 24h", "1w 9d", "2h 2h", "30m 2h", "2h,", "a 5m", "in", "in 17:00", "in tomorrow",
        "24:00", "12:60", "7:5", "17", "1700", "17.00", "17:00:00", "17:00 utc", "0pm", "13am", "-17:00", "5pmm",
        "17:00 18:00", "5 o'clock", "tomorrow 5", "tomorrow tomorrow", "tomorrow midnight", "tomorrow 2h",
        "tomorrowish", "evening", "tonight", "today", "today morning", "yesterday", "friday monday", "fridays",
        "next friday", "this tuesday", "last friday", "next", "next month", "this week", "weekend", "next next monday",
        "04/05", "4.5.", "31 june", "30 feb", "may", "may may", "4 4", "0 may", "4 may 5", "2026-5-4", "2026-06-31",
        "couple of hours", "half", "half a day", "²5pm", "5pm" + " " * 60 + "x",
        "friday" + " and then at some time in the afternoon when nobody is there", "monday or tuesday",
    ],
)  # fmt: skip
def test_what_may_mean_another_time_is_refused(typed: str) -> None:
    """A day is never taken for another: "next friday" is this week's to some, and "17.00" the 17th of nothing."""
    with pytest.raises(UnknownTime, match=r"tomorrow 10:30, monday 14:00, next week, or a date such as"):
        read_time(typed, WEDNESDAY, BERLIN)


def test_today_is_refused_when_it_is_past_and_a_bare_time_is_tomorrows() -> None:
    with pytest.raises(UnknownTime, match="past"):
        read_time("today 9am", WEDNESDAY, BERLIN)
    assert say_time(read_time("9am", WEDNESDAY, BERLIN).at, BERLIN).startswith("Thursday 5 March 2026, 09:00")


GAP = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
OVERLAP = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["2:30am", "tomorrow 02:30", "sunday 2:30 am", "2026-03-29 02:30", "29 march 02:30"])
def test_a_time_that_the_clock_skips_is_said(typed: str) -> None:
    read = read_time(typed, GAP, BERLIN)
    assert read.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert read.remark == "The clock skips 02:30 on that day."


@pytest.mark.parametrize("typed", ["2:30am", "tomorrow 02:30", "2026-10-25 02:30"])
def test_of_a_time_that_the_clock_shows_twice_the_first_that_is_to_come_is_meant(typed: str) -> None:
    read = read_time(typed, OVERLAP, BERLIN)
    assert read.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read.remark == "The clock shows 02:30 twice on that day; the first is meant."


def test_between_two_times_of_one_name_the_second_is_meant() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45, for the first time
    for typed in ("2:30am", "today 02:30", "2026-10-25 02:30"):
        read = read_time(typed, between, BERLIN)
        assert read.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert read.remark == "The clock shows 02:30 twice on that day; the second is meant."


@pytest.mark.parametrize("typed", ["tomorrow 10:30", "2h", "midnight", "2026-03-29 03:30+02:00"])
def test_an_ordinary_time_has_no_remark(typed: str) -> None:
    assert read_time(typed, GAP, BERLIN).remark == ""


@pytest.mark.parametrize("typed", ["x" * 40_000, "9" * 5_000 + "h", "\x00", "tomorrow\ntomorrow"], ids=len)
def test_hostile_input_is_no_time_either(typed: str) -> None:
    with pytest.raises(UnknownTime, match="Say when: 30m, 2h"):
        read_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["0m", "2026-03-01", "2026-03-02 09:58", "0001-01-02"])
def test_what_is_past_is_refused(typed: str) -> None:
    with pytest.raises(UnknownTime, match="past"):
        read_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["367d", "9999w", "2027-03-10", "9999-12-31 12:00"])
def test_more_than_a_year_is_refused(typed: str) -> None:
    with pytest.raises(UnknownTime, match="year"):
        read_time(typed, MONDAY, BERLIN)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_the_ends_of_the_calendar_are_nonsense_not_errors(typed: str) -> None:
    with pytest.raises(UnknownTime):
        read_time(typed, MONDAY, BERLIN)


def test_tomorrow_is_nine_by_the_clock_on_the_wall_across_the_change(scene: Scene) -> None:
    saturday = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)  # clocks go forward in the night to Sunday
    assert read_time("tomorrow", saturday, BERLIN).at == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    october = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    assert read_time("tomorrow", october, BERLIN).at == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    assert read_time("24h", october, BERLIN).at == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_a_time_that_the_clock_skips_or_shows_twice_is_still_a_moment() -> None:
    assert read_time("2026-03-29 02:30", MONDAY, BERLIN).at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert read_time("2026-10-25 02:30", MONDAY, BERLIN).at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_tomorrow_is_the_actors_tomorrow() -> None:
    late = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # still Monday evening in New York
    assert read_time("tomorrow", late, NEW_YORK).at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
    assert read_time("monday", late, NEW_YORK).at == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)  # summer time by then


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (
            "2026-11-29T09:20:00",  # a Sunday
            ["In 2 hours (11:20)", "This afternoon (15:00)", "Tomorrow 9:00 (Mon 30 Nov)"],
        ),
        (
            "2026-11-25T09:20:30",
            [
                "In 2 hours (11:21)",
                "This afternoon (15:00)",
                "Tomorrow 9:00 (Thu 26 Nov)",
                "Monday 9:00 (Mon 30 Nov)",
            ],
        ),
        ("2026-11-25T13:00:00", ["In 2 hours (15:00)", "Tomorrow 9:00 (Thu 26 Nov)", "Monday 9:00 (Mon 30 Nov)"]),
        ("2026-11-25T15:00:00", ["In 2 hours (17:00)", "Tomorrow 9:00 (Thu 26 Nov)", "Monday 9:00 (Mon 30 Nov)"]),
        (
            "2026-11-30T23:30:00",  # a Monday: the next one is meant
            ["In 2 hours (Tue 1 Dec, 1:30)", "Tomorrow 9:00 (Tue 1 Dec)", "Monday 9:00 (Mon 7 Dec)"],
        ),
    ],
)
def test_what_is_offered_lies_ahead_differs_and_says_what_it_means(now: str, offered: list[str]) -> None:
    there = datetime.fromisoformat(now).replace(tzinfo=BERLIN).astimezone(UTC)
    shown = presets(there, BERLIN)
    assert [one.label for one in shown] == offered
    assert all(one.at > there for one in shown)
    assert len({one.at for one in shown}) == len(shown)


@pytest.mark.parametrize(
    ("now", "zone", "label", "at"),
    [
        ("2026-03-28T20:00", BERLIN, "Tomorrow 9:00 (Sun 29 Mar)", "2026-03-29T07:00"),  # clocks go forward that night
        ("2026-03-28T20:00", BERLIN, "Monday 9:00 (Mon 30 Mar)", "2026-03-30T07:00"),
        ("2026-10-24T08:00", BERLIN, "Tomorrow 9:00 (Sun 25 Oct)", "2026-10-25T08:00"),  # and back
        ("2026-10-24T08:00", BERLIN, "This afternoon (15:00)", "2026-10-24T13:00"),
        ("2026-10-25T00:30", BERLIN, "In 2 hours (3:30)", "2026-10-25T02:30"),  # 02:30, and two hours later 03:30
        ("2026-03-29T00:30", BERLIN, "In 2 hours (4:30)", "2026-03-29T02:30"),
        ("2026-11-01T05:30", NEW_YORK, "In 2 hours (2:30)", "2026-11-01T07:30"),
        ("2026-03-08T04:00", NEW_YORK, "Tomorrow 9:00 (Sun 8 Mar)", "2026-03-08T13:00"),  # still Saturday there
    ],
)
def test_what_is_offered_is_right_where_clocks_are_put_forward_or_back(
    now: str, zone: ZoneInfo, label: str, at: str
) -> None:
    offered = {one.label: one.at for one in presets(datetime.fromisoformat(now).replace(tzinfo=UTC), zone)}
    assert offered[label] == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_what_is_chosen_hours_later_means_what_it_said_then() -> None:
    """Its value is the moment: neither the hour at which it is sent nor another zone makes another one of it."""
    for one in presets(OVERLAP, BERLIN):
        assert read_time(one.value, OVERLAP + timedelta(minutes=90), NEW_YORK) == Moment(one.at)
    soon, *_ = presets(OVERLAP, BERLIN)
    with pytest.raises(UnknownTime, match="past"):
        read_time(soon.value, OVERLAP + timedelta(hours=3), BERLIN)


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
