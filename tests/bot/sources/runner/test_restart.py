"""Rules of a runner whose loop fails: what it was asking is asked again when it begins anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.sources.runner.agenda import Agenda
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed
from tests.fakes.http import Reply
from tests.harness.patience import until
from tests.harness.scene import Scene

ITEMS = [(f"g{number}", f"Refund {number}") for number in range(3)]


def test_a_source_that_was_being_asked_when_the_loop_failed_is_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def story(house: SourcesInstallation) -> None:
        house.server.on("/feed", Reply(body=never))
        runner = house.runner(feed("news", house.server.url("/feed")))
        await runner.start()
        running = asyncio.create_task(runner.run())
        await until(lambda: house.state().lease is not None)
        with monkeypatch.context() as broken:
            broken.setattr(Agenda, "_seconds_left", lambda _: 1 / 0)
            runner._agenda.wake()
            with pytest.raises(ZeroDivisionError):
                await running
        assert house.state().lease is None
        house.show(*ITEMS)
        running = asyncio.create_task(runner.run())
        await until(lambda: len(house.mentions()) == len(ITEMS))
        await runner.stop()
        await running

    at_work(scene, story)
