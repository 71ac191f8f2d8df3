"""Signing in: what a kind declares about how its account is let in by OAuth 2 (RFC 6749, with PKCE, RFC 7636,
where the network takes it).

From this one declaration come the address that a person opens (``bot.sources.kit.login``), and how what came of it is
renewed (``bot.sources.kit.oauth2``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CLIENT_ID = "client_id"
CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of one


class ClientBy(StrEnum):
    """How an application says who it is where tokens are bought (RFC 6749 §2.3.1)."""

    BASIC = "basic"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLived:
    """Tokens that renew themselves (Threads, Instagram): a short one is exchanged for a long one, that for its next.

    Attributes:
        exchange: The address that takes a short one.
        exchange_grant: The ``grant_type`` there.
        renew: The address that takes a long one.
        renew_grant: The ``grant_type`` there.
    """

    exchange: str
    exchange_grant: str
    renew: str
    renew_grant: str


@dataclass(frozen=True, slots=True)
class Who:
    """How a service tells whose token it is: what answers at ``address`` has the name at ``path``."""

    address: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How one network lets an application in.

    Attributes:
        network: What people call it.
        authorize: The address that a person opens.
        token: Where a code, and a token to refresh by, are exchanged for tokens.
        scopes: What the account has to allow.
        client_by: How the application says who it is.
        rotates: A token to refresh by is good for one use, and comes with the next one.
        pkce: It takes the proof by which a code is ours alone. LinkedIn refuses whoever sends one with a secret.
        ends: Not every application is given a token to refresh by; without one, the account ends with its token.
        forgives: Of those the one before the newest is taken, too, for a while. Elsewhere it would end the account.
        more: What the address that a person opens has beside what the standard says.
        separator: What stands between scopes.
        who: How it tells whose token it is; None where it does not.
        long_lived: The tokens renew themselves, and there is none to refresh by.
        carried: The headers that what is asked with a token has besides.
    """

    network: str
    authorize: str
    token: str
    scopes: tuple[str, ...] = ()
    client_by: ClientBy = ClientBy.BODY
    rotates: bool = False
    pkce: bool = True
    ends: bool = False
    forgives: bool = False
    more: Mapping[str, str] = field(default_factory=dict)
    separator: str = " "
    who: Who | None = None
    long_lived: LongLived | None = None
    carried: Mapping[str, str] = field(default_factory=dict)

    @property
    def seed(self) -> str:
        """The name of the secret with which an account begins where nobody signs in by ``dibs source login``."""
        return "access_token" if self.long_lived else "refresh_token"


def how_to_mend(name: str, variable: str = "") -> str:
    """Return the sentence that leads back from an account that is not let in any more."""
    other = f", or put a new one into {variable} and start Dibs anew" if variable else ""
    return f"Sign in again by `dibs source login {name}`{other}."
