"""What a chat platform offers to the rest of the house, and what it may answer with.

A platform draws neutral cards and notices, sends them, and turns gestures into commands. It knows nothing of lanes
and versions: delivery decides what to send when, and hears from these errors what became of it.

    DeliveryFailed(reason)
    ├── TryLater(retry_after)     certainly not shown: 429, or the platform cannot be reached at all
    ├── HeldBack                  certainly not shown: at the last moment we did not let it leave
    ├── Unclear(retry_after)      may be shown: time-out, cut connection, 5xx; look before sending again
    ├── PlaceRefused              this channel refuses for good: archived, gone, not a member, no right to look
    │   └── PersonGone            whom it was for is not there any more: nobody can mend that
    ├── ContentRefused            this one message is refused: too long, invalid
    ├── MessageGone               an update found nothing to change, or may not change it any more: post anew
    └── PlatformRefused           the whole platform refuses us: revoked token
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from handlers.base.cards import Card, Notice
from handlers.text.bounds import MAX_REASON, clip

Content = Card | Notice


def network_mend(host: str) -> str:
    """Return how to mend that a platform cannot be reached from here: no token is wrong then."""
    return f"See whether this machine reaches {host}: its network, its names (DNS), and HTTPS_PROXY if you have one."


class DeliveryFailed(Exception):
    """What went wrong with one send, in words for the operator that hold no secret and no foreign text.

    ``code`` is the platform's own word for it, where it has one.
    """

    def __init__(self, reason: str, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(reason)
        self.reason = clip(reason, MAX_REASON)  # some quote what was answered
        self.retry_after = retry_after
        self.code = code


class TryLater(DeliveryFailed):
    """It was certainly not shown; ``retry_after`` is the number of seconds that the platform asks for, or None."""


class HeldBack(DeliveryFailed):
    """Its permit was withdrawn (``bot.net.permit``); nothing was sent."""


class Unclear(DeliveryFailed):
    """It may have been shown. ``retry_after``: not to be looked up before so many seconds."""


class PlaceRefused(DeliveryFailed):
    """The channel refuses for good."""


class PersonGone(PlaceRefused):
    """The person in a direct conversation is not there any more."""


class ContentRefused(DeliveryFailed):
    """The message itself is refused."""


class MessageGone(DeliveryFailed):
    """What was to be updated is not there any more, or may not be changed any more."""


class PlatformRefused(DeliveryFailed):
    """The platform refuses us as a whole."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` sends in any ``seconds``, in each lane by itself.

    Attributes:
        posts: New messages count, and have to wait.
        updates: Changes of messages count, and have to wait.
        overall: Over all lanes of the platform together instead.
    """

    most: int
    seconds: float
    posts: bool = True
    updates: bool = True
    overall: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a platform's lanes may go.

    Attributes:
        limits: All of them are kept; none = as fast as the answers come.
        batch: How many messages a lane marks as being sent in one commit, which are those that a crash leaves unclear.
        in_flight: How many of them may be under way at once.
    """

    limits: tuple[Limit, ...] = ()
    batch: int = 32
    in_flight: int = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """What a look-up found: where a message stands, and in which version."""

    reference: str
    version: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: whether it is well, what is so, and how to mend it."""

    ok: bool
    subject: str
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a platform works, and if not, why."""

    ok: bool
    why: str = ""


class Messenger(Protocol):
    """What delivery needs of a platform that has lanes."""

    name: str
    pace: Pace

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message; returns the platform's reference to it.

        Args:
            channel: The channel's id, or ``@<account>`` for a direct conversation.
            content: What to show.
            key: Our key; it goes into the message's metadata together with ``version``.
            version: The version that is shown.
            plain: As plain text only, because the rich form was refused.
            thread: Where the message stands to which it is a reply: it stands below that and in the channel too, so
                that it is heard; a platform on which such a reply is not heard posts it by itself.

        Raises:
            DeliveryFailed: See the module's docstring.
        """
        ...

    async def update(
        self, channel: str, reference: str, content: Content, key: str, version: int, *, plain: bool
    ) -> None:
        """Change a message that stands.

        Raises:
            DeliveryFailed: See the module's docstring.
        """
        ...

    async def find(
        self, channel: str, keys: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Shown]:
        """Look which of our messages stand in a channel, among those posted after ``since``, and in these threads.

        Args:
            channel: The channel's id, or ``@<account>``.
            keys: What they are called: our key, or a card's ``origin``; what is found comes back under that.
            since: The moment.
            threads: Where messages stand below which to look too.

        Raises:
            TryLater: The look-up itself did not work; nothing is known.
            PlaceRefused: We may not look here.
        """
        ...

    async def probe(self, channel: str) -> None:
        """See whether a channel would take messages.

        Raises:
            PlaceRefused: It still refuses.
            TryLater: It could not be seen.
        """
        ...


class Platform(Protocol):
    """A place where employees work."""

    name: str

    @property
    def messenger(self) -> Messenger | None:
        """What delivery sends through; None for a platform that draws state itself (the desk)."""
        ...

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what the web front serves for it."""
        ...

    async def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of channels by the name (or id) that dibs.toml says; those not found are left out."""
        ...

    async def lost(self) -> Sequence[str]:
        """Return the homes, by the name that dibs.toml says, whose channel is not there any more, as far as we know."""
        ...

    async def start(self) -> None:
        """Connect, and learn people and channels; a missing right switches off its feature, never the start."""
        ...

    async def stop(self) -> None:
        """Stop taking gestures, let those under way end, and close connections."""
        ...

    async def refresh(self) -> None:
        """Learn people and user groups again; called nightly."""
        ...

    def health(self) -> Health:
        """Say how it is."""
        ...

    async def check(self) -> list[Finding]:
        """Look at tokens, rights and channels for `dibs check`."""
        ...
