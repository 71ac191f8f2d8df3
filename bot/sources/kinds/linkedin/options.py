"""What dibs.toml says of a LinkedIn source, and how LinkedIn lets an application in.

Access tokens last 60 days. Whether there is one to refresh them by is LinkedIn's choice, for each application; it ends
365 days after somebody signed in, however often it is used
(https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens).
"""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kit.options import Like, Options, WebAddress
from bot.sources.kit.sign_in import SignIn

SCOPES = ("r_organization_social_feed", "w_organization_social_feed", "rw_organization_admin")
_VERSION = Like("20[0-9]{2}(?:0[1-9]|1[0-2])", 'is a month of LinkedIn\'s API, such as "202609".')
_SCOPES = Like("[a-zA-Z_]{1,60}", 'is a list of names, such as ["r_organization_social_feed"].')


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedInOptions(Options):
    """Options: the Page.

    Attributes:
        organization: Its number.
        version: The month of the API's version, such as "202609"; LinkedIn retires each after about a year.
        scopes: What is asked for when somebody signs in, where it is not ``SCOPES``: LinkedIn refuses all of it where
            one was not granted to the application, and its own pages disagree on their names.
        base_url: The API.
        token_url: Where tokens are bought.
    """

    organization: Annotated[str, Like("[0-9]{1,20}", 'is the number of the Page, such as "1234567".')]
    version: Annotated[str, _VERSION] = "202609"
    scopes: Annotated[tuple[str, ...], _SCOPES] = ()
    base_url: WebAddress = "https://api.linkedin.com"
    token_url: WebAddress = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address

    @property
    def urn(self) -> str:
        """What LinkedIn calls the Page."""
        return f"urn:li:organization:{self.organization}"

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose comments are never mentions."""
        return (self.urn,)


def sign_in(options: LinkedInOptions) -> SignIn:
    """Declare how LinkedIn lets an application in."""
    return SignIn(
        network="LinkedIn",
        authorize="https://www.linkedin.com/oauth/v2/authorization",
        token=options.token_url,
        scopes=options.scopes or SCOPES,
        pkce=False,
        ends=True,
        carried={"linkedin-version": options.version, "x-restli-protocol-version": "2.0.0"},
    )
