"""Hours against right answers, and against an oracle that knows no table: it asks each minute by the rules alone."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handlers.base.hours import MOST_CLOSED, Calendar, Hours, Period, read_period, write_period
from handlers.text.times import WEEKDAYS

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "business-time.json"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Zones with something of their own, and around which days: both nights in which clocks change, and odder ones.
NIGHTS: dict[str, tuple[str, ...]] = {
    "Europe/Berlin": ("2026-03-28", "2026-10-24"),
    "America/New_York": ("2026-03-07", "2026-10-31"),
    "Europe/London": ("2026-03-28", "2026-10-24"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),  # half an hour
    "America/Sao_Paulo": ("2018-11-03", "2019-02-16"),  # no midnight, a Saturday of 25 hours
    "Pacific/Chatham": ("2026-04-04", "2026-09-26"),  # three quarters of an hour off
    "America/Santiago": ("2026-04-04", "2026-09-05"),
    "Africa/Cairo": ("2026-04-23", "2026-10-29"),  # no midnight
    "America/St_Johns": ("2026-03-07", "2026-10-31"),
    "Asia/Kathmandu": ("2026-03-28", "1985-12-31"),
    "Asia/Tehran": ("2021-03-21", "2021-09-21"),
    "Australia/Sydney": ("2026-04-04", "2026-10-03"),
    "Pacific/Apia": ("2011-12-29", "2011-12-31"),  # a day that there was not
}


def week(**days: list[str]) -> dict[int, tuple[Period, ...]]:
    """Return a week: days or ranges with "_" for the hyphen, and their periods."""
    found: dict[int, tuple[Period, ...]] = {}
    for names, periods in days.items():
        first, _, last = names.partition("_")
        for day in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
            found[day] = tuple(map(read_period, periods))
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- right answers ---------------------------------------------------------------------------------------------------


def vectors() -> list[dict[str, Any]]:
    """Return those that ask of hours alone: a clock that begins at arrival, and no pause or other calendar."""
    if not VECTORS.exists():
        return []
    told = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    plain = {"arrived", "replied"}
    return [
        one for one in told if one["clock"]["kind"] == "first_reply" and {e["what"] for e in one["events"]} <= plain
    ]


def told_calendar(told: dict[str, Any]) -> Calendar:
    found: dict[int, tuple[Period, ...]] = {}
    for names, periods in told["week"].items():
        for part in names.split(","):
            found |= week(**{part.replace("-", "_"): periods})
    dates = {date.fromisoformat(day): tuple(map(read_period, listed)) for day, listed in told.get("dates", {}).items()}
    return Calendar(timezone=told["timezone"], week=found, dates=dates)


def span(text: str) -> timedelta:
    units = {"h": 3_600, "m": 60, "s": 1}
    seconds, number = 0, ""
    for letter in text:
        if letter in units:
            seconds, number = seconds + int(number) * units[letter], ""
        else:
            number += letter
    return timedelta(seconds=seconds)


@pytest.mark.skipif(not vectors(), reason="the right answers lie beside the checkout")
@pytest.mark.parametrize("vector", vectors(), ids=lambda one: one["id"])
def test_the_right_answers_come_out(vector: dict[str, Any]) -> None:
    expected, clock = vector["expected"], vector["clock"]
    hours = Hours(told_calendar(vector["calendar"]) if clock["count"] == "business" else None)
    begin = at(vector["events"][0]["at"])
    replied = [at(one["at"]) for one in vector["events"] if one["what"] == "replied"]
    end = replied[0] if replied else at(vector["until"])
    assert hours.add(begin, span(clock["within"])) == at(expected["due_at"])
    business = Hours(told_calendar(vector["calendar"]))
    assert business.between(begin, end) == timedelta(seconds=expected["business_seconds"])
    assert end - begin.astimezone(UTC) == timedelta(seconds=expected["calendar_seconds"])


# --- the oracle ------------------------------------------------------------------------------------------------------


class Oracle:
    """Says of one instant whether it is open, by the rules alone."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.timezone)

    def wall(self, day: date, minutes: int) -> datetime:
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def is_open(self, instant: datetime) -> bool:
        here = instant.astimezone(self.zone).date()
        for day in (here + number * DAY for number in (-2, -1, 0, 1)):
            if self.wall(day, 0) == self.wall(day + DAY, 0):
                continue
            for begin, end in self.calendar.of(day):
                opens, closes = self.wall(day, begin), self.wall(day, end)
                if day + DAY in self.calendar.dates:
                    closes = min(closes, self.wall(day + DAY, 0))
                if opens <= instant < closes:
                    return True
        return False


