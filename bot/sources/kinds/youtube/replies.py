"""Answering on YouTube, once (https://developers.google.com/youtube/v3/docs/comments/insert).

A reply stands below the first comment of its thread, whomever it answers there. YouTube knows no idempotency: what
cannot be told to have arrived is looked for below the thread, among what our channel wrote there, by the words, which
it gives back to their writer as they were sent; and, where it is not shown, among what was held back for moderators.

What YouTube has taken and shows to nobody, without a word of moderators, cannot be told from what stands there; nor,
after a send that had no answer, from what never arrived. In the second case it is sent again, and who reads sees one.
"""

from bot.net.errors import SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.youtube.api import YouTubeApi
from bot.sources.kinds.youtube.posts import (
    HELD,
    REJECTED,
    Thing,
    address,
    channel_of,
    is_public,
    is_shown,
    read_reply,
    read_top,
    seconds,
    snippet,
    status_of,
    text_of,
    top_of,
)
from bot.sources.kinds.youtube.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import gathered, goes_back
from bot.sources.kit.replying import words
from handlers.base.charter import ReplyRules
from handlers.base.replying import Found, Gone, Handoff, Outcome, Parent, Published, Refused

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 20
# So many pages of threads that hold something back are looked through.
HELD_PAGES = 5
# So many replies of ours from before the send are told apart from what was sent.
KNOWN = 50
# By so much the clocks of two of YouTube's machines may differ.
SKEW_SECONDS = 60.0
_REJECTED = "The moderators of the channel rejected it."


class YouTubeReplies:
    """What a channel has of its own."""

    rules, taker, who, needs = RULES, "YouTube", "Our channel", ("thread", "video", "known", "after")

    def __init__(self, api: YouTubeApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it stands in no thread, or in one in which our channel may not answer."""
        if not string(facts, "thread"):
            return Handoff(parent.url, "Dibs answers comments on YouTube; below a video a person writes.")
        if facts.get("open") is not True:
            return Handoff(parent.url, "YouTube does not let our channel reply in this thread.")
        return None

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        thread = await self._api.thread(string(facts, "thread"))
        comment = await self._current(thread, parent) if thread is not None else None
        if thread is None or comment is None or not is_public(thread) or not is_shown(comment):
            return Gone("It was deleted on YouTube, or not everybody sees it any more.")
        if snippet(thread).get("canReply") is not True:
            return Gone("YouTube does not let our channel reply in this thread any more.")
        below, _ = await self._below(string(thread, "id"), seconds(comment))
        ours = [one for one in below if channel_of(one) == self._api.us]
        ours.sort(key=seconds, reverse=True)
        context = {
            "thread": string(thread, "id"),
            "video": string(snippet(thread), "videoId"),
            "known": [string(one, "id") for one in ours[:KNOWN]],
            "after": max(map(seconds, [comment, *below])) - SKEW_SECONDS,
        }
        # What stands there longer than the comment does answers another one.
        later = [one for one in ours if seconds(one) >= seconds(comment)]
        return Seen(
            now=read_top(thread) if comment is top_of(thread) else read_reply(thread, comment),
            context=context,
            ours=[(string(one, "id"), self._address(one, thread)) for one in later],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the words and what was seen, as ``Place`` says."""
        return {"text": text, "seen": seen}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        seen = stored["seen"]
        return self._api.rest.outcome(
            await self._api.reply(seen["thread"], stored["text"]),
            lambda told: self._found(told, seen) if string(told, "id") else None,
        )

    async def find(self, stored: Json) -> Found:
        """Look below the thread, and then among what was held back there."""
        seen = stored["seen"]
        below, whole = await self._below(seen["thread"], seen["after"])
        ours = self._reading(stored["text"], seen, below)
        if ours is None and not whole:
            raise SourceUnavailable("The thread is so long that our reply cannot be looked for in it.")
        if ours is None:
            held, whole = await self._api.held_below(seen["thread"], HELD_PAGES)
            ours = self._reading(stored["text"], seen, held)
        if ours is None and not whole:
            raise CannotLook("More waits for the moderators of the channel than can be looked through.")
        return self._found(ours, seen) if ours is not None else None

    async def _current(self, thread: Thing, parent: Parent) -> Thing | None:
        top = top_of(thread)
        return top if string(top, "id") == parent.external_id else await self._api.comment(parent.external_id)

    async def _below(self, thread_id: str, since: float) -> tuple[list[Thing], bool]:
        """Return what stands in a thread since a moment, with some of what is older; and whether that is all.

        YouTube shows the newest first, and nowhere says so: only a page in that order ends the look.
        """

        async def lately(cursor: str) -> tuple[list[Thing], str]:
            page, following = await self._api.below(thread_id, cursor)
            return page, "" if goes_back([*map(seconds, page)], since) else following

        return await gathered(lately, LOOK_PAGES)

    def _reading(self, text: str, seen: Json, comments: list[Thing]) -> Thing | None:
        """Return what our channel wrote there since it was looked at, and reads as what was sent."""
        for one in comments:
            ours = channel_of(one) == self._api.us and string(one, "id") not in seen["known"]
            if ours and seconds(one) >= seen["after"] and words(text_of(one)) == words(text):
                return one
        return None

    def _found(self, comment: Thing, seen: Json) -> Published | Refused:
        if status_of(comment) == REJECTED:
            return Refused(_REJECTED)
        url = address(string(comment, "id"), seen["video"], self._api.us)
        return Published(string(comment, "id"), url, held=status_of(comment) in HELD)

    def _address(self, comment: Thing, thread: Thing) -> str:
        around = snippet(thread)
        return address(string(comment, "id"), string(around, "videoId"), string(around, "channelId") or self._api.us)
