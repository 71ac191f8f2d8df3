"""What the composition root lends to every source; one set for the whole bot."""

from dataclasses import dataclass

from bot.fetch import Fetcher
from bot.sources.isolation import Isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTools:
    """The guarded HTTP client, and the place where foreign documents are read."""

    fetcher: Fetcher
    isolation: Isolation
