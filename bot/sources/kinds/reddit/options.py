"""What dibs.toml says of a source on Reddit."""

from dataclasses import dataclass
from typing import Annotated, Literal

from bot.sources.kit.options import AN_ACCOUNT, WHAT_TO_SEARCH, Like, Options, Wanted, WebAddress

_ROOM = 'is the name of one subreddit, such as "acme".'

Listen = Literal["search", "subreddit", "mentions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedditOptions(Options):
    """Options: what is heard, and as whom we ask.

    Attributes:
        query: What to search for; all of Reddit, or within ``subreddit``.
        username: Our account, whose refresh token it is.
        base_url: The API.
        auth_url: Where tokens are bought.
    """

    username: Annotated[str, Like("(?:u/)?[A-Za-z0-9_-]{2,21}", AN_ACCOUNT)]
    listen: Listen = "search"
    query: Annotated[str, Wanted("listen", "search", WHAT_TO_SEARCH)] = ""
    subreddit: Annotated[str, Like("|(?:r/)?[A-Za-z0-9_-]{2,21}", _ROOM), Wanted("listen", "subreddit", _ROOM)] = ""
    base_url: WebAddress = "https://oauth.reddit.com"
    auth_url: WebAddress = "https://www.reddit.com"

    @property
    def name(self) -> str:
        """The name of our account."""
        return self.username.removeprefix("u/")

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"u/{self.name}"
