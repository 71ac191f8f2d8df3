"""What this Slack remembers. One lock guards it all.

Tests fill it with ``add_user``, ``add_channel``, ``add_group``; the Web API reads and changes it.
"""

import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.errors import Refused
from tests.fakes.slack.records import (
    BOT_USER_ID,
    OTHER_TEAM_ID,
    Channel,
    Ephemeral,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    User,
    UserGroup,
    View,
    Violation,
)
from tests.harness.bare import bare

TRIGGER_SECONDS = 3.0


@dataclass
class Workspace:
    """The whole workspace; hold ``lock`` to read or change it from a test's own thread.

    Attributes:
        not_taken: Types of blocks and of their elements that it refuses: image (cannot be fetched), rich_text.
    """

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ephemerals: list[Ephemeral] = field(default_factory=list)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    opened: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    enterprise_id: str = ""
    not_taken: set[str] = field(default_factory=set)
    _last_ts: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        self.users[BOT_USER_ID] = User(id=BOT_USER_ID, name="dibs", is_bot=True)

    def add_user(self, name: str, *, id: str | None = None, **details: Any) -> User:
        """Add a person; ``details`` are fields of ``User``, as ``is_restricted=True`` for a guest."""
        user = User(id=id or self._id("U"), name=name, **details)
        with self.lock:
            self.users[user.id] = user
        return user

    def add_stranger(self, name: str, **details: Any) -> User:
        """Add somebody from another workspace, as met in shared channels."""
        return self.add_user(name, team_id=OTHER_TEAM_ID, **details)

    def add_group(self, handle: str, users: Iterable[User | str] = (), *, id: str | None = None) -> UserGroup:
        """Add a user group with its members."""
        group = UserGroup(id=id or self._id("S"), handle=handle, name=handle, users=[as_id(user) for user in users])
        with self.lock:
            self.groups[group.id] = group
        return group

    def add_channel(
        self,
        name: str,
        *,
        members: Iterable[User | str] = (),
        bot: bool = True,
        id: str | None = None,
        **details: Any,
    ) -> Channel:
        """Add a channel; ``bot`` says whether the bot is in it, ``details`` are fields of ``Channel``."""
        people = {as_id(user) for user in members} | ({BOT_USER_ID} if bot else set())
        channel = Channel(id=id or self._id("C"), name=name.lstrip("#"), members=people, **details)
        with self.lock:
            self.channels[channel.id] = channel
        return channel

    def direct(self, user: str) -> Channel:
        """Return the direct message between the bot and a person, opened when it is not yet."""
        for channel in self.channels.values():
            if channel.im_user == user:
                return channel
        channel = Channel(id=self._id("D"), im_user=user, members={user, BOT_USER_ID})
        self.channels[channel.id] = channel
        return channel

    def find_channel(self, name: str) -> Channel | None:
        """Return the channel by id, ``#name`` or name."""
        if name in self.channels:
            return self.channels[name]
        plain = name.lstrip("#")
        return next((channel for channel in self.channels.values() if channel.name == plain and plain), None)

    def next_ts(self) -> str:
        """Return a message timestamp: Unix seconds with six digits, never twice."""
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def put(self, channel: Channel, **fields: Any) -> Message:
        """Put a message into a channel, as the bot or as ``user``."""
        message = Message(channel=channel.id, ts=self.next_ts(), **fields)
        channel.messages[message.ts] = message
        return message

    def whisper(self, user: str, channel: str, via: str, text: str, blocks: list[Json]) -> Ephemeral:
        """Show something to one person alone."""
        ephemeral = Ephemeral(channel=channel, user=user, ts=self.next_ts(), via=via, text=text, blocks=blocks)
        self.ephemerals.append(ephemeral)
        return ephemeral

    def new_trigger(self, user: str) -> str:
        """Issue a trigger_id for a gesture."""
        trigger = f"{self._next()}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(user=user, issued=time.monotonic())
        return trigger

    def redeem(self, trigger_id: str) -> str:
        """Exchange a trigger for its person, once, within 3 seconds."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        age = time.monotonic() - trigger.issued
        if age > TRIGGER_SECONDS and age > bare().allowed(TRIGGER_SECONDS, trigger.issued):
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def new_response_url(self, user: str, channel: str, message_ts: str | None) -> str:
        """Issue the last part of a response_url."""
        token = secrets.token_urlsafe(18)
        self.response_urls[token] = ResponseUrl(
            user=user, channel=channel, message_ts=message_ts, issued=time.monotonic()
        )
        return token

    def new_view(self, user: str, body: Json, *, below: View | None = None) -> View:
        """Make a view object; the caller puts it where it belongs."""
        view_id = self._id("V")
        root = below.root_id if below else view_id
        previous = below.id if below else None
        digest = f"{int(time.time())}.{secrets.token_hex(4)}"
        return View(id=view_id, user=user, body=body, hash=digest, root_id=root, previous_id=previous)

    def violate(self, kind: str, detail: str) -> None:
        """Write down what a good bot never does."""
        self.violations.append(Violation(kind=kind, detail=detail))

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _id(self, letter: str) -> str:
        return f"{letter}{self._next():09d}"


def as_id(thing: User | Channel | str) -> str:
    """Return the id of a person or channel, given either way."""
    return thing if isinstance(thing, str) else thing.id
