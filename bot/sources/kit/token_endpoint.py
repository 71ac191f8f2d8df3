"""The token endpoint: where codes and tokens are exchanged for tokens (RFC 6749 §4.1.3, §5 and §6).

What it says no with decides who has to do something. That it does not know the application is the operator's to mend,
and says nothing about the account; that it does not take a token (``invalid_grant``, at X ``invalid_request``) ends the
account until a person signs in, as does any other word of that form. A no that is no such word is neither: it may come
from whatever stands before the service.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import REFRESHING, SIGNING_IN, Fetches
from bot.net.oauth import basic, refresh_form
from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Pair
from bot.sources.kit.answer import Answer
from bot.sources.kit.chain import TokenRefused
from bot.sources.kit.json import objects, string
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.sign_in import CLIENT_ID, CLIENT_SECRET, ClientBy, LongLived, SignIn
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Verdicts, by_status

# Before an access token ends; of one that lasts shorter than an hour a tenth.
EARLY = timedelta(minutes=5)
_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
# Words of RFC 6749 §4.1.2.1 and §5.2, and numbers of Meta (https://developers.facebook.com/docs/graph-api/guides/error-handling).
_PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down", "1", "2", "4", "17", "32", "613"})
_ENDS = frozenset({"invalid_grant", "invalid_request", "invalid_token", "access_denied", "190"})
_NO = frozenset({200, 400, 401})
_WORD = re.compile(r"[a-z0-9_]{1,40}")
_LONG = timedelta(days=60)
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a code was exchanged for, and the scopes that were allowed, empty where nobody says."""

    pair: Pair
    scopes: tuple[str, ...]


