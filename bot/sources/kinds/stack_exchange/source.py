"""Stack Exchange: what a search finds on Stack Overflow and its sisters; people answer there by hand.

The search (https://api.stackexchange.com/docs/excerpt-search) shows neither authors nor bodies as they were written,
so what it finds is asked for, a hundred at once. Each site is walked by itself (``bot.sources.kit.walk``), a day behind
the newest that was seen, so that edits and deletions of fresh posts are seen, too. A poll asks one site: after its
answer Stack Exchange may want to be left alone (``bot.sources.kinds.stack_exchange.api``), and then the next one waits.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.stack_exchange.api import StackExchangeApi
from bot.sources.kinds.stack_exchange.posts import (
    Thing,
    host_of,
    name_of,
    number_of,
    place_of,
    read_comment,
    read_post,
)
from bot.sources.kinds.stack_exchange.verdicts import NAME, quota_left
from bot.sources.kit.build import deleted
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, read_object, string, whole
from bot.sources.kit.options import Like, OptionError, Options, SearchedFor, WebAddress, not_in_the_clear
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page, before_these
from bot.sources.registry import secret_variables
from handlers.base.budget import Budget, Unit, Window
from handlers.base.events import Event, Posted

PAGE = 100
MOST_PAGES = 25
MOST_SITES = 20
OVERLAP_SECONDS = 86_400
# Without a key; dibs.toml raises it where there is one.
BUDGET = Budget(unit=Unit("request", "requests"), most=300, window=Window.UTC_DAY, for_replies=0.05, tells=quota_left)
_DIFFERENT = 'is a list of different sites, such as ["stackoverflow", "unix"].'
_SITES = Like(r"[a-z0-9-]{2,40}(?:\.[a-z0-9-]{2,40}){0,2}", _DIFFERENT)
_WITH_BODY = [("filter", "withbody"), ("pagesize", str(PAGE))]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackExchangeOptions(Options):
    """Options: what to search for, on which sites, by the names that the API has for them, and where the API is."""

    query: SearchedFor
    sites: Annotated[tuple[str, ...], _SITES] = ("stackoverflow",)
    base_url: WebAddress = "https://api.stackexchange.com/2.3"

    def __post_init__(self) -> None:
        Options.__post_init__(self)
        if not self.sites or len(set(self.sites)) < len(self.sites):
            raise OptionError("sites", _DIFFERENT)
        if len(self.sites) > MOST_SITES:
            raise OptionError("sites", f"has at most {MOST_SITES} sites; a second source can have others.")


class StackExchange:
    """A search on some sites that is polled."""

    capabilities = Capabilities(polls=True, finds=True, network=NAME, budgets=(BUDGET,))
    replies = None

    def __init__(self, config: SourceConfig[StackExchangeOptions], tools: SourceTools) -> None:
        """Take the search; nothing is asked yet.

        Raises:
            OptionError: A key would go out in the clear.
        """
        options = self._options = config.options
        variable = secret_variables(config.kind, config.name)["key"]
        key = config.secrets.get("key", "").strip()
        if key:
            not_in_the_clear("base_url", options.base_url, allow_private=config.allow_private)
        self._api = StackExchangeApi(options.base_url, key, variable, tools, allow_private=config.allow_private)
        # 1: a site on which nothing was found at first is known, too.
        self._walk = NewestFirst(1, lambda since: max(since - OVERLAP_SECONDS, 1), most_pages=MOST_PAGES)

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of one site, oldest first; ``more`` says that its walk, or the round of sites, goes on.

        Raises:
            SourceUnavailable: Stack Exchange is not well, wants to be left alone, or the day's requests are spent.
            SourceRefused: It does not take the key, or knows no such site.
        """
        sites = self._options.sites
        walks, turn = _read_checkpoint(checkpoint)
        site = sites[turn % len(sites)]
        begins = site not in walks
        batch = await self._walk.poll(walks.get(site, ""), {"search": partial(self._page, site)})
        turn = turn if batch.more else (turn + 1) % len(sites)
        walks = {one: walk for one, walk in walks.items() if one in sites} | {site: batch.checkpoint}
        return replace(
            batch,
            checkpoint=json.dumps({"walks": walks, "turn": turn}),
            more=batch.more or turn > 0,
            not_before=self._api.opens_at,
            # The history of a site is no news, though its turn came after the first poll.
            stale=frozenset(one.external_id for one in batch.events if begins and isinstance(one, Posted)),
        )

    async def find(self, url: str) -> Posted | None:
        """Return the question, answer or comment at an address of one of the sites.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link = web_link(url)
        host = (urlsplit(link).hostname or "").removeprefix("www.")
        site = next((one for one in self._options.sites if host_of(one) == host), "")
        place = place_of(link) if site else None
        if place is None:
            return None
        if not place.comment:
            return (await self._shown(site, [{"question_id": place.number}])).get(place.number)
        told, _ = await self._api.listed("/comments", f"/{place.comment}", site, _WITH_BODY)
        return next((read_comment(one, site, link) for one in told if whole(one, "comment_id") == place.comment), None)

    async def _page(self, site: str, cursor: str, since: int) -> Page[int]:
        """Take a page of a site; its cursor is the second at which it begins."""
        query = [("q", self._options.query), ("sort", "creation"), ("order", "desc"), ("pagesize", str(PAGE))]
        query += [("fromdate", str(since))] if since else []
        query += [("todate", cursor)] if cursor else []
        found, more = await self._api.listed("/search/excerpts", "", site, query)
        hits = [one for one in found if number_of(one) and whole(one, "creation_date") > 0]
        shown = await self._shown(site, hits)
        entries: list[tuple[int, Event]] = []
        for one in hits:
            number = number_of(one)
            entries.append((whole(one, "creation_date"), shown.get(number) or deleted(name_of(site, number))))
        return Page(entries, before_these(cursor, [stamp for stamp, _ in entries]) if more and entries else "")

    async def _shown(self, site: str, hits: Sequence[Thing]) -> Mapping[int, Posted]:
        """Return how these are now, by number; what was deleted is missing."""
        if not hits:
            return {}
        wanted = {number_of(one): one for one in hits}
        told, _ = await self._api.listed("/posts", f"/{';'.join(map(str, wanted))}", site, _WITH_BODY)
        things = {whole(one, "post_id"): one for one in told}
        return {number: read_post(things[number], hit, site) for number, hit in wanted.items() if number in things}


def _read_checkpoint(checkpoint: str) -> tuple[dict[str, str], int]:
    """Return where the walk of each site stands, and whose turn it is."""
    told = read_object(checkpoint)
    walks = mapping(told.get("walks"))
    return {site: string(walks, site) for site in walks}, whole(told, "turn")
