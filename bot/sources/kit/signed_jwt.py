"""Accounts that sign for themselves: a JSON Web Token (RFC 7519), sent as it is or exchanged for an access token.

Apple takes the token itself, for at most twenty minutes (ES256, "Generating Tokens for API Requests" of App Store
Connect); Google exchanges one for an access token that lasts an hour (RS256, RFC 7523,
https://developers.google.com/identity/protocols/oauth2/service-account). The key lasts until somebody revokes it, so
nothing is kept. PyJWT is not part of the core, and is imported when needed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any, Literal

from bot.net.errors import SourceRefused
from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Pair
from bot.sources.kit.chain import Alone
from bot.sources.kit.json import read_object, string
from bot.sources.kit.oauth2 import Bearer
from bot.sources.kit.options import OptionError
from bot.sources.kit.sign_in import SignIn
from bot.sources.kit.token_endpoint import TokenEndpoint
from bot.sources.kit.tools import SourceTools
from bot.toml.problems import INSTALL_THE_REST

GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_HOUR = timedelta(hours=1)


class Signer:
    """Signs claims with one private key."""

    def __init__(self, key: str, algorithm: Literal["RS256", "ES256"], *, variable: str, key_id: str = "") -> None:
        """Take the key, as PEM.

        Raises:
            OptionError: It is none of this kind, or what signs is not installed.
        """
        if find_spec("jwt") is None or find_spec("cryptography") is None:
            raise OptionError(variable, f"signs tokens, and a package for that is not installed. {INSTALL_THE_REST}")
        self._key = key.replace("\\n", "\n")  # as it stands in a JSON file from which somebody copied it
        self._algorithm = algorithm
        self._headers = {"kid": key_id} if key_id else None
        try:
            self.sign({})
        except Exception:  # whatever the packages raise of a broken key, it may quote the key
            raise OptionError(variable, f"holds no private key for {algorithm}, as PEM.") from None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the token of these claims."""
        import jwt  # noqa: PLC0415 - not part of the core

        return jwt.encode(dict(claims), self._key, algorithm=self._algorithm, headers=self._headers)


class SignedJwt(Bearer):
    """An account whose requests carry what it has signed itself."""

    def __init__(
        self,
        network: str,
        signer: Signer,
        claims: Mapping[str, Any],
        tools: SourceTools,
        *,
        variable: str,
        lasts: timedelta = timedelta(minutes=15),
    ) -> None:
        """Take who signs, and the claims beside ``iat`` and ``exp``; nothing is signed yet."""
        self._network = network
        self._signer = signer
        self._claims = claims
        self._clock = tools.clock
        self._variable = variable
        self._lasts = lasts

    async def renew(self, refused: Pair | None) -> Pair:
        """Sign another one.

        Raises:
            SourceRefused: One that has not ended is not taken, so the key is not, or the clock is wrong.
        """
        now = self._clock.now()
        if refused is not None and not refused.is_due(now):
            raise SourceRefused(
                f"{self._network} does not take what the key in {self._variable} has signed: see that it was not "
                f"revoked and has the right to do this, and that the clock of this machine is right (it is {now:%H:%M} "
                "UTC here)."
            )
        return _pair(self._signer.sign({**self._claims, **_times(now, self._lasts)}), now, self._lasts)

    def due(self, held: Pair) -> bool:
        """Say whether another one is to be signed."""
        return held.is_due(self._clock.now())


class ServiceAccount(Bearer):
    """An account of Google's that a machine has: what it signs is exchanged for an access token.

    Attributes:
        email: What Google calls it.
    """

    def __init__(
        self,
        key_file: str,
        scopes: tuple[str, ...],
        config: SourceConfig[Any],
        tools: SourceTools,
        *,
        variable: str,
        token_url: str = GOOGLE_TOKENS,
    ) -> None:
        """Take the JSON file of a key, as Google gives it; nothing is asked yet.

        Raises:
            OptionError: It is none.
        """
        told = read_object(key_file)
        self.email = email = string(told, "client_email")
        if not email or string(told, "type") != "service_account":
            raise OptionError(variable, "holds no key of a service account: it is the JSON file that Google gives.")
        signer = Signer(string(told, "private_key"), "RS256", variable=variable, key_id=string(told, "private_key_id"))
        endpoint = TokenEndpoint(SignIn(network="Google", authorize="", token=token_url), config, tools, {})
        now: Callable[[], datetime] = tools.clock.now

        async def exchange(_seed: Pair) -> Pair:
            claims = {"iss": email, "scope": " ".join(scopes), "aud": token_url, **_times(now(), _HOUR)}
            return await endpoint.assert_by(signer.sign(claims))

        mend = f"Make a new key for {email} in the Google Cloud console, and put it into {variable}."
        super().__init__(Alone(Pair(), exchange, mend, tools.clock))


def _times(now: datetime, lasts: timedelta) -> dict[str, int]:
    return {"iat": int(now.timestamp()), "exp": int((now + lasts).timestamp())}


def _pair(access: str, now: datetime, lasts: timedelta) -> Pair:
    return Pair(access=access, expires_at=now + lasts, due_at=now + lasts * 0.9)
