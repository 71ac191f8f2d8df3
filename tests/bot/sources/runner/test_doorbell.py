"""Rules of rings: what rings is asked in a moment, once for all that rang, and never while it rests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.chat.backend import Backend
from bot.net.errors import SourceUnavailable
from bot.runtime.heartbeat import BEAT
from bot.sources.base import Batch, Capabilities, Delivered, Greeting, SourceSettings
from bot.sources.kit.handshakes import echo
from bot.sources.runner.runner import SourceRunner
from bot.web.metrics import Metrics
from bot.web.server import Front
from handlers.base.events import Event, Posted
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed, meanwhile
from tests.bot.sources.runner.test_runner import hook
from tests.harness.patience import until
from tests.harness.scene import Scene

HOUR = timedelta(hours=1)
Answers = Callable[[], Awaitable[Batch]]


async def nothing() -> Batch:
    return Batch(events=(), checkpoint="c")


@dataclass
class Bell:
    """A source that is asked, and rings."""

    answers: Answers = nothing
    asked: int = 0
    ended: int = 0
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(polls=True, receives=True))
    replies: None = None

    async def poll(self, checkpoint: str) -> Batch:
        self.asked += 1
        batch = await self.answers()
        self.ended += 1
        return batch

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        return Delivered(poll_now=raw == b"ring")

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        return echo(query, "agreed")


def settings() -> SourceSettings:
    return feed("news", "http://news.example/feed", every=HOUR)


def ringing(house: SourcesInstallation, bell: Bell, moves: asyncio.Event | None = None) -> SourceRunner:
    """Build a runner whose clock moves by a few seconds, once it ``moves``, and never by an hour."""

    async def sleep(seconds: float) -> None:
        if seconds == BEAT or seconds > 10:
            await asyncio.Event().wait()
        if moves is not None:
            await moves.wait()
        house.scene.pass_time(seconds=seconds)

    runner = house.runner(settings(), hook(), sleep=sleep)
    runner._sources["news"].source = bell
    return runner


def test_what_rings_within_a_moment_is_asked_once_and_what_does_not_is_not_asked(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        bell, moves = Bell(), asyncio.Event()
        runner, began = ringing(house, bell, moves), scene.now

        async def watch() -> None:
            await until(lambda: bell.ended == 1 and house.state().lease is None)
            await runner.receive("news", {}, b"a like")
            await asyncio.gather(*(runner.receive("news", {}, b"ring") for _ in range(5)))
            moves.set()
            await until(lambda: bell.ended == 2 and house.state().lease is None)
            for _ in range(10):
                await asyncio.sleep(0.01)

        await meanwhile(runner, watch)
        assert bell.asked == 2
        assert scene.now - began < timedelta(minutes=1)
        assert (house.state().next_at or began) - began > timedelta(minutes=50)

    at_work(scene, story)


def test_a_ring_in_the_middle_of_a_poll_is_answered_by_another_one(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        gate = asyncio.Event()
        news = iter([(), (Posted(external_id="p1", text="My refund"),)])

        async def later() -> Batch:
            batch = Batch(events=next(news, ()), checkpoint="c")
            await gate.wait()
            return batch

        bell = Bell(later)
        runner = ringing(house, bell)

        async def watch() -> None:
            await until(lambda: bell.asked == 1)
            await runner.receive("news", {}, b"ring")
            gate.set()
            await until(lambda: bool(house.mentions()))

        await meanwhile(runner, watch)

    at_work(scene, story)


def test_what_rings_at_one_replica_is_asked_by_the_one_that_listens(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        bell, web = Bell(), Bell()
        listening, answering = ringing(house, bell), ringing(house, web)

        async def watch() -> None:
            await until(lambda: bell.ended == 1 and house.state().lease is None)
            scene.pass_time(seconds=10)
            await answering.receive("news", {}, b"ring")
            listening.shares.hear()  # as the bell between replicas does
            await until(lambda: bell.ended == 2)

        await meanwhile(listening, watch)
        assert web.asked == 0

    at_work(scene, story)


def test_a_source_that_rests_is_not_rung_awake(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async def down() -> Batch:
            raise SourceUnavailable("It is down.", 1_000)

        bell = Bell(down)
        runner = ringing(house, bell)

        async def watch() -> None:
            await until(lambda: bell.asked == 1 and house.state().failures == 1)
            await runner.receive("news", {}, b"ring")
            for _ in range(20):
                await asyncio.sleep(0.01)

        await meanwhile(runner, watch)
        assert bell.asked == 1

    at_work(scene, story)


def test_a_ring_that_was_acknowledged_outlives_the_process(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        bell = Bell()
        first = ringing(house, bell)
        assert (await first.poll_once("news")).asked
        scene.pass_time(seconds=5)
        assert not (await first.poll_once("news")).asked
        await first.receive("news", {}, b"ring")
        assert (await ringing(house, bell).poll_once("news")).asked

    at_work(scene, story)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/hooks/news?hub.challenge=42&hub.verify_token=agreed", 200, "42"),
        ("/hooks/news?hub.challenge=42&hub.verify_token=guessed", 403, None),
        ("/hooks/news?hub.challenge=%0D%0ASet-Cookie:a&hub.verify_token=agreed", 400, None),
        ("/hooks/news", 400, None),
        ("/hooks/pushed?hub.challenge=42", 405, None),
        ("/hooks/nobody?hub.challenge=42", 404, None),
    ],
)
def test_who_asks_whether_a_hook_is_ours_is_answered_without_the_database(
    scene: Scene, path: str, status: int, body: str | None
) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = ringing(house, Bell())
        nobody = cast(Backend, None)
        front = Front(backend=nobody, metrics=Metrics(), platforms=(), runner=runner)
        app = web.Application()
        app.add_routes([web.get("/hooks/{source}", front.greet, allow_head=False)])
        async with TestServer(app) as server, ClientSession() as session, session.get(server.make_url(path)) as answer:
            assert answer.status == status
            if body is not None:
                assert (await answer.text(), answer.content_type) == (body, "text/plain")

    at_work(scene, story)
