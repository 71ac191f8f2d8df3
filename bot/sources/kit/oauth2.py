"""Accounts by OAuth 2, in the form that ``Rest`` takes: one that is refreshed, and one whose token renews itself.

A kind declares its ``SignIn`` and writes nothing of this itself. Where tokens to refresh by are good for one use, or
where a person signed in by ``dibs source login``, what was got is kept for all replicas (``bot.sources.kit.chain``).
One that stands in the environment and stays as it is needs no store.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Pair
from bot.sources.kit.auth import asked_as
from bot.sources.kit.chain import Alone, Chain
from bot.sources.kit.options import OptionError, not_in_the_clear
from bot.sources.kit.rest import Rest
from bot.sources.kit.sign_in import CLIENT_ID, CLIENT_SECRET, SignIn
from bot.sources.kit.token_endpoint import TokenEndpoint
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Verdicts


class Bearer:
    """An account whose requests carry a bearer token (RFC 6750)."""

    # What else its requests carry.
    carried: Mapping[str, str] = MappingProxyType({})

    def __init__(self, tokens: Chain | Alone) -> None:
        """Take where tokens come from."""
        self._tokens = tokens

    async def renew(self, refused: Pair | None) -> Pair:
        """Return a token that is not the refused one.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The account is not let in; the sentence says how to mend it.
        """
        return await self._tokens.renew(refused)

    def due(self, held: Pair) -> bool:
        """Say whether a token is to be renewed before it is refused."""
        return self._tokens.due(held)

    def headers(self, held: Pair) -> Mapping[str, str]:
        """Return what a request carries."""
        return {"authorization": f"Bearer {held.access}", **self.carried}


class OAuth2(Bearer):
    """An account that is let in by access tokens, which a token to refresh by buys."""

    def __init__(
        self, sign_in: SignIn, config: SourceConfig[Any], tools: SourceTools, variables: Mapping[str, str]
    ) -> None:
        """Take what is declared; nothing is asked yet.

        Args:
            sign_in: How the network lets applications in.
            config: The source, with its secrets.
            tools: The client of the source, and where accounts are kept.
            variables: The environment variables of its secrets, for sentences.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account.
        """
        endpoint, variable = _endpoint(sign_in, config, tools, variables), variables[sign_in.seed]
        self.carried = sign_in.carried
        written = config.secrets.get(sign_in.seed, "").strip()
        seed = Pair(refresh=written) if written else None
        if seed is not None and not sign_in.rotates and not tools.accounts.keeps:
            mend = f"Put a new token into {variable}, or set DIBS_KEY and run `dibs source login {config.name}`."
            super().__init__(Alone(seed, endpoint.refresh, mend, tools.clock))
            return
        _keeping(sign_in, tools)
        known = variable if seed else ""
        chain = Chain(config.name, tools.accounts, seed, endpoint.refresh, variable=known, forgives=sign_in.forgives)
        super().__init__(chain)


class SelfRenewing(Bearer):
    """An account whose token is exchanged for its next before it ends: nothing else buys one (Threads, Instagram)."""

    def __init__(
        self, sign_in: SignIn, config: SourceConfig[Any], tools: SourceTools, variables: Mapping[str, str]
    ) -> None:
        """Take what is declared, as ``OAuth2`` does; nothing is asked yet.

        Raises:
            OptionError: As ``OAuth2`` does.
        """
        endpoint, variable = _endpoint(sign_in, config, tools, variables), variables[sign_in.seed]
        written = config.secrets.get(sign_in.seed, "").strip()
        # How old it is nobody knows, so it is due.
        seed = Pair(access=written, due_at=tools.clock.now()) if written else None
        _keeping(sign_in, tools)
        super().__init__(
            Chain(
                config.name,
                tools.accounts,
                seed,
                endpoint.renew,
                variable=variable if seed else "",
                forgives=True,
                early=True,
            )
        )


def signed_in(
    base_url: str,
    sign_in: SignIn,
    verdicts: Verdicts,
    config: SourceConfig[Any],
    tools: SourceTools,
    variables: Mapping[str, str],
) -> Rest[Pair]:
    """Return an API that is asked with the account of a source, as ``sign_in`` declares how that is let in.

    Raises:
        OptionError: A secret of the application is missing, or what is needed to keep the account; or a token would
            go out in the clear.
    """
    not_in_the_clear("base_url", base_url, allow_private=config.allow_private)
    not_in_the_clear("token_url", sign_in.token, allow_private=config.allow_private)
    account = OAuth2(sign_in, config, tools, variables)
    return asked_as(account, base_url, sign_in.network, config, tools, verdicts=verdicts)


def _endpoint(
    sign_in: SignIn, config: SourceConfig[Any], tools: SourceTools, variables: Mapping[str, str]
) -> TokenEndpoint:
    for name in (CLIENT_ID, CLIENT_SECRET):
        if not config.secrets.get(name, "").strip():
            raise OptionError(variables[name], f"is not set; {sign_in.network} answers no application without it.")
    return TokenEndpoint(sign_in, config, tools, variables)


def _keeping(sign_in: SignIn, tools: SourceTools) -> None:
    if why := tools.accounts.trouble:
        raise OptionError(sign_in.network, f"its tokens have to be kept, and {why}")
