"""Login: a person lets Dibs in at a network, once, and what comes of it is kept (RFC 6749 §4.1, PKCE: RFC 7636).

What a sign-in was begun with stands sealed in the database: the state that comes back with the person, and the verifier
that alone makes anything of their code. So it may be begun in a terminal and ended on the desk. It is good for ten
minutes and one use; beginning another one ends it.
"""

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.net.errors import SourceError, SourceRefused
from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Pair
from bot.sources.kit.chain import TokenRefused
from bot.sources.kit.rest import Rest
from bot.sources.kit.sign_in import CLIENT_ID, CLIENT_SECRET, SignIn, Who
from bot.sources.kit.token_endpoint import Granted, TokenEndpoint, asking
from bot.sources.kit.tools import SourceTools
from handlers.base.cards import one_line

LIVES = timedelta(minutes=10)
_LONGEST = 8_192
_NAME = 100


class LoginFailed(Exception):
    """A sign-in cannot be begun, or came to nothing; the sentence is for whoever signs in, and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What came of a sign-in.

    Attributes:
        account: Whose token it is, as the network calls them; empty where it does not say.
        scopes: What they allowed, and ``missing`` what they did not.
        until: When what was got ends; ``renewed`` says that it is renewed until then, and by itself.
    """

    network: str
    account: str
    scopes: tuple[str, ...]
    missing: tuple[str, ...]
    until: datetime | None
    renewed: bool = True

    @property
    def sentences(self) -> list[str]:
        """What a person is told."""
        whose = f" as {self.account}" if self.account else f"; which account it is, {self.network} does not say"
        lines = [f"Signed in to {self.network}{whose}."]
        if self.scopes:
            lines.append(f"Allowed: {', '.join(self.scopes)}.")
        if self.missing:
            lines.append(f"Not allowed, and needed: {', '.join(self.missing)}. Sign in again, and agree to all of it.")
        if self.until is not None and not self.renewed:
            return [
                *lines,
                f"It lasts until {self.until:%Y-%m-%d %H:%M} UTC, and nothing renews it: sign in again before.",
            ]
        ends = f"It lasts until {self.until:%Y-%m-%d %H:%M} UTC, and is" if self.until else "It is"
        return [*lines, f"{ends} renewed by itself."]


