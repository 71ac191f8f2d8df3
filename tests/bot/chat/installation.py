"""An installation with a chat platform: its routes and delivery in one loop, against a fake of the vendor's."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.slack.platform import Slack
from bot.chat.teams.platform import Teams
from bot.outbox.delivery import Delivery
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from tests.harness.installation import Installation
from tests.harness.loops import run_in

P = TypeVar("P", Slack, Teams)
T = TypeVar("T")


@dataclass
class PlatformInstallation(Installation, Generic[P]):
    """What a test of a platform holds in its hands; all of it works in ``loop``, and listens at ``url``."""

    loop: asyncio.AbstractEventLoop
    platform: P = field(init=False)
    office: Backend = field(init=False)
    delivery: Delivery = field(init=False)
    runner: web.AppRunner = field(init=False)
    working: "asyncio.Task[None]" = field(init=False)
    looked: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop."""
        return run_in(self.loop, work)

    def settle(self) -> None:
        """Wait until nothing is under way after gestures."""
        errands = self.platform._errands

        async def wait() -> None:
            while errands._under_way:
                await asyncio.wait(set(errands._under_way))

        self.do(wait())

    def backend(self) -> Backend:
        """Build what the platform may ask for; ``looked`` is set once the platform rests for the first time."""

        async def sleep(seconds: float) -> None:
            self.looked.set()
            await asyncio.sleep(seconds)

        self.office = Backend(
            database=AsyncDatabase(self.scene.database),
            dispatcher=self.scene.dispatcher,
            clock=Clock(sleep=sleep),
            ids=Ids(),
        )
        return self.office

    async def serve(self, platform: P) -> str:
        """Listen on a free port, and let delivery ring; returns the address."""
        self.platform = platform
        self.delivery = Delivery(
            database=AsyncDatabase(self.scene.database),
            messengers=[platform.messenger],
            organisation=self.scene.organisation,
            clock=Clock(),
            ids=Ids(Random(1)),
        )
        self.scene.database.listen(self._ring)
        app = web.Application()
        app.add_routes(platform.routes())
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    def _ring(self, _changed: frozenset[int]) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.delivery.ring)

    async def start(self) -> None:
        """Start the platform and delivery."""
        await self.platform.start()
        self.working = asyncio.get_running_loop().create_task(self.delivery.run())

    async def close(self) -> None:
        """Stop everything."""
        await self.delivery.stop(2.0)
        await self.working
        await self.platform.stop()
        await self.runner.cleanup()