def made_up(random: Random, zone: str, around: date) -> Calendar:
    """Return a calendar with periods at odd minutes, nights, overlaps, listed dates, and days without any."""

    def periods() -> tuple[Period, ...]:
        found = []
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            begin = random.choice((0, 60, 90, 120, 135, 150, 165, 180, 1_320, random.randrange(1_440)))
            end = random.choice((1_440, 0, 60, 90, 120, 150, 165, 180, 240, random.randrange(1_440)))
            found.append((begin, end if end > begin else end + 1_440))
        return tuple(sorted(found))

    dates = {around + random.randrange(-2, 4) * DAY: periods() for _ in range(random.choice((0, 0, 1, 2)))}
    return Calendar(timezone=zone, week={day: periods() for day in range(7)}, dates=dates)


def compared(random: Random, zone: str, around: date) -> None:
    """Compare a made-up calendar with the oracle, minute by minute for three days, and by the second at the edges."""
    calendar = made_up(random, zone, around)
    hours, oracle = Hours(calendar), Oracle(calendar)
    begin = datetime.combine(around, time(), UTC) - timedelta(hours=random.randrange(24))
    minutes = [begin + number * MINUTE for number in range(3 * 1_440)]
    opened = [oracle.is_open(minute) for minute in minutes]
    assert [hours.is_open(minute) for minute in minutes] == opened, calendar
    assert hours.between(begin, minutes[-1] + MINUTE) == sum(opened) * MINUTE, calendar
    for number in range(1, len(minutes)):
        if opened[number] is not opened[number - 1]:
            edge = minutes[number]
            before, after = edge - timedelta(microseconds=1), edge + timedelta(seconds=1)
            assert (hours.is_open(before), hours.is_open(after)) == (opened[number - 1], opened[number]), calendar
    for _ in range(20):
        start, amount = random.choice(minutes), random.randrange(1, 1_500) * MINUTE
        due = hours.add(start, amount)
        assert due is None or _is_earliest(hours, start, amount, due), calendar


def _is_earliest(hours: Hours, start: datetime, amount: timedelta, due: datetime) -> bool:
    """Say whether all of it is used up then, and was not a moment before."""
    return hours.between(start, due) == amount and hours.between(start, due - timedelta(microseconds=1)) < amount


def cases(most: int) -> Iterator[tuple[int, str, date]]:
    nights = [(zone, date.fromisoformat(night)) for zone, listed in NIGHTS.items() for night in listed]
    for number in range(most):
        zone, night = nights[number % len(nights)]
        yield number, zone, night


@pytest.mark.parametrize(("seed", "zone", "night"), [*cases(len(NIGHTS))])
def test_every_minute_of_the_odd_nights_is_open_or_closed_by_the_rules(seed: int, zone: str, night: date) -> None:
    compared(Random(seed), zone, night)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_five_hundred_calendars_agree_with_the_rules(part: int) -> None:
    for seed, zone, night in [*cases(500)][part::20]:
        compared(Random(1_000 + seed), zone, night)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_openings_follow_each_other_and_begin_with_the_one_that_is_under_way() -> None:
    hours = Hours(Calendar(timezone="Europe/Berlin", week=week(mon_fri=["09:00-12:30", "13:30-18:00"])))
    found = list(islice(hours.openings(at("2026-10-23T12:00:00+02:00")), 4))
    assert [(begin.isoformat(), end.isoformat()) for begin, end in found] == [
        ("2026-10-23T07:00:00+00:00", "2026-10-23T10:30:00+00:00"),
        ("2026-10-23T11:30:00+00:00", "2026-10-23T16:00:00+00:00"),
        ("2026-10-26T08:00:00+00:00", "2026-10-26T11:30:00+00:00"),
        ("2026-10-26T12:30:00+00:00", "2026-10-26T17:00:00+00:00"),
    ]
    assert all(one[1] < following[0] for one, following in pairwise(found))


