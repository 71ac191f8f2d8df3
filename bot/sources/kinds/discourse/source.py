"""Discourse: the latest posts of a forum, or what a search finds, its webhook, and replies from one account.

Posts come newest first, by id, whatever their topic, and are walked (``bot.sources.kit.walk``). A page is told whole,
so that the edits of fresh ones are seen. A search shows excerpts: each post that is new is looked at where it stands,
and those of a little before, since posts are indexed late. The webhook is a ring at the door, and tells the post at
once where we know that all may read it and what it answers; otherwise the poll that it brings about looks at it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.sources.base import Batch, Capabilities, Delivered, SourceConfig
from bot.sources.kinds.discourse.doors import Doors
from bot.sources.kinds.discourse.forum import Forum
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kinds.discourse.posts import (
    POSTS,
    above,
    is_gone,
    is_speech,
    newness,
    of_topic,
    place,
    read_post,
    stands_at,
)
from bot.sources.kinds.discourse.replies import RULES, DiscourseReplies
from bot.sources.kit.build import deleted
from bot.sources.kit.json import mapping, objects, whole
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.remembered import Asked, Latest
from bot.sources.kit.signatures import HmacRule, signed_object
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from handlers.base.events import Deleted, Event, Posted

SEARCHING = "searching"
# A page looks through so many ids, or shows so many posts; of the first search so many are asked for.
PAGE = 50
FIRST = 20
OVERLAP = 25
MOST_PAGES = 400
_SIGNED = HmacRule(header="x-discourse-event-signature", prefix="sha256=")

Json = Mapping[str, Any]


class Discourse:
    """One forum that is asked, calls us, and is answered on."""

    capabilities = Capabilities(polls=True, receives=True, finds=True, reply=RULES, network="Discourse")

    def __init__(self, config: SourceConfig[DiscourseOptions], tools: SourceTools) -> None:
        """Take the forum; nothing is asked yet.

        Raises:
            OptionError: There is a key, and nobody whose key it is, or it would go out in the clear.
        """
        self._secrets = config.secrets.get("webhook_secret", "").split()
        self._forum = Forum(config, tools)
        self._query = config.options.query
        self._doors = Doors(self._forum, tools.clock)
        # By which name posts are known that others answer by their number; what comes with a page needs no question.
        self._names = Asked[tuple[int, int], str](self._forum.name)
        # Deliveries come in any order, and one that is older than what was seen of its post says nothing.
        self._seen = Latest[int, tuple[bool, int]]()
        # Where posts stand that a delivery told of, and that have to be looked at; by their names, in memory alone.
        self._rung: dict[str, tuple[int, int]] = {}
        # A page is told whole, so that of the latest posts none is missed; what a search finds late is asked for again.
        back = OVERLAP if self._query else 0
        # 1: a forum that was empty at first is known, too.
        self._walk = NewestFirst(1, lambda since: max(since - back, 1), most_pages=MOST_PAGES)
        self.replies = OwnReplies(DiscourseReplies(self._forum, self._doors))

    async def prove(self) -> Proof | None:
        """Ask whose key it is.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._forum.prove() if self._forum.has_key else None

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the walk is not at its end.

        Raises:
            SourceUnavailable: The forum is not well, or is no Discourse.
            SourceRefused: It does not take the key, or only members may read it.
        """
        lists = {"search": self._found} if self._query else {"posts": self._latest}
        batch = await self._walk.poll(checkpoint, lists)
        told = {event.external_id for event in batch.events if isinstance(event, Posted | Deleted)}
        rung = list(self._rung.items())[:PAGE]
        looked = [await self._at(*where) for name, where in rung if name not in told]
        for name, _ in rung:
            self._rung.pop(name, None)
        return replace(batch, events=(*batch.events, *(one for one in looked if one is not None)))

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and read one delivery; it is known by its whole body, for a repeat bears another id.

        No header is signed, and so what happened is read from the body alone: whoever replays one under another
        event's header says nothing new.

        Raises:
            HookRefused: It is not signed (401), or no JSON (400).
        """
        told = signed_object(headers, raw, self._secrets, now, _SIGNED, unset="No secret is set for this hook.")
        rings = "post" in told or "topic" in told
        events = [*self._delivered(mapping(told.get("post")))]
        return Delivered(events, known_by=sha256(raw).hexdigest(), poll_now=rings)

    async def find(self, url: str) -> Posted | None:
        """Return the post at an address of this forum; None for others, and for what is gone or not for all.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        where = place(url, self._forum.rest.base_url)
        event = await self._at(*where) if where else None
        return event if isinstance(event, Posted) else None

    async def _latest(self, cursor: str, since: int) -> Page[int]:
        """Take a page of the latest posts; its cursor is the id with which it begins.

        Elder forums show that one again, look through so many ids, and show what of them is for our eyes, which may be
        nothing: then the walk goes on. Where that is the newest page, it waits for the next post that we may see.
        """
        answer = await self._forum.rest.have("/posts.json", [("before", cursor)] if cursor else [])
        latest = objects(self._forum.rest.held(answer, "latest_posts", list))
        posts = [one for one in latest if whole(one, "id") > 0]
        for one in posts:
            self._learn(one)
        entries = [(whole(one, "id"), await self._event(one, ask=0 < since <= whole(one, "id"))) for one in posts]
        before = int(cursor or 0)
        following = min((stamp for stamp, _ in entries), default=before)
        if 0 < before <= following:
            following = before - PAGE + 1
        return Page([*entries, (max(following, 0), None)], str(following) if following > 0 else "")

    async def _found(self, cursor: str, since: int) -> Page[int]:
        """Take a page of a search; its cursor is its number."""
        page = int(cursor or 1)
        query = [("q", f"{self._query} order:latest"), ("page", str(page))]
        answer = await self._forum.rest.have("/search.json", query, bucket=SEARCHING)
        found = self._forum.rest.held(answer, "grouped_search_result", dict)
        hits = [(whole(one, "id"), stands_at(one)) for one in objects(answer.get("posts"))]
        least = since or min((number for number, _ in hits[:FIRST]), default=0)
        entries = [(number, await self._at(*at) if number >= least else None) for number, at in hits]
        return Page(entries, str(page + 1) if found.get("more_full_page_results") and entries else "")

    async def _at(self, topic_id: int, number: int) -> Event | None:
        """Return what stands at a place now."""
        topic = await self._forum.find(f"/t/{topic_id}/{number}.json") or {}
        told = next((one for one in POSTS(topic) if whole(one, "post_number") == number), None)
        if told is None:
            return None
        self._learn(told)
        return await self._event(of_topic(told, topic), ask=True)

    async def _event(self, told: Json, *, ask: bool) -> Event | None:
        """Return what a post means to us; ``ask`` where the name of what it answers is worth a question."""
        if not is_speech(told):
            return None
        heard = not is_gone(told) and await self._doors.let_through(told.get("category_id"))
        at = above(told) if heard else None
        known = await self._names.find(at) if at and ask else self._names.get(at) if at else ""
        return self._meaning(told, known or "") if heard or is_gone(told) else None

    def _delivered(self, told: Json) -> Iterator[Event]:
        """Yield what a delivered post means to us, as far as that is known without asking; else it is looked at."""
        if not is_speech(told):
            return
        late, at = self._seen.is_late(whole(told, "id"), newness(told)), above(told)
        heard, answered = self._doors.knows(told.get("category_id")), self._names.get(at) if at else ""
        if not late and (is_gone(told) or (heard and answered is not None and not self._query)):
            self._learn(told)
            yield self._meaning(told, answered or "")
        elif heard is not False and not self._query:
            self._rung[str(whole(told, "id"))] = stands_at(told)

    def _meaning(self, told: Json, answered: str) -> Event:
        if is_gone(told):
            return deleted(str(whole(told, "id")))
        return read_post(told, self._forum.rest.base_url, self._forum.options.picture_hosts, reply_to=answered)

    def _learn(self, told: Json) -> None:
        """Remember a post as the forum shows it now."""
        self._names.keep(stands_at(told), str(whole(told, "id")))
        self._seen.keep(whole(told, "id"), newness(told))
