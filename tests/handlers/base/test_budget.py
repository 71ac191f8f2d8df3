"""Budgets: how windows begin and end, at which midnight, and how an amount is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base.budget import ON_ITS_WAY, SKEW, USD, Budget, Unit, Window, span_at

UNITS = Unit("unit", "units")
MOMENTS = st.floats(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "began", "ends"),
    [
        (Window.MINUTE, "2026-03-02 09:41:59", "2026-03-02 09:41", "2026-03-02 09:42"),
        (Window.UTC_DAY, "2026-03-02 23:59:59", "2026-03-02", "2026-03-03"),
        (Window.PACIFIC_DAY, "2026-03-02 07:59", "2026-03-01 08:00", "2026-03-02 08:00"),
        (Window.PACIFIC_DAY, "2026-03-02 08:00", "2026-03-02 08:00", "2026-03-03 08:00"),
        # The clocks go forward there on 8 March, and back on 1 November.
        (Window.PACIFIC_DAY, "2026-03-08 20:00", "2026-03-08 08:00", "2026-03-09 07:00"),
        (Window.PACIFIC_DAY, "2026-03-09 06:59", "2026-03-08 08:00", "2026-03-09 07:00"),
        (Window.PACIFIC_DAY, "2026-11-01 08:30", "2026-11-01 07:00", "2026-11-02 08:00"),
        (Window.PACIFIC_DAY, "2026-11-02 07:30", "2026-11-01 07:00", "2026-11-02 08:00"),
        (Window.MONTH, "2026-02-28 23:59", "2026-02-01", "2026-03-01"),
        (Window.MONTH, "2028-02-29 12:00", "2028-02-01", "2028-03-01"),
        (Window.MONTH, "2026-04-30 12:00", "2026-04-01", "2026-05-01"),
        (Window.MONTH, "2026-12-31 12:00", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_window_begins_and_ends_where_the_network_says(window: Window, now: str, began: str, ends: str) -> None:
    assert (window.began(at(now)), window.ends(at(now))) == (at(began), at(ends))


@given(st.sampled_from(Window), MOMENTS)
def test_windows_follow_each_other_without_a_gap(window: Window, now: datetime) -> None:
    began, ends = window.began(now), window.ends(now)
    assert began <= now < ends
    assert window.began(began) == began
    assert window.began(ends) == ends
    assert window.before(ends) == began
    assert window.ends(window.before(now)) == began


def test_a_window_is_believed_to_have_begun_when_every_clock_says_so() -> None:
    midnight = at("2026-03-03")
    believed = [span_at(Window.UTC_DAY, midnight + late) for late in (timedelta(0), SKEW - timedelta(seconds=1), SKEW)]
    assert [one.ends for one in believed] == [midnight, midnight, at("2026-03-04")]
    assert [one.late for one in believed] == [True, True, False]
    assert believed[0].left_at(midnight) == SKEW.total_seconds()


@pytest.mark.parametrize("window", Window)
@pytest.mark.parametrize("skew", [-SKEW, timedelta(0), SKEW])
@pytest.mark.parametrize("on_its_way", [timedelta(0), ON_ITS_WAY])
def test_what_the_network_counts_in_a_window_is_booked_in_it_or_late_in_the_one_before(
    window: Window, skew: timedelta, on_its_way: timedelta
) -> None:
    end = window.ends(at("2026-03-08 21:00"))
    for seconds in range(-30, 10):
        booked_at = end + timedelta(seconds=seconds)
        counted = window.began(booked_at + skew + on_its_way)
        span = span_at(window, booked_at)
        assert counted == span.began or (counted == span.ends and span.late), seconds


@pytest.mark.parametrize(
    ("unit", "parts", "said"),
    [
        (UNITS, 1, "1 unit"),
        (UNITS, 10_000, "10,000 units"),
        (USD, 10_000, "10 USD"),
        (USD, 12_500, "12.50 USD"),
        (USD, 5, "0.005 USD"),
        (USD, 1_234_567, "1,234.567 USD"),
        (USD, 0, "0 USD"),
    ],
)
def test_an_amount_is_said_as_people_write_it(unit: Unit, parts: int, said: str) -> None:
    assert unit.said(parts) == said


def test_money_is_counted_in_thousandths_and_in_nothing_less() -> None:
    assert (USD.parts_of("0.005"), USD.parts_of("10")) == (5, 10_000)
    with pytest.raises(ValueError, match="no whole number"):
        USD.parts_of("0.0001")


@pytest.mark.parametrize(("most", "share", "for_polls"), [(10_000, 0.2, 8_000), (1, 0.5, 1), (3, 0.5, 2), (5, 0.0, 5)])
def test_polls_leave_the_share_of_people_and_always_have_something_themselves(
    most: int, share: float, for_polls: int
) -> None:
    assert Budget(unit=UNITS, most=most, window=Window.UTC_DAY, for_replies=share).for_polls == for_polls