def test_hours_that_never_come_are_none_and_no_loop() -> None:
    hours = Hours(Calendar(timezone="UTC", week={}, dates={date(2026, 5, 4): ((540, 600),)}))
    begin = at("2026-05-01T00:00:00+00:00")
    assert hours.add(begin, timedelta(minutes=60)) == at("2026-05-04T10:00:00+00:00")
    assert hours.add(begin, timedelta(minutes=61)) is None
    assert hours.add(begin + 30 * DAY, MINUTE) is None
    assert list(hours.openings(begin + 30 * DAY)) == []


def test_an_hour_a_week_is_counted_for_years() -> None:
    hours = Hours(Calendar(timezone="Europe/Berlin", week=week(mon=["09:00-10:00"])))
    begin = at("2026-01-05T09:00:00+01:00")
    assert hours.add(begin, timedelta(hours=157)) == at("2029-01-01T10:00:00+01:00")


def test_a_gap_just_shorter_than_the_limit_is_waited_for() -> None:
    closed = {date(2026, 1, 1) + number * DAY: () for number in range(MOST_CLOSED.days - 8)}
    hours = Hours(Calendar(timezone="UTC", week=week(mon_sun=["09:00-10:00"]), dates=closed))
    due = hours.add(at("2026-01-01T00:00:00+00:00"), timedelta(hours=1))
    assert due == datetime.combine(max(closed) + DAY, time(10), UTC)


def test_nothing_is_no_wait_and_what_is_turned_round_has_no_length() -> None:
    hours = Hours(Calendar(timezone="UTC", week=week(mon=["09:00-10:00"])))
    saturday = at("2026-05-09T12:00:00+00:00")
    assert hours.add(saturday, timedelta()) == saturday
    assert hours.between(saturday, saturday - DAY) == timedelta()


def test_without_a_calendar_all_time_counts() -> None:
    hours, begin = Hours(None), at("2026-03-28T12:00:00+01:00")
    assert hours.is_open(begin)
    assert hours.add(begin, DAY) == at("2026-03-29T13:00:00+02:00")
    assert hours.between(begin, at("2026-03-29T13:00:00+02:00")) == DAY
    assert list(hours.openings(begin)) == []


def test_a_date_that_a_zone_skipped_has_no_hours() -> None:
    # Friday, 30 December 2011: Apia went from Thursday to Saturday.
    hours = Hours(Calendar(timezone="Pacific/Apia", week=week(fri=["09:00-17:00"])))
    begin = at("2011-12-29T18:00:00-10:00")
    assert hours.add(begin, timedelta(hours=1)) == at("2012-01-06T10:00:00+14:00")


def test_a_calendar_is_the_same_text_however_it_was_written() -> None:
    one = Calendar(timezone="UTC", week=week(mon_tue=["09:00-24:00"], sat=[]), dates={date(2026, 1, 1): ()})
    other = Calendar(name="other", timezone="UTC", week=week(tue=["09:00-24:00"], mon=["09:00-24:00"]), dates=one.dates)
    assert one.text == other.text
    assert Calendar.read(one.text).text == one.text
    assert Hours(Calendar.read(one.text)).is_open(at("2026-01-05T23:59:59+00:00"))


@pytest.mark.parametrize("text", ["09:00-12:30", "22:00-06:00", "00:00-24:00", "22:00-22:00", "00:00-00:30"])
def test_a_period_is_written_as_it_was_read(text: str) -> None:
    assert write_period(read_period(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "9-17", "09:00", "24:00-25:00", "09:60-10:00", "24:00-24:00", "09:00-24:01", "9:00 to 10:00", "٠٩:٠٠-١٠:٠٠"],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|time"):
        read_period(text)
