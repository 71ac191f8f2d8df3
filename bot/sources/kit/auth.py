"""Who asks: how a service is told, in the form that ``Rest`` takes. What has to be bought is each kind's own."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused
from bot.sources.base import SourceConfig
from bot.sources.kit.options import OptionError, not_in_the_clear
from bot.sources.kit.rest import Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import READING, Verdicts

SIGN_IN_AS = "sign in with that account, or change `username`."

CredentialT = TypeVar("CredentialT")


class Account(Protocol[CredentialT]):
    """An account of ours: what its requests carry, and how that is renewed."""

    async def renew(self, refused: CredentialT | None) -> CredentialT:
        """Return a credential that is not the refused one.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The account is not let in; the sentence says how to mend it.
        """
        ...

    def due(self, held: CredentialT) -> bool:
        """Say whether a credential is to be renewed before it is refused."""
        ...

    def headers(self, held: CredentialT) -> Mapping[str, str]:
        """Return what a request carries."""
        ...


def asked_as(
    account: Account[CredentialT],
    base_url: str,
    network: str,
    config: SourceConfig[Any],
    tools: SourceTools,
    *,
    name: str = "",
    verdicts: Verdicts = READING,
) -> Rest[CredentialT]:
    """Return what asks the API of a source as one account.

    Args:
        account: As whom.
        base_url: Where paths begin.
        network: What its software is called.
        config: The source.
        tools: The client of the source.
        name: What sentences call the service, where that is not its network.
        verdicts: What its answers mean.

    Raises:
        OptionError: What lets the account in would go out in the clear.
    """
    if not (isinstance(account, StaticHeader) and account.is_nobody):
        not_in_the_clear("base_url", base_url, allow_private=config.allow_private)
    return Rest(
        tools.fetcher,
        base_url,
        name=name or network,
        not_ours=f"{urlsplit(base_url).hostname} did not answer as {network} does.",
        renew=account.renew,
        headers=account.headers,
        due=account.due,
        verdicts=verdicts,
        allow_private=config.allow_private,
    )


def see_account(found: str, said: str, *, whose: str = "Who signed in", mend: str = SIGN_IN_AS) -> None:
    """See that an account is the one that dibs.toml names, however its name is written.

    Args:
        found: Its name, as the network tells it.
        said: The one in dibs.toml.
        whose: Who is asked about.
        mend: What to do where it is another one.

    Raises:
        SourceRefused: It is.
    """
    if found.casefold() != said.casefold():
        raise SourceRefused(f"{whose} is @{found}, and dibs.toml says @{said}: {mend}")


def token_account(
    config: SourceConfig[Any], secret: str, variable: str, network: str, carried: Mapping[str, str] | None = None
) -> "StaticHeader":
    """Return an account whose bearer token stays until it is taken back.

    Args:
        config: The source.
        secret: What its secrets call the token.
        variable: The variable that holds it.
        network: What sentences call who gave it.
        carried: What else its requests carry.

    Raises:
        OptionError: There is none.
    """
    token = config.secrets.get(secret, "").strip()
    if not token:
        raise OptionError(variable, f"is not set; {network} lets nobody hear or answer without a token.")
    mend = f"{network} does not take the token: put a new one into {variable}."
    return StaticHeader({"authorization": f"Bearer {token}", **(carried or {})}, lambda: mend)


class StaticHeader:
    """Headers that stay as they are until somebody revokes them (a token, a key with a name, Basic); or none at all."""

    def __init__(self, headers: Mapping[str, str], refused: Callable[[], str]) -> None:
        """Take the headers, and what says how to mend it where they are not taken."""
        self._headers = headers
        self._refused = refused
        self.is_nobody = not headers

    async def renew(self, refused: Mapping[str, str] | None) -> Mapping[str, str]:
        """Return what we have.

        Raises:
            SourceRefused: It is not taken, and there is no other.
        """
        if refused is not None:
            raise SourceRefused(self._refused())
        return self._headers

    def due(self, held: Mapping[str, str]) -> bool:
        """Say whether it is to be renewed before it is refused; it never is."""
        return False

    def headers(self, held: Mapping[str, str]) -> Mapping[str, str]:
        """Return what a request carries."""
        return held
