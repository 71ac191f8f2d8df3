"""Pages of Bluesky: what is searched for and what we are notified of, newest first, walked page by page.

The search is by the time that the network sorts by, which for a post that is indexed late lies in the past, so its
walks (``bot.sources.kit.walk``) look back an hour. One post may name any date, so only a page that is old from end to
end is the last.

https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, …/app-bsky-notification-list-notifications
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch
from bot.sources.kinds.bluesky.api import NOT_BLUESKY, BlueskyApi
from bot.sources.kinds.bluesky.posts import read_view
from bot.sources.kinds.bluesky.verdicts import refused, said_in
from bot.sources.kit.build import iso_moment
from bot.sources.kit.json import objects, string
from bot.sources.kit.rest import Query
from bot.sources.kit.walk import NewestFirst, Page

PAGE = 100
SEARCH_OVERLAP = 3_600_000
NOTIFICATION_OVERLAP = 60_000

_REASONS = ("mention", "reply", "quote")

log = logging.getLogger("dibs.sources")


class BlueskyPages:
    """Asks for pages as one account; ``source`` is the name under which it logs."""

    def __init__(self, api: BlueskyApi, source: str) -> None:
        self._api = api
        self._source = source

    async def walk_search(self, query: str, checkpoint: str) -> Batch:
        """Take the next page of a search."""

        async def page(cursor: str, since: int) -> Page[int]:
            return await self.search(query, since, cursor=cursor)

        return await _walk(SEARCH_OVERLAP).poll(checkpoint, {"search": page})

    async def walk_notifications(self, checkpoint: str) -> Batch:
        """Take the next page of our notifications: mentions, answers and quotes."""
        return await _walk(NOTIFICATION_OVERLAP).poll(checkpoint, {"notifications": self._notifications})

    async def _notifications(self, cursor: str, _since: int) -> Page[int]:
        params = [("limit", str(PAGE)), *(("reasons", reason) for reason in _REASONS)]
        views, following = await self._ask("app.bsky.notification.listNotifications", params, cursor, "notifications")
        heard = [(_stamp(one, "indexedAt"), read_view(one) if one.get("reason") in _REASONS else None) for one in views]
        return Page(heard, following)

    async def search(self, query: str, since: int, *, until: int = 0, cursor: str = "") -> Page[int]:
        """Search for what was written between two moments, in milliseconds since 1970; 0 = open.

        Raises:
            SourceUnavailable: Bluesky is not well, asks for a rest, or answers something else.
            SourceRefused: It does not take the app password, or the query.
        """
        params = [("q", query), ("sort", "latest"), ("limit", str(PAGE))]
        params += [("since", iso(since))] if since else []
        params += [("until", iso(until))] if until else []
        views, following = await self._ask("app.bsky.feed.searchPosts", params, cursor, "posts")
        return Page([(_sorted_at(view), read_view(view)) for view in views], following)

    async def _ask(self, method: str, params: Query, cursor: str, name: str) -> tuple[list[Mapping[str, Any]], str]:
        answer = await self._api.query(method, [*params, *([("cursor", cursor)] if cursor else [])])
        if answer.status == 400 and cursor:  # it "may not necessarily allow scrolling through the entire result set"
            log.warning("Bluesky could not be paged to its end (%s).", said_in(answer), extra={"source": self._source})
            return [], ""
        if not answer.ok:
            raise refused(answer, f"the {name}")
        if not isinstance(answer.object.get(name), list):
            raise SourceUnavailable(NOT_BLUESKY)
        return objects(answer.object[name]), string(answer.object, "cursor")[:1_000]


def _walk(overlap: int) -> NewestFirst[int]:
    return NewestFirst(1, lambda since: max(since - overlap, 0), whole_pages=True)


def _sorted_at(view: Mapping[str, Any]) -> int:
    """Return the moment that a search sorts by: when a post was written, or found if that was earlier."""
    record = view.get("record")
    written = _stamp(record, "createdAt") if isinstance(record, dict) else 0
    indexed = _stamp(view, "indexedAt")
    return min(written, indexed) if written and indexed else written or indexed


def _stamp(view: Mapping[str, Any], name: str) -> int:
    moment = iso_moment(string(view, name))
    return max(int(moment.timestamp() * 1_000), 0) if moment else 0


def iso(milliseconds: int) -> str:
    """Write a moment as the network does; one that no calendar has is the first of all."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
