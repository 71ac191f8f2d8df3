"""Answering on YouTube, once (https://developers.google.com/youtube/v3/docs/comments/insert).

A reply stands below the first comment of its thread, whomever it answers there. YouTube knows no idempotency: what
cannot be told to have arrived is looked for below the thread, among what our channel wrote there, by the words, which
it gives back to their writer as they were sent; and, where it is not shown, among what was held back for moderators.

What YouTube has taken and shows to nobody, without a word of moderators, cannot be told from what stands there; nor,
after a send that had no answer, from what never arrived. In the second case it is sent again, and who reads sees one.
"""

from functools import partial

from bot.net.errors import SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.youtube.api import YouTubeApi
from bot.sources.kinds.youtube.posts import (
    HELD,
    REJECTED,
    address,
    channel_of,
    id_of,
    read_comment,
    seconds,
    snippet,
    status_of,
    text_of,
)
from bot.sources.kinds.youtube.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import Thing, by_hand
from bot.sources.kit.json import string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.own_words import OwnWords
from handlers.base.charter import ReplyRules
from handlers.base.replying import Found, Gone, Handoff, Outcome, Parent, Published, Refused

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 20
# So many pages of threads that hold something back are looked through.
HELD_PAGES = 5
# So many replies of ours from before the send are told apart from what was sent.
KNOWN = 50
OWN = OwnWords(name=id_of, at=seconds, says=text_of, skew=60.0, most=KNOWN)
_BY_HAND = (
    ("!thread", "Dibs answers comments on YouTube; below a video a person writes."),
    ("!open", "YouTube does not let our channel reply in this thread."),
)
_REJECTED = "The moderators of the channel rejected it."


class YouTubeReplies:
    """What a channel has of its own."""

    rules, taker, who, needs = RULES, "YouTube", "Our channel", ("thread", "video", "known", "after")

    def __init__(self, api: YouTubeApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it stands in no thread, or in one in which our channel may not answer."""
        return by_hand(parent, facts, _BY_HAND)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        found = await self._api.shown(string(facts, "thread"), parent.external_id)
        if found is None:
            return Gone("It was deleted on YouTube, or not everybody sees it any more.")
        thread, comment = found
        if snippet(thread).get("canReply") is not True:
            return Gone("YouTube does not let our channel reply in this thread any more.")
        below, _ = await self._api.below(id_of(thread), LOOK_PAGES, seconds(comment))
        ours = self._ours(below)
        there = {"thread": id_of(thread), "video": string(snippet(thread), "videoId")}
        return Seen(
            now=read_comment(thread, comment),
            context=there | OWN.kept(comment, ours, below),
            ours=[(id_of(one), read_comment(thread, one).url) for one in OWN.later(comment, ours)],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the words and what was seen, as ``Place`` says."""
        return {"text": text, "seen": seen}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        seen = stored["seen"]
        return self._api.rest.outcome(
            await self._api.reply(seen["thread"], stored["text"]),
            lambda told: self._found(told, seen) if id_of(told) else None,
        )

    async def find(self, stored: Json) -> Found:
        """Look below the thread, and then among what was held back there."""
        seen = stored["seen"]
        sent = partial(OWN.sent, stored["text"], seen)
        below, whole = await self._api.below(seen["thread"], LOOK_PAGES, seen["after"])
        if (ours := sent(self._ours(below))) is None:
            if not whole:
                raise SourceUnavailable("The thread is so long that our reply cannot be looked for in it.")
            held, whole = await self._api.held_below(seen["thread"], HELD_PAGES)
            if (ours := sent(self._ours(held))) is None and not whole:
                raise CannotLook("More waits for the moderators of the channel than can be looked through.")
        return self._found(ours, seen) if ours is not None else None

    def _ours(self, comments: list[Thing]) -> list[Thing]:
        return [one for one in comments if channel_of(one) == self._api.us]

    def _found(self, comment: Thing, seen: Json) -> Published | Refused:
        if status_of(comment) == REJECTED:
            return Refused(_REJECTED)
        url = address(id_of(comment), seen["video"], self._api.us)
        return Published(id_of(comment), url, held=status_of(comment) in HELD)
