"""What dibs.toml says of a source on Threads, and how its account is let in."""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kinds.threads.verdicts import SCOPES
from bot.sources.kit.meta_account import MetaAccount, sixty_days
from bot.sources.kit.options import WebAddress, Within
from bot.sources.kit.sign_in import SignIn, Who
from handlers.base.budget import Budget, Unit, Window

VERSION = "v1.0"
SEARCHING = "searching"
PUBLISHING = "publishing"
LONGEST_QUERY = 200
REPLIES = Budget(unit=Unit("reply", "replies"), most=1_000, window=Window.UTC_DAY, buckets=(PUBLISHING,))
SEARCHES = Budget(unit=Unit("search", "searches"), most=2_200, window=Window.UTC_DAY, buckets=(SEARCHING,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadsOptions(MetaAccount):
    """Options: as whom we listen and answer, and what else is searched for.

    Attributes:
        username: Our account.
        query: What to search for beside the mentions; nothing = no search.
    """

    query: Annotated[str, Within(0, LONGEST_QUERY, f"is longer than {LONGEST_QUERY} characters.")] = ""
    base_url: WebAddress = "https://graph.threads.com"

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """What Threads rations."""
        return (REPLIES, SEARCHES) if self.query.strip() else (REPLIES,)


def sign_in(options: ThreadsOptions) -> SignIn:
    """Return how Threads lets applications in: by a token of 60 days, which is exchanged for its next."""
    base = options.base_url.rstrip("/")
    return SignIn(
        network="Threads",
        authorize="https://threads.net/oauth/authorize",
        token=f"{base}/oauth/access_token",
        scopes=SCOPES if options.query.strip() else SCOPES[:-1],
        separator=",",
        who=Who(f"{base}/{VERSION}/me?fields=username", ("username",)),
        long_lived=sixty_days(base, "th"),
    )
