"""Pages of Bluesky: what is searched for and what we are notified of, newest first, walked page by page.

A walk goes from the newest to where the last one began, and only at its end does the next one begin there: a crash on
the way repeats, and never skips. The search is by the time that the network sorts by, which for a post that is indexed
late lies in the past, so it looks back an hour. The very first page is the only one of its walk, for the history is
no news.

https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, …/app-bsky-notification-list-notifications
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch
from bot.sources.kinds.bluesky.api import NOT_BLUESKY, BlueskyApi, Params, refused
from bot.sources.kinds.bluesky.posts import read_view, when
from bot.sources.kit.json import objects, string
from handlers.base.events import Posted

PAGE = 100
SEARCH_OVERLAP = 3_600_000
NOTIFICATION_OVERLAP = 60_000

_REASONS = ("mention", "reply", "quote")

log = logging.getLogger("dibs.sources")


@dataclass(frozen=True, slots=True)
class Window:
    """The checkpoint of a walk, in milliseconds since 1970.

    Attributes:
        since: The newest that was seen when the last walk came to its end; 0 before the first poll.
        newest: The newest seen by now.
        cursor: Where the walk stands; empty when none is under way.
    """

    since: int = 0
    newest: int = 0
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its posts oldest first, the moments by which it is sorted, and where the next one begins."""

    posts: tuple[Posted, ...]
    stamps: tuple[int, ...]
    cursor: str


class BlueskyPages:
    """Asks for pages as one account; ``source`` is the name under which it logs."""

    def __init__(self, api: BlueskyApi, source: str) -> None:
        self._api = api
        self._source = source

    async def walk_search(self, query: str, checkpoint: str) -> Batch:
        """Take the next page of a search."""
        window = read_window(checkpoint)
        page = await self.search(query, max(window.since - SEARCH_OVERLAP, 0), cursor=window.cursor)
        return _batch(page, window, SEARCH_OVERLAP)

    async def walk_notifications(self, checkpoint: str) -> Batch:
        """Take the next page of our notifications: mentions, answers and quotes."""
        window = read_window(checkpoint)
        params = [("limit", str(PAGE)), *(("reasons", reason) for reason in _REASONS)]
        views, cursor = await self._ask(
            "app.bsky.notification.listNotifications", params, window.cursor, "notifications"
        )
        heard = [view for view in views if view.get("reason") in _REASONS]
        page = Page(_posts(heard), _known(_stamp(view, "indexedAt") for view in views), cursor)
        return _batch(page, window, NOTIFICATION_OVERLAP)

    async def search(self, query: str, since: int, *, until: int = 0, cursor: str = "") -> Page:
        """Search for what was written between two moments, in milliseconds since 1970; 0 = open.

        Raises:
            SourceUnavailable: Bluesky is not well, asks for a rest, or answers something else.
            SourceRefused: It does not take the app password, or the query.
        """
        params = [("q", query), ("sort", "latest"), ("limit", str(PAGE))]
        params += [("since", iso(since))] if since else []
        params += [("until", iso(until))] if until else []
        views, cursor = await self._ask("app.bsky.feed.searchPosts", params, cursor, "posts")
        return Page(_posts(views), _known(map(_sorted_at, views)), cursor)

    async def _ask(self, method: str, params: Params, cursor: str, name: str) -> tuple[list[Mapping[str, Any]], str]:
        answer = await self._api.query(method, [*params, *([("cursor", cursor)] if cursor else [])])
        if answer.status == 400 and cursor:  # it "may not necessarily allow scrolling through the entire result set"
            log.warning("Bluesky could not be paged to its end (%s).", answer.said, extra={"source": self._source})
            return [], ""
        if not answer.ok:
            raise refused(answer, f"the {name}")
        if not isinstance(answer.body.get(name), list):
            raise SourceUnavailable(NOT_BLUESKY)
        return objects(answer.body[name]), string(answer.body, "cursor")[:1_000]


def _batch(page: Page, window: Window, overlap: int) -> Batch:
    moved = _moved(window, page, overlap)
    return Batch(events=page.posts, checkpoint=json.dumps(asdict(moved)), more=bool(moved.cursor))


def _moved(window: Window, page: Page, overlap: int) -> Window:
    """Return the window after a page."""
    newest = max([window.newest, *page.stamps, 1])  # 1: there was a first page, though it was empty
    at_end = not page.stamps or not page.cursor or page.cursor == window.cursor
    # A whole page, since one post may name any date.
    if not window.since or at_end or max(page.stamps) < window.since - overlap:
        return Window(since=newest, newest=newest)
    return Window(since=window.since, newest=newest, cursor=page.cursor)


def _posts(views: list[Mapping[str, Any]]) -> tuple[Posted, ...]:
    read = (read_view(view) for view in reversed(views))
    return tuple(post for post in read if post is not None)


def _known(stamps: Iterable[int]) -> tuple[int, ...]:
    return tuple(stamp for stamp in stamps if stamp)


def _sorted_at(view: Mapping[str, Any]) -> int:
    """Return the moment that a search sorts by: when a post was written, or found if that was earlier."""
    record = view.get("record")
    written = _stamp(record, "createdAt") if isinstance(record, dict) else 0
    indexed = _stamp(view, "indexedAt")
    return min(written, indexed) if written and indexed else written or indexed


def _stamp(view: Mapping[str, Any], name: str) -> int:
    moment = when(string(view, name))
    return max(int(moment.timestamp() * 1_000), 0) if moment else 0


def iso(milliseconds: int) -> str:
    """Write a moment as the network does; one that no calendar has is the first of all."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_window(checkpoint: str) -> Window:
    """Read our own text; one that an older version wrote differently begins anew."""
    try:
        values = json.loads(checkpoint)
        return Window(since=int(values["since"]), newest=int(values["newest"]), cursor=str(values["cursor"]))
    except (ValueError, TypeError, KeyError):
        return Window()
