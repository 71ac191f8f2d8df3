"""What dibs.toml says of a Facebook Page."""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kit.options import Like, Options, WebAddress

_PAGE = Like("[0-9]{5,30}", "is the number of your Page, in quotes: it stands under About, Page transparency.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookOptions(Options):
    """Options: which Page.

    Attributes:
        page: The number of our Page, as which we answer.
        base_url: The Graph API, with its version.
    """

    page: Annotated[str, _PAGE]
    base_url: WebAddress = "https://graph.facebook.com/v25.0"

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose comments are never mentions."""
        return (self.page,)
