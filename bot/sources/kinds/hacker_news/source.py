"""Hacker News, through Algolia's search (https://hn.algolia.com/api): stories and comments, newest first.

Items are indexed late and out of order, so each walk (``bot.sources.kit.walk``) looks back an hour behind the newest
that was seen. Algolia knows no cursor through so many hits: a page begins at the oldest second of the one before it.

The words are wanted whole, and in what was written: by default Algolia completes the last one ("acmeology") and looks
at the names of authors too. What a server shows all the same that does not hold them is left out.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.hacker_news.query import holds
from bot.sources.kit.build import author, moment, post
from bot.sources.kit.html import read_markup
from bot.sources.kit.json import mapping, read_json, string
from bot.sources.kit.options import Options, SearchedFor, WebAddress
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page, before_these
from handlers.base.events import Posted
from handlers.text.bounds import MAX_TEXT

OVERLAP_SECONDS = 3_600
PAGE = 100
_SITE = "https://news.ycombinator.com"
# What Algolia searches there, but for the names of authors (https://github.com/algolia/hn-search, app/models/item.rb).
_SEARCHED = ("title", "story_text", "comment_text", "url")
_NOT_ALGOLIA = "The search did not answer as Algolia's does."


@dataclass(frozen=True, slots=True, kw_only=True)
class HackerNewsOptions(Options):
    """Options: what to search for, in which kinds of posts (Algolia's tags), and where."""

    query: SearchedFor
    tags: str = "(story,comment)"
    base_url: WebAddress = "https://hn.algolia.com/api/v1/"


class HackerNews:
    """A search on Hacker News that is polled."""

    capabilities = Capabilities(polls=True, network="Hacker News", hosts=("news.ycombinator.com",))
    replies = None

    def __init__(self, config: SourceConfig[HackerNewsOptions], tools: SourceTools) -> None:
        """Take the search; nothing is fetched yet."""
        self._options = config.options
        self._allow_private = config.allow_private
        self._fetcher = tools.fetcher
        self._walk = NewestFirst(1, lambda since: max(since - OVERLAP_SECONDS, 0))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the walk is not at its end.

        Raises:
            SourceUnavailable: Algolia is not well, or answers something else.
            SourceRefused: It refuses the request.
        """
        return await self._walk.poll(checkpoint, {"search": self._page})

    async def _page(self, before: str, since: int) -> Page[int]:
        fetched = await self._fetcher.get(self._url(before, since), allow_private=self._allow_private)
        hits = _hits(await read_json(fetched, _NOT_ALGOLIA))
        entries = await asyncio.to_thread(lambda: [(hit["created_at_i"], self._heard(hit)) for hit in hits])
        following = before_these(before, [stamp for stamp, _ in entries]) if len(entries) >= PAGE else ""
        return Page(entries, following)

    def _heard(self, hit: Mapping[str, Any]) -> Posted | None:
        post = _post(hit)
        written = [text for text in (post.title, post.text, *post.links) if text]
        return post if not written or holds(self._options.query, written) else None

    def _url(self, before: str, since: int) -> str:
        query = {
            "query": self._options.query,
            "tags": self._options.tags,
            "hitsPerPage": str(PAGE),
            "typoTolerance": "false",  # "acne" is no mention of Acme
            "queryType": "prefixNone",
            "restrictSearchableAttributes": ",".join(_SEARCHED),
            "advancedSyntax": "true",  # "two words" as a phrase, -word
            "attributesToHighlight": "",
        }
        bounds = [f"created_at_i>={since}"] if since else []
        bounds += [f"created_at_i<={before}"] if before else []
        if bounds:
            query["numericFilters"] = ",".join(bounds)
        return f"{self._options.base_url.rstrip('/')}/search_by_date?{urlencode(query)}"


def _hits(answer: object) -> list[Mapping[str, Any]]:
    hits = mapping(answer).get("hits")
    if not isinstance(hits, list) or not all(map(_is_usable, hits)):
        raise SourceUnavailable(_NOT_ALGOLIA)
    return hits


def _is_usable(hit: object) -> bool:
    values = mapping(hit)
    return isinstance(values.get("objectID"), str) and type(values.get("created_at_i")) is int


def _post(hit: Mapping[str, Any]) -> Posted:
    markup = read_markup((string(hit, "comment_text") or string(hit, "story_text"))[: 4 * MAX_TEXT])
    name = string(hit, "author")
    return post(
        external_id=hit["objectID"],
        text=markup.text,
        title=string(hit, "title") or string(hit, "story_title"),
        url=f"{_SITE}/item?id={hit['objectID']}",
        writer=author(
            name=name, handle=name, url=f"{_SITE}/user?{urlencode({'id': name})}" if name else "", external_id=name
        ),
        published_at=moment(hit["created_at_i"]),
        links=[string(hit, "url") or string(hit, "story_url"), *markup.hrefs],
        thread=_story(hit),
    )


def _story(hit: Mapping[str, Any]) -> str:
    """Return the name of the story below which a comment stands."""
    number = hit.get("story_id")
    return str(number) if type(number) is int and str(number) != hit["objectID"] else ""
