"""The API of Bluesky: XRPC over a session of one account (https://docs.bsky.app/docs/api/at-protocol-xrpc-api).

A session is made from an app password once and then refreshed, because making one is allowed 30 times in five minutes
and 300 times a day (https://docs.bsky.app/docs/advanced-guides/rate-limits). An access token that is no longer good is
answered with 400 and ``ExpiredToken`` or ``InvalidToken``, not with 401. Refreshing rotates both tokens, so one caller
does it while the others wait. The tokens live in memory alone, and in no sentence.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.net.errors import MaybeSent, SourceError, SourceRefused, SourceUnavailable
from bot.net.fetching import Fetched, Fetches
from bot.sources.kit.json import mapping, read_json, string
from handlers.base.cards import one_line

NOT_BLUESKY = "The service did not answer as Bluesky does."

# 429 is judged here, so that its headers teach the limits, too; 5xx by the client, which knows what it means.
_JUDGED = frozenset({200, 400, 401, 403, 404, 413, 429})
_STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})
_CLOSED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended", "AccountDeleted"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}")

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answered: ``body`` is a JSON object, and empty where it was something else."""

    status: int
    body: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the method did what was asked."""
        return self.status == 200

    @property
    def error(self) -> str:
        """The name of the error, such as ``RecordNotFound``, or empty."""
        name = string(self.body, "error")
        return name if _NAME.fullmatch(name) else ""

    @property
    def said(self) -> str:
        """Name and message of the error on one short line, for whoever has to mend it."""
        said = ": ".join(part for part in (self.error, one_line(string(self.body, "message"), 200)) if part)
        return said.rstrip(".") or str(self.status)


@dataclass(frozen=True, slots=True)
class _Tokens:
    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class BlueskyApi:
    """One service, asked as one account; safe to be used by many at once."""

    def __init__(
        self,
        fetcher: Fetches,
        *,
        base_url: str,
        handle: str,
        password: str,
        variable: str,
        allow_private: bool = False,
    ) -> None:
        """Take the account; nothing is asked yet.

        Args:
            fetcher: The guarded client.
            base_url: The service of the account.
            handle: The account; empty = none, and then only what needs no login works.
            password: Its app password.
            variable: The environment variable that holds the password, for sentences.
            allow_private: Whether the service may stand in an intranet.
        """
        self.handle = handle
        self.logged_in = bool(handle and password)
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")
        self._password = password
        self._variable = variable
        self._allow_private = allow_private
        self._tokens: _Tokens | None = None
        self._lock = asyncio.Lock()

    async def did(self) -> str:
        """Return the account's own name, which stays when its handle changes.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The service does not take the password.
        """
        return (await self._session(None)).did

    async def query(self, method: str, params: Params) -> Answer:
        """Ask; every refusal but that of the session itself is the caller's to read.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The service does not take the password.
        """
        address = f"{self._base_url}/xrpc/{method}?{urlencode(params)}"
        tokens = await self._session(None)
        for _ in range(2):
            answer = await self._get(address, tokens.access)
            if answer.error not in _STALE:
                return self._open(answer)
            tokens = await self._session(tokens)
        raise SourceUnavailable("Bluesky does not take the tokens that it has just given.")

    async def procedure(self, method: str, body: Mapping[str, Any]) -> Answer:
        """Do; sent again only where the session was refused, for then it was certainly not done.

        Raises:
            SourceUnavailable: It was certainly not done, and may work later.
            SourceRefused: It was certainly not done: the service does not take the password.
            MaybeSent: It may have been done.
        """
        tokens = await self._session(None)
        for _ in range(2):
            answer = await self._post(method, body, tokens.access)
            if answer.error not in _STALE:
                return self._open(answer)
            tokens = await self._session(tokens)
        raise SourceUnavailable("Bluesky does not take the tokens that it has just given.")

    async def _session(self, stale: _Tokens | None) -> _Tokens:
        """Return tokens other than ``stale``; whoever comes first gets them for all."""
        async with self._lock:
            if self._tokens is None or self._tokens is stale:
                self._tokens = await self._renewed(stale)
            return self._tokens

    async def _renewed(self, stale: _Tokens | None) -> _Tokens:
        if not self.logged_in:
            raise SourceRefused(f"This needs an account: set handle in dibs.toml and {self._variable}.")
        try:
            if stale is not None:
                answer = await self._post("com.atproto.server.refreshSession", None, stale.refresh)
                if answer.ok:
                    return _read_tokens(answer)
                self._open(answer)
            credentials = {"identifier": self.handle, "password": self._password}
            return self._begun(await self._post("com.atproto.server.createSession", credentials, ""))
        except MaybeSent as error:  # a session too many does no harm
            raise SourceUnavailable(error.reason) from error

    def _begun(self, answer: Answer) -> _Tokens:
        if answer.ok:
            return _read_tokens(answer)
        self._open(answer)
        raise SourceRefused(
            f"Bluesky does not take the app password of {self.handle} ({answer.error or answer.status}): make a new "
            f"one in its settings under “App passwords”, and put it into {self._variable}."
        )

    def _open(self, answer: Answer) -> Answer:
        """Return the answer, unless it says that the account itself is closed."""
        if answer.error in _CLOSED:
            raise SourceRefused(
                f"Bluesky has closed the account {self.handle} ({answer.error}): log in there to see why, or name "
                "another account in dibs.toml."
            )
        return answer

    async def _get(self, address: str, token: str) -> Answer:
        fetched = await self._fetcher.get(
            address, headers=_authorization(token), allow_private=self._allow_private, accept_status=_JUDGED
        )
        return await _read(fetched)

    async def _post(self, method: str, body: Mapping[str, Any] | None, token: str) -> Answer:
        fetched = await self._fetcher.send(
            "POST",
            f"{self._base_url}/xrpc/{method}",
            json=body,
            headers=_authorization(token),
            allow_private=self._allow_private,
            accept_status=_JUDGED,
        )
        try:
            return await _read(fetched)
        except SourceUnavailable as error:
            if fetched.status == 200:
                raise MaybeSent(error.reason) from error
            raise


def refused(answer: Answer, what: str) -> SourceError:
    """Return the error for an answer that the caller can do nothing with; ``what`` is what was asked for."""
    return SourceRefused(f"Bluesky refused {what}: {answer.said}.")


def _authorization(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


async def _read(fetched: Fetched) -> Answer:
    if fetched.status == 429:
        raise SourceUnavailable("Bluesky asks for a rest (429).")
    try:
        return Answer(fetched.status, mapping(await read_json(fetched, NOT_BLUESKY)))
    except SourceUnavailable:
        if fetched.status == 200:
            raise
        return Answer(fetched.status, {})


def _read_tokens(answer: Answer) -> _Tokens:
    tokens = _Tokens(string(answer.body, "did"), string(answer.body, "accessJwt"), string(answer.body, "refreshJwt"))
    if not tokens.did.startswith("did:") or not tokens.access or not tokens.refresh:
        raise SourceUnavailable(NOT_BLUESKY)
    return tokens
