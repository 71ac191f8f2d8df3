"""Rules of streams: one long turn, in which nothing is lost, and which ends when it is told to."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.net.errors import SourceError, SourceRefused, SourceUnavailable
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from bot.sources.base import Batch
from bot.sources.runner.runner import SourceRunner
from handlers.base.events import Posted
from storage.engine.leases import LEASE
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed, meanwhile
from tests.fakes.replies import FakeStream
from tests.harness.bare import promised
from tests.harness.patience import HANG_SECONDS, until
from tests.harness.scene import Scene


def batch(*texts: str, checkpoint: str) -> Batch:
    events = tuple(Posted(external_id=one, text=one, url=f"https://blog.example/{one[-1]}") for one in texts)
    return Batch(events=events, checkpoint=checkpoint)


def opened(house: SourcesInstallation, stream: FakeStream, **options: Any) -> SourceRunner:
    """Build a runner, a replica of its own, whose one source is the stream."""
    settings = feed("news", "https://stream.example/", unmatched="drop", backfill=0)
    runner = house.runner(settings, **options)
    runner._sources["news"].source = stream
    return runner


def test_what_a_stream_brings_becomes_mentions_with_its_checkpoint_and_without_a_baseline(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        stream.script.append(((batch("Refund 1", "Weather 2", checkpoint="c1"), batch(checkpoint="c2")), None))

        async def watch() -> None:
            await until(lambda: house.state().checkpoint == "c2")

        await meanwhile(opened(house, stream), watch)
        assert house.texts() == ["Refund 1"]
        assert (house.state().matched, house.state().dropped) == (1, 1)

    at_work(scene, story)


def test_a_lost_stream_is_opened_again_from_the_last_checkpoint_that_was_stored(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        stream.script.append(((batch("Refund 1", checkpoint="c1"),), SourceUnavailable("The connection was cut.")))
        stream.script.append(((batch("Refund 1", "Refund 2", checkpoint="c2"),), None))

        async def watch() -> None:
            await until(lambda: house.state().checkpoint == "c1" and house.state().lease is None)
            scene.pass_time(seconds=2)
            runner._agenda.plan("news", scene.now)
            await until(lambda: house.state().checkpoint == "c2")

        runner = opened(house, stream)
        await meanwhile(runner, watch)
        assert stream.opened[:2] == ["", "c1"]
        assert house.texts() == ["Refund 1", "Refund 2"]

    at_work(scene, story)


def test_a_stream_that_is_lost_says_so_once_and_once_when_it_is_back(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        cut = SourceUnavailable("The connection was cut.")
        for end in (cut, cut, cut):
            stream.script.append(((), end))
        stream.script.append(((batch("Refund 1", checkpoint="c1"),), None))
        runner = opened(house, stream)
        rests = []
        for _ in range(3):
            polled = await runner.listen_once("news")
            assert polled.next_at is not None
            rests.append((polled.next_at - scene.now).total_seconds())
            scene.now = polled.next_at
        await runner.listen_once("news")
        assert [0.8 <= rest / expected <= 1.0 for rest, expected in zip(rests, (1, 2, 4), strict=True)] == [True] * 3

    with caplog.at_level(logging.INFO, "dibs.sources"):
        at_work(scene, story)
    said = [one.message for one in caplog.records if "source" in one.message]
    assert [one.startswith("The source is down") for one in said].count(True) == 2  # the end of the last one too
    assert [one.startswith("The source works again") for one in said].count(True) == 1


@pytest.mark.parametrize("error", [SourceRefused("We may not listen (401)."), None])
def test_a_stream_that_refuses_rests_and_one_that_ends_is_opened_again(scene: Scene, error: SourceError | None) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        stream.script.append(((batch(checkpoint="c1"),), error))
        polled = await opened(house, stream).listen_once("news")
        assert polled.next_at is not None
        rest = (polled.next_at - scene.now).total_seconds()
        assert rest >= 900 if error else rest <= 1
        assert polled.trouble

    at_work(scene, story)


def test_a_silent_stream_keeps_its_lease_and_no_other_replica_opens_it(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        first, second = FakeStream(), FakeStream()
        one = opened(house, first, renew_seconds=0.02)

        async def watch() -> None:
            await until(lambda: bool(first.opened))
            for _ in range(5):
                scene.pass_time(seconds=LEASE.total_seconds() / 2)
                now = scene.now
                await until(lambda at=now: (house.state().leased_until or at) > at + LEASE / 2)  # type: ignore[misc]
            polled = await opened(house, second).listen_once("news")
            assert not polled.asked
            assert second.opened == []

        await meanwhile(one, watch)

    at_work(scene, story)


def test_who_lost_the_lease_of_a_stream_closes_it_and_writes_nothing(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        first = FakeStream()
        one = opened(house, first, renew_seconds=0.3)
        listening = asyncio.create_task(one.listen_once("news"))
        await until(lambda: bool(first.opened))
        scene.pass_time(seconds=LEASE.total_seconds() + 1)
        second = FakeStream()
        second.script.append(((batch("Refund 1", checkpoint="c9"),), SourceUnavailable("cut")))
        await opened(house, second).listen_once("news")
        async with asyncio.timeout(HANG_SECONDS):
            await listening
        assert first.closed == 1
        assert house.state().checkpoint == "c9"

    at_work(scene, story)


def test_a_stream_stops_within_seconds_and_gives_its_lease_back(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        runner = opened(house, stream)
        running = asyncio.create_task(runner.run())
        await until(lambda: bool(stream.opened))
        with promised(3, "the end of a stream"):
            await runner.stop()
            await asyncio.gather(running, return_exceptions=True)
        assert (stream.closed, house.state().lease) == (1, None)

    at_work(scene, story)


def test_a_bug_in_a_stream_is_logged_and_costs_a_rest(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = FakeStream()
        stream.script.append(((batch(checkpoint="x" * 10_001),), None))
        polled = await opened(house, stream).listen_once("news")
        assert "A bug in Dibs" in polled.trouble
        assert house.state().checkpoint == ""

    at_work(scene, story)
    assert "A bug met a source" in caplog.text


# --- silence ---------------------------------------------------------------------------------------------------------


@dataclass
class Talker(FakeStream):
    """A stream that always has something to say while it is well, and then only holds its connection."""

    longest_silence: float | None = 0.2

    async def stream(self, checkpoint: str) -> AsyncIterator[Batch]:
        self.opened.append(checkpoint)
        try:
            for one in self.script.popleft()[0] if self.script else ():
                yield one
            await asyncio.Event().wait()
        finally:
            self.closed += 1


def test_a_stream_that_is_connected_and_silent_is_down_and_opened_again_from_its_checkpoint(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        stream = Talker()
        stream.script.append(((batch("Refund 1", checkpoint="c1"),), None))
        runner = opened(house, stream, renew_seconds=0.02)
        polled = await asyncio.wait_for(runner.listen_once("news"), HANG_SECONDS)
        assert "nothing was heard" in polled.trouble
        assert (stream.closed, house.state().down_since is not None) == (1, True)
        spoke = house.state().last_ok_at
        for _ in range(2):  # connected again, and silent again: it is not well for that
            scene.pass_time(minutes=5)
            assert (await asyncio.wait_for(runner.listen_once("news"), HANG_SECONDS)).asked
            assert (house.state().last_ok_at, house.state().down_since is not None) == (spoke, True)
        scene.pass_time(minutes=5)
        stream.script.append(((batch("Refund 2", checkpoint="c2"),), None))
        await asyncio.wait_for(runner.listen_once("news"), HANG_SECONDS)
        assert house.state().last_ok_at == scene.now
        assert stream.opened == ["", "c1", "c1", "c1"]
        assert house.texts() == ["Refund 1", "Refund 2"]

    at_work(scene, story)


def test_a_stream_that_may_be_silent_is_well_while_it_is_connected(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        quiet = Talker(longest_silence=None)
        runner = opened(house, quiet, renew_seconds=0.02)

        async def watch() -> None:
            await until(lambda: bool(quiet.opened))
            scene.pass_time(minutes=2)
            await until(lambda: house.state().last_ok_at == scene.now)
            assert quiet.closed == 0

        await meanwhile(runner, watch)

    at_work(scene, story)


# --- shares ----------------------------------------------------------------------------------------------------------


async def listeners(scene: Scene, number: int) -> list[Replicas]:
    """Return replicas that know each other."""
    database = AsyncDatabase(scene.database)
    clock = Clock(lambda: scene.now)
    some = [Replicas(database=database, clock=clock, ids=Ids(random.Random(seed))) for seed in range(number)]
    for one in (*some, *some):
        await one.look()
    return some


def of_four(house: SourcesInstallation, replicas: Replicas) -> tuple[SourceRunner, dict[str, FakeStream]]:
    """Build a replica that may listen to four streams, which are silent."""
    names = [f"stream-{number}" for number in range(4)]
    runner = house.runner(
        *(feed(name, f"https://{name}.example/", unmatched="drop", backfill=0) for name in names),
        replicas=replicas,
        renew_seconds=0.02,
    )
    streams = {name: FakeStream() for name in names}
    for name, stream in streams.items():
        runner._sources[name].source = stream
    return runner, streams


def held(streams: dict[str, FakeStream]) -> set[str]:
    return {name for name, one in streams.items() if len(one.opened) > one.closed}


def test_of_four_streams_each_of_two_replicas_holds_two_and_who_comes_later_is_given_them(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        first, second = await listeners(scene, 2)
        await second.leave()
        await first.look()
        one, streams = of_four(house, first)
        another, others = of_four(house, second)
        running = [asyncio.create_task(one.run())]
        await until(lambda: len(held(streams)) == 4)  # alone, it holds all
        await second.look()
        await first.look()
        await until(lambda: len(held(streams)) == 2)
        running.append(asyncio.create_task(another.run()))
        await until(lambda: len(held(others)) == 2)
        assert held(streams) | held(others) == set(streams)
        await one.stop()
        await first.leave()
        await second.look()
        another.shares.hear()
        await until(lambda: len(held(others)) == 4)
        await another.stop()
        await asyncio.gather(*running)

    at_work(scene, story)


def test_a_stream_of_another_that_does_not_take_it_is_left_once_and_then_taken(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        first, _ = await listeners(scene, 2)
        runner, _ = of_four(house, first)
        await runner.start()
        left = [name for name in runner._sources if runner.shares.leaves(name)]
        assert len(left) == 2
        assert not any(runner.shares.leaves(name) for name in runner._sources)

    at_work(scene, story)
