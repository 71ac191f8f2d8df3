"""Answering on Discourse, once (https://docs.discourse.org/#tag/Posts/operation/createTopicPostPM).

Each reply bears a mark in its Markdown (``bot.sources.kit.marks``), which no reader is shown. By it a reply is looked
for: among what our account wrote in the topic since the post that it answers, then in the queue of what waits for the
forum's moderators. What they let through gets its id only then.
"""

from bot.sources.base import CannotLook
from bot.sources.kinds.discourse.doors import Doors
from bot.sources.kinds.discourse.forum import Forum
from bot.sources.kinds.discourse.posts import address, is_gone, is_speech, of_topic, place, read_post
from bot.sources.kinds.discourse.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import mapping, objects, string, whole
from bot.sources.kit.marks import bears_mark, marked
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.pictures import Hosts
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS, marked=True)
# A topic shows so many posts at once; of ours that are newer than the post, so many are looked through.
CHUNK = 20
MOST = 400


class DiscourseReplies:
    """What a forum has of its own."""

    rules, taker, who, needs = RULES, "", "Our account", ("topic", "number", "post")

    def __init__(self, forum: Forum, doors: Doors, *, longest: int, files: Hosts) -> None:
        """Take the forum, what of it is heard, its longest post, and where it keeps its pictures."""
        self._forum = forum
        self._doors = doors
        self._longest = longest
        self._files = files

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether there is no key to answer with, or the topic was closed when it was heard."""
        if not self._forum.has_key:
            return Handoff(parent.url, f"Dibs has no key for {self._forum.home} ({self._forum.variable}).")
        if not parent.external_id.isdecimal():
            return Handoff(parent.url, "This is no post of the forum.")
        closed = facts.get("closed") or facts.get("archived")
        return Handoff(parent.url, "Its topic is closed or archived.") if closed else None

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        told = await self._forum.find(f"/posts/{parent.external_id}.json")
        if told is None or is_gone(told):
            return Gone("It was deleted or hidden, or our account may not see it any more.")
        topic = await self._topic(whole(told, "topic_id"))
        told = of_topic(told, topic or {})
        if topic is None or not is_speech(told) or not await self._doors.let_through(told.get("category_id")):
            return Gone("It is not public any more.")
        if topic.get("closed") or topic.get("archived"):
            return Gone("Its topic was closed or archived: nobody may answer any more.")
        number = whole(told, "post_number")
        ours = [one for one in (await self._ours(topic, whole(told, "id")))[0] if _answers(one, number)]
        # What a person named by hand may bear any slug.
        known = {place(one, self._forum.base_url) for one in parent.ours}
        return Seen(
            now=self._as_known(told, parent),
            context={"topic": whole(told, "topic_id"), "number": number, "post": whole(told, "id")},
            ours=[
                (str(whole(one, "id")), address(one, self._forum.base_url))
                for one in ours
                if not is_gone(one) and (whole(one, "topic_id"), whole(one, "post_number")) not in known
            ],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the post, as ``Place`` says; this forum counts it with its mark."""
        raw = marked(text.strip(), send_id)
        if len(raw) > self._longest:
            raise ValueError(
                f"With its mark it has {len(raw):,} characters, and {self._forum.home} takes {self._longest:,}."
            )
        request = {"topic_id": seen["topic"], "reply_to_post_number": seen["number"], "raw": raw}
        return {"post": seen["post"], "request": request}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        return self._forum.rest.outcome(await self._forum.send("/posts.json", stored["request"]), self._made)

    async def find(self, stored: Json) -> Published | None:
        """Look in the topic for a post of ours with the mark of this reply, then among what waits for moderators.

        One that was deleted there since was published all the same.
        """
        # What is approved between two looks would stand in neither: so the queue is looked at first.
        waits = await self._waits(stored["send_id"])
        topic = await self._topic(stored["request"]["topic_id"])
        ours, complete = await self._ours(topic, stored["post"]) if topic else ([], True)
        for one in ours:
            if bears_mark(string(one, "raw"), stored["send_id"]):
                return self._published(one)
        if waits:
            return Published("", "", held=True)
        if waits is None or not complete or not all("raw" in one for one in ours):
            raise CannotLook(f"{self._forum.home} does not show all that our account wrote there.")
        return None

    async def _waits(self, send_id: str) -> bool | None:
        """Say whether a reply waits for the moderators; None where that is not shown."""
        queue = await self._forum.find(f"/posts/{self._forum.username}/pending.json")
        if queue is None:
            return None
        return any(bears_mark(string(one, "raw_text"), send_id) for one in objects(queue.get("pending_posts")))

    async def _topic(self, topic: int) -> Json | None:
        """Return a topic with its first post and ours."""
        query = [("username_filters", self._forum.username), ("include_raw", "1")]
        return await self._forum.find(f"/t/{topic}.json", query)

    async def _ours(self, topic: Json, after: int) -> tuple[list[Json], bool]:
        """Return what our account wrote in a topic after a post, oldest first, and whether that is all of it."""
        stream = mapping(topic.get("post_stream"))
        told = stream.get("stream")
        ids = [one for one in told if type(one) is int and one > after] if isinstance(told, list) else []
        posts = {whole(one, "id"): one for one in objects(stream.get("posts"))}
        wanted = sorted(ids)[-MOST:]
        missing = [one for one in wanted if one not in posts]
        for begin in range(0, len(missing), CHUNK):
            query = [("include_raw", "1"), *(("post_ids[]", str(one)) for one in missing[begin : begin + CHUNK])]
            page = await self._forum.find(f"/t/{whole(topic, 'id')}/posts.json", query)
            shown = objects(mapping((page or {}).get("post_stream")).get("posts"))
            posts |= {whole(one, "id"): one for one in shown}
        ours = [of_topic(posts[one], topic) for one in wanted if one in posts and self._is_ours(posts[one])]
        return ours, len(ids) <= MOST

    def _is_ours(self, told: Json) -> bool:
        return string(told, "username").casefold() == self._forum.username.casefold()

    def _as_known(self, told: Json, parent: Parent) -> Posted:
        """Read it as it came; another title is an edit of the first post alone."""
        title = told.get("topic_title") if whole(told, "post_number") == 1 else parent.title
        return read_post({**told, "topic_title": title}, self._forum.base_url, self._files)

    def _made(self, told: Json) -> Published | None:
        if told.get("action") == "enqueued":
            return Published("", "", held=True)
        return self._published(told) if whole(told, "id") > 0 else None

    def _published(self, told: Json) -> Published:
        return Published(str(whole(told, "id")), address(told, self._forum.base_url))


def _answers(told: Json, number: int) -> bool:
    """Say whether a post answers that one; one that names none answers the first of its topic."""
    above = whole(told, "reply_to_post_number")
    return (above or 1) == number
