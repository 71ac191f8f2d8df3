"""Asking Stack Exchange (https://api.stackexchange.com/docs), as anybody or with a key.

After any answer it may want the same method to be left alone for some seconds, on whichever site, and shuts out who
does not: so each has a gate. A key belongs into the address; therefore no sentence and no log holds one of a request
(``bot.net.fetching``).
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.net.errors import SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.kinds.stack_exchange.posts import Thing
from bot.sources.kinds.stack_exchange.verdicts import NAME, backoff, verdicts
from bot.sources.kit.auth import StaticHeader
from bot.sources.kit.json import mapping, objects
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.tools import SourceTools


class StackExchangeApi:
    """All sites, asked with one key or with none."""

    def __init__(self, base_url: str, key: str, variable: str, tools: SourceTools, *, allow_private: bool) -> None:
        """Take the address of the API, the key or nothing, and the variable that holds it."""
        nobody = StaticHeader({}, lambda: f"{NAME} lets nobody in. Look at {variable}.")
        self._rest = Rest(
            tools.fetcher,
            base_url,
            name=NAME,
            not_ours=f"{urlsplit(base_url).hostname} did not answer as {NAME} does.",
            renew=nobody.renew,
            headers=nobody.headers,
            verdicts=verdicts(variable),
            allow_private=allow_private,
        )
        self._key: Query = [("key", key)] if key else []
        self._clock: Clock = tools.clock
        self._opens: dict[str, datetime] = {}

    async def listed(self, method: str, below: str, site: str, query: Query) -> tuple[list[Thing], bool]:
        """Ask for a page of things, by a method such as "/posts"; return them, and whether there are more.

        Raises:
            SourceUnavailable: It may work later, or it wants to be left alone.
            SourceRefused: It does not take the key, or knows no such site.
        """
        left = (self._opens.get(method, self._clock.now()) - self._clock.now()).total_seconds()
        if left > 0:
            raise SourceUnavailable(f"{NAME} wants to be left alone for a while.", left)
        told = mapping(await self._rest.find(method + below, [*query, ("site", site), *self._key], of=site))
        if rest := backoff(told):
            self._opens[method] = self._clock.now() + timedelta(seconds=rest)
        return objects(self._rest.held(told, "items", list)), told.get("has_more") is True

    @property
    def opens_at(self) -> datetime | None:
        """When all may be asked again that were asked; None = now."""
        latest = max(self._opens.values(), default=None)
        return latest if latest is not None and latest > self._clock.now() else None
