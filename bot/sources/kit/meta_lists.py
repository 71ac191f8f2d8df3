"""Lists of Meta's APIs, a page at a time (https://developers.facebook.com/docs/graph-api/results)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.net.errors import SourceUnavailable, TooLarge
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import ident
from bot.sources.kit.rest import Bill, Query, Rest

_CURSOR = ("after", "until", "__paging_token")
# What is longer fits into no checkpoint.
_LONGEST_CURSOR = 2_000

Thing = Mapping[str, Any]
# Things that have an id, and where the next page begins, empty = nowhere; None where the list is gone.
Listed = tuple[list[Thing], str] | None


async def listed(
    rest: Rest[Any],
    path: str,
    query: Query,
    cursor: str = "",
    *,
    linked: bool = True,
    bucket: str = "",
    bill: Bill | None = None,
) -> Listed:
    """Return a page of a list.

    Of one that is not ``linked`` no address of a next page is told, so whether there is one is known by asking.

    Raises:
        SourceUnavailable: It may work later.
        SourceRefused: We are not let in, or may not see it.
    """
    told = await rest.find(path, [*query, *begin(cursor)], bucket=bucket, bill=bill)
    if told is None:
        return None
    if not isinstance(told.get("data"), list):
        raise SourceUnavailable(rest.not_ours)
    return [one for one in objects(told["data"]) if ident(one, "id")], following(told) if linked else _behind(told)


async def by_few(ask: Callable[[str, int], Awaitable[Listed]], cursor: str, most: int, few: int) -> Listed:
    """Return a page of a list in which people write so much that it may be too large: then a few at a time are asked.

    Args:
        ask: Takes where a page begins, and how many things it has at most.
        cursor: Where this one begins.
        most: How many it should have.
        few: How many come to no more than an answer may hold, however long each is.

    Raises:
        SourceUnavailable, SourceRefused: As ``ask`` does.
    """
    try:
        return await ask(cursor, most)
    except TooLarge:
        found: list[Thing] = []
        while len(found) < most:
            if (page := await ask(cursor, few)) is None:
                return None
            found, cursor = found + page[0], page[1]
            if not cursor:
                break
        return found, cursor


def following(listed: Mapping[str, Any]) -> str:
    """Return where the next page of a list begins, as the query that is added to ask for it; empty on the last.

    The address of the next page holds the token, so nothing else of it is kept.
    """
    paging = mapping(listed.get("paging"))
    if not (link := string(paging, "next")):
        return ""
    try:
        asked = parse_qsl(urlsplit(link).query, max_num_fields=50)
    except ValueError:
        asked = []
    kept = [(name, value) for name, value in asked if name in _CURSOR]
    after = string(mapping(paging.get("cursors")), "after")
    cursor = urlencode(kept or ([("after", after)] if after else []))
    return cursor if len(cursor) <= _LONGEST_CURSOR else ""


def begin(cursor: str) -> Query:
    """Return a cursor of ``following`` as what is asked."""
    return parse_qsl(cursor)


def _behind(told: Thing) -> str:
    after = string(mapping(mapping(told.get("paging")).get("cursors")), "after")
    return urlencode({"after": after}) if after else ""
