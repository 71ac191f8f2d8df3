"""What dibs.toml says of a YouTube source."""

import re
from dataclasses import dataclass

from bot.sources.kit.google import TOKEN
from bot.sources.kit.options import OptionError, web_address

_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTubeOptions:
    """Options: what is heard, and as whom we ask.

    Attributes:
        channel: The id of our own channel, whose comments are heard, and as which we answer.
        query: What to search videos for, besides; empty = nothing.
        base_url: The API.
        token_url: Where tokens are bought.
    """

    channel: str
    query: str = ""
    base_url: str = "https://www.googleapis.com"
    token_url: str = TOKEN

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose comments are never mentions."""
        return (self.channel,)

    def __post_init__(self) -> None:
        if not _CHANNEL.fullmatch(self.channel):
            raise OptionError("channel", 'is the id of your channel, "UC" and 22 letters: YouTube Studio shows it.')
        web_address("base_url", self.base_url)
        web_address("token_url", self.token_url)
