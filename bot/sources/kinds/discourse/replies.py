"""Answering on Discourse, once (https://docs.discourse.org/#tag/Posts/operation/createTopicPostPM).

Each reply bears a mark in its Markdown (``bot.sources.kit.marks``), which no reader is shown. By it a reply is looked
for: among what our account wrote in the topic since the post that it answers, then in the queue of what waits for the
forum's moderators. What they let through gets its id only then.
"""

from bot.net.fetching import WRITING
from bot.sources.base import CannotLook
from bot.sources.kinds.discourse.doors import Doors
from bot.sources.kinds.discourse.forum import Forum
from bot.sources.kinds.discourse.posts import (
    POSTS,
    above,
    address,
    is_gone,
    is_speech,
    of_topic,
    place,
    read_post,
    stands_at,
)
from bot.sources.kinds.discourse.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import by_hand, field_at, reason
from bot.sources.kit.json import numbers, objects, string, whole
from bot.sources.kit.marks import bears_mark, fitted
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.replying import named
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS, marked=True)
# A topic shows so many posts at once; of ours that are newer than the post, so many are looked through.
CHUNK = 20
MOST = 400
_CLOSED = (
    ("closed", "Its topic was closed: nobody may answer any more."),
    ("archived", "Its topic was archived: nobody may answer any more."),
)
_BY_HAND = (
    ("!post", "This is no post of the forum."),
    ("closed", "Its topic is closed or archived."),
    ("archived", "Its topic is closed or archived."),
)


class DiscourseReplies:
    """What a forum has of its own."""

    rules, taker, who, needs = RULES, "", "Our account", ("topic", "number", "post")

    def __init__(self, forum: Forum, doors: Doors) -> None:
        """Take the forum, and what of it is heard."""
        self._forum = forum
        self._doors = doors

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether there is no key to answer with, or the topic was closed when it was heard."""
        if not self._forum.has_key:
            return Handoff(parent.url, f"Dibs has no key for {self._forum.home} ({self._forum.variable}).")
        return by_hand(parent, {"post": parent.external_id.isdecimal(), **facts}, _BY_HAND)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        told = await self._forum.find(f"/posts/{parent.external_id}.json")
        if told is None or is_gone(told):
            return Gone("It was deleted or hidden, or our account may not see it any more.")
        topic = await self._topic(whole(told, "topic_id"))
        told = of_topic(told, topic or {})
        if topic is None or not is_speech(told) or not await self._doors.let_through(told.get("category_id")):
            return Gone("It is not public any more.")
        if why := reason(topic, _CLOSED):
            return Gone(why)
        ours, _ = await self._ours(topic, whole(told, "id"))
        at = stands_at(told)
        # What a person named by hand may bear any slug.
        known = {place(one, self._forum.rest.base_url) for one in parent.ours}
        standing = [one for one in ours if above(one) == at and not is_gone(one) and stands_at(one) not in known]
        return Seen(
            now=self._as_known(told, parent),
            context={"topic": at[0], "number": at[1], "post": whole(told, "id")},
            ours=[(str(whole(one, "id")), address(one, self._forum.rest.base_url)) for one in standing],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the post, as ``Place`` says; this forum counts it with its mark."""
        raw = fitted(text, send_id, self._forum.options.longest, self._forum.home)
        request = {"topic_id": seen["topic"], "reply_to_post_number": seen["number"], "raw": raw}
        return {"post": seen["post"], "request": request}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._forum.rest.send("/posts.json", json=stored["request"], bucket=WRITING)
        return self._forum.rest.outcome(answer, self._made)

    async def find(self, stored: Json) -> Published | None:
        """Look in the topic for a post of ours with the mark of this reply, then among what waits for moderators.

        One that was deleted there since was published all the same.
        """
        # What is approved between two looks would stand in neither: so the queue is looked at first.
        queue = await self._forum.find(f"/posts/{self._forum.options.username}/pending.json")
        waiting = objects(queue.get("pending_posts")) if queue is not None else []
        topic = await self._topic(stored["request"]["topic_id"])
        ours, complete = await self._ours(topic, stored["post"]) if topic else ([], True)
        for one in ours:
            if bears_mark(string(one, "raw"), stored["send_id"]):
                return self._published(one)
        if any(bears_mark(string(one, "raw_text"), stored["send_id"]) for one in waiting):
            return Published("", "", held=True)
        if queue is None or not complete or not all("raw" in one for one in ours):
            raise CannotLook(f"{self._forum.home} does not show all that our account wrote there.")
        return None

    async def _topic(self, topic: int) -> Json | None:
        """Return a topic with its first post and ours."""
        query = [("username_filters", self._forum.options.username), ("include_raw", "1")]
        return await self._forum.find(f"/t/{topic}.json", query)

    async def _ours(self, topic: Json, after: int) -> tuple[list[Json], bool]:
        """Return what our account wrote in a topic after a post, oldest first, and whether that is all of it."""
        ids = [one for one in numbers(field_at(topic, "post_stream.stream")) if one > after]
        shown = [one for one in POSTS(topic) if whole(one, "id") in ids]
        missing = sorted(set(ids) - {whole(one, "id") for one in shown})[-MOST:]
        for begin in range(0, len(missing), CHUNK):
            query = [("include_raw", "1"), *(("post_ids[]", str(one)) for one in missing[begin : begin + CHUNK])]
            shown += POSTS(await self._forum.find(f"/t/{whole(topic, 'id')}/posts.json", query) or {})
        us = self._forum.options.username.casefold()
        ours = [of_topic(one, topic) for one in shown if string(one, "username").casefold() == us]
        return ours, len(ids) <= MOST

    def _as_known(self, told: Json, parent: Parent) -> Posted:
        """Read it as it came; another title is an edit of the first post alone."""
        title = told.get("topic_title") if whole(told, "post_number") == 1 else parent.title
        return read_post({**told, "topic_title": title}, self._forum.rest.base_url, self._forum.options.picture_hosts)

    def _made(self, told: Json) -> Published | None:
        return Published("", "", held=True) if told.get("action") == "enqueued" else self._published(told)

    def _published(self, told: Json) -> Published | None:
        return named(str(whole(told, "id") or ""), address(told, self._forum.rest.base_url))
