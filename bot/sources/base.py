"""What a source offers and what it may rely on.

A source is a small adapter: it asks its service, and hands over events and a checkpoint. All that every source
needs (storing, baseline, de-duplication, back-off, limits, health) is the runner's work, and what many need (walking
lists, asking for JSON, reading HTML) is the kit's. ``bot/sources/kinds/README.md`` says how to add one.

Errors (all else is a bug):

    SourceError
    ├── SourceUnavailable(retry_after)   try again: time-out, 5xx, 429, broken document
    ├── SourceRefused                    only a person can mend it: 401, 403, 404, 410, private address, wrong option
    │   └── HookRefused(status)          one delivery to a hook was not accepted; the source itself is well
    ├── MaybeSent                        what was sent may have been taken: time-out, cut connection, 5xx
    └── CannotLook                       the platform cannot be asked whether a reply stands there
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from bot.net.errors import SourceError
from handlers.base.budget import Budget
from handlers.base.charter import BY_HAND, ReplyRules
from handlers.base.events import Event, Posted
from handlers.base.organisation import SourceRules
from handlers.base.replying import Allowed, Found, Handoff, Outcome, Parent, ParentState

OptionsT = TypeVar("OptionsT")
EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)


class HookRefused(SourceError):
    """A delivery to a hook, or a question to it, was not accepted: 400, 401, 403; or 503, and it comes again."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Delivered(tuple[EventT_co, ...]):
    """What one delivery to a hook brought.

    Attributes:
        known_by: By what it is known when it comes again; empty where its scheme cannot tell that from another one.
        refused: Of each post that could not be read why, for its sender.
        unread: Why something of it could not be read, though its sender did nothing that it could mend: it is kept,
            and read again later (``bot.sources.kit.vendors``). Empty where all was read.
        poll_now: It was a ring at the door: there is something to fetch. A source that is asked, too, is asked soon.
        named: What it names and does not tell: fetched before it is acknowledged (``FetchingSource``).
    """

    known_by: str
    refused: tuple[str, ...]
    unread: str
    poll_now: bool
    named: tuple[str, ...]

    def __new__(
        cls,
        events: Iterable[EventT_co] = (),
        *,
        known_by: str = "",
        refused: tuple[str, ...] = (),
        unread: str = "",
        poll_now: bool = False,
        named: tuple[str, ...] = (),
    ) -> Self:
        """Take the events that could be read, and what is to be said of the others."""
        made = super().__new__(cls, events)
        made.known_by, made.refused, made.unread = known_by, refused, unread
        made.poll_now, made.named = poll_now, named
        return made


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a network is answered that asks whether a hook is ours."""

    text: str
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one poll brought.

    Attributes:
        events: Oldest first.
        checkpoint: Opaque text for the next poll, stored in the same transaction as the events; at most 10,000
            characters.
        more: There is more to fetch at once.
        not_before: Do not poll again before this moment (Retry-After, X-RateLimit-Reset), or None.
        stale: External ids of what is new to us, and yet was old news when we first looked.
    """

    events: tuple[Event, ...]
    checkpoint: str
    more: bool = False
    not_before: datetime | None = None
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a kind can do; shown on its page in docs/sources and by `dibs check`.

    Attributes:
        finds: A post can be fetched by its address (``/dibs add``).
        reply: What a reply there is bound by.
        network: What people call the network, or empty.
        hosts: Where its posts stand, without "www."; that of the source's ``base_url`` counts too.
        budgets: What a source may spend of what its network sells or rations; options of which that depends say it
            themselves, by a property of this name. One bucket is counted in one unit.
    """

    polls: bool = False
    receives: bool = False
    streams: bool = False
    finds: bool = False
    reply: ReplyRules = BY_HAND
    network: str = ""
    hosts: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig(Generic[OptionsT]):
    """One ``[[sources]]`` table, read and checked.

    Attributes:
        name: Its name in dibs.toml.
        kind: Its name in the registry.
        options: The kind's own options dataclass.
        secrets: From the environment, by the names that the registry declares; what is not set is absent.
        allow_private: Lifts the rule that only public addresses are fetched.
    """

    name: str
    kind: str
    options: OptionsT
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_private: bool = False


class Replier(Protocol):
    """The answering half of a source. ``send_id`` is ours, unique for each reply, and stable over retries."""

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether we can answer this post ourselves; pure."""
        ...

    async def check(self, parent: Parent) -> ParentState:
        """Look at the parent just before the send.

        Raises:
            SourceUnavailable: It may work later; nothing was sent.
            SourceRefused: A person has to mend something (a revoked credential).
        """
        ...

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the whole request as text, to be stored before it is sent; pure.

        Raises:
            ValueError: It cannot be sent as it is; the sentence is for the drafter.
        """
        ...

    async def publish(self, prepared: str) -> Outcome:
        """Send it once; what is raised but the first two counts as ``Unclear``.

        What takes two steps is ``Staged`` after the first, and sent by another call with what that prepared. What its
        network keeps back for its moderators is ``Published`` and held.

        Raises:
            SourceUnavailable: It was certainly not sent (429, no connection); try the same again later.
            SourceRefused: It was certainly not sent, and a person has to mend something (a revoked credential).
            MaybeSent: It may stand there. A refusal may say so too: some services answer 4xx to what they took.
        """
        ...

    async def find_published(self, prepared: str) -> Found:
        """Look whether it stands there; None = certainly not, and nowhere else either.

        What waits for moderators is found, as held, or a crash would send it twice. It is looked at again and again
        until it stands, or is ``Refused`` or gone: the moderators said no, and why, where the network tells.

        Raises:
            SourceUnavailable: It cannot be seen now; nothing is known.
            SourceRefused: We may not look.
            CannotLook: This platform cannot be asked; a person has to look.
        """
        ...


class Source(Protocol):
    """A configured place where posts come from; ``replies`` answers there, and is None where people do so by hand."""

    capabilities: Capabilities

    @property
    def replies(self) -> Replier | None:
        """What answers here."""
        ...


@runtime_checkable
class PollingSource(Source, Protocol):
    """A source that is asked."""

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch what is new since ``checkpoint`` (empty at first).

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: A person has to mend something.
        """
        ...


