"""The guarded HTTP client: what others' servers may do to us when we fetch from them.

Every source fetches through here. Public addresses only (``bot.addresses``), each redirect judged again, 2 MiB of
body after inflation, 15 seconds over all however slowly it drips, no proxy from the environment, and no header
that might hold a credential carried to another origin. It stands on httpcore, because httpx offers no public way to
choose the address that is connected to, and inflates without a bound.

Sentences name the host alone: paths and queries of feeds often are the credential.
"""

import asyncio
import re
import ssl
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from bot.addresses import GuardedBackend, Judge, Resolver, is_public, resolve_host
from bot.clock import Clock
from bot.sources.base import SourceError, SourceRefused, SourceUnavailable

MAX_BODY = 2 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_SECONDS = 15.0
LONGEST_REST = 86_400.0

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


def seconds_to_rest(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (seconds or an HTTP date, RFC 9110 §10.2.3); at most a day, None if unreadable."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,10}", text):
        return min(float(text), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_REST)


class Fetcher:
    """Fetches by GET; one for the whole bot. Connections are kept for some seconds; close it with ``aclose``."""

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
        self._pools: dict[bool, httpcore.AsyncConnectionPool] = {}

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
        target = _parse(url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(target, headers or {}, allow_private, accept_status)
        except TimeoutError as error:
            reason = f"{_host(target)} did not finish its answer within {self._seconds:g} seconds."
            raise SourceUnavailable(reason) from error

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
            sent["authorization"] = _basic(target)
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._ask(target, sent, allow_private, accept_status)
            if isinstance(answer, Fetched):
                return answer
            if _origin(answer) != _origin(target):
                sent = {name: value for name, value in sent.items() if name in _HARMLESS_HEADERS}
            target = answer
        raise SourceRefused(f"{_host(target)} redirects more than {MAX_REDIRECTS} times.")

    async def _ask(
        self, target: httpx.URL, sent: Mapping[str, str], allow_private: bool, accept_status: frozenset[int]
    ) -> Fetched | httpx.URL:
        """Send one request; return the answer, or where it redirects to."""
        wire = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path or b"/"
        )
        lines = [(b"host", target.netloc), (b"accept-encoding", b"identity")]
        try:
            lines += [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
            async with self._pool(allow_private).stream("GET", wire, headers=lines) as response:
                answer = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in answer:
                    return _parse(_joined(target, answer["location"]))
                self._judge(target, response.status, answer, accept_status)
                body = await _read(_host(target), response, answer)
                return Fetched(
                    status=response.status, headers=answer, body=body, url=str(target.copy_with(userinfo=b""))
                )
        except UnicodeEncodeError as error:
            raise SourceRefused(f"A header for {_host(target)} holds characters that HTTP does not take.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise _unavailable(target, error) from error

    def _judge(self, target: httpx.URL, status: int, headers: httpx.Headers, accept_status: frozenset[int]) -> None:
        if status in accept_status:
            return
        host = _host(target)
        if status == 410:
            raise SourceRefused(f"{host} says that this is gone for good (410).", final=True)
        if 400 <= status < 500 and status not in _PASSING:
            raise SourceRefused(f"{host} refused the request with {status}.")
        rest = seconds_to_rest(headers.get("retry-after"), self._clock())
        raise SourceUnavailable(f"{host} answered {status}.", rest)

    def _pool(self, allow_private: bool) -> httpcore.AsyncConnectionPool:
        if allow_private not in self._pools:
            if self._tls is None:  # loading the certificates costs tens of milliseconds: not at start
                self._tls = httpx.create_ssl_context(trust_env=False)
            self._pools[allow_private] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=None,
                max_keepalive_connections=20,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=GuardedBackend(self._resolve, _anywhere if allow_private else self._judge_address),
            )
        return self._pools[allow_private]


def _anywhere(address: str) -> bool:
    return True


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.strip())
        usable = parsed.scheme in ("http", "https") and re.fullmatch(rb"[a-z0-9._:-]+", parsed.raw_host) is not None
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused("This is not a web address that can be fetched.") from error
    if not usable:
        raise SourceRefused("Only http and https addresses are fetched.")
    return parsed


def _joined(base: httpx.URL, location: str) -> str:
    """Resolve a Location header; credentials that it names or inherits are not ours to send."""
    try:
        return str(base.copy_with(userinfo=b"").join(location).copy_with(userinfo=b"", fragment=None))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused(f"{_host(base)} redirects to something that is not a web address.") from error


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii", "replace")[:100]


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80)


def _basic(url: httpx.URL) -> str:
    return "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")


def _unavailable(target: httpx.URL, error: Exception) -> SourceError:
    if error.args and isinstance(error.args[0], ssl.SSLError):  # httpcore wraps what it caught, without a cause
        return SourceUnavailable(f"The certificate or encryption of {_host(target)} is not valid.")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return SourceUnavailable(f"No connection to {_host(target)}.")
    return SourceUnavailable(f"{_host(target)} broke off or did not speak HTTP.")


async def _read(host: str, response: httpcore.Response, headers: httpx.Headers) -> bytes:
    """Read a body of at most MAX_BODY bytes, counted both on the wire and after inflation."""
    inflater = _inflater(host, headers.get("content-encoding", ""))
    body, wire = bytearray(), 0
    async for chunk in response.aiter_stream():
        wire += len(chunk)
        try:
            body += inflater.feed(chunk, MAX_BODY - len(body)) if inflater else chunk
        except zlib.error as error:
            raise SourceUnavailable(f"The compression of the answer of {host} is broken.") from error
        if max(wire, len(body)) > MAX_BODY:
            raise SourceUnavailable(f"The answer of {host} is larger than {MAX_BODY // 1024 // 1024} MiB.")
    if inflater and wire and not inflater.complete:
        raise SourceUnavailable(f"The compression of the answer of {host} is broken.")
    return bytes(body)


def _inflater(host: str, encoding: str) -> "_Inflater | None":
    """Choose how to inflate what came compressed although we had asked for identity."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip"):
        return _Inflater(zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Inflater(zlib.MAX_WBITS)
    raise SourceUnavailable(f"{host} sent a compression that we had not asked for.")


class _Inflater:
    """Inflates piece by piece and stops one byte past the room that it is given."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the compressed data came to its end."""
        return self._stream.eof

    def feed(self, data: bytes, room: int) -> bytes:
        """Return what ``data`` inflates to, at most ``room + 1`` bytes: the one too many tells that it is too large."""
        out = bytearray()
        while data and len(out) <= room:
            if self._stream.eof:  # gzip may hold several members
                self._stream = zlib.decompressobj(self._window)
            out += self._decompress(data, room + 1 - len(out))
            data = self._stream.unconsumed_tail or self._stream.unused_data
        return bytes(out)

    def _decompress(self, data: bytes, limit: int) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._stream.decompress(data, limit)
        except zlib.error:
            if begun or self._window != zlib.MAX_WBITS:
                raise
            # Some servers mean raw deflate when they say deflate.
            self._window = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window)
            return self._stream.decompress(data, limit)
