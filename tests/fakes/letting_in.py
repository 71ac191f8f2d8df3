"""A service that lets applications in, on loopback and in memory: it refuses what real ones refuse (RFC 6749, 7636).

Tokens to refresh by stay, or are good for one use (``rotates``): one that comes again ends all that belongs to it, but
where ``grace`` says so the one before the newest is still taken as long as the newest was not used. Long-lived tokens
renew themselves when they are a day old, and not when they have ended. ``faults`` are played on the next exchanges, one
each: "500", "hang", "503", "die" (given, and the connection cut); any other is the word of an error.
"""

import asyncio
import json
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from tests.fakes.serving import served

CLIENT = {"client_id": "sample-client", "client_secret": "sample-client-secret"}


async def nothing() -> None:
    """Do nothing."""


@dataclass
class Family:
    """All tokens that came of one consent; ``refreshes`` in their order, the last one is good."""

    born_at: datetime
    ends_at: datetime
    refreshes: list[str] = field(default_factory=list)
    access: str = ""
    alive: bool = True
    newest_used: bool = False


@dataclass
class LettingIn:
    """The service.

    Attributes:
        scopes: What a person allows.
        lasts: How many seconds an access token lasts.
        refresh_lasts: How many seconds one to refresh by lasts, which is told; 0 = it does not end, -1 = none is given.
        pkce: It wants the proof of whoever began a sign-in; without it, whoever brings one is refused (LinkedIn).
        dead_word: What an old token is answered with; X says invalid_request.
        wrapped: What is given stands in a list, as Instagram is documented to write it.
        before: Awaited when an exchange is asked for, before anything comes of it.
        after: Awaited when a pair was made, before it is answered.
        exchanges: The forms that came, without the application's secret.
    """

    rotates: bool = True
    grace: bool = False
    basic: bool = True
    scopes: tuple[str, ...] = ("read", "write")
    lasts: int = 7_200
    refresh_lasts: int = 0
    pkce: bool = True
    dead_word: str = "invalid_request"
    account: str = "acme"
    wrapped: bool = False
    faults: deque[str] = field(default_factory=deque)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    before: Callable[[], Awaitable[None]] = nothing
    after: Callable[[], Awaitable[None]] = nothing
    exchanges: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    base_url: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _made: int = 0

    def consent(self, address: str) -> str:
        """Be the person who opens an address and agrees; returns where the browser is led back to."""
        asked = dict(URL(address).query)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT["client_id"]
        assert asked.get("code_challenge_method") == ("S256" if self.pkce else None)
        code = self._name("code")
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code})}"

    def seed(self, *, age: timedelta = timedelta(0)) -> str:
        """Let somebody have agreed elsewhere; returns the token that they put into the environment."""
        family = self._family(born_at=self.now() - age)
        self._give(family)
        return family.refreshes[-1]

    def long_lived(self, *, age: timedelta) -> str:
        """Let somebody have a long-lived token of some age."""
        return self._lengthen(self._family(born_at=self.now() - age))

    def expire(self) -> None:
        """Let every access token end."""
        for family in self.families:
            family.access = ""

    @property
    def alive(self) -> bool:
        """Whether every account is still let in."""
        return all(family.alive for family in self.families)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["LettingIn"]:
        """Serve on loopback for the length of the block."""
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_get("/exchange", self._exchange)
        app.router.add_get("/renew", self._renew)
        app.router.add_get("/me", self._me)
        app.router.add_post("/say", self._me)
        async with served(app) as self.base_url:
            yield self

    # --- what it answers ---

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if refusal := self._stranger(request, form):
            return refusal
        self.exchanges.append({name: value for name, value in form.items() if name != "client_secret"})
        await self.before()
        fault = self.faults.popleft() if self.faults else ""
        if fault in ("500", "503"):
            return web.Response(status=int(fault))
        if fault and fault not in ("die", "hang"):
            return _no(fault)
        if fault == "hang":
            await asyncio.sleep(60)
        found = self._redeemed(form) if form["grant_type"] == "authorization_code" else self._refreshed(form)
        if isinstance(found, Family):
            await self.after()
        if fault == "die" and request.transport is not None:
            request.transport.close()
        return self._pair(found) if isinstance(found, Family) else _no(found)

    def _stranger(self, request: web.Request, form: dict[str, str]) -> web.Response | None:
        if self.basic:
            told = f"{CLIENT['client_id']}:{CLIENT['client_secret']}".encode()
            known = request.headers.get("authorization") == "Basic " + b64encode(told).decode()
        else:
            known = CLIENT.items() <= form.items()
        stray = not self.pkce and "code_verifier" in form
        return None if known and not stray else _no("invalid_client", 401)

    def _redeemed(self, form: dict[str, str]) -> Family | str:
        asked = self._codes.pop(form["code"], None)
        proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        proved = not self.pkce or (asked is not None and asked["code_challenge"] == proof)
        if asked is None or not proved or asked["redirect_uri"] != form["redirect_uri"]:
            return "invalid_grant"
        family = self._family(born_at=self.now())
        self._give(family)
        return family

    def _refreshed(self, form: dict[str, str]) -> Family | str:
        token = form["refresh_token"]
        family = next((one for one in self.families if token in one.refreshes), None)
        if family is None or not family.alive:
            return self.dead_word
        newest = token == family.refreshes[-1]
        forgiven = self.grace and not family.newest_used and token == family.refreshes[-2:][0]
        if not newest and not forgiven:
            family.alive, family.access = False, ""
            return self.dead_word
        family.newest_used = newest
        self._give(family, again=not self.rotates)
        family.newest_used = False
        return family

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        family = self._of(request.query["access_token"])
        if family is None or request.query["client_secret"] != CLIENT["client_secret"]:
            return _meta_no(190)
        family.born_at = self.now()
        return web.json_response({"access_token": self._lengthen(family), "expires_in": 60 * 86_400})

    async def _renew(self, request: web.Request) -> web.StreamResponse:
        self.exchanges.append({"renew": request.query["access_token"]})
        family = self._of(request.query["access_token"])
        if family is None:
            return _meta_no(190)
        if self.now() - family.born_at < timedelta(days=1):
            return _meta_no(100)
        family.born_at = self.now()
        return web.json_response({"access_token": self._lengthen(family), "expires_in": 60 * 86_400})

    async def _me(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.asked.append(token)
        if self._of(token) is None:
            return web.json_response({"title": "Unauthorized"}, status=401)
        return web.json_response({"data": [{"username": self.account}]})

    # --- what it knows ---

    def _of(self, access: str) -> Family | None:
        found = next((one for one in self.families if access and one.access == access), None)
        return found if found is not None and found.alive and self.now() < found.ends_at else None

    def _family(self, *, born_at: datetime) -> Family:
        family = Family(born_at=born_at, ends_at=born_at)
        self.families.append(family)
        return family

    def _give(self, family: Family, *, again: bool = False) -> None:
        family.access = self._name("access")
        family.ends_at = self.now() + timedelta(seconds=self.lasts)
        if not again:
            family.refreshes.append(self._name("refresh"))

    def _lengthen(self, family: Family) -> str:
        family.access, family.ends_at = self._name("long"), family.born_at + timedelta(days=60)
        return family.access

    def _pair(self, family: Family) -> web.Response:
        body = {
            "token_type": "bearer",
            "expires_in": self.lasts,
            "access_token": family.access,
            "scope": " ".join(self.scopes),
        }
        if self.refresh_lasts >= 0:
            body["refresh_token"] = family.refreshes[-1]
        if self.refresh_lasts > 0:  # counted from the consent, however often it is used
            left = family.born_at + timedelta(seconds=self.refresh_lasts) - self.now()
            body["refresh_token_expires_in"] = int(left.total_seconds())
        told = {"data": [body]} if self.wrapped else body
        return web.Response(text=json.dumps(told), content_type="application/json")

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"sample-{kind}-{self._made}"


def _no(word: str, status: int = 400) -> web.Response:
    told: Any = {"error": word, "error_description": "Value passed for the token was invalid."}
    return web.json_response(told, status=status)


def _meta_no(code: int) -> web.Response:
    return web.json_response({"error": {"type": "OAuthException", "code": code, "message": "No."}}, status=400)
