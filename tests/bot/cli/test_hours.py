"""What `dibs hours` says, word for word, as an operator reads it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.cli.hours import dues, next_openings, say_holidays, say_hours
from bot.settings.targets import read_span
from handlers.base.clocks import Target, Targets
from handlers.base.hours import Calendar, Hours
from handlers.base.organisation import DepartmentConfig, Organisation
from storage.tables.states import ClockKind

NOW = datetime(2026, 10, 23, 10, 0, tzinfo=UTC)  # a Friday, 12:00 in Berlin
OFFICE = Calendar(
    name="berlin",
    timezone="Europe/Berlin",
    week=dict.fromkeys(range(5), ((540, 750), (810, 1_080))),
    dates={date(2026, 10, 26): ()},
)
ACME = Organisation(
    fallback="support",
    departments=(
        DepartmentConfig(key="support", name="Customer support", timezone="Europe/Berlin"),
        DepartmentConfig(key="finance", name="Finance", timezone="UTC", hours=Hours(OFFICE)),
        DepartmentConfig(
            key="night",
            name="Night desk",
            timezone="UTC",
            hours=Hours(Calendar(name="nights", timezone="UTC", week={5: ((1_320, 1_800),)})),
        ),
    ),
)


def said(*typed: str) -> str:
    key, when, how_long = (*typed, "", "")[:3]
    outcome = say_hours(ACME, key, when, how_long, NOW)
    assert outcome.code == 0, outcome.text
    return outcome.text


def refused(*typed: str) -> str:
    key, when, how_long = (*typed, "", "")[:3]
    outcome = say_hours(ACME, key, when, how_long, NOW)
    assert outcome.code == 2, outcome.text
    return outcome.text


def test_now_and_what_follows() -> None:
    assert said("finance").splitlines() == [
        "Finance is open on Friday 23 October 2026, 12:00 (Europe/Berlin), by the calendar berlin.",
        "  Fri 23 Oct 2026, 09:00 to 12:30",
        "  Fri 23 Oct 2026, 13:30 to 18:00",
        "  Tue 27 Oct 2026, 09:00 to 12:30",
        "  Tue 27 Oct 2026, 13:30 to 18:00",
        "  Wed 28 Oct 2026, 09:00 to 12:30",
    ]


def test_when_so_many_hours_are_over_across_the_change_of_clocks_and_a_closed_date() -> None:
    told = said("finance", "2026-10-24 21:00", "9h")
    assert "Finance is closed on Saturday 24 October 2026, 21:00 (Europe/Berlin)" in told
    assert "9h of its opening hours are over on Wednesday 28 October 2026, 10:00 (Europe/Berlin)." in told


@pytest.mark.parametrize("when", ["2026-10-26", "monday", "2026-10-26 09:30"])
def test_a_listed_date_is_closed_however_it_is_named(when: str) -> None:
    assert "Finance is closed on Monday 26 October 2026" in said("finance", when)


def test_the_past_may_be_asked_about() -> None:
    assert "Finance is open on Monday 5 January 2026, 09:00" in said("finance", "2026-01-05 09:00")


def test_a_night_ends_on_the_next_day() -> None:
    assert "  Sat 24 Oct 2026, 22:00 to Sun 25 Oct 06:00" in said("night")


def test_without_a_calendar_all_hours_count() -> None:
    told = said("support", "2026-10-24 21:00", "24h")
    assert "Customer support has no calendar: it is open around the clock." in told
    # The night in which clocks go back has an hour more.
    assert "24h of its opening hours are over on Sunday 25 October 2026, 20:00 (Europe/Berlin)." in told


def test_the_next_openings_stand_in_one_line() -> None:
    finance = ACME.department("finance")
    assert next_openings(finance, NOW) == "Fri 23 Oct 2026, 09:00 to 12:30, Fri 23 Oct 2026, 13:30 to 18:00"
    assert next_openings(ACME.department("support"), NOW) == ""


def test_until_when_a_mention_that_came_now_would_want_something() -> None:
    targets = Targets(
        by_kind={
            ClockKind.CLAIM: Target(within=timedelta(hours=1)),
            ClockKind.NEXT_REPLY: Target(within=timedelta(hours=1)),
            ClockKind.RESOLUTION: Target(within=timedelta(hours=24), business=False),
        }
    )
    told = dues(replace(ACME.department("finance"), targets=targets), NOW)
    assert told == "claim due Fri 23 Oct 2026, 14:00, resolution due Sat 24 Oct 2026, 12:00"
    assert dues(ACME.department("finance"), NOW) == ""
    high = replace(targets, high={ClockKind.CLAIM: Target(within=timedelta(minutes=1), business=False)})
    few = dues(replace(ACME.department("finance"), targets=high), NOW, high=True)
    assert few != told
    assert dues(replace(ACME.department("finance"), targets=high), NOW) == told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("finanse",), "There is no department 'finanse'; did you mean"),
        (("xyz",), "There is no department 'xyz'. There are: support, finance, night."),
        (("finance", "whenever"), "Say when: "),
        (("finance", "2026-02-30"), "There is no 2026-02-30: write a date and a time"),
        (("finance", "9999-12-31"), "is outside the years that calendars hold."),
        (("finance", "0001-01-01"), "is outside the years that calendars hold."),
        (("finance", "2026-10-24", "2d"), '"2d" is no length such as'),
        (("finance", "2026-10-24", "0h"), '"0h" is no length such as'),
        (("finance", "2026-10-24", "99999h"), '"99999h" is no length such as'),
    ],
)
def test_what_cannot_be_answered_says_why(typed: tuple[str, ...], told: str) -> None:
    assert told in refused(*typed)


@pytest.mark.parametrize(("text", "minutes"), [("9h", 540), ("90m", 90), ("1h30m", 90), ("1h 30m", 90), ("1H", 60)])
def test_a_length_is_read(text: str, minutes: int) -> None:
    assert read_span(text).total_seconds() == minutes * 60


@pytest.mark.parametrize("text", ["", "9", "h", "1d", "9h9h", "-1h", "1.5h"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length"):
        read_span(text)


def test_holidays_are_lines_to_read_and_paste() -> None:
    outcome = say_holidays("de-be", "2027")
    if outcome.code:
        assert "Install it: pip install 'holidays" in outcome.text
        pytest.skip("the list of holidays is not installed")
    lines = outcome.text.splitlines()
    assert lines[1] == "[calendars.NAME.dates]"
    assert any(line.startswith("2027-03-08 = []    # Mon ") for line in lines)  # in Berlin alone
    assert all(line.startswith("2027-") for line in lines[2:])


@pytest.mark.parametrize(
    ("region", "year"), [("", ""), ("DE", ""), ("Germany", "2027"), ("DE", "27"), ("../x", "2027")]
)
def test_holidays_want_a_region_and_a_year(region: str, year: str) -> None:
    outcome = say_holidays(region, year)
    assert (outcome.code, outcome.text) == (
        2,
        "Name a country or a part of it, and a year: dibs hours holidays DE-BE 2027",
    )


@pytest.mark.parametrize("region", ["ZZ", "DE-XX"])
def test_a_region_that_the_list_does_not_know_is_said(region: str) -> None:
    assert say_holidays(region, "2027").code == 2
