"""What servers say twice or for nothing in the head of an answer, taken as browsers, curl and requests take it.

h11 refuses an answer whose ``Transfer-Encoding`` says ``chunked`` twice, which proxies write that add their own line to
one that stands there. So the head of each answer is put right before h11 reads it: it is chunked once. Anything else
that h11 refuses stays as it is, and is refused.
"""

import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

MAX_HEAD = 64 * 1024
_END = re.compile(rb"\r?\n\r?\n")
_CODING = re.compile(rb"\r?\ntransfer-encoding:[ \t]*([^\r\n]*)", re.IGNORECASE)
_PASSING = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d")
_NO_CODING = frozenset({b"", b"identity", b"none"})


class TolerantBackend(httpcore.AsyncNetworkBackend):
    """Connects by another backend; what comes over its connections has a head that h11 reads."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, see the backend."""
        return _Stream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.AsyncNetworkStream):
    """One connection, on which an answer begins after something was written."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._in_head = True
        self._begun = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Read; a head as a whole, so that a little more may come than was asked for."""
        held, self._begun = self._begun or await self._stream.read(max_bytes, timeout), b""
        while self._in_head and held:
            end = _END.search(held)
            if end and _PASSING.match(held):  # the answer itself is still to come
                self._begun = held[end.end() :]
                return held[: end.end()]
            if end or len(held) > MAX_HEAD:
                self._in_head = False
                return _put_right(held[: end.start()]) + held[end.start() :] if end else held
            more = await self._stream.read(max_bytes, timeout)
            self._in_head = bool(more)
            held += more
        return held

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Write; what is read next is the head of the answer."""
        self._in_head = True
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt the connection."""
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection, as httpcore asks."""
        return self._stream.get_extra_info(info)


def _put_right(head: bytes) -> bytes:
    """Let a head say once what it says twice of how its body is cut into chunks."""
    told = [coding.strip().lower() for line in _CODING.findall(head) for coding in line.split(b",")]
    named = [coding for coding in told if coding not in _NO_CODING]
    if not told or set(named) - {b"chunked"}:
        return head
    once = b"\r\nTransfer-Encoding: chunked" if named else b""
    return _CODING.sub(b"", head) + once
