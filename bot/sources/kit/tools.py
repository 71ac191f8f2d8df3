"""What the composition root lends to every source; one set for the whole bot."""

from dataclasses import dataclass, field

from bot.net.fetching import Fetches
from bot.runtime.clock import Clock
from bot.sources.kit.accounts import Accounts, nowhere
from bot.sources.kit.sandbox import Isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTools:
    """The guarded HTTP client, which heeds limits, the place where foreign documents are read, and the clock.

    ``accounts`` is what is kept of accounts; by default nothing is, and a kind that needs it is refused.
    """

    fetcher: Fetches
    isolation: Isolation
    clock: Clock
    accounts: Accounts = field(default_factory=nowhere)
