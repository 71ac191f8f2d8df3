"""What dibs.toml says of a source on Instagram, and how its account is let in."""

from dataclasses import dataclass
from typing import Annotated, Literal

from bot.sources.kinds.instagram.verdicts import SCOPES
from bot.sources.kit.meta_account import MetaAccount, sixty_days
from bot.sources.kit.options import Like, web_address
from bot.sources.kit.sign_in import SignIn, Who

VERSION = "v25.0"
FACEBOOK, INSTAGRAM = "https://graph.facebook.com", "https://graph.instagram.com"

Login = Literal["facebook", "instagram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstagramOptions(MetaAccount):
    """Options: as whom we listen and answer.

    Attributes:
        username: Our account, a professional one.
        account_id: Its number, as the API names it.
        login: Who lets us in: Facebook, by the token of the Page that the account belongs to, or Instagram itself.
        base_url: The API; empty = that of ``login``.
    """

    account_id: Annotated[str, Like("[0-9]{1,30}", 'is the number of our account, such as "17841400000000000".')]
    login: Login = "facebook"
    base_url: str = ""

    @property
    def base(self) -> str:
        """The address of the API, without its version."""
        return (self.base_url or (FACEBOOK if self.login == "facebook" else INSTAGRAM)).rstrip("/")

    def __post_init__(self) -> None:
        MetaAccount.__post_init__(self)
        if self.base_url:
            web_address("base_url", self.base_url)


def sign_in(options: InstagramOptions) -> SignIn | None:
    """Return how Instagram lets applications in; None where Facebook does, by a token that stays.

    https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
    """
    if options.login == "facebook":
        return None
    base = options.base
    return SignIn(
        network="Instagram",
        authorize="https://www.instagram.com/oauth/authorize",
        token=f"{options.base_url.rstrip('/') or 'https://api.instagram.com'}/oauth/access_token",
        scopes=SCOPES["instagram"],
        separator=",",
        who=Who(f"{base}/{VERSION}/me?fields=username", ("username",)),
        long_lived=sixty_days(base, "ig"),
    )
