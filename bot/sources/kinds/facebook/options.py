"""What dibs.toml says of a Facebook Page."""

import re
from dataclasses import dataclass

from bot.sources.kit.options import OptionError, web_address

_PAGE = re.compile(r"[0-9]{5,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookOptions:
    """Options: which Page.

    Attributes:
        page: The number of our Page, as which we answer.
        base_url: The Graph API, with its version.
    """

    page: str
    base_url: str = "https://graph.facebook.com/v25.0"

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose comments are never mentions."""
        return (self.page,)

    def __post_init__(self) -> None:
        if not _PAGE.fullmatch(self.page):
            raise OptionError(
                "page", "is the number of your Page, in quotes: it stands under About, Page transparency."
            )
        web_address("base_url", self.base_url)
