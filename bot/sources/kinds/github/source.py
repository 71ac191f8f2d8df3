"""GitHub: the issues, comments and discussions of our own repositories, or what a search finds; replies as comments.

REST lists are walked forward by when things changed, inclusively, and from ten minutes before where the last walk
ended, since copies of GitHub's databases lag; the very first poll takes the newest page alone. Discussions come by
GraphQL, the newest first. A change shows what was written long before we looked: that is old news, and makes no card.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from bot.net.errors import SourceRefused
from bot.sources.base import Batch, Capabilities, Delivered, SourceConfig
from bot.sources.kinds.github.api import GitHubApi
from bot.sources.kinds.github.hook import read_delivery
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.posts import (
    DISCUSSIONS,
    is_public,
    number_of,
    read_address,
    read_discussion,
    read_thing,
)
from bot.sources.kinds.github.queries import FOUND, HEARD, ONE
from bot.sources.kinds.github.replies import RULES, GitHubReplies
from bot.sources.kit.addresses import pasted
from bot.sources.kit.build import iso_moment
from bot.sources.kit.fields import inside, timestamp
from bot.sources.kit.json import mapping, objects, read_object, string
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.replying import facts_of
from bot.sources.kit.rest import Query
from bot.sources.kit.signatures import HmacRule, signed_object
from bot.sources.kit.talk import Talk
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import Ask, NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event, Posted

OVERLAP = timedelta(minutes=10)
SEARCH = "search"
# An answer has 2 MiB at most, and a comment may be a log of 65,536 characters.
PAGE = 25
_SIZE = (("per_page", str(PAGE)),)
_DAWN = datetime(1970, 1, 2, tzinfo=UTC)
_UNSET = "{} is not set, so nobody can sign a delivery."
_SIGNED = HmacRule(header="X-Hub-Signature-256", prefix="sha256=")

Thing = Mapping[str, Any]


class GitHub:
    """One account's view of GitHub: asked, rung by, and answered on."""

    capabilities = Capabilities(
        polls=True, receives=True, finds=True, reply=RULES, network="GitHub", hosts=("github.com",)
    )

    def __init__(self, config: SourceConfig[GitHubOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: There is no token, or it would go out in the clear.
        """
        self._options = options = config.options
        self._secrets = config.secrets.get("webhook_secret", "").split()
        self._unset = _UNSET.format(secret_variables(config.kind, config.name)["webhook_secret"])
        self._now = tools.clock.now
        self._api = GitHubApi(config, tools)
        own = frozenset(one.casefold() for one in options.repositories)
        self._heard = own if options.listen == "repositories" else frozenset[str]()
        self.replies = OwnReplies(GitHubReplies(self._api, own, anywhere=options.reply_anywhere))
        self._walk = NewestFirst(_iso(_DAWN), _earlier)
        # A comment of ours says in its mark whom it answers; they have one row of numbers.
        self._talk = Talk("below", lambda one: bool(facts_of(one).get("ours")), lambda one: number_of(one.external_id))

    async def prove(self) -> Proof:
        """Ask whose token it is.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove()

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch a page of each list, oldest first.

        Raises:
            SourceUnavailable: It may work later, or what answers is not GitHub.
            SourceRefused: The token is not taken, or a repository is not there, or not public.
        """
        stored = read_object(checkpoint)
        lately = _iso(self._now() - OVERLAP)
        began = min(string(stored, "began") or lately, lately)  # the clock may have been ahead then
        self._talk.learn(stored)
        batch = await self._walk.poll(json.dumps(stored.get("lists", {})), self._lists())
        kept = {"lists": json.loads(batch.checkpoint), "began": began}
        return self._talk.batch(self._talk.placed(batch.events), kept, more=batch.more, began=timestamp("began")(kept))

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and read one delivery; what it is not asked for is nothing.

        Raises:
            HookRefused: 401 when it is not signed with our secret, 400 when it is no JSON.
        """
        payload = signed_object(headers, raw, self._secrets, now, _SIGNED, unset=self._unset)
        events, rings = read_delivery(payload, self._api.us, self._heard, pulls=self._options.pull_requests, now=now)
        return Delivered(events, known_by=sha256(raw).hexdigest(), poll_now=rings)

    async def find(self, url: str) -> Posted | None:
        """Return what stands at an address; None for what is not there, not public, or on another server.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        here = pasted(url, (self._api.site, f"www.{self._api.site}"))
        at = read_address(url) if here.host else None
        if at is None:
            return None
        if at.kind == DISCUSSIONS:
            owner, _, name = at.repository.partition("/")
            told = inside(await self._api.ask(ONE, owner=owner, name=name, number=at.number), "repository")
            said = read_discussion(inside(told, "discussion"), self._api.us) if is_public(told) else []
            return next((one for one in said if isinstance(one, Posted) and one.external_id == at.name), None)
        below = f"comments/{at.comment}" if at.comment else str(at.number)
        public = is_public(await self._api.rest.find(f"/repos/{at.repository}") or {})
        found = await self._api.rest.find(f"/repos/{at.repository}/issues/{below}") if public else None
        return read_thing(found or {}, self._api.us)

    # --- lists ---

    def _lists(self) -> dict[str, Ask[str]]:
        """Return what is walked; the discussions of a repository first, for they say whether it is public."""
        if self._options.listen == "search":
            return {"issues": self._search, "discussions": self._search_discussions}
        lists: dict[str, Ask[str]] = {}
        for one in self._options.repositories:
            lists[f"{one} discussions"] = partial(self._discussions, one)
            lists[f"{one} issues"] = partial(self._changed, f"/repos/{one}/issues", [("state", "all")])
            lists[f"{one} comments"] = partial(self._changed, f"/repos/{one}/issues/comments", [])
        return lists

    async def _changed(self, path: str, query: Query, cursor: str, end: str) -> Page[str]:
        """Take a page of what changed since, or the newest page where nothing was seen yet."""
        since, number, paged = _begin(cursor, end, "direction")
        lately = [("since", since)] if since else []
        return self._page(await self._api.rest.listed(path, [*query, *paged, *lately]), since, number)

    async def _search(self, cursor: str, end: str) -> Page[str]:
        """Take a page of what a search finds in issues; of one that GitHub broke off, the next begins there again."""
        since, number, paged = _begin(cursor, end, "order")
        query = [("q", self._query("is:issue", since)), *paged]
        told = await self._api.rest.have("/search/issues", query, bucket=SEARCH)
        page = self._page(objects(self._api.rest.held(told, "items", list)), since, number)
        return Page([("", event) for _, event in page.entries]) if told.get("incomplete_results") else page

    def _page(self, things: Sequence[Thing], since: str, number: int) -> Page[str]:
        """Return things as a page; ``since`` is where they begin, and the next page begins with the last of them."""
        us, pulls = self._api.us, self._options.pull_requests
        entries = [(string(one, "updated_at"), read_thing(one, us, pulls=pulls)) for one in things]
        last = entries[-1][0] if since and len(entries) == PAGE else ""
        following = f"{last} {number + 1 if last == since else 1}" if last else ""
        return Page(entries[::-1] if since else entries, following)

    async def _discussions(self, repository: str, cursor: str, end: str) -> Page[str]:
        """Take a page of discussions, with what was said below them since."""
        owner, _, name = repository.partition("/")
        told = inside(await self._api.ask(HEARD, owner=owner, name=name, after=cursor or None), "repository")
        if not is_public(told):
            raise SourceRefused(f"{repository} is not there, or not public: Dibs hears what everybody may read.")
        if not isinstance(told.get("discussions"), dict):
            raise SourceRefused(f"GitHub does not show us the discussions of {repository}: give the token that right.")
        return self._nodes(told["discussions"], end)

    async def _search_discussions(self, cursor: str, end: str) -> Page[str]:
        asked = await self._api.ask(FOUND, query=self._query("sort:updated-desc", end), after=cursor or None)
        return self._nodes(self._api.rest.held(asked, "search", dict), end)

    def _nodes(self, connection: Thing, end: str) -> Page[str]:
        """Return what a list of discussions holds, the newest first; all that stands in one bears its stamp."""
        told, topics = mapping(connection.get("pageInfo")), objects(connection.get("nodes"))
        said = ((string(one, "updated_at"), read_discussion(one, self._api.us, end)) for one in topics)
        entries = [(stamp, one) for stamp, those in said for one in reversed(those)]
        return Page(entries, string(told, "endCursor") if told.get("hasNextPage") else "")

    def _query(self, more: str, since: str) -> str:
        """Return the search: in titles and texts, where the operator says nothing else, and in public alone."""
        words = self._options.query.strip()
        within = "" if " in:" in f" {words}" else "in:title,body"
        return " ".join(filter(None, (words, within, "is:public", more, f"updated:>={since}" if since else "")))


def _begin(cursor: str, end: str, order: str) -> tuple[str, int, Query]:
    """Return from which moment a page begins, which of those it is, and how it is asked for; no moment for the newest.

    ``order`` is what the order is called there.
    """
    told, _, page = cursor.partition(" ")
    since, number = (told, int(page)) if page.isdecimal() else (end, 1)
    way = "asc" if since else "desc"
    return since, number, [("sort", "updated"), (order, way), *_SIZE, ("page", str(number))]


def _earlier(since: str) -> str:
    return _iso((iso_moment(since) or _DAWN) - OVERLAP)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
