"""GitHub: the issues, comments and discussions of our own repositories, or what a search finds; replies as comments.

REST lists are walked forward by when things changed, inclusively, and from ten minutes before where the last walk
ended, since copies of GitHub's databases lag; the very first poll takes the newest page alone. Discussions come by
GraphQL, the newest first. A change shows what was written long before we looked: that is old news, and makes no card.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import Batch, Capabilities, Delivered, SourceConfig
from bot.sources.kinds.github.api import PAGE, SEARCH, GitHubApi
from bot.sources.kinds.github.hook import read_delivery
from bot.sources.kinds.github.posts import (
    DISCUSSIONS,
    PULLS,
    REPOSITORY,
    is_public,
    number_of,
    read_address,
    read_discussion,
    read_thing,
)
from bot.sources.kinds.github.queries import FOUND, HEARD, ONE
from bot.sources.kinds.github.replies import RULES, GitHubReplies
from bot.sources.kit.build import iso_moment
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, objects, read_object, string
from bot.sources.kit.options import Like, OptionError, Wanted, WebAddress, WithAccount, Within
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.remembered import fitting, old_news
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
MOST_REPOSITORIES = 10
_NAMED = Like(REPOSITORY, 'is a list of "owner/name".')
_ANY = Wanted("listen", "repositories", _NAMED.sentence)
_NOT_MORE = Within(0, MOST_REPOSITORIES, f"has at most {MOST_REPOSITORIES}; another source takes more.")
# Room for what was said by us, beside the walks, in a checkpoint of 10,000 characters.
_ROOM = 9_500
_FIRST = "1970-01-01T00:00:00Z"
_SIGNED = HmacRule(header="X-Hub-Signature-256", prefix="sha256=")

Thing = Mapping[str, Any]
Listen = Literal["repositories", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubOptions(WithAccount):
    """Options: what is heard, and as whom we answer.

    Attributes:
        username: Our account, whose token it is; that of an App ends in "[bot]".
        repositories: Our own, "owner/name"; also those of a search that are answered from here.
        query: What to search for, as GitHub writes searches.
        pull_requests: Hear pull requests, too, and the comments below them.
        reply_anywhere: Answer in the repositories of others, too.
        base_url: The API; of GitHub Enterprise Server "https://HOST/api/v3".
    """

    username: Annotated[str, Like(r"(?s).*\S.*", 'is our account there, such as "acme-support" or "acme-dibs[bot]".')]
    listen: Listen = "repositories"
    repositories: Annotated[tuple[str, ...], _NAMED, _ANY, _NOT_MORE] = ()
    query: Annotated[str, Wanted("listen", "search", "is what to search for.")] = ""
    pull_requests: bool = False
    reply_anywhere: bool = False
    base_url: WebAddress = "https://api.github.com"


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
        variables = secret_variables(config.kind, config.name)
        token = config.secrets.get("token", "").strip()
        if not token:
            raise OptionError(variables["token"], "is not set; GitHub lets nobody search or answer without a token.")
        self._secrets = config.secrets.get("webhook_secret", "").split()
        self._secret_variable = variables["webhook_secret"]
        self._clock = tools.clock
        self._us = options.username
        self._api = GitHubApi(options.base_url, options.username, token, variables["token"], config, tools)
        own = frozenset(one.casefold() for one in options.repositories)
        self._heard = own if options.listen == "repositories" else frozenset[str]()
        self.replies = OwnReplies(GitHubReplies(self._api, own, anywhere=options.reply_anywhere))
        self._walk = NewestFirst(_FIRST, _earlier)
        # A comment of ours says in its mark whom it answers; they have one row of numbers.
        self._talk = Talk("below", lambda one: "to" in facts_of(one), lambda one: number_of(one.external_id))

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
        lately = _iso(self._clock.now() - OVERLAP)
        began = min(string(stored, "began") or lately, lately)  # the clock may have been ahead then
        self._talk.learn(stored.get("spoken"))
        batch = await self._walk.poll(json.dumps(stored.get("lists", {})), self._lists())
        events = self._talk.placed(batch.events)
        kept = {"lists": json.loads(batch.checkpoint), "began": began}
        return Batch(
            events=tuple(events),
            checkpoint=fitting(_ROOM, lambda said: {**kept, "spoken": said}, self._talk.told()),
            more=batch.more,
            stale=old_news(events, moment.timestamp() if (moment := iso_moment(began)) else 0.0),
        )

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and read one delivery; what it is not asked for is nothing.

        Raises:
            HookRefused: 401 when it is not signed with our secret, 400 when it is no JSON.
        """
        unset = f"{self._secret_variable} is not set, so nobody can sign a delivery."
        payload = signed_object(headers, raw, self._secrets, now, _SIGNED, unset=unset)
        pulls = self._options.pull_requests
        events, rings = read_delivery(mapping(payload), self._us, self._heard, pulls=pulls, now=now)
        return Delivered(events, known_by=sha256(raw).hexdigest(), poll_now=rings)

    async def find(self, url: str) -> Posted | None:
        """Return what stands at an address; None for what is not there, not public, or on another server.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link = web_link(url)
        at = read_address(link)
        if at is None or (urlsplit(link).hostname or "").removeprefix("www.") != self._api.site:
            return None
        owner, _, name = at.repository.partition("/")
        if at.kind == DISCUSSIONS:
            asked = await self._api.ask(ONE, owner=owner, name=name, number=at.number)
            told = mapping(asked.get("repository"))
            said = read_discussion(mapping(told.get("discussion")), self._us) if is_public(told) else []
            return next((one for one in said if isinstance(one, Posted) and one.external_id == at.name), None)
        if not await self._api.is_public(at.repository):
            return None
        below = f"comments/{at.comment}" if at.comment else str(at.number)
        found = await self._api.get(f"/repos/{at.repository}/issues/{below}")
        return read_thing(mapping(found), self._us)

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
        since, number = _begin(cursor, end)
        order = [("direction", "asc" if since else "desc"), *([("since", since)] if since else [])]
        paged = [("sort", "updated"), *order, ("per_page", str(PAGE)), ("page", str(number))]
        return self._page(await self._api.listed(path, [*query, *paged]), since, number)

    async def _search(self, cursor: str, end: str) -> Page[str]:
        """Take a page of what a search finds in issues; of one that GitHub broke off, the next begins there again."""
        since, number = _begin(cursor, end)
        words = self._query("is:issue", since)
        order = [("sort", "updated"), ("order", "asc" if since else "desc")]
        query = [("q", words), *order, ("per_page", str(PAGE)), ("page", str(number))]
        told = mapping(await self._api.get("/search/issues", query, bucket=SEARCH))
        if not isinstance(told.get("items"), list):
            raise SourceUnavailable(self._api.not_github)
        page = self._page(objects(told["items"]), since, number)
        return Page([("", event) for _, event in page.entries]) if told.get("incomplete_results") else page

    def _page(self, things: Sequence[Thing], since: str, number: int) -> Page[str]:
        """Return things as a page; ``since`` is where they begin, and the next page begins with the last of them."""
        entries = [(string(one, "updated_at"), self._event(one)) for one in things]
        last = entries[-1][0] if since and len(entries) == PAGE else ""
        following = f"{last} {number + 1 if last == since else 1}" if last else ""
        return Page(entries[::-1] if since else entries, following)

    async def _discussions(self, repository: str, cursor: str, end: str) -> Page[str]:
        """Take a page of discussions, with what was said below them since."""
        owner, _, name = repository.partition("/")
        told = mapping((await self._api.ask(HEARD, owner=owner, name=name, after=cursor or None)).get("repository"))
        if not is_public(told):
            raise SourceRefused(f"{repository} is not there, or not public: Dibs hears what everybody may read.")
        if not isinstance(told.get("discussions"), dict):
            raise SourceRefused(f"GitHub does not show us the discussions of {repository}: give the token that right.")
        return self._nodes(told["discussions"], end)

    async def _search_discussions(self, cursor: str, end: str) -> Page[str]:
        asked = await self._api.ask(FOUND, query=self._query("sort:updated-desc", end), after=cursor or None)
        if not isinstance(asked.get("search"), dict):
            raise SourceUnavailable(self._api.not_github)
        return self._nodes(asked["search"], end)

    def _nodes(self, connection: Thing, end: str) -> Page[str]:
        """Return what a list of discussions holds, the newest first; all that stands in one bears its stamp."""
        told = mapping(connection.get("pageInfo"))
        entries: list[tuple[str, Event | None]] = []
        for topic in objects(connection.get("nodes")):
            entries += [(string(topic, "updated_at"), one) for one in reversed(read_discussion(topic, self._us, end))]
        return Page(entries, string(told, "endCursor") if told.get("hasNextPage") else "")

    def _event(self, thing: Thing) -> Posted | None:
        at = read_address(string(thing, "html_url"))
        pull = "pull_request" in thing or (at is not None and at.kind == PULLS)
        return None if pull and not self._options.pull_requests else read_thing(thing, self._us)

    def _query(self, more: str, since: str) -> str:
        """Return the search: in titles and texts, where the operator says nothing else, and in public alone."""
        words = self._options.query.strip()
        within = "" if " in:" in f" {words}" else "in:title,body"
        return " ".join(filter(None, (words, within, "is:public", more, f"updated:>={since}" if since else "")))


def _begin(cursor: str, end: str) -> tuple[str, int]:
    """Return from which moment a page begins, and which of those it is; no moment for the newest page."""
    since, _, number = cursor.partition(" ")
    return (since, int(number)) if number.isdecimal() else (end, 1)


def _earlier(since: str) -> str:
    moment = iso_moment(since)
    return _iso(moment - OVERLAP) if moment and since != _FIRST else _FIRST


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
