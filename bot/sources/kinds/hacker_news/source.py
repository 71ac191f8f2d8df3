"""Hacker News, through Algolia's search (https://hn.algolia.com/api): stories and comments, newest first.

Items are indexed late and out of order, so each round looks back an hour behind the newest that was seen; the runner
knows posts by their ids. A window with more hits than one page is walked from its newest to its oldest second, a page
a poll, and only when its end is reached does the window move on: a crash on the way repeats, and never skips. The very
first poll takes the newest page alone, for the history of the site is no news.
"""

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kit.build import author, moment, post
from bot.sources.kit.html import read_markup, web_link
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from handlers.text.bounds import MAX_TEXT

OVERLAP_SECONDS = 3_600
PAGE = 100
_SITE = "https://news.ycombinator.com"
_NOT_ALGOLIA = "The search did not answer as Algolia's does."


@dataclass(frozen=True, slots=True, kw_only=True)
class HackerNewsOptions:
    """Options: what to search for, in which kinds of posts (Algolia's tags), and where."""

    query: str
    tags: str = "(story,comment)"
    base_url: str = "https://hn.algolia.com/api/v1/"

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise OptionError("query", "is what to search for.")
        if not web_link(self.base_url):
            raise OptionError("base_url", "is an http or https address.")


@dataclass(frozen=True, slots=True)
class _Window:
    """The checkpoint, in seconds since 1970.

    Attributes:
        since: The newest that was seen when the last window was walked to its end.
        newest: The newest seen by now.
        before: Where the walk through the current window stands; 0 when none is under way.
    """

    since: int = 0
    newest: int = 0
    before: int = 0


class HackerNews:
    """A search on Hacker News that is polled."""

    capabilities = Capabilities(polls=True)
    replies = None

    def __init__(self, config: SourceConfig[HackerNewsOptions], tools: SourceTools) -> None:
        """Take the search; nothing is fetched yet."""
        self._options = config.options
        self._allow_private = config.allow_private
        self._fetcher = tools.fetcher

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the window holds another.

        Raises:
            SourceUnavailable: Algolia is not well, or answers something else.
            SourceRefused: It refuses the request.
        """
        window = _read_checkpoint(checkpoint)
        fetched = await self._fetcher.get(self._url(window), allow_private=self._allow_private)
        hits = await asyncio.to_thread(_hits, fetched.body)
        window = _moved(window, [hit["created_at_i"] for hit in hits])
        events = await asyncio.to_thread(lambda: tuple(_post(hit) for hit in reversed(hits)))
        return Batch(events=events, checkpoint=json.dumps(asdict(window)), more=window.before > 0)

    def _url(self, window: _Window) -> str:
        query = {
            "query": self._options.query,
            "tags": self._options.tags,
            "hitsPerPage": str(PAGE),
            "typoTolerance": "false",  # "acne" is no mention of Acme
            "advancedSyntax": "true",  # "two words" as a phrase, -word
            "attributesToHighlight": "",
        }
        bounds = []
        if window.since:
            bounds.append(f"created_at_i>={max(window.since - OVERLAP_SECONDS, 0)}")
        if window.before:
            bounds.append(f"created_at_i<={window.before}")
        if bounds:
            query["numericFilters"] = ",".join(bounds)
        return f"{self._options.base_url.rstrip('/')}/search_by_date?{urlencode(query)}"


def _moved(window: _Window, stamps: list[int]) -> _Window:
    """Return the window after a page, whose hits stand newest first."""
    newest = max([window.newest, *stamps])
    if not window.since or len(stamps) < PAGE:
        return _Window(since=newest, newest=newest)
    oldest = min(stamps)
    # Inclusive, since others may share the second; a page within one second has nothing else to hold on to.
    before = oldest if not window.before or oldest < window.before else window.before - 1
    if before < window.since - OVERLAP_SECONDS:
        return _Window(since=newest, newest=newest)
    return _Window(since=window.since, newest=newest, before=before)


def _hits(body: bytes) -> list[dict[str, Any]]:
    try:
        answer = json.loads(body)
        hits = answer["hits"]
        usable = [hit for hit in hits if isinstance(hit["objectID"], str) and type(hit["created_at_i"]) is int]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise SourceUnavailable(_NOT_ALGOLIA) from error
    if len(usable) < len(hits):
        raise SourceUnavailable(_NOT_ALGOLIA)
    return usable


def _post(hit: dict[str, Any]) -> Posted:
    markup = read_markup((_string(hit, "comment_text") or _string(hit, "story_text"))[: 4 * MAX_TEXT])
    name = _string(hit, "author")
    return post(
        external_id=hit["objectID"],
        text=markup.text,
        title=_string(hit, "title") or _string(hit, "story_title"),
        url=f"{_SITE}/item?id={hit['objectID']}",
        writer=author(
            name=name, handle=name, url=f"{_SITE}/user?{urlencode({'id': name})}" if name else "", external_id=name
        ),
        published_at=moment(hit["created_at_i"]),
        links=[_string(hit, "url") or _string(hit, "story_url"), *markup.hrefs],
    )


def _string(hit: dict[str, Any], name: str) -> str:
    value = hit.get(name)
    return value if isinstance(value, str) else ""


def _read_checkpoint(checkpoint: str) -> _Window:
    """Read our own text; one that an older version wrote differently begins anew."""
    try:
        return _Window(**{name: int(value) for name, value in json.loads(checkpoint).items()})
    except (ValueError, TypeError, AttributeError):
        return _Window()
