"""A gatehouse: the wall over real HTTP in one loop with a Microsoft on loopback, and one who writes it all down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aiohttp import web

from bot.chat.teams.sdk.adapter import TeamsAdapter
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.connector import Conversation
from bot.chat.teams.wire.invoke import InvokeAnswer
from bot.runtime.clock import Clock
from tests.fakes.teams.activities import Json, Room
from tests.fakes.teams.server import TENANT, FakeTeams

T = TypeVar("T")
CARD: Json = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Ana has it"}]}


def message(text: str = "Hello", **fields: Any) -> Json:
    """Return a message with a card, as the platform would draw it."""
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    return {"type": "message", "summary": text, "attachments": [attachment]} | fields


def in_development(teams: FakeTeams) -> TeamsSettings:
    """Return settings as Microsoft's simulator wants them: no token is asked for, and none is sent."""
    return replace(teams.settings(), app_id="", password="", tenant="", development=True)


@dataclass
class TeamsGateway:
    """What a test holds in its hands; ``now`` is the clock by which keys and token age."""

    teams: FakeTeams
    room: Room
    now: float = 1_000.0
    heard: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Awaitable[InvokeAnswer | None]] | None = None
    wall: Wall = field(init=False)
    adapter: TeamsAdapter = field(init=False)

    async def hear(self, incoming: Incoming) -> InvokeAnswer | None:
        """Write down what came in; a press is answered with a card."""
        self.heard.append(incoming)
        return await self.answer(incoming) if self.answer else InvokeAnswer.card(CARD)

    def press(self) -> Json:
        """Return the press of a button by Ana."""
        return self.teams.build.press(self.teams.ana, self.room, "18", "dibs:claim", {"ref": "k7f2.1"})

    def message(self, text: str = "claim #k7f2") -> Json:
        """Return a command that Ana typed."""
        return self.teams.build.message(self.teams.ana, self.room, text)

    def at(self, room: str = "", **changes: str) -> Conversation:
        """Return where to speak."""
        place = Conversation(service_url=self.teams.build.service_url, id=room or self.room.id, tenant=TENANT)
        return replace(place, **changes)


@asynccontextmanager
async def gateway(
    settings: Callable[[FakeTeams], TeamsSettings] = FakeTeams.settings, **options: Any
) -> AsyncIterator[TeamsGateway]:
    """Open a gatehouse; ``options`` are those of the fake."""
    async with FakeTeams(**options) as teams:
        house = TeamsGateway(teams, teams.channel())
        house.wall = Wall(settings(teams), house.hear, Clock(monotonic=lambda: house.now))
        house.adapter = await house.wall.load()
        app = web.Application(client_max_size=1024 * 1024)
        app.add_routes(house.wall.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        teams.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield house
        finally:
            await house.wall.close()
            await runner.cleanup()


def run(test: Callable[[TeamsGateway], Awaitable[T]], **options: Any) -> T:
    """Run a test in a gatehouse."""

    async def inside() -> T:
        async with gateway(**options) as house:
            return await test(house)

    return asyncio.run(inside())
