"""What delivery sends through: post, update, look up, probe. https://docs.slack.dev/reference/methods/chat.postMessage

Every message carries our key and its version as metadata, with every update too, so that after a crash it can be found.

A reply to a message is broadcast: it stands in the thread and in the channel. ``conversations.history`` shows no other
reply than such a one, and Slack calls that a pointer to the reply and does not say whether it carries our metadata; so
the thread itself is read too (https://docs.slack.dev/reference/events/message/thread_broadcast). Where a thread takes
no reply, it was certainly not shown and stands by itself; where its parent is gone, Slack makes it so without a word.

What Slack refuses as ``invalid_blocks`` is certainly not shown, so it is sent again at once with less: without its
pictures, then without the quote (``draw.card.Layout``). Where three different messages in a row were taken only so,
it is Slack and not the message: the fuller layout is not tried any more until the next start.
"""

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat.base import Content, ContentRefused, DeliveryFailed, Limit, Pace, PlaceRefused, Shown, TryLater, Unclear
from bot.chat.slack.draw.blocks import marked, section
from bot.chat.slack.draw.card import Layout, draw, fullest
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire.channels import join
from bot.chat.slack.wire.client import Api, Json, Refused
from bot.chat.slack.wire.workspace import Workspace
from handlers.base.cards import Card, Notice
from storage.channels.messages import person_in

EVENT = "dibs_message"
_BEFORE_SENDING = 60.0
# What Slack answers where the thread is what is wrong: the same message without it is another matter.
_NO_THREAD = frozenset(
    (
        "cannot_reply_to_message",
        "cant_broadcast_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    )
)
_PAGE = 200
_MOST_PAGES = 100
# What Slack says of blocks that it does not take.
_NOT_TAKEN = ("invalid_blocks", "invalid_blocks_format")
# After so many different messages in a row that were taken only with less.
PATIENCE = 3
_REMEMBERED = 1_000
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}", re.ASCII)
WITHOUT = {
    Layout.NO_PICTURE: "Slack took none of the last cards with its pictures, so cards come without them.",
    Layout.PLAIN: "Slack took none of the last cards with its quote, so cards come as plain paragraphs.",
}

log = logging.getLogger("dibs.slack")


@dataclass(slots=True)
class Taken:
    """Which layouts Slack takes, by what became of the last messages.

    Attributes:
        fullest: Nothing fuller than this is tried any more.
        tell: Called with a sentence when that becomes less.
    """

    fullest: Layout = Layout.FULL
    tell: Callable[[str], object] = log.warning
    _least: dict[str, Layout] = field(default_factory=dict)
    _only: dict[Layout, set[str]] = field(default_factory=lambda: {one: set() for one in Layout})

    def begin(self, key: str) -> Layout:
        """Return the layout with which to begin: of a message, what was refused once is not tried again."""
        return max(self.fullest, self._least.get(key, Layout.FULL))

    def refused(self, key: str, layout: Layout) -> None:
        """Write down that Slack did not take a message in this layout, before it is sent in the next."""
        self._least[key] = Layout(layout + 1)
        if len(self._least) > _REMEMBERED:
            del self._least[next(iter(self._least))]

    def taken(self, key: str, layout: Layout) -> None:
        """Write down that Slack took a message in this layout."""
        for lesser in Layout:
            if lesser > layout:
                self._only[lesser].clear()
        if self._least.get(key) != layout:
            return
        self._only[layout].add(key)
        if len(self._only[layout]) >= PATIENCE and layout > self.fullest:
            self.fullest = layout
            self.tell(WITHOUT[layout])

    def trouble(self) -> str:
        """Say what is left out; empty where all is shown."""
        return WITHOUT.get(self.fullest, "")


