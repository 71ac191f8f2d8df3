"""Answering a review, once (https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply).

A review has one reply, and who sends another one replaces it without a word. So what stands there and is none that we
know is asked about first, with its words; and sending the same twice does no harm. A reply is known by the review and
by its own words, since Google gives it no name.

Google approves replies: one that is pending is not said to stand there, and one that is rejected comes back to its
writer with what Google says of it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from bot.net.fetching import WRITING
from bot.sources.kinds.google_reviews.posts import id_of, read_review
from bot.sources.kinds.google_reviews.verdicts import MAX_BYTES
from bot.sources.kit.accounts import Pair
from bot.sources.kit.json import mapping, string
from bot.sources.kit.replying import facts_of, fitting, is_known, reads_as, words
from bot.sources.kit.rest import Rest
from handlers.base.cards import one_line
from handlers.base.charter import ReplyRules
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

PENDING, REJECTED = "PENDING", "REJECTED"

Reply = Mapping[str, Any]


RULES = ReplyRules(by_api=True, limit=MAX_BYTES, unit="bytes")


class GoogleReviewsReplies:
    """The answering half of one source."""

    def __init__(self, api: Rest[Pair], places: Mapping[str, str]) -> None:
        """Take the API, and what we call our places."""
        self._api = api
        self._places = places

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether it is a review; Google lists those of verified places alone, and these can be answered."""
        if string(facts_of(parent), "review"):
            return Allowed()
        return Handoff(parent.url, "Dibs does not know which review it is.")

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, and which reply stands there.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in, or is none of an owner or manager any more.
        """
        review = await self._api.find("/" + string(facts_of(parent), "review"))
        now = read_review(review, self._place(review)) if review else None
        if review is None or now is None:
            return Gone("The review was deleted.")
        if not reads_as(now, parent):
            return Changed("The author changed the review.", posted=now)
        reply = mapping(review.get("reviewReply"))
        said, stands = string(reply, "comment"), _state(reply) != REJECTED
        if said and stands and not is_known(parent, _name(id_of(review), said), string(reply, "reviewReplyUrl")):
            return Changed(f"It was answered already: “{one_line(said, 200)}” Yours would replace it.")
        return Alive()

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text.

        Raises:
            ValueError: It is too long.
        """
        text = fitting(text, RULES, "Google")
        return json.dumps({"send_id": send_id, "review": string(facts_of(parent), "review"), "comment": text})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable: It was certainly not sent (Google asks for a rest, no connection).
            SourceRefused: It was certainly not sent, and our account or the place has to be mended.
            MaybeSent: It may stand there.
        """
        stored = json.loads(prepared)
        answer = await self._api.send(
            f"/{stored['review']}/reply", method="PUT", json={"comment": stored["comment"]}, bucket=WRITING
        )
        if (no := self._api.no(answer)) is not None:
            return no
        if not string(answer.object, "comment"):
            return Unclear(self._api.not_ours)
        return _found(answer.object, stored)

    async def find_published(self, prepared: str) -> Found:
        """Look which reply stands there: ours, or another.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        stored = json.loads(prepared)
        review = await self._api.find("/" + stored["review"]) or {}
        reply = mapping(review.get("reviewReply"))
        return _found(reply, stored) if words(string(reply, "comment")) == words(stored["comment"]) else None

    def _place(self, review: Mapping[str, Any]) -> str:
        return self._places.get(string(review, "name").partition("/reviews/")[0], "")


def _found(reply: Reply, stored: Mapping[str, str]) -> Published | Refused:
    """Say how our reply stands there."""
    if _state(reply) == REJECTED:
        why = one_line(_told(reply.get("policyViolation")).replace("_", " ").lower(), 100)
        return Refused(f"Google rejected it: {why}." if why else "Google rejected it.")
    review = id_of({"name": stored["review"]})
    held = _state(reply) == PENDING
    return Published(_name(review, stored["comment"]), string(reply, "reviewReplyUrl"), held=held)


def _told(value: object) -> str:
    """Return the words of what Google says of a rejection: one, a list of them, or an object that holds some."""
    found = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return ", ".join(one for one in found if isinstance(one, str))


def _state(reply: Reply) -> str:
    return string(reply, "reviewReplyState")


def _name(review: str, said: str) -> str:
    """Return by what a reply is known."""
    return f"{review}/reply/{sha256(words(said).encode('utf-8', 'replace')).hexdigest()[:16]}"
