"""The client of Microsoft's SDK, as the rest of the platform holds it: records come in, records and JSON go out, and no
type of any SDK.

The SDK brings 900 modules, 25 MB and a second or more. So it is loaded in a thread, with the start of a platform that
is configured, and by nobody else.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from aiohttp import web

from bot.chat.base import DeliveryFailed
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.connector import Channel, Conversation, Member
from bot.chat.teams.wire.http import Json
from bot.chat.teams.wire.invoke import Hear
from bot.chat.teams.wire.request import PATH
from bot.runtime.clock import Clock

if TYPE_CHECKING:
    from bot.chat.teams.sdk.adapter import TeamsAdapter


class Wall:
    """The line to Teams; every sending method raises ``DeliveryFailed`` as ``bot.chat.base`` tells."""

    def __init__(self, settings: TeamsSettings, hear: Hear, clock: Clock) -> None:
        self._settings = settings
        self._hear = hear
        self._clock = clock
        self._adapter: TeamsAdapter | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the one address that Teams sends everything to."""
        return [web.post(PATH, self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request of Teams', or of whoever pretends to be it."""
        return await (await self.load()).process(request)

    async def load(self) -> "TeamsAdapter":
        """Load the SDK, once."""
        if self._adapter is None:
            module = await asyncio.to_thread(import_module, "bot.chat.teams.sdk.adapter")
            self._adapter = self._adapter or module.TeamsAdapter(self._settings, self._hear, self._clock.monotonic)
        return self._adapter

    async def warm(self) -> None:
        """Load the SDK, and ask for keys and token before somebody waits for them.

        Raises:
            DeliveryFailed: Microsoft gives us no token, and why.
        """
        await (await self.load()).warm()

    async def probe(self) -> DeliveryFailed | None:
        """Return why Microsoft gives us no token, or None when it does."""
        try:
            await (await self.load()).probe()
        except DeliveryFailed as failure:
            return failure
        return None

    async def close(self) -> None:
        """Close all connections."""
        if self._adapter is not None:
            await self._adapter.close()

    async def post(self, to: Conversation, activity: Json, *, in_thread: bool = False) -> str:
        """Post a message and return its id: a thread of its own in a channel, or in the thread that ``to`` names."""
        return await (await self.load()).out.post(to, activity, in_thread=in_thread)

    async def update(self, to: Conversation, activity_id: str, activity: Json) -> None:
        """Change a message that stands, for everybody."""
        await (await self.load()).out.update(to, activity_id, activity)

    async def delete(self, to: Conversation, activity_id: str) -> None:
        """Take a message away."""
        await (await self.load()).out.delete(to, activity_id)

    async def members(self, of: Conversation) -> tuple[Member, ...]:
        """Return who is in a conversation; for a team, its id is the conversation's."""
        return await (await self.load()).out.members(of)

    async def member(self, of: Conversation, account: str) -> Member:
        """Return one member of a conversation; MessageGone says that nobody in there is that."""
        return await (await self.load()).out.member(of, account)

    async def channels(self, of: Conversation) -> tuple[Channel, ...]:
        """Return the channels of a team, whose id is the conversation's."""
        return await (await self.load()).out.channels(of)

    async def converse(self, service_url: str, tenant: str, account: str) -> Conversation:
        """Return the conversation with one person, which may be new."""
        return await (await self.load()).out.converse(service_url, tenant, account)
