"""The guarded HTTP client: what others' servers may do to us when we fetch from them, or send to them.

Every source fetches and sends through here. Public addresses only (``bot.net.guard``), each redirect judged again, at
most 2 MiB of body after inflation (``bot.net.bodies``), 15 seconds over all however slowly it drips, no proxy from the
environment, and no header that might hold a credential carried to another origin.

It stands on httpcore, and takes from httpx addresses and headers only. All of it was tried as a transport of ours under
``httpx.AsyncClient``, and every rule held; but even the least such client makes a poll cost over a tenth more processor
time (``tests/bench/bench_fetch.py`` prints it), and the code grew: httpx reads bodies of redirects, inflates without
a bound, keeps cookies, and carries every header but Authorization to another origin, so sizes, compression and
credentials still had to be watched below it, and only the loop over redirects went away.

What is sent (``send``) may change something there, so it is sent once, over a connection of its own (a kept one may
die just as it is used, and nobody could tell), is not redirected, and its errors tell whether it went out at all.

Sentences name the host alone: paths and queries of feeds often are the credential.
"""

import asyncio
import json as json_text
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpcore
import httpx

from bot.net.bodies import read_body
from bot.net.errors import MaybeSent, SourceError, SourceRefused, SourceUnavailable
from bot.net.guard import GuardedBackend, Judge, Resolver, is_public, resolve_host
from bot.net.retry_after import retry_after
from bot.net.urls import (
    basic_authorization,
    header_lines,
    host_of,
    join_location,
    origin_of,
    parse_url,
    unavailable,
    wire_url,
    without_userinfo,
)
from bot.runtime.clock import Clock

MAX_BODY = 2 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_SECONDS = 15.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "if-modified-since", "if-none-match", "user-agent"})
# Below the five seconds after which common servers close an idle connection, so that none is reused as it dies.
_KEEP_ALIVE_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, whole: ``headers`` are case-insensitive, ``url`` is where the redirects ended, without userinfo."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str


