"""What the composition root lends to every source; one set for the whole bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.net.client import Fetched
from bot.runtime.clock import Clock
from bot.sources.kit.sandbox import Isolation


class Fetches(Protocol):
    """What a source needs of the guarded HTTP client; the runner hands over one that heeds limits too."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = frozenset({200}),
    ) -> Fetched:
        """Fetch ``url``; see ``bot.net.client.Fetcher.get``."""
        ...

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = frozenset({200}),
    ) -> Fetched:
        """Send a request once; see ``bot.net.client.Fetcher.send``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTools:
    """The guarded HTTP client, the place where foreign documents are read, and the clock."""

    fetcher: Fetches
    isolation: Isolation
    clock: Clock
