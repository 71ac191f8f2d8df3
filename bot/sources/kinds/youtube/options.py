"""What dibs.toml says of a YouTube source."""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kit.google import TOKEN
from bot.sources.kit.options import Like, Options, WebAddress

_CHANNEL = Like(r"UC[A-Za-z0-9_-]{22}", 'is the id of your channel, "UC" and 22 letters: YouTube Studio shows it.')


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTubeOptions(Options):
    """Options: what is heard, and as whom we ask.

    Attributes:
        channel: The id of our own channel, whose comments are heard, and as which we answer.
        query: What to search videos for, besides; empty = nothing.
        base_url: The API.
        token_url: Where tokens are bought.
    """

    channel: Annotated[str, _CHANNEL]
    query: str = ""
    base_url: WebAddress = "https://www.googleapis.com"
    token_url: WebAddress = TOKEN

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose comments are never mentions."""
        return (self.channel,)
