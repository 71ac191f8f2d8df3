"""Rules of parts: none ends for good by an error, and /readyz hears of it until it has held for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from sqlalchemy.exc import OperationalError

from bot.runtime import parts
from bot.runtime.clock import Clock
from bot.runtime.logs import says_more_than_that_the_database_is_away
from bot.runtime.parts import Parts
from tests.harness.patience import until


class Time:
    """A clock whose sleeps are over at once, and are remembered."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self.clock = Clock(monotonic=lambda: self.now, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Away(Exception):
    """As the driver says it; the name of its module tells whose it is."""

    sqlstate = "57P01"


Away.__module__ = "psycopg.errors"


def run(scene: Callable[[Parts, Time], Awaitable[None]]) -> None:
    async def play() -> None:
        time = Time()
        kept = Parts(time.clock)
        await scene(kept, time)
        await kept.stop()

    asyncio.run(play())


def test_a_part_that_fails_begins_anew_later_and_later_and_says_so() -> None:
    begun = count()

    async def fails() -> None:
        if next(begun) < 8:
            raise ValueError
        await asyncio.Event().wait()

    async def scene(kept: Parts, time: Time) -> None:
        kept.keep("one", fails)
        await until(lambda: len(time.slept) == 8 and next(begun) > 8)
        assert time.slept == [1, 2, 4, 8, 16, 30, 30, 30]
        assert kept.troubles() == {"one": "It failed by a bug (ValueError) and began anew."}
        time.now += parts.STEADY_SECONDS + 1
        assert kept.troubles() == {"one": ""}

    run(scene)


def test_a_part_that_held_for_long_begins_anew_at_once() -> None:
    lives = iter([0, 0, 100, 0])

    async def scene(kept: Parts, time: Time) -> None:
        async def fails() -> None:
            held = next(lives, None)
            if held is None:
                return
            time.now += held
            raise ValueError

        await kept.keep("one", fails)
        assert time.slept == [1, 2, 1, 2]

    run(scene)


def test_a_part_that_returns_is_done_and_one_that_is_cancelled_ends() -> None:
    async def returns() -> None: ...

    async def stays() -> None:
        await asyncio.Event().wait()

    async def scene(kept: Parts, time: Time) -> None:
        await kept.keep("one", returns)
        other = kept.keep("other", stays)
        await asyncio.sleep(0)
        await kept.stop()
        assert other.cancelled()
        assert (time.slept, kept.troubles()) == ([], {"one": "", "other": ""})

    run(scene)


def test_a_bug_is_told_and_a_database_that_is_away_is_told_by_who_watches_it(caplog: pytest.LogCaptureFixture) -> None:
    errors = iter([Away(), ValueError("a bug"), OperationalError("SELECT", {}, Away())])

    async def fails() -> None:
        error = next(errors, None)
        if error is not None:
            raise error

    async def scene(kept: Parts, _time: Time) -> None:
        await kept.keep("one", fails)

    with caplog.at_level(logging.INFO):
        run(scene)
    assert [says_more_than_that_the_database_is_away(one) for one in caplog.records] == [False, True, False]
