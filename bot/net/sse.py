"""The guarded stream of server-sent events: how a source listens over plain HTTP.

The same rules as for fetching (``bot.net.client``): public addresses only, judged on the address that is connected to,
no proxy from the environment, no redirects, no compression, bounded events. Servers send a comment every now and then,
so a connection on which nothing at all comes is given up.

The format is https://html.spec.whatwg.org/multipage/server-sent-events.html, with lines that end in LF or CR LF.
Sentences name the host alone: a query may hold a credential.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import httpcore
import httpx

from bot.net.certificates import usual_certificates
from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.guard import GuardedBackend, Judge, is_public, resolve_host
from bot.net.urls import header_lines, host_of, parse_url, unavailable, wire_url

CONNECT_SECONDS = 15.0
# Mastodon sends a sign of life every 15 seconds.
SILENT_SECONDS = 75.0
MAX_EVENT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, "message" where it has none, and its data."""

    name: str
    data: str


class OpensStream(Protocol):
    """What opens a stream; tests give shorter times."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str], allow_private: bool
    ) -> AbstractAsyncContextManager[AsyncIterator[ServerEvent]]:
        """Open a stream; see ``open_event_stream``."""
        ...


@asynccontextmanager
async def open_event_stream(
    url: str,
    *,
    headers: Mapping[str, str],
    allow_private: bool,
    silent_seconds: float = SILENT_SECONDS,
    judge: Judge = is_public,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[AsyncIterator[ServerEvent]]:
    """Open a stream, and close it at the end of the block; its events end when the server ends it.

    Raises:
        SourceUnavailable: No connection, 429, 5xx; and from the events: it was lost, fell silent, or one is too large.
        SourceRefused: A private address, a redirect, any other 4xx.
    """
    target = parse_url(url)
    context = tls or await asyncio.to_thread(usual_certificates)
    backend = GuardedBackend(resolve_host, (lambda _: True) if allow_private else judge)
    sent = {"user-agent": "Dibs/0.1", "accept": "text/event-stream"}
    sent |= {name.lower(): value for name, value in headers.items()}
    seconds = {"connect": CONNECT_SECONDS, "write": CONNECT_SECONDS, "read": silent_seconds}
    async with httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend) as pool:
        try:
            async with pool.stream(
                "GET", wire_url(target), headers=header_lines(target, sent), extensions={"timeout": seconds}
            ) as response:
                _judge(host_of(target), response)
                yield _events(host_of(target), response)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise unavailable(target, error) from error


def _judge(host: str, response: httpcore.Response) -> None:
    if response.status == 429 or response.status >= 500:
        raise SourceUnavailable(f"{host} answered {response.status}.")
    if response.status != 200:
        raise SourceRefused(f"{host} refused the stream with {response.status}.")
    encoding = httpx.Headers(response.headers).get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise SourceUnavailable(f"{host} sent a compression that we had not asked for.")


async def _events(host: str, response: httpcore.Response) -> AsyncIterator[ServerEvent]:
    name, data, size = "", [], 0
    async for line in _lines(host, response):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        size += len(line)
        if size > MAX_EVENT:
            raise SourceUnavailable(f"An event of {host} is larger than {MAX_EVENT // 1024 // 1024} MiB.")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line:
            if data:
                yield ServerEvent(name or "message", "\n".join(data))
            name, data, size = "", [], 0


async def _lines(host: str, response: httpcore.Response) -> AsyncIterator[str]:
    rest = bytearray()
    async for chunk in response.aiter_stream():
        rest += chunk
        if b"\n" in chunk:
            *whole, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            for line in whole:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if len(rest) > MAX_EVENT:
            raise SourceUnavailable(f"An event of {host} is larger than {MAX_EVENT // 1024 // 1024} MiB.")
