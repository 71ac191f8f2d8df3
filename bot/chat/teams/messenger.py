"""What delivery sends through: a card is a thread of its own in its channel, or stands in a person's chat with the bot.

Proactive messages: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages

Teams cannot be asked what stands in a channel: its connector posts, changes and removes messages and reads none, and
reading them through Graph wants consent to read everything that is said in a team, which Dibs does not ask for. So no
message carries our key, for nobody could read it back; what comes back is the token in a button's own data, and by
that ``copies`` knows a second copy when somebody presses it.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#conversation-operations
"""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from bot.chat.base import (
    Content,
    ContentRefused,
    DeliveryFailed,
    Limit,
    MessageGone,
    Pace,
    PlaceRefused,
    Shown,
    TryLater,
)
from bot.chat.teams.draw.card import draw, without_pictures
from bot.chat.teams.draw.elements import Element
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.connector import Conversation
from bot.chat.teams.wire.errors import NOT_FOUND
from bot.runtime.clock import Clock
from handlers.base.cards import Card
from storage.channels.messages import person_in

# What Teams allows one bot in one conversation, and in a tenant over all (sources say 30 to 50):
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
_ALLOWED = (
    Limit(7, 1.0),
    Limit(8, 2.0),
    Limit(60, 30.0),
    Limit(1_800, 3_600.0),
    Limit(30, 1.0, overall=True),
)
# Neither may use up what is there for both: what people did shows in a flood of posts, and a post among many changes.
_SHARES = (
    Limit(45, 30.0, updates=False),
    Limit(1_400, 3_600.0, updates=False),
    Limit(50, 30.0, posts=False),
    Limit(1_600, 3_600.0, posts=False),
)
# After so many seconds each a channel that worked is tried again when Teams does not find it.
_AGAIN = (1.0, 4.0, 15.0)
# One at a time: of what a crash leaves unclear, each may become a second copy.
PACE = Pace((*_ALLOWED, *_SHARES), batch=1)


_Sent = TypeVar("_Sent")


async def _taken(content: Content, to: Conversation, plain: bool, send: Callable[[Element], Awaitable[_Sent]]) -> _Sent:
    """Send a message; what is refused with its pictures was not shown, and is sent at once without them."""
    try:
        return await send(draw(content, to.tenant, plain_text=plain).activity())
    except ContentRefused:
        if plain or not isinstance(content, Card) or without_pictures(content) == content:
            raise
    return await send(draw(without_pictures(content), to.tenant).activity())


class TeamsMessenger:
    """Sends to one tenant; a lane ``@<directory id>`` is that person's chat with the bot."""

    name = "teams"
    pace = PACE

    def __init__(self, wall: Wall, rooms: Rooms, settings: TeamsSettings, clock: Clock) -> None:
        self._wall = wall
        self._rooms = rooms
        self._bot = f"28:{settings.app_id}"
        self._monotonic = clock.monotonic
        self._not_before: dict[str, float] = {}
        self._worked: set[str] = set()
        self._not_found: dict[str, int] = {}

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message and return its id; always as a thread of its own, for a reply tells only who wrote there."""
        del key, version, thread
        to = await self._to(channel)
        with self._watched(channel, worked=channel in self._worked):
            return await _taken(content, to, plain, lambda activity: self._wall.post(to, activity))

    async def update(
        self, channel: str, reference: str, content: Content, key: str, version: int, *, plain: bool
    ) -> None:
        """Change a message, for everybody who sees it."""
        del key, version
        to = await self._to(channel)
        with self._watched(channel, worked=True):  # a message stands there
            await _taken(content, to, plain, lambda activity: self._wall.update(to, reference, activity))

    async def find(
        self, channel: str, keys: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Shown]:
        """Return nothing, at once: what cannot be asked about is sent again, for a second card is better than none."""
        del channel, keys, since, threads
        return {}

    async def probe(self, channel: str) -> None:
        """See whether a channel would take messages: whether it says anything at all to who asks about a member.

        In a channel the one who is asked about is the bot, whom a roster does not list: that nobody in there is that
        is an answer of a place where it may speak.
        """
        to = await self._to(channel)
        account = person_in(channel) or self._bot
        try:
            await self._wall.member(to, account)
        except MessageGone:
            return
        except (PlaceRefused, TryLater):
            raise
        except DeliveryFailed as failure:
            raise TryLater(failure.reason, failure.retry_after) from None

    async def _to(self, channel: str) -> Conversation:
        early = self._not_before.get(channel, 0.0) - self._monotonic()
        if early > 0:
            raise TryLater("Teams asked us to wait before we say more in this channel.", early)
        self._not_before.pop(channel, None)
        return await self._rooms.conversation(channel)

    @contextmanager
    def _watched(self, channel: str, *, worked: bool) -> Iterator[None]:
        """Hear what becomes of one send: when the next may be tried, and whether the channel is really not there."""
        try:
            yield
        except TryLater as later:
            raise self._heeded(channel, later) from None
        except PlaceRefused as refused:
            tries = self._not_found.pop(channel, 0)
            if refused.code.lower() != NOT_FOUND.lower() or not worked or tries >= len(_AGAIN):
                self._worked.discard(channel)
                raise
            self._not_found[channel] = tries + 1
            raise self._heeded(channel, TryLater(f"{refused.reason} It is tried again.", _AGAIN[tries])) from None
        else:
            self._worked.add(channel)
            self._not_found.pop(channel, None)

    def _heeded(self, channel: str, later: TryLater) -> TryLater:
        """Keep what Teams asks for, so that nothing else in this channel is tried before either."""
        if later.retry_after:
            self._not_before[channel] = self._monotonic() + later.retry_after
        return later
