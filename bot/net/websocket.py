"""The guarded websocket: how a source listens to a stream.

The same rules as for fetching (``bot.net.client``): public addresses only, judged on the address that is connected to,
no proxy from the environment, bounded messages, and no compression, so that no message can grow. A connection that went
dead without a word is found by pings.

Sentences name the host alone: a query may hold a credential.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.net.certificates import usual_certificates
from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.guard import Judge, is_public

CONNECT_SECONDS = 15.0
PING_SECONDS = 30.0
# A server that does not say goodbye is not waited for.
CLOSE_SECONDS = 1.0
MAX_MESSAGE = 1024 * 1024


class WebSocket:
    """An open connection; get it from ``open_websocket``."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse, host: str) -> None:
        self._connection = connection
        self._host = host

    async def receive(self) -> str:
        """Wait for the next message of text.

        Raises:
            SourceUnavailable: The connection was lost or closed, or the message is too large or no text.
        """
        message = await self._connection.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            return str(message.data)
        raise SourceUnavailable(f"{self._host} ended the stream{_why(message)}.")

    async def send(self, text: str) -> None:
        """Send a message of text.

        Raises:
            SourceUnavailable: The connection was lost.
        """
        try:
            await self._connection.send_str(text)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise SourceUnavailable(f"{self._host} ended the stream.") from error


@asynccontextmanager
async def open_websocket(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    allow_private: bool = False,
    max_message: int = MAX_MESSAGE,
    judge: Judge = is_public,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[WebSocket]:
    """Open a websocket, and close it at the end of the block.

    Args:
        url: ws or wss.
        headers: Sent with the handshake.
        allow_private: Lifts the rule that only public addresses are connected to.
        max_message: How many bytes one message may have.
        judge: Says whether an address may be connected to.
        tls: Certificates other than the usual ones.

    Raises:
        SourceUnavailable: No connection, or the server is not well.
        SourceRefused: Only a person can mend it: a private address, a bad URL, 401, 403, 404.
    """
    host = _host(url)
    if tls is None:
        tls = await asyncio.to_thread(usual_certificates)
    connector = aiohttp.TCPConnector(
        ssl=tls,
        force_close=True,
        happy_eyeballs_delay=None,  # one address after the other, so that a refusal is not lost in a race
        socket_factory=partial(_guarded_socket, host, _anywhere if allow_private else judge),
    )
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
    no_redirects = aiohttp.TraceConfig()
    no_redirects.on_request_redirect.append(partial(_refuse_redirect, host))
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, trust_env=False, trace_configs=[no_redirects]
    ) as session:
        connection = await _connect(session, url, host, headers or {}, max_message)
        async with connection:
            yield WebSocket(connection, host)


async def _connect(
    session: aiohttp.ClientSession, url: str, host: str, headers: Mapping[str, str], max_message: int
) -> aiohttp.ClientWebSocketResponse:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await session.ws_connect(
                url,
                headers=headers,
                heartbeat=PING_SECONDS,
                max_msg_size=max_message,
                compress=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            )
    except aiohttp.WSServerHandshakeError as error:
        if 400 <= error.status < 500 and error.status not in (408, 425, 429):
            raise SourceRefused(f"{host} refused the stream with {error.status}.") from error
        raise SourceUnavailable(f"{host} answered {error.status} instead of a stream.") from error
    except ValueError as error:  # aiohttp.InvalidURL is one
        raise SourceRefused("This is not the address of a stream.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SourceUnavailable(f"No connection to {host}.") from error


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("ws", "wss"):
        raise SourceRefused("Only ws and wss addresses of a host can be listened to.")
    return host[:100]


async def _refuse_redirect(host: str, *_: object) -> None:
    """Stop where aiohttp would follow, with our headers, to wherever it is told."""
    raise SourceRefused(f"{host} redirects the stream; the address in dibs.toml has to be the last one.")


def _anywhere(address: str) -> bool:
    return True


def _guarded_socket(host: str, judge: Judge, info: tuple[Any, ...]) -> socket:
    """Make the socket for one address, or refuse: aiohttp asks for it just before it connects there."""
    family, kind, protocol, _, address = info
    if not judge(str(address[0])):
        raise SourceRefused(f"{host} is not a public address; allow_private = true on the source permits an intranet.")
    return socket(family=family, type=kind, proto=protocol)


def _why(message: aiohttp.WSMessage) -> str:
    """Say by which code a stream ended (RFC 6455 §7.4.1); the reason beside it is foreign text."""
    if isinstance(message.data, aiohttp.WebSocketError):
        return f" ({message.data.code})"
    return f" ({message.data})" if isinstance(message.data, int) else ""
