"""Rules of limits and rests: what a service tells is heeded, and what it tells badly changes nothing."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.net.errors import SourceError, SourceRefused, SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.feed.source import FeedOptions
from bot.sources.kinds.hacker_news.source import HackerNewsOptions
from bot.sources.runner.backoff import after_failure, after_success
from bot.sources.runner.rate_limits import Limits, Service, service_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERVICE = Service("news.example")


def learnt(headers: dict[str, str]) -> float:
    limits = Limits(Clock(lambda: NOW))
    limits.learn(SERVICE, {name.lower(): value for name, value in headers.items()})
    return limits.wait(SERVICE)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT"}, 120),
        ({"RateLimit-Remaining": "10", "RateLimit-Reset": "600"}, 60),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "600"}, 600),
        ({"X-RateLimit-Remaining": "2.0", "X-RateLimit-Reset": "300.0"}, 150),
        ({"X-Rate-Limit-Remaining": "1", "X-Rate-Limit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-02T09:05:00.000Z"}, 300),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-02T08:05:00Z"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "999999999"}, 86_400),
        ({"X-RateLimit-Remaining": "0"}, 0),
        ({"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "600"}, 0),
        ({"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "nan"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, 0),
    ],
)
def test_what_a_service_tells_is_heeded(headers: dict[str, str], seconds: float) -> None:
    assert learnt(headers) == pytest.approx(seconds)


def test_a_shorter_rest_does_not_end_a_longer_one() -> None:
    limits = Limits(Clock(lambda: NOW))
    limits.rest(SERVICE, 100)
    limits.rest(SERVICE, 5)
    assert limits.wait(SERVICE) == 100


@pytest.mark.parametrize(
    ("headers", "poll", "person"),
    [
        ({"ratelimit-remaining": "10", "ratelimit-reset": "600"}, 60, 0),
        ({"x-ratelimit-remaining": "1.0", "x-ratelimit-reset": "300"}, 300, 0),
        ({"x-ratelimit-remaining": "0.4", "x-ratelimit-reset": "300"}, 300, 300),
        ({"retry-after": "30"}, 30, 30),
        ({"retry-after": "30", "ratelimit-remaining": "10", "ratelimit-reset": "600"}, 60, 30),
    ],
)
def test_what_a_person_waits_for_goes_before_polls_while_anything_is_left(
    headers: dict[str, str], poll: float, person: float
) -> None:
    limits = Limits(Clock(lambda: NOW))
    limits.learn(SERVICE, headers)
    assert (limits.wait(SERVICE), limits.shut(SERVICE)) == (poll, person)


def test_a_service_is_a_host_with_a_credential_and_shows_none() -> None:
    def feed(url: str) -> Service:
        return service_of(SourceConfig(name="n", kind="feed", options=FeedOptions(url=url)))

    assert feed("https://a.example/1") == feed("https://A.example:443/2") == Service("a.example")
    assert feed("https://u:word@a.example/1") != feed("https://a.example/1")
    assert "word" not in repr(feed("https://u:word@a.example/1"))
    search = SourceConfig(name="n", kind="hacker_news", options=HackerNewsOptions(query="acme"))
    assert service_of(search).host == "hn.algolia.com"


def drawn(error: SourceError, failures: int, every: timedelta = timedelta(seconds=60)) -> tuple[float, float]:
    dice = random.Random(3)
    rests = [(after_failure(error, failures, NOW, every, dice) - NOW).total_seconds() for _ in range(200)]
    return min(rests), max(rests)


@pytest.mark.parametrize(
    ("error", "failures", "least", "most"),
    [
        (SourceUnavailable("x"), 1, 48, 60),
        (SourceUnavailable("x"), 3, 192, 240),
        (SourceUnavailable("x"), 9, 720, 900),
        (SourceUnavailable("x"), 10_000, 720, 900),
        (SourceUnavailable("x", 7_200), 1, 7_200, 7_920),
        (SourceUnavailable("x", 5), 1, 48, 60),
        (SourceUnavailable("x", 1e9), 1, 86_400, 86_400),
        (SourceRefused("x"), 1, 900, 990),
    ],
)
def test_a_source_that_failed_rests_between(error: SourceError, failures: int, least: float, most: float) -> None:
    lowest, highest = drawn(error, failures)
    assert least <= lowest <= highest <= most
    assert most - least < 1 or highest - lowest > (most - least) / 2


def test_a_poll_that_took_longer_than_its_interval_leaves_some_of_it_free() -> None:
    late = NOW + timedelta(seconds=90)
    assert after_success(NOW, late, timedelta(seconds=60), None, random.Random(1)) == late + timedelta(seconds=6)


def test_a_moment_in_the_far_future_is_a_day_at_most() -> None:
    asked = NOW + timedelta(days=400)
    assert after_success(NOW, NOW, timedelta(seconds=60), asked, random.Random(1)) == NOW + timedelta(days=1)
