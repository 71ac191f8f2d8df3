"""The chat platform of the simulator: channels in memory, behind the interfaces that every platform implements.

It keeps what it is sent, twice if it is sent twice, and says so at once: of each message one may stand.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import (
    Content,
    DeliveryFailed,
    Finding,
    Health,
    HeldBack,
    Limit,
    MessageGone,
    Messenger,
    Pace,
    PlaceRefused,
    Shown,
    TryLater,
    Unclear,
)
from bot.net.permit import Withdrawn
from handlers.base.cards import Card
from tests.simulator import network
from tests.simulator.network import Answered, NoConnection

CHANNELS = {"#support-social": "C-SUPPORT", "#finance-care": "C-FINANCE"}
# Slack's channels are read back from so long before the send.
_BEFORE = timedelta(minutes=1)


@dataclass
class Standing:
    """One message that stands in a channel; ``until`` it was hidden from look-ups, at the latest."""

    reference: str
    key: str
    version: int
    content: Content
    channel: str
    came: float
    at: datetime


class World(network.Surroundings, Protocol):
    """What the chat asks of the world."""

    def truth(self) -> datetime:
        """Return the true time."""
        ...

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        ...


@dataclass
class Server:
    """The platform's side."""

    world: World
    standing: list[Standing] = field(default_factory=list)

    def land(self, channel: str, content: Content, key: str, version: int) -> str:
        """Take a new message."""
        before = [one for one in self.standing if (one.channel, one.key) == (channel, key)]
        if before:
            self.world.broken("one card in each home", f"{key} stands in {channel} twice")
        one = Standing(
            reference=f"{len(self.standing) + 1}.0",
            key=key,
            version=version,
            content=content,
            channel=channel,
            came=self.world.loop.time(),
            at=self.world.truth(),
        )
        self.standing.append(one)
        self.world.note(f"{channel} shows {key} in version {version}")
        return one.reference

    def change(self, channel: str, reference: str, content: Content, version: int) -> bool:
        """Take an update; False when there is no such message."""
        for one in self.standing:
            if (one.channel, one.reference) == (channel, reference):
                one.content, one.version = content, version
                self.world.note(f"{channel} shows {one.key} in version {version} now")
                return True
        return False

    def cards(self) -> list[tuple[Standing, Card]]:
        """Return the cards that stand, the oldest first."""
        return [(one, one.content) for one in self.standing if isinstance(one.content, Card)]


class ChatMessenger:
    """Sends from one process to the platform."""

    name = "slack"

    def __init__(self, server: Server, pace: Pace) -> None:
        """Take the server."""
        self._server, self.pace = server, pace

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message."""
        del plain, thread
        return str(await self._send("post", lambda: self._server.land(channel, content, key, version)))

    async def update(
        self, channel: str, reference: str, content: Content, key: str, version: int, *, plain: bool
    ) -> None:
        """Change a message."""
        del key, plain
        if not await self._send("update", lambda: self._server.change(channel, reference, content, version)):
            raise MessageGone("message_not_found")

    async def _send(self, what: str, land: Callable[[], Any]) -> Any:
        try:
            return await network.send(self._server.world, "chat", what, land)
        except Withdrawn as error:
            raise HeldBack("It was held back.") from error
        except (NoConnection, Answered) as error:
            raise _failure(error) from error

    async def find(
        self, channel: str, keys: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Shown]:
        """Look what stands."""
        del threads

        def seen(until: float) -> dict[str, Shown]:
            here = [one for one in self._server.standing if one.channel == channel and one.at >= since - _BEFORE]
            return {one.key: Shown(one.reference, one.version) for one in here if one.key in keys and one.came <= until}

        try:
            return await network.look(self._server.world, "chat", seen)
        except (NoConnection, Answered) as error:
            failure = _failure(error)
            raise failure if isinstance(failure, PlaceRefused) else TryLater(failure.reason) from error

    async def probe(self, channel: str) -> None:
        """See whether a channel works."""
        del channel
        try:
            await network.look(self._server.world, "chat", lambda _until: None, network.HURTS_READING)
        except (NoConnection, Answered) as error:
            failure = _failure(error)
            raise failure if isinstance(failure, PlaceRefused) else TryLater(failure.reason) from error


def _failure(error: NoConnection | Answered) -> DeliveryFailed:
    if isinstance(error, NoConnection):
        return TryLater("It cannot be reached.")
    if error.status == 429:
        return TryLater("It asks us to wait.", error.retry_after)
    return PlaceRefused("not_in_channel") if error.status == 403 else Unclear(str(error))


@dataclass(frozen=True)
class ChatSettings:
    """What the platform is built from."""

    server: Server
    paced: bool


class Chat:
    """The platform: what ``bot.chat.base.Platform`` wants."""

    name = "slack"

    def __init__(self, messenger: Messenger) -> None:
        """Take what sends."""
        self.messenger = messenger

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Serve nothing: gestures come by the world's own hands."""
        return ()

    async def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the channels by name."""
        return {name: CHANNELS[name] for name in names if name in CHANNELS}

    async def lost(self) -> Sequence[str]:
        """Miss no channel."""
        return ()

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def refresh(self) -> None:
        """Learn nothing new."""

    def health(self) -> Health:
        """Be well."""
        return Health(True)

    async def check(self) -> list[Finding]:
        """Find nothing."""
        return []


def build(settings: ChatSettings, backend: Backend, surroundings: object) -> Chat:
    """Build the platform for one process."""
    del backend, surroundings
    pace = Pace(limits=(Limit(1, 1.0, updates=False),), batch=1) if settings.paced else Pace()
    return Chat(ChatMessenger(settings.server, pace))