class Fetcher:
    """Fetches and sends; one for the whole bot. What is fetched keeps its connection for some seconds; ``aclose``."""

    def __init__(
        self,
        clock: Clock,
        *,
        resolve: Resolver = resolve_host,
        judge: Judge = is_public,
        tls: ssl.SSLContext | None = None,
        seconds: float = TOTAL_SECONDS,
        user_agent: str = "Dibs/0.1",
    ) -> None:
        """Take the clock; tests also give name server, judge of addresses, certificates, and a shorter time."""
        self._clock = clock
        self._judge_address = judge
        self._resolve = resolve
        self._tls = tls
        self._seconds = seconds
        self._user_agent = user_agent
        # Two, so that a connection opened for an intranet source never serves one that may not go there.
        self._pools: dict[tuple[bool, bool], httpcore.AsyncConnectionPool] = {}

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = frozenset({200}),
    ) -> Fetched:
        """Fetch ``url``, following at most five redirects; userinfo in it is sent as Basic authorization.

        Raises:
            SourceUnavailable: It may work later: time-out, cut off, 429, 5xx, too large, broken compression.
            SourceRefused: Only a person can mend it: a private address, a bad URL, 401, 403, 404, 410, a redirect loop.
        """
        target = parse_url(url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(target, headers or {}, allow_private, accept_status)
        except TimeoutError as error:
            reason = f"{host_of(target)} did not finish its answer within {self._seconds:g} seconds."
            raise SourceUnavailable(reason) from error

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = frozenset({200}),
    ) -> Fetched:
        """Send a request with a body, ``json`` or ``form``, once; userinfo in ``url`` becomes Basic authorization.

        Raises:
            SourceUnavailable: It certainly was not taken, and may be later: no connection, 408, 425, 429.
            SourceRefused: It certainly was not taken: a private address, a bad URL, a redirect, any other 4xx.
            MaybeSent: It may have been taken: a time-out or a cut after it began to go out, 5xx, an unreadable answer.
        """
        target, begun = parse_url(url), _Begun()
        sent, body = self._outgoing(target, headers or {}, json, form)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._deliver(method, target, sent, body, begun, allow_private, accept_status)
        except TimeoutError as error:
            reason = f"{host_of(target)} did not finish its answer within {self._seconds:g} seconds."
            raise (MaybeSent(reason) if begun.yes else SourceUnavailable(reason)) from error

    async def aclose(self) -> None:
        """Close every connection that is kept."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    async def _follow(
        self, target: httpx.URL, headers: Mapping[str, str], allow_private: bool, accept_status: frozenset[int]
    ) -> Fetched:
        sent = {"user-agent": self._user_agent, "accept": "*/*"}
        sent |= {name.lower(): value for name, value in headers.items()}
        if target.userinfo:
            sent["authorization"] = basic_authorization(target)
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._ask(target, sent, allow_private, accept_status)
            if isinstance(answer, Fetched):
                return answer
            if origin_of(answer) != origin_of(target):
                sent = {name: value for name, value in sent.items() if name in _HARMLESS_HEADERS}
            target = answer
        raise SourceRefused(f"{host_of(target)} redirects more than {MAX_REDIRECTS} times.")

    def _outgoing(
        self, target: httpx.URL, headers: Mapping[str, str], json: object, form: Mapping[str, str] | None
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of what is sent."""
        sent = {"user-agent": self._user_agent, "accept": "*/*"}
        body = b""
        if form is not None:
            body = urlencode(form).encode("ascii")
            sent["content-type"] = "application/x-www-form-urlencoded"
        elif json is not None:
            body = json_text.dumps(json, ensure_ascii=False).encode("utf-8", "replace")
            sent["content-type"] = "application/json"
        sent |= {name.lower(): value for name, value in headers.items()}
        sent["content-length"] = str(len(body))
        if target.userinfo:
            sent["authorization"] = basic_authorization(target)
        return sent, body

    async def _deliver(
        self,
        method: str,
        target: httpx.URL,
        sent: Mapping[str, str],
        body: bytes,
        begun: "_Begun",
        allow_private: bool,
        accept_status: frozenset[int],
    ) -> Fetched:
        """Send one request over a connection of its own; ``begun`` learns when its first byte goes out."""
        try:
            async with self._pool(allow_private, keep=False).stream(
                method,
                wire_url(target),
                headers=header_lines(target, sent),
                content=body,
                extensions={"trace": begun.trace},
            ) as response:
                answer = httpx.Headers(response.headers)
                if response.status not in accept_status:
                    raise self._not_taken(target, response.status, answer)
                try:
                    content = await read_body(host_of(target), response, answer, MAX_BODY)
                except SourceUnavailable as error:
                    raise MaybeSent(error.reason) from error
                return Fetched(status=response.status, headers=answer, body=content, url=without_userinfo(target))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            trouble = unavailable(target, error)
            raise (MaybeSent(trouble.reason) if begun.yes else trouble) from error

    def _not_taken(self, target: httpx.URL, status: int, headers: httpx.Headers) -> SourceError:
        """Return what an answer that nobody expected says about what was sent."""
        host = host_of(target)
        if status in _PASSING:
            return SourceUnavailable(f"{host} answered {status}.", retry_after(headers, self._clock.now()))
        if status in _REDIRECTS:
            return SourceRefused(
                f"{host} redirects what is sent to it; the address in dibs.toml has to be the last one."
            )
        if 400 <= status < 500:
            return SourceRefused(f"{host} refused the request with {status}.")
        return MaybeSent(f"{host} answered {status}.")

    async def _ask(
        self, target: httpx.URL, sent: Mapping[str, str], allow_private: bool, accept_status: frozenset[int]
    ) -> Fetched | httpx.URL:
        """Send one request; return the answer, or where it redirects to."""
        try:
            async with self._pool(allow_private, keep=True).stream(
                "GET", wire_url(target), headers=header_lines(target, sent)
            ) as response:
                answer = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in answer:
                    return parse_url(join_location(target, answer["location"]))
                self._judge(target, response.status, answer, accept_status)
                body = await read_body(host_of(target), response, answer, MAX_BODY)
                return Fetched(status=response.status, headers=answer, body=body, url=without_userinfo(target))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise unavailable(target, error) from error

    def _judge(self, target: httpx.URL, status: int, headers: httpx.Headers, accept_status: frozenset[int]) -> None:
        if status in accept_status:
            return
        host = host_of(target)
        if status == 410:
            raise SourceRefused(f"{host} says that this is gone for good (410).", final=True)
        if 400 <= status < 500 and status not in _PASSING:
            raise SourceRefused(f"{host} refused the request with {status}.")
        raise SourceUnavailable(f"{host} answered {status}.", retry_after(headers, self._clock.now()))

    def _pool(self, allow_private: bool, *, keep: bool) -> httpcore.AsyncConnectionPool:
        if (allow_private, keep) not in self._pools:
            if self._tls is None:  # loading the certificates costs tens of milliseconds: not at start
                self._tls = httpx.create_ssl_context(trust_env=False)
            self._pools[allow_private, keep] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=None,
                max_keepalive_connections=20 if keep else 0,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=GuardedBackend(self._resolve, _anywhere if allow_private else self._judge_address),
            )
        return self._pools[allow_private, keep]


class _Begun:
    """Whether a request began to go out, as httpcore tells it while it works."""

    def __init__(self) -> None:
        self.yes = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take one event; the socket stands before the first of these."""
        self.yes = self.yes or event.endswith("send_request_headers.started")


def _anywhere(address: str) -> bool:
    return True
