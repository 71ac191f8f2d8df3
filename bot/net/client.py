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
import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpcore
import httpx

from bot.net.bodies import read_body
from bot.net.certificates import usual_certificates
from bot.net.cookies import Cookies
from bot.net.errors import MaybeSent, SourceError, SourceRefused, SourceUnavailable
from bot.net.fetching import Fetched, Fetches, Request
from bot.net.guard import GuardedBackend, Judge, Resolver, is_public, resolve_host
from bot.net.permit import may_leave
from bot.net.retry_after import retry_after
from bot.net.tolerance import TolerantBackend
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


class Fetcher(Fetches):
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

    async def fetch(self, request: Request) -> Fetched:
        """Ask; see ``Fetches`` for what is raised."""
        target, begun = parse_url(request.url), _Begun(request.begun)
        try:
            async with asyncio.timeout(self._seconds):
                if request.method == "GET":
                    return await self._follow(target, request)
                return await self._deliver(target, request, begun)
        except TimeoutError as error:
            reason = f"{host_of(target)} did not finish its answer within {self._seconds:g} seconds."
            raise (MaybeSent(reason) if begun.yes else SourceUnavailable(reason)) from error

    async def aclose(self) -> None:
        """Close every connection that is kept."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    async def _follow(self, target: httpx.URL, request: Request) -> Fetched:
        sent, cookies = self._headers(target, request), Cookies()
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._ask(target, {**sent, **cookies.header(target)}, request, cookies)
            if isinstance(answer, Fetched):
                return answer
            if origin_of(answer) != origin_of(target):
                sent = {name: value for name, value in sent.items() if name in _HARMLESS_HEADERS}
            target = answer
        raise SourceRefused(f"{host_of(target)} redirects more than {MAX_REDIRECTS} times.")

    def _headers(self, target: httpx.URL, request: Request, own: Mapping[str, str] | None = None) -> dict[str, str]:
        sent = {"user-agent": self._user_agent, "accept": "*/*", **(own or {})}
        sent |= {name.lower(): value for name, value in request.headers.items()}
        if target.userinfo:
            sent["authorization"] = basic_authorization(target)
        return sent

    async def _deliver(self, target: httpx.URL, request: Request, begun: "_Begun") -> Fetched:
        """Send one request over a connection of its own; ``begun`` learns when its first byte goes out."""
        body, kind = _body(request)
        sent = self._headers(target, request, kind) | {"content-length": str(len(body))}
        try:
            async with self._pool(request.allow_private, keep=False).stream(
                request.method,
                wire_url(target),
                headers=header_lines(target, sent),
                content=body,
                extensions={"trace": begun.trace},
            ) as response:
                answer = httpx.Headers(response.headers)
                if response.status not in request.accept_status:
                    raise self._not_taken(target, response.status, answer)
                try:
                    content = await read_body(host_of(target), response, answer, request.most or MAX_BODY)
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
            return SourceUnavailable(
                f"{host} answered {status}.", retry_after(headers, self._clock.now()), host=target.host
            )
        if status in _REDIRECTS:
            return SourceRefused(
                f"{host} redirects what is sent to it; the address in dibs.toml has to be the last one."
            )
        if 400 <= status < 500:
            return SourceRefused(f"{host} refused the request with {status}.")
        return MaybeSent(f"{host} answered {status}.")

    async def _ask(
        self, target: httpx.URL, sent: Mapping[str, str], request: Request, cookies: Cookies
    ) -> Fetched | httpx.URL:
        """Send one request; return the answer, or where it redirects to, and let ``cookies`` hear what that sets."""
        try:
            async with self._pool(request.allow_private, keep=True).stream(
                "GET", wire_url(target), headers=header_lines(target, sent), extensions=_traced(request)
            ) as response:
                answer = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in answer:
                    cookies.take(target, answer.get_list("set-cookie"))
                    return parse_url(join_location(target, answer["location"]))
                self._judge(target, response.status, answer, request.accept_status)
                body = await read_body(host_of(target), response, answer, request.most or MAX_BODY)
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
        raise SourceUnavailable(f"{host} answered {status}.", retry_after(headers, self._clock.now()), host=target.host)

    def _pool(self, allow_private: bool, *, keep: bool) -> httpcore.AsyncConnectionPool:
        if (allow_private, keep) not in self._pools:
            self._pools[allow_private, keep] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls or usual_certificates(),
                max_connections=None,
                max_keepalive_connections=20 if keep else 0,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=TolerantBackend(
                    GuardedBackend(self._resolve, _anywhere if allow_private else self._judge_address)
                ),
            )
        return self._pools[allow_private, keep]


class _Begun:
    """Whether a request began to go out, as httpcore tells it while it works, and whom to tell."""

    def __init__(self, tell: Callable[[], None] | None) -> None:
        self.yes = False
        self._tell = tell

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take one event; the socket stands before the first of these.

        Raises:
            Withdrawn: It may not leave any more (``bot.net.permit``).
        """
        if event.endswith("send_request_headers.started"):
            may_leave()
            self.yes = True
            if self._tell is not None:
                self._tell()


def _traced(request: Request) -> dict[str, Any]:
    """Return what lets a fetch tell when it begins to go out; nearly nobody asks."""
    tell = request.begun
    if tell is None:
        return {}

    async def trace(event: str, _info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            tell()

    return {"trace": trace}


def _body(request: Request) -> tuple[bytes, dict[str, str]]:
    """Return what is sent, and the header that says what it is."""
    if request.form is not None:
        body = urlencode(request.form, errors="replace").encode("ascii")
        return body, {"content-type": "application/x-www-form-urlencoded"}
    if request.json is not None:
        text = json.dumps(request.json, ensure_ascii=False)
        return text.encode("utf-8", "replace"), {"content-type": "application/json"}
    return b"", {}


def _anywhere(address: str) -> bool:
    return True
