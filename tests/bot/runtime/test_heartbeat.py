"""Rules of the heartbeat: what is held for long is renewed, what is over is not, and nothing held costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import Heartbeat, Lease
from storage.engine.leases import LEASE
from storage.listen import sources
from tests.harness.scene import Scene

Story = Callable[[Heartbeat], Awaitable[None]]


def told(scene: Scene, story: Story) -> list[float]:
    """Run a story beside a heartbeat for which each sleep passes at once; returns how long it slept each time."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        scene.pass_time(seconds=seconds)
        await asyncio.sleep(0.01)

    async def run() -> None:
        heartbeat = Heartbeat(AsyncDatabase(scene.database), sources.leases, Clock(lambda: scene.now, sleep=sleep))
        await story(heartbeat)
        heartbeat.stop()

    scene.database.write(lambda session: sources.ensure(session, "news", "feed", ""))
    asyncio.run(run())
    return slept


def take(scene: Scene, token: str) -> bool:
    return scene.database.write(lambda session: sources.leases.take(session, "news", token, scene.now))


async def beats(scene: Scene, spans: float) -> None:
    """Wait until so many leases would have run out."""
    until = scene.now + LEASE * spans
    while scene.now < until:
        await asyncio.sleep(0.01)


def test_what_is_held_for_long_stays_ours(scene: Scene) -> None:
    async def story(heartbeat: Heartbeat) -> None:
        assert take(scene, "ours")
        with heartbeat.keeps(Lease("news", "ours")):
            await beats(scene, 4)
            assert not await asyncio.to_thread(take, scene, "theirs")

    told(scene, story)


def test_what_is_over_is_kept_no_longer(scene: Scene) -> None:
    async def story(heartbeat: Heartbeat) -> None:
        assert take(scene, "ours")
        with heartbeat.keeps(Lease("news", "ours")) as lease:
            lease.over = True
            await beats(scene, 2)
            assert await asyncio.to_thread(take, scene, "theirs")

    told(scene, story)


def test_a_lease_that_another_took_is_not_taken_back(scene: Scene) -> None:
    async def story(heartbeat: Heartbeat) -> None:
        assert take(scene, "theirs")
        with heartbeat.keeps(Lease("news", "ours")):
            await beats(scene, 2)
        assert await asyncio.to_thread(take, scene, "third")

    told(scene, story)


@pytest.mark.parametrize("held", [False, True])
def test_it_beats_only_while_something_is_held(scene: Scene, held: bool) -> None:
    async def story(heartbeat: Heartbeat) -> None:
        if held:
            with heartbeat.keeps(Lease("news", "ours")):
                pass
        await asyncio.sleep(0.1)

    assert len(told(scene, story)) == (1 if held else 0)
