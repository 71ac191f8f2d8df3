"""Rules of what servers ask and tell: every form that they use is read, and nonsense says nothing."""

from datetime import UTC, datetime

import pytest

from bot.net.retry_after import Budget, asked_rest, read_budget, retry_after

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize("value", ["", "-1", "²", "9" * 400, "1e3", None, "Wed, 99 Foo", "nan", "inf"])
def test_a_retry_after_that_makes_no_sense_is_none(value: str | None) -> None:
    assert retry_after({} if value is None else {"retry-after": value}, NOW) is None


def test_a_rest_is_never_longer_than_a_day_or_than_the_caller_bears() -> None:
    assert retry_after({"retry-after": "9999999"}, NOW) == 86_400
    assert retry_after({"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}, NOW) == 86_400
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, NOW) == 0
    assert retry_after({"retry-after": "7200"}, longest=3_600) == 3_600


@pytest.mark.parametrize("value", ["90", " 90.0 ", "Mon, 02 Mar 2026 09:01:30 GMT", "1772442090"])
def test_seconds_and_moments_are_read_alike(value: str) -> None:
    assert retry_after({"retry-after": value}, NOW) == 90


def test_a_moment_is_counted_by_the_answers_own_clock_where_no_other_is_given() -> None:
    headers = {"retry-after": "Mon, 02 Mar 2026 09:01:30 GMT"}
    assert retry_after({**headers, "date": DATE}) == 90
    assert retry_after(headers) is None


def test_a_budget_is_what_is_left_and_when_there_is_more() -> None:
    assert read_budget({"x-rate-limit-remaining": "3", "x-rate-limit-reset": "60"}, NOW) == Budget(3, 60)
    assert read_budget({"ratelimit-reset": "60"}, NOW) == Budget(None, 60)
    assert read_budget({"x-ratelimit-remaining": "3"}, NOW) == Budget(None, None)


def test_an_hour_that_rolls_tells_no_reset_and_is_waited_for_by_the_minute() -> None:
    told = {"x-rate-limit": "user-hour-lim:3600;user-hour-rem:500;"}
    assert read_budget(told, NOW) == Budget(500, 60)
    assert asked_rest(told) == 60
    assert asked_rest({**told, "retry-after": "7"}) == 7
    for said in ("user-hour-lim:3600;", "user-hour-rem:many;", "a-user-hour-rem:5;", ""):
        assert read_budget({"x-rate-limit": said}, NOW) == Budget(None, None)


def test_who_is_turned_away_stays_away_for_retry_after_else_until_the_reset() -> None:
    reset = {"x-ratelimit-reset": "2026-03-02T09:05:00Z", "date": DATE}
    assert asked_rest(reset) == 300
    assert asked_rest({**reset, "retry-after": "7"}) == 7
    assert asked_rest({"x-ratelimit-reset": "9" * 9}) == 86_400
    assert asked_rest({"x-ratelimit-reset": "soon", "date": DATE}) is None
