"""What the composition root lends to every source; one set for the whole bot."""

from dataclasses import dataclass

from bot.net.fetching import Fetches
from bot.runtime.clock import Clock
from bot.sources.kit.sandbox import Isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTools:
    """The guarded HTTP client, which heeds limits, the place where foreign documents are read, and the clock."""

    fetcher: Fetches
    isolation: Isolation
    clock: Clock
