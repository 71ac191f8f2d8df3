"""Teams, as the house sees it: connected in the background, so that a Microsoft that cannot be reached stops nothing.

What comes in is heard from the first moment: the wall proves it by itself. What goes out waits in its lanes until
Teams has told where the bot is.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed, Finding, Health
from bot.chat.kit.background import Errands
from bot.chat.registry import Surroundings
from bot.chat.teams.checks import check_teams
from bot.chat.teams.directory import PATIENCE_SECONDS, People
from bot.chat.teams.homes import channel_of
from bot.chat.teams.messenger import TeamsMessenger
from bot.chat.teams.receive.listeners import Listeners
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.invoke import InvokeAnswer

_FIRST_PAUSE = 1.0
_LOOK_EVERY = 60.0
_LEARN_AGAIN = 600.0

log = logging.getLogger("dibs.teams")


class Teams:
    """One tenant of Microsoft Teams."""

    name = "teams"

    def __init__(
        self, settings: TeamsSettings, backend: Backend, *, public_url: str, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._settings = settings
        self._backend = backend
        self._public_url = public_url
        self._wall = Wall(settings, self.hear, backend.clock)
        self._errands = Errands("Teams")
        self._rooms = Rooms(backend, self._wall, settings)
        self._people = People(backend, self._wall, self._rooms, self._errands, patience)
        self._messenger = TeamsMessenger(self._wall, self._rooms, settings, backend.clock)
        self._listeners = Listeners(
            backend=backend,
            wall=self._wall,
            rooms=self._rooms,
            people=self._people,
            errands=self._errands,
            settings=settings,
            patience=patience,
        )
        self._connecting: asyncio.Task[None] | None = None
        self._trouble = "Microsoft was not asked yet."
        self._lost_homes: Mapping[str, str] = {}

    @property
    def messenger(self) -> TeamsMessenger:
        """What delivery sends through."""
        return self._messenger

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return the one address that Teams sends everything to."""
        return self._wall.routes()

    async def hear(self, incoming: Incoming) -> InvokeAnswer | None:
        """Handle what the wall let in."""
        return await self._listeners.hear(incoming)

    async def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of channels: what dibs.toml says is an id, or a link that holds it."""
        return {name: channel for name in names if (channel := channel_of(name))}

    async def lost(self) -> Sequence[str]:
        """Return nothing: Teams names channels by their ids."""
        return ()

    async def start(self) -> None:
        """Connect in the background."""
        self._connecting = self._backend.parts.keep("connecting to Teams", self._connect)

    async def stop(self) -> None:
        """Stop looking, let what is under way end, and close connections."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._errands.finish()
        await self._wall.close()

    async def refresh(self) -> None:
        """Learn people and channels again; when Teams does not answer, what we know stays."""
        await self._learn()

    def health(self) -> Health:
        """Say how it is: Microsoft gives us a token, and every home is one where the bot is."""
        troubles = [self._trouble] if self._trouble else []
        troubles += [f"{name}: {why}" for name, why in self._lost_homes.items()]
        return Health(ok=not troubles, why=" ".join(troubles))

    async def check(self) -> list[Finding]:
        """Look at address, token, homes and people; works without ``start``."""
        organisation = self._backend.organisation
        return await check_teams(self._wall, self._rooms, self._settings, organisation, self._public_url)

    async def _connect(self) -> None:
        """Ask for keys and token, learn who and what is there, then look from time to time whether it is still so."""
        learn_at, pause, clock = 0.0, _FIRST_PAUSE, self._backend.clock
        while True:
            try:
                await self._look()
                if not self._trouble and clock.monotonic() >= learn_at:
                    learn_at = math.inf if await self._learn() else clock.monotonic() + _LEARN_AGAIN
            except Exception:  # the edge: nobody waits for this task, and it has to go on
                log.exception("Teams could not be looked at.")
                self._trouble = "Something failed that should not; it is in the log."
            pause = min(pause * 2, _LOOK_EVERY) if self._trouble else _LOOK_EVERY
            await self._backend.clock.sleep(pause)

    async def _look(self) -> None:
        """See whether Microsoft gives us a token, and whether the bot is where our homes are."""
        trouble = ""
        try:
            await self._wall.warm()
        except DeliveryFailed as failure:
            trouble = failure.reason
        if trouble and trouble != self._trouble:
            log.warning("Teams: %s", trouble)
        self._trouble = trouble
        self._lost_homes = await self._rooms.lost_homes()

    async def _learn(self) -> bool:
        await self._rooms.learn_channels()
        return await self._people.learn_all()


def build(settings: TeamsSettings, backend: Backend, surroundings: Surroundings) -> Teams:
    """Build the platform for the registry."""
    return Teams(settings, backend, public_url=surroundings.public_url or "")
