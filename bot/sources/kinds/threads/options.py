"""What dibs.toml says of a source on Threads, and how its account is let in."""

import re
from dataclasses import dataclass

from bot.sources.kinds.threads.verdicts import SCOPES
from bot.sources.kit.options import OptionError, web_address
from bot.sources.kit.sign_in import LongLived, SignIn, Who
from handlers.base.budget import Budget, Unit, Window

VERSION = "v1.0"
SEARCHING = "searching"
PUBLISHING = "publishing"
LONGEST_QUERY = 200
REPLIES = Budget(unit=Unit("reply", "replies"), most=1_000, window=Window.UTC_DAY, buckets=(PUBLISHING,))
SEARCHES = Budget(unit=Unit("search", "searches"), most=2_200, window=Window.UTC_DAY, buckets=(SEARCHING,))
_NAME = re.compile(r"[A-Za-z0-9._]{1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadsOptions:
    """Options: as whom we listen and answer, and what else is searched for.

    Attributes:
        username: Our account.
        query: What to search for beside the mentions; nothing = no search.
    """

    username: str
    query: str = ""
    base_url: str = "https://graph.threads.com"

    @property
    def name(self) -> str:
        """The name of our account."""
        return self.username.removeprefix("@").lower()

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"@{self.name}"

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose posts are never mentions."""
        return (self.name,)

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """What Threads rations."""
        return (REPLIES, SEARCHES) if self.query.strip() else (REPLIES,)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise OptionError("username", 'is the name of our account, such as "acme_support".')
        if len(self.query.strip()) > LONGEST_QUERY:
            raise OptionError("query", f"is longer than {LONGEST_QUERY} characters.")
        web_address("base_url", self.base_url)


def sign_in(options: ThreadsOptions) -> SignIn:
    """Return how Threads lets applications in: by a token of 60 days, which is exchanged for its next.

    https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
    """
    base = options.base_url.rstrip("/")
    return SignIn(
        network="Threads",
        authorize="https://threads.net/oauth/authorize",
        token=f"{base}/oauth/access_token",
        scopes=SCOPES if options.query.strip() else SCOPES[:-1],
        separator=",",
        who=Who(f"{base}/{VERSION}/me?fields=username", ("username",)),
        long_lived=LongLived(
            exchange=f"{base}/access_token",
            exchange_grant="th_exchange_token",
            renew=f"{base}/refresh_access_token",
            renew_grant="th_refresh_token",
        ),
    )