class Login:
    """Signing in at the network of one source."""

    def __init__(
        self,
        sign_in: SignIn,
        config: SourceConfig[Any],
        tools: SourceTools,
        variables: Mapping[str, str],
        redirect: str,
    ) -> None:
        """Take what is declared, and where the network sends the person back to; nothing is asked yet.

        Raises:
            LoginFailed: Something is missing without which it cannot be begun.
        """
        for name in (CLIENT_ID, CLIENT_SECRET):
            if not config.secrets.get(name, "").strip():
                raise LoginFailed(f"{variables[name]} is not set: register an application at {sign_in.network}.")
        if why := tools.accounts.trouble:
            raise LoginFailed(f"What {sign_in.network} gives has to be kept, and {why}")
        self.network = sign_in.network
        self.redirect = redirect
        self._declared = sign_in
        self._config = config
        self._tools = tools
        self._accounts = tools.accounts
        self._endpoint = TokenEndpoint(sign_in, config, tools, variables)
        written = config.secrets.get(sign_in.seed, "").strip()
        self._seed = Pair(access=written) if written else None

    async def begin(self, by: str = "") -> str:
        """Return the address to open; ``by`` names the session that alone may end this, where there is one."""
        state, verifier = self._accounts.draw(), self._accounts.draw()
        asked = {"state": state, "verifier": verifier, "by": by}
        await self._accounts.ask(self._config.name, json.dumps(asked), self._accounts.clock.now() + LIVES)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            CLIENT_ID: self._config.secrets[CLIENT_ID].strip(),
            "redirect_uri": self.redirect,
            "scope": self._declared.separator.join(self._declared.scopes),
            "state": state,
            **({"code_challenge": challenge, "code_challenge_method": "S256"} if self._declared.pkce else {}),
            **self._declared.more,
        }
        return f"{self._declared.authorize}{'&' if '?' in self._declared.authorize else '?'}{urlencode(query)}"

    async def paste(self, brought: str) -> SignedIn:
        """End it with the address to which a person was led, or with the code that stands there.

        Raises:
            LoginFailed: See ``end``.
        """
        # Instagram and Threads write "#_" behind a code, which is no part of it.
        brought = brought.strip()[:_LONGEST].removesuffix("#_")
        if "?" not in brought:
            return await self._end(brought, by="")
        return await self.end(dict(parse_qsl(urlsplit(brought).query)))

    async def end(self, query: Mapping[str, str], by: str = "") -> SignedIn:
        """End it with what a person brought back.

        Raises:
            LoginFailed: They did not agree, it is too old or another one's, or the network does not take the code.
        """
        if error := query.get("error", ""):
            word = f" ({error})" if re.fullmatch(r"[a-z_]{1,40}", error) else ""
            raise LoginFailed(f"{self.network} says that nobody agreed{word}. Nothing was changed.")
        return await self._end(query.get("code", ""), by=by, state=query.get("state", ""))

    async def _end(self, code: str, *, by: str, state: str | None = None) -> SignedIn:
        if not code:
            raise LoginFailed("There is no code in that: copy the whole address to which the browser was led.")
        verifier = await self._verifier(state, by)
        try:
            granted = await self._accounts.whole(self._keep(code, verifier))
        except TokenRefused:
            raise LoginFailed(f"{self.network} does not take this code: begin again.") from None
        except SourceError as error:
            raise LoginFailed(f"{error.reason} Nothing was changed; begin again.") from None
        return await self._told(granted)

    async def _keep(self, code: str, verifier: str) -> Granted:
        granted = await self._endpoint.redeem(code, verifier, self.redirect)
        await self._accounts.begin(self._config.name, granted.pair, self._seed)
        return granted

    async def _verifier(self, state: str | None, by: str) -> str:
        """Use the sign-in up, and return its verifier. A code alone has no state: only a verifier holds it to us."""
        if state is None and not self._declared.pkce:
            raise LoginFailed("The code alone is not enough here: copy the whole address to which the browser was led.")
        try:
            asked = json.loads(await self._accounts.asked(self._config.name) or "{}")
        except SourceRefused as error:
            raise LoginFailed(error.reason) from None
        ours = state is None or _same(asked.get("state", ""), state)
        if not asked or not ours or (asked["by"] and not _same(asked["by"], by)):
            raise LoginFailed("That belongs to no sign-in that was begun here, or to an older one: begin again.")
        if not await self._accounts.take_asked(self._config.name):
            raise LoginFailed("This sign-in was used already, or is more than ten minutes old: begin again.")
        return str(asked["verifier"])

    async def _told(self, granted: Granted) -> SignedIn:
        missing = set(self._declared.scopes) - set(granted.scopes) if granted.scopes else set()
        return SignedIn(
            network=self.network,
            account=await self._whose(granted.pair) if self._declared.who else "",
            scopes=tuple(one_line(one, _NAME) for one in granted.scopes[:50]),
            missing=tuple(sorted(missing)),
            until=granted.pair.expires_at,
            renewed=granted.pair.ends_at is None or granted.pair.ends_at != granted.pair.expires_at,
        )

    async def _whose(self, pair: Pair) -> str:
        who = self._declared.who or Who("", ())
        rest: Rest[None] = asking(
            self._tools.fetcher,
            who.address,
            name=self.network,
            not_ours="",
            allow_private=self._config.allow_private,
            headers={"authorization": f"Bearer {pair.access}"},
        )
        try:
            found = (await rest.get("")).json
            for step in who.path:
                found = found[step]
        except (SourceError, LookupError, TypeError):
            return ""
        return one_line(found, _NAME) if isinstance(found, str) else ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