class TokenEndpoint:
    """The endpoint of one source."""

    def __init__(
        self, sign_in: SignIn, config: SourceConfig[Any], tools: SourceTools, variables: Mapping[str, str]
    ) -> None:
        """Take what is declared, and the secrets of the application; nothing is asked yet."""
        self._declared = sign_in
        self._client = tuple(config.secrets.get(name, "").strip() for name in (CLIENT_ID, CLIENT_SECRET))
        self._variables = {name: variables[name] for name in (CLIENT_ID, CLIENT_SECRET) if name in variables}
        self._now: Callable[[], datetime] = tools.clock.now
        self._not_ours = f"{sign_in.network} did not answer as it does where tokens are bought."
        self._asking = partial(
            asking, tools.fetcher, name=sign_in.network, not_ours=self._not_ours, allow_private=config.allow_private
        )

    async def refresh(self, pair: Pair) -> Pair:
        """Exchange a token to refresh by; where none was given, the account has ended.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: Only a person can mend it, and the token may be good.
            TokenRefused: The token is not taken.
        """
        if not pair.refresh:
            raise TokenRefused(f"What {self._declared.network} gave has ended, and it gave nothing to refresh it by.")
        return self._pair(await self._post(refresh_form(pair.refresh), REFRESHING), pair)

    async def redeem(self, code: str, verifier: str, redirect: str) -> Granted:
        """Exchange a code that a person brought.

        Raises:
            SourceUnavailable, SourceRefused: As ``refresh`` does.
            TokenRefused: The code is not taken.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        form |= {"code_verifier": verifier} if self._declared.pkce else {}
        answer = await self._post(form, SIGNING_IN)
        pair = self._pair(answer, Pair())
        if (long_lived := self._declared.long_lived) is not None:
            pair = await self._exchanged(long_lived, pair)
        elif not pair.refresh and not self._declared.ends:
            raise SourceRefused(
                f"{self._declared.network} gave no token to refresh by: take Dibs' right back in the settings of the "
                "account, and sign in again."
            )
        scopes = string(answer.object, "scope").replace(",", " ").split()
        return Granted(pair=pair, scopes=tuple(scopes))

    async def renew(self, pair: Pair) -> Pair:
        """Exchange a long-lived token for its next.

        Raises:
            SourceUnavailable, SourceRefused, TokenRefused: As ``refresh`` does.
        """
        if (long_lived := self._declared.long_lived) is None:
            raise TypeError(f"The tokens of {self._declared.network} do not renew themselves.")
        query = [("grant_type", long_lived.renew_grant), ("access_token", pair.access)]
        return self._long(await self._get(long_lived.renew, query))

    async def assert_by(self, assertion: str) -> Pair:
        """Exchange what somebody has signed (RFC 7523 §2.1).

        Raises:
            SourceUnavailable, SourceRefused, TokenRefused: As ``refresh`` does.
        """
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return self._pair(self._judged(await self._send(form, {}, REFRESHING)), Pair())

    async def _exchanged(self, long_lived: LongLived, short: Pair) -> Pair:
        query = [
            ("grant_type", long_lived.exchange_grant),
            (CLIENT_SECRET, self._client[1]),
            ("access_token", short.access),
        ]
        return self._long(await self._get(long_lived.exchange, query))

    async def _get(self, address: str, query: Query) -> Answer:
        return self._judged(await self._asking(address).get("", query, bucket=REFRESHING))

    async def _post(self, form: Mapping[str, str], bucket: str) -> Answer:
        client_id, client_secret = self._client
        if self._declared.client_by is ClientBy.BASIC:
            return self._judged(await self._send(form, {"authorization": basic(client_id, client_secret)}, bucket))
        form = {**form, CLIENT_ID: client_id, CLIENT_SECRET: client_secret}
        return self._judged(await self._send(form, {}, bucket))

    async def _send(self, form: Mapping[str, str], headers: Mapping[str, str], bucket: str) -> Answer:
        address, headers = self._declared.token, {"accept": "application/json", **headers}
        return await self._asking(address).sign_in(address, form=form, headers=headers, bucket=bucket)

    def _judged(self, answer: Answer) -> Answer:
        """Return a yes.

        Raises:
            SourceUnavailable, SourceRefused, TokenRefused: See the module.
        """
        error = answer.object.get("error")
        if answer.ok and not error:
            return answer
        network, said = self._declared.network, _code(error)
        why = f"({said or answer.status})"
        if said in _CLIENT or (answer.status == 401 and not said):
            names = " and ".join(self._variables.values()) or "its key"
            raise SourceRefused(f"{network} does not know the application {why}: compare {names} with what it shows.")
        if said in _PASSING:
            raise SourceUnavailable(f"{network} gives no tokens at the moment {why}.")
        if said in _ENDS or (said and isinstance(error, str) and answer.status in _NO):
            raise TokenRefused(f"{network} does not let the account in any more {why}.")
        raise SourceRefused(f"{network} refused to give a token {why}.")

    def _pair(self, answer: Answer, before: Pair) -> Pair:
        # Instagram is documented to wrap it in a list, and was seen not to.
        given = next(iter(objects(answer.object.get("data"))), answer.object)
        access, lasts, now = string(given, "access_token"), _lasts(answer), self._now()
        if not access:
            raise SourceUnavailable(self._not_ours)
        refresh = string(answer.object, "refresh_token") or before.refresh
        expires = now + lasts if lasts is not None else None
        if not refresh:
            return Pair(access=access, expires_at=expires, due_at=expires, ends_at=expires)
        due = expires - min(EARLY, lasts / 10) if expires is not None and lasts is not None else None
        left = _lasts(answer, "refresh_token_expires_in")
        ends = now + left if left is not None else before.ends_at
        return Pair(access=access, refresh=refresh, expires_at=expires, due_at=due, ends_at=ends)

    def _long(self, answer: Answer) -> Pair:
        """Read a token that renews itself: when it is a day old, and two thirds of its time are over."""
        access, lasts = string(answer.object, "access_token"), _lasts(answer) or _LONG
        if not access:
            raise SourceUnavailable(self._not_ours)
        now = self._now()
        return Pair(access=access, expires_at=now + lasts, due_at=now + max(timedelta(days=1), lasts * 2 / 3))


def asking(
    fetcher: Fetches,
    address: str,
    *,
    name: str,
    not_ours: str,
    allow_private: bool,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Rest[None]:
    """Return what asks an address with these headers, whatever comes of it."""

    async def nothing(_refused: None) -> None:
        return None

    return Rest(
        fetcher,
        address,
        name=name,
        not_ours=not_ours,
        renew=nothing,
        headers=lambda _held: headers,
        verdicts=Verdicts(rows=(), read=by_status, unknown=""),
        allow_private=allow_private,
    )


def _code(error: object) -> str:
    """Return what a service calls its trouble: a word, or the number that Meta has in an object."""
    found = error.get("code") if isinstance(error, dict) else error
    word = str(found) if isinstance(found, (str, int)) else ""
    return word if _WORD.fullmatch(word) else ""


def _lasts(answer: Answer, name: str = "expires_in") -> timedelta | None:
    told = answer.object.get(name)
    try:
        seconds = float(told) if isinstance(told, (int, float, str)) else 0.0
        return min(timedelta(seconds=seconds), _LONGEST) if seconds > 0 else None
    except (ValueError, OverflowError):
        return None
