"""Rules of calendars in dibs.toml: what they mean, and what each mistake is told, with its line."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from handlers.base.clocks import Target, Targets
from handlers.base.hours import Calendar
from storage.tables.states import ClockKind
from tests.bot.settings.test_settings import read, refusal

HEAD = '[organisation]\ntimezone = "Europe/Berlin"\n'
DEPARTMENT = '[departments.support]\nslack = "#support"\ncalendar = "office"\n'


def written(calendar: str) -> str:
    return f"{HEAD}{DEPARTMENT}[calendars.office]\n{calendar}\n"


def office(tmp_path: Path, calendar: str) -> Calendar:
    found = read(tmp_path, written(calendar)).organisation.department("support").calendar
    assert found is not None
    return found


def test_a_calendar_has_the_zone_of_the_organisation_unless_it_says_otherwise(tmp_path: Path) -> None:
    week = 'week = { mon = ["09:00-17:00"] }'
    assert office(tmp_path, week).timezone == "Europe/Berlin"
    assert office(tmp_path, f'timezone = "Asia/Tokyo"\n{week}').timezone == "Asia/Tokyo"


def test_days_stand_alone_in_ranges_and_in_lists(tmp_path: Path) -> None:
    week = office(
        tmp_path, 'week = { mon-thu = ["09:00-12:30", "13:30-18:00"], "FRI,sun" = ["22:00-06:00"], sat = [] }'
    ).week
    assert week[0] == week[3] == ((540, 750), (810, 1_080))
    assert week[4] == week[6] == ((1_320, 1_800),)
    assert week[5] == ()


def test_a_range_may_go_over_the_end_of_the_week(tmp_path: Path) -> None:
    assert sorted(office(tmp_path, 'week = { sat-mon = ["00:00-24:00"] }').week) == [0, 5, 6]


def test_dates_have_their_own_hours_or_none(tmp_path: Path) -> None:
    text = 'week = { mon = ["09:00-17:00"] }\ndates = { 2026-12-24 = ["09:00-12:00"], 2026-12-25 = [] }'
    assert office(tmp_path, text).dates == {date(2026, 12, 24): ((540, 720),), date(2026, 12, 25): ()}


def test_periods_that_touch_are_no_mistake(tmp_path: Path) -> None:
    assert office(tmp_path, 'week = { mon = ["13:00-17:00", "09:00-13:00"] }').week[0] == ((540, 780), (780, 1_020))


def test_a_department_without_a_calendar_is_there_around_the_clock(tmp_path: Path) -> None:
    assert read(tmp_path).organisation.department("support").calendar is None


@pytest.mark.parametrize(
    ("calendar", "told"),
    [
        (
            "",
            'line 6: [calendars.office] week never opens in the next 400 days; write week = { mon-fri = ["09:00',
        ),
        ("week = {}", "never opens in the next 400 days"),
        ("week = { mon = [] }", "never opens in the next 400 days"),
        ("dates = { 2001-01-01 = ['09:00-10:00'] }", "never opens in the next 400 days"),
        (
            "week = { mon = ['09:00-12:00', '11:30-15:00'] }",
            "line 7: [calendars.office.week] mon has 09:00-12:00 and 11:30-15:00, which overlap.",
        ),
        ("week = { mon = ['22:00-06:00', '23:00-24:00'] }", "has 22:00-06:00 and 23:00-24:00, which overlap."),
        (
            "week = { mon-fri = ['09:00-12:00'], wed = ['09:00-12:00'] }",
            "wed has wed, which stands in this week already.",
        ),
        ("week = { monday = ['09:00-12:00'] }", 'monday names no days; write mon, mon-fri or "sat,sun"'),
        ("week = { mon = '09:00-12:00' }", 'mon is a list, such as ["09:00-12:00"]; [] is closed.'),
        ("week = { mon = ['9 to 5'] }", 'mon: "9 to 5" is a period such as "09:00-12:30".'),
        ("week = { mon = ['09:00-25:00'] }", "has a time that there is not; a day goes from 00:00 to 24:00."),
        ("week = { mon = [9] }", "mon is text in quotes."),
        ("week = ['mon']", "week is a table"),
        ("week = { mon = ['09:00-12:00'] }\ndates = { 2026-02-30 = [] }", "2026-02-30 is no date such as 2026-12-24."),
        ("week = { mon = ['09:00-12:00'] }\ndates = { christmas = [] }", "christmas is no date such as 2026-12-24."),
        (
            "week = { mon = ['09:00-12:00'] }\ntimezone = 'Europe/Berlln'",
            '"Europe/Berlln" is no time zone such as "Europe/Berlin"',
        ),
        ("week = { mon = ['09:00-12:00'] }\nopen = true", 'does not know "open"'),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, calendar: str, told: str) -> None:
    assert told in refusal(tmp_path, written(calendar))


def test_a_calendar_that_is_not_there_is_told_with_one_that_is(tmp_path: Path) -> None:
    text = f'{HEAD}{DEPARTMENT}[calendars.ofice]\nweek = {{ mon = ["09:00-12:00"] }}\n'
    assert '[departments.support] calendar "office" is no calendar; did you mean "ofice"?' in refusal(tmp_path, text)


def test_too_many_dates_are_told_and_not_worked_through(tmp_path: Path) -> None:
    dates = ", ".join(
        f"{2000 + year:04}-{month:02}-{day:02} = []"
        for year in range(10)
        for month in range(1, 13)
        for day in range(1, 29)
    )
    assert "has more than 2,000 dates; those that are over can go." in refusal(
        tmp_path, written(f"dates = {{ {dates} }}")
    )


# --- targets ----------------------------------------------------------------------------------------------------------


def promised(tmp_path: Path, targets: str) -> Targets:
    text = f'[departments.support]\nslack = "#support"\n[departments.support.targets]\n{targets}\n'
    return read(tmp_path, text).organisation.department("support").targets


def test_without_a_table_nothing_is_promised(tmp_path: Path) -> None:
    assert not read(tmp_path).organisation.department("support").targets


def test_targets_are_spans_of_opening_hours_or_of_real_time(tmp_path: Path) -> None:
    found = promised(tmp_path, 'claim = "90m"\nresolution = { within = "24h", count = "calendar" }\nwarn = "50%"')
    assert found.by_kind == {
        ClockKind.CLAIM: Target(within=timedelta(minutes=90)),
        ClockKind.RESOLUTION: Target(within=timedelta(hours=24), business=False),
    }
    assert found.warn == 0.5


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ('claim = "2d"', 'dibs.toml, line 4: [departments.support.targets] claim: "2d" is no length such as "9h"'),
        ('first_reply = "0m"', '"0m" is no length'),
        ('first_reply = "10001h"', '"10001h" is no length'),
        ("first_reply = 4", "first_reply is text in quotes."),
        ('reply = "4h"', 'does not know "reply"'),
        ('claim = { within = "1d" }', '[departments.support.targets.claim] within: "1d" is no length'),
        ('claim = { count = "calendar" }', "[departments.support.targets.claim] within is missing."),
        ('claim = { within = "1h", count = "real" }', 'count is "business", which is the default, or "calendar"'),
        ('warn = "75"', 'warn is a share of the time, such as "75%"'),
        ('warn = "101%"', 'warn is a share of the time, such as "75%"'),
    ],
)
def test_a_target_that_is_none_is_told_with_its_place(tmp_path: Path, targets: str, told: str) -> None:
    text = f'[departments.support]\nslack = "#support"\n[departments.support.targets]\n{targets}\n'
    assert told in refusal(tmp_path, text)
