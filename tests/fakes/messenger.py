"""A chat platform in memory: it shows what it was sent, and fails where a test says so."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.base import Content, DeliveryFailed, MessageGone, Pace, Shown
from handlers.base.cards import Card


@dataclass
class Standing:
    """One message that stands in a channel."""

    reference: str
    key: str
    version: int
    content: Content
    plain: bool
    thread: str = ""


@dataclass
class FakeMessenger:
    """Show messages; ``failures`` are raised by the next sends, before or after what was sent stands.

    Attributes:
        failures: (error, was it shown all the same?) of the next sends, in order; None = it works.
        blind: Look-ups raise this.
        dead: Channels that raise this whatever is asked.
    """

    name: str = "slack"
    pace: Pace = field(default_factory=Pace)
    channels: dict[str, list[Standing]] = field(default_factory=dict)
    failures: deque[tuple[DeliveryFailed, bool] | None] = field(default_factory=deque)
    blind: DeliveryFailed | None = None
    dead: dict[str, DeliveryFailed] = field(default_factory=dict)
    sends: list[str] = field(default_factory=list)

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message."""
        failure = self._next(channel, f"post {key}")
        reference = f"{len(self.sends)}.0"
        if failure is None or failure[1]:
            self.channels.setdefault(channel, []).append(Standing(reference, key, version, content, plain, thread))
        if failure is not None:
            raise failure[0]
        return reference

    async def update(
        self, channel: str, reference: str, content: Content, key: str, version: int, *, plain: bool
    ) -> None:
        """Change a message."""
        failure = self._next(channel, f"update {key}")
        if failure is not None and not failure[1]:
            raise failure[0]
        for standing in self.channels.get(channel, []):
            if standing.reference == reference:
                standing.version, standing.content, standing.plain = version, content, plain
                break
        else:
            raise MessageGone("message_not_found")
        if failure is not None:
            raise failure[0]

    async def find(
        self, channel: str, keys: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Shown]:
        """Look what stands."""
        del threads  # what stands in a thread stands in the channel too
        self.sends.append("find")
        if self.blind is not None:
            raise self.blind
        standing = self.channels.get(channel, [])
        named = ((name, one) for one in standing for name in (one.key, getattr(one.content, "origin", "")))
        return {name: Shown(one.reference, one.version) for name, one in named if name in keys}

    async def probe(self, channel: str) -> None:
        """See whether a channel works."""
        if channel in self.dead:
            raise self.dead[channel]

    def _next(self, channel: str, what: str) -> tuple[DeliveryFailed, bool] | None:
        self.sends.append(what)
        if channel in self.dead:
            raise self.dead[channel]
        return self.failures.popleft() if self.failures else None

    def cards(self, channel: str) -> list[Card]:
        """Return the cards that stand in a channel."""
        return [one.content for one in self.channels.get(channel, []) if isinstance(one.content, Card)]
