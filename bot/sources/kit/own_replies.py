"""Own replies: answering where each reply stands by itself, and is looked for among what our account wrote there.

Before the send the post is looked at: it may be gone, read differently, or be answered by somebody of ours of whom
nobody here knows. What was seen then goes along with what is sent, since a look afterwards tells by it what was there
before. A network says how a post stands, what is sent, and how that is found again (``Place``); all else is the same
for all of them. Where a review has one reply, and another one replaces it, ``bot.sources.kit.one_reply`` answers.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.sources.kit.replying import edited, facts_of, fitting, read_context, unless_answered
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Allowed, Found, Gone, Handoff, Outcome, Parent, ParentState

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post as it stands just before the send.

    Attributes:
        now: How it reads; None where the network does not tell, and it is taken to read as we know it.
        context: What is needed of it for the send and the look afterwards.
        ours: Our answers to it that stand there, by name and address.
    """

    now: Posted | None
    context: Json = field(default_factory=dict)
    ours: Iterable[tuple[str, str]] = ()


class Place(Protocol):
    """What a network has of its own; ``stored`` is what its ``prepared`` returned."""

    @property
    def rules(self) -> ReplyRules:
        """What a reply is bound by."""
        ...

    @property
    def taker(self) -> str:
        """What sentences call the network; empty where it counts a reply itself, with all that goes along."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of what ``look`` puts into its context."""
        ...

    @property
    def who(self) -> str:
        """What sentences call our account."""
        ...

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Return why a person has to answer a post, and where, by the facts that its source noted; None = we may."""
        ...

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how a post stands there.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        ...

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the request, and what is needed to look for it; ``seen`` is the context of the look.

        Raises:
            ValueError: It cannot be sent as it is; the sentence is for the drafter.
        """
        ...

    async def send(self, stored: Json) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable: It was certainly not sent (a rest is asked for, no connection).
            SourceRefused: It was certainly not sent, and a person has to mend something.
            MaybeSent: It may stand there.
        """
        ...

    async def find(self, stored: Json) -> Found:
        """Look for it among what our account wrote there since.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
            CannotLook: Not all of that is shown to us, or it is too much.
        """
        ...


class OwnReplies:
    """The answering half of one source."""

    def __init__(self, place: Place) -> None:
        """Take what the network has of its own."""
        self._place = place

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether we may answer, as far as the post tells."""
        return self._place.hand_off(parent, facts_of(parent)) or Allowed()

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, may be answered, and was not answered by us without our knowing.

        Raises:
            SourceUnavailable, SourceRefused: As ``Place.look`` does.
        """
        seen = await self._place.look(parent, facts_of(parent))
        if isinstance(seen, Gone):
            return seen
        context = json.dumps(seen.context)
        change = edited(parent, seen.now, context) if seen.now is not None else None
        return change or unless_answered(parent, seen.ours, context, self._place.who)

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text, with what is needed to look for it.

        Raises:
            ValueError: It cannot be sent as it is, or the post was not looked at.
        """
        if self._place.taker:
            text = fitting(text, self._place.rules, self._place.taker)
        seen = read_context(context, *self._place.needs)
        return json.dumps({"send_id": send_id, **self._place.prepared(parent, text, seen, send_id)})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``Place.send`` does.
        """
        return await self._place.send(json.loads(prepared))

    async def find_published(self, prepared: str) -> Found:
        """Look whether it stands there.

        Raises:
            SourceUnavailable, SourceRefused, CannotLook: As ``Place.find`` does.
        """
        return await self._place.find(json.loads(prepared))