@runtime_checkable
class ReceivingSource(Source, Protocol):
    """A source that calls us, at POST /hooks/<name>."""

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and parse one delivery; pure. What cannot be read of it costs nothing of what can.

        A network sends what nobody asked for, likes and deletions of what we never saw: that is well, and nothing.

        Raises:
            HookRefused: Not signed, stale or tampered (401); nothing in it is what was agreed (400).
        """
        ...


@runtime_checkable
class GreetedSource(ReceivingSource, Protocol):
    """A source whose network asks at GET /hooks/<name> whether the hook is ours, before it calls it."""

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Return the answer (``bot.sources.kit.handshakes``); None when nothing was asked. Pure, and at once.

        Raises:
            HookRefused: Whoever asks does not know what was agreed.
        """
        ...


@runtime_checkable
class FetchingSource(ReceivingSource, Protocol):
    """A source whose deliveries may name what they do not tell (``Delivered.named``)."""

    async def fetch(self, named: Sequence[str]) -> Sequence[Event]:
        """Return what is named, as far as it is there; quickly, since whoever delivered it waits.

        Raises:
            SourceUnavailable, SourceRefused: It cannot be had now; the delivery is refused, and comes again.
        """
        ...


@runtime_checkable
class StreamingSource(Source, Protocol):
    """A source that keeps a connection open; ``streaming`` says whether it is configured so."""

    streaming: bool

    def stream(self, checkpoint: str) -> AsyncIterator[Batch]:
        """Yield batches of at most 100 events as they come, each with the checkpoint behind it, until it is closed.

        It ends, or raises as ``poll`` does, when the connection is lost; the runner opens it again from the last
        checkpoint that was stored.
        """
        ...


@runtime_checkable
class SteadyStream(StreamingSource, Protocol):
    """A stream that always has something to say while it is well.

    ``longest_silence`` is after how many seconds without a batch it is not; None where it is configured to be quiet.
    """

    longest_silence: float | None


@runtime_checkable
class FindingSource(Source, Protocol):
    """A source that can fetch one post by its address."""

    async def find(self, url: str) -> Posted | None:
        """Return the post at ``url``; None when the address is none of this source's, or nothing is there.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: A person has to mend something.
        """
        ...


class CannotLook(SourceError):
    """The platform cannot be asked whether a reply stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One source: what the composition root builds it from, what listening knows of it, and how often it is asked."""

    config: SourceConfig[Any]
    rules: SourceRules
    every: timedelta = timedelta(seconds=60)
