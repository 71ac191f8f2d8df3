"""What dibs.toml says of GitHub."""

from dataclasses import dataclass
from typing import Annotated, Literal

from bot.sources.kinds.github.posts import REPOSITORY
from bot.sources.kit.options import Like, Wanted, WebAddress, WithAccount, Within

MOST_REPOSITORIES = 10
_NAMED = Like(REPOSITORY, 'is a list of "owner/name".')
_ANY = Wanted("listen", "repositories", _NAMED.sentence)
_NOT_MORE = Within(0, MOST_REPOSITORIES, f"has at most {MOST_REPOSITORIES}; another source takes more.")

Listen = Literal["repositories", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubOptions(WithAccount):
    """Options: what is heard, and as whom we answer.

    Attributes:
        username: Our account, whose token it is; that of an App ends in "[bot]".
        repositories: Our own, "owner/name"; also those of a search that are answered from here.
        query: What to search for, as GitHub writes searches.
        pull_requests: Hear pull requests, too, and the comments below them.
        reply_anywhere: Answer in the repositories of others, too.
        base_url: The API; of GitHub Enterprise Server "https://HOST/api/v3".
    """

    username: Annotated[str, Like(r"(?s).*\S.*", 'is our account there, such as "acme-support" or "acme-dibs[bot]".')]
    listen: Listen = "repositories"
    repositories: Annotated[tuple[str, ...], _NAMED, _ANY, _NOT_MORE] = ()
    query: Annotated[str, Wanted("listen", "search", "is what to search for.")] = ""
    pull_requests: bool = False
    reply_anywhere: bool = False
    base_url: WebAddress = "https://api.github.com"
