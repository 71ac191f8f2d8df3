"""One reply: answering where a review has one reply, and whoever sends another one replaces it.

The first goes without a word, whoever wrote it. So what stands there and is none that we know is asked about first,
with its words; and sending the same twice does no harm. A reply is known by its review and by its own words: where it
stands says nothing of it, since a colleague's stands in the same place.

A network says how a review stands there, and takes a reply to it (``Reviews``). All else is the same for all of them.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from bot.sources.kit.json import string
from bot.sources.kit.replying import facts_of, fitting, reads_as, words
from handlers.base.cards import one_line
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import (
    Alive,
    Allowed,
    Changed,
    Found,
    Gone,
    Handoff,
    Outcome,
    Parent,
    ParentState,
    Published,
    Refused,
    Unclear,
)

# What a source notes of a review under this name is how its network is told which one it is.
REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The reply that a review has.

    Attributes:
        text: Its words.
        url: Where it stands, where that is told.
        held: It is shown to nobody yet.
        rejected: That it was not let through, in a sentence; empty where it was, or nobody has decided.
    """

    text: str
    url: str = ""
    held: bool = False
    rejected: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A review as it reads now, and its reply, if it has one."""

    posted: Posted
    reply: Standing | None = None


class Reviews(Protocol):
    """What a network has of its own; ``review`` is what its source noted as ``REVIEW``."""

    async def look(self, review: str) -> Review | None:
        """Return how a review stands there; None where it is gone.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        ...

    async def answer(self, review: str, text: str) -> Standing | Refused | Unclear:
        """Send the reply once, and return how it stands there.

        Raises:
            SourceUnavailable: It was certainly not sent (a rest is asked for, no connection).
            SourceRefused: It was certainly not sent, and our account has to be mended.
            MaybeSent: It may stand there.
        """
        ...


class OneReply:
    """The answering half of one source."""

    def __init__(
        self,
        reviews: Reviews,
        rules: ReplyRules,
        *,
        taker: str,
        gone: str = "The review was deleted.",
        takes_out: re.Pattern[str] | None = None,
    ) -> None:
        """Take the network.

        Args:
            reviews: What it has of its own.
            rules: What a reply is bound by.
            taker: What sentences call it.
            gone: The sentence for a review that it does not show any more.
            takes_out: What it takes out of a reply without a word.
        """
        self._reviews = reviews
        self._rules = rules
        self._taker = taker
        self._gone = gone
        self._takes_out = takes_out

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether it is a review; all that are shown to us can be answered."""
        if string(facts_of(parent), REVIEW):
            return Allowed()
        return Handoff(parent.url, "Dibs does not know which review it is.")

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, and which reply stands there.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in, or may not see it any more.
        """
        review = await self._reviews.look(string(facts_of(parent), REVIEW))
        if review is None:
            return Gone(self._gone)
        if not reads_as(review.posted, parent):
            return Changed("The author changed the review.", posted=review.posted)
        reply = review.reply
        if reply and not reply.rejected and _name(parent.external_id, reply.text) not in parent.ours:
            return Changed(f"It was answered already: “{one_line(reply.text, 200)}” Yours would replace it.")
        return Alive()

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text.

        Raises:
            ValueError: It is too long, or would not stand there as it was written.
        """
        text = fitting(text, self._rules, self._taker)
        if self._takes_out is not None and (found := self._takes_out.search(text)):
            raise ValueError(f"{self._taker} would take “{one_line(found[0], 40)}” out of it: say it in another way.")
        review = string(facts_of(parent), REVIEW)
        return json.dumps({"send_id": send_id, REVIEW: review, "post": parent.external_id, "text": text})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``Reviews.answer`` does.
        """
        stored = json.loads(prepared)
        answered = await self._reviews.answer(stored[REVIEW], stored["text"])
        return _found(answered, stored["post"]) if isinstance(answered, Standing) else answered

    async def find_published(self, prepared: str) -> Found:
        """Look which reply stands there: ours, or another.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        stored = json.loads(prepared)
        review = await self._reviews.look(stored[REVIEW])
        reply = review.reply if review else None
        return _found(reply, stored["post"]) if reply and words(reply.text) == words(stored["text"]) else None


def _found(reply: Standing, post: str) -> Published | Refused:
    """Say how our reply stands there, below a post by its external id."""
    return Refused(reply.rejected) if reply.rejected else Published(_name(post, reply.text), reply.url, held=reply.held)


def _name(post: str, said: str) -> str:
    """Return by what a reply is known."""
    return f"{post}/reply/{sha256(words(said).encode('utf-8', 'replace')).hexdigest()[:16]}"