class SlackMessenger:
    """Sends to one workspace; a lane ``@U…`` is the direct conversation with that person."""

    name = "slack"

    def __init__(self, api: Api, workspace: Workspace, settings: SlackSettings, taken: Taken | None = None) -> None:
        self._api = api
        self._workspace = workspace
        self.pace = pace_of(settings.posts_per_second)
        self.taken = taken or Taken()

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message and return its timestamp, which is its name in the channel."""
        room = await self._room(channel)
        quiet = {"unfurl_links": False, "unfurl_media": False, "mrkdwn": not plain or None}
        message: Json = {"plain": plain, "channel": room, **quiet}
        reply: Json = {"thread_ts": thread, "reply_broadcast": True} if thread else {}
        message["calls"] = self._called(content)
        try:
            answer = await self._show("chat.postMessage", content, key, version, **message, **reply)
        except DeliveryFailed as failure:
            if not reply or failure.code not in _NO_THREAD:
                raise
            answer = await self._show("chat.postMessage", content, key, version, **message)
        return str(answer["ts"])

    async def update(
        self, channel: str, reference: str, content: Content, key: str, version: int, *, plain: bool
    ) -> None:
        """Change a message; blocks that are not wanted any more are taken away by an empty list."""
        room = await self._room(channel)
        await self._show("chat.update", content, key, version, plain=plain, channel=room, ts=reference)

    def _called(self, content: Content) -> str:
        """Return what calls the user group of a notice; empty where there is none, or Slack knows none of that name.

        Its id is what Slack told of the handle that stands in dibs.toml, so that nobody else's words call anybody.
        """
        found = self._workspace.groups.get(content.calls.removeprefix("@"), "") if isinstance(content, Notice) else ""
        return f"<!subteam^{found}>" if _GROUP_ID.fullmatch(found) else ""

    async def _show(
        self, method: str, content: Content, key: str, version: int, *, plain: bool, calls: str = "", **arguments: Any
    ) -> Json:
        """Send a message in the fullest layout that Slack takes; ``calls`` stands above it, by itself."""

        async def in_layout(layout: Layout) -> Json:
            drawn = draw(content, self._workspace.url, plain_text=plain, layout=layout)
            blocks = drawn.blocks if drawn.blocks or method == "chat.update" else None
            metadata = _metadata(key, version, content.origin if isinstance(content, Card) else "")
            text = f"{calls} {drawn.text}" if calls else drawn.text
            if calls and blocks:
                blocks = [section(marked(calls)), *blocks]
            return await self._send(method, text=text, blocks=blocks, metadata=metadata, **arguments)

        if plain:
            return await in_layout(Layout.PLAIN)
        layout = max(self.taken.begin(key), fullest(content))
        while layout < Layout.PLAIN:
            try:
                answer = await in_layout(layout)
            except ContentRefused as refused:
                if refused.code not in _NOT_TAKEN:
                    raise
                self.taken.refused(key, layout)
                layout = Layout(layout + 1) if isinstance(content, Card) else Layout.PLAIN
            else:
                self.taken.taken(key, layout)
                return answer
        answer = await in_layout(Layout.PLAIN)
        self.taken.taken(key, Layout.PLAIN)
        return answer

    async def find(
        self, channel: str, keys: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Shown]:
        """Read the channel back from a minute before ``since``; messages of others do not count, whatever they say."""
        if not self._workspace.bot_user:
            raise TryLater("Slack has not told us yet who we are.")
        place: Json = {
            "channel": await self._looking(self._room(channel)),
            "oldest": f"{since.timestamp() - _BEFORE_SENDING:.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        wanted, found = set(keys), dict[str, Shown]()
        for asked in ({}, *({"ts": one} for one in threads)):
            if found.keys() != wanted:
                await self._read(place | asked, wanted, found)
        return found

    async def _read(self, place: Json, wanted: set[str], found: dict[str, Shown]) -> None:
        """Read a channel, or the thread in it that ``place`` names, page by page until all that is wanted is found."""
        method, cursor = "conversations.replies" if "ts" in place else "conversations.history", ""
        for _ in range(_MOST_PAGES):
            answer = await self._looking(self._api.call(method, **place, cursor=cursor or None))
            for message in answer.get("messages") or ():
                names, shown = self._ours(message)
                if shown is not None:
                    found.update(dict.fromkeys(wanted.intersection(names), shown))
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor or found.keys() == wanted:
                return

    async def probe(self, channel: str) -> None:
        """See whether a channel would take messages, joining it if it is public."""
        if person_in(channel):
            await self._looking(self._room(channel))
        else:
            await join(self._api, channel)

    def _ours(self, message: Any) -> tuple[tuple[str, ...], Shown | None]:
        metadata = message.get("metadata") if isinstance(message, dict) else None
        if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT:
            return (), None
        # Anybody's app may put our key into its own metadata.
        if message.get("user") != self._workspace.bot_user and message.get("bot_id") != self._workspace.bot_id:
            return (), None
        payload = metadata.get("event_payload") or {}
        version = payload.get("version")
        names = tuple(str(payload[one]) for one in ("key", "origin") if payload.get(one))
        return names, Shown(str(message["ts"]), version if isinstance(version, int) else 0)

    async def _room(self, channel: str) -> str:
        account = person_in(channel)
        if not account:
            return channel
        known = self._workspace.rooms.get(account)
        if known is None:
            try:
                answer = await self._api.call("conversations.open", users=account)
            except Refused as refused:
                if refused.code == "missing_scope":
                    raise PlaceRefused(refused.reason) from None
                raise refused.meaning() from None
            except Unclear as unclear:  # nothing was posted: only the conversation was opened
                raise TryLater(unclear.reason, unclear.retry_after) from None
            known = self._workspace.rooms[account] = str(answer["channel"]["id"])
        return known

    async def _send(self, method: str, **arguments: Any) -> Json:
        if not self._workspace.known:
            raise TryLater("Slack has not told us yet who we are.")
        try:
            try:
                return await self._api.call(method, **arguments)
            except Refused as refused:
                if refused.code != "not_in_channel":
                    raise
            # Certainly not shown. A public channel takes us (back) in; a private one wants an invitation.
            await join(self._api, str(arguments["channel"]))
            return await self._api.call(method, **arguments)
        except Refused as refused:
            raise refused.meaning() from None

    async def _looking(self, call: Any) -> Any:
        """Await a look-up; whatever is no answer leaves us not knowing. In a thread that is gone stands nothing."""
        try:
            return await call
        except Refused as refused:
            if refused.code == "thread_not_found":
                return {}
            meaning = refused.meaning()
            if isinstance(meaning, PlaceRefused):
                raise meaning from None
            if refused.code == "missing_scope":
                raise PlaceRefused(refused.reason) from None
            raise TryLater(refused.reason) from None
        except PlaceRefused:
            raise
        except DeliveryFailed as failure:
            raise TryLater(failure.reason, failure.retry_after) from None


def pace_of(posts_per_second: float) -> Pace:
    """Return Slack's pace: posts by channel, changes 0.8 a second over all (``chat.update`` is allowed 50 a minute).

    https://docs.slack.dev/apis/web-api/rate-limits
    """
    if not posts_per_second:
        return Pace()
    posts = Limit(1, 1 / posts_per_second, updates=False)
    return Pace((posts, Limit(48, 60.0, posts=False, overall=True)), batch=1)


def _metadata(key: str, version: int, origin: str) -> Json:
    payload: Json = {"key": key, "version": version, **({"origin": origin} if origin else {})}
    return {"event_type": EVENT, "event_payload": payload}
