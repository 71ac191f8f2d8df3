"""A tiny HTTP server on loopback that plays what it is told: the rest of the web, at its worst.

    async with ScriptedServer() as server:
        server.on("/feed", Reply(body=b"…"), Reply(429, {"Retry-After": "7"}))
        await fetcher.get(server.url("/feed"), allow_private=True)

The replies of a path are played in order, and the last one again and again; an unknown path is 404. A body may be an
async generator function, for what drips or never ends: it is sent without a length, until the connection closes.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

Stream = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asked; the names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """One answer; ``delay`` is in seconds, ``cut`` closes the connection before the body is whole."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Stream = b""
    delay: float = 0.0
    cut: bool = False


class ScriptedServer:
    """The server; ``requests`` is what it was asked, ``connections`` how many were opened."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._routes: dict[str, list[Reply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def on(self, path: str, *replies: Reply) -> None:
        """Play ``replies`` to who asks for ``path``, whatever the query."""
        self._routes[path] = list(replies)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the address of ``path`` on this server."""
        return f"http{'s' if self._tls else ''}://{host}:{self.port}{path}"

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        writer.close()
        with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
            await writer.wait_closed()
        self._tasks.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lines = [line.partition(":") for line in head[1:] if line]
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(path=path, headers=headers, method=method, body=body)
        self.requests.append(request)
        replies = self._routes.get(request.path.partition("?")[0], [Reply(404)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        await asyncio.sleep(reply.delay)
        return await _send(writer, reply)


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send a reply; return whether the connection stays open."""
    whole = isinstance(reply.body, bytes)
    headers = dict(reply.headers)
    if isinstance(reply.body, bytes) and reply.status != 304:
        headers.setdefault("Content-Length", str(len(reply.body) + (10 if reply.cut else 0)))
    else:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {reply.status} Played", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    if isinstance(reply.body, bytes):
        writer.write(reply.body)
    else:
        async for piece in reply.body():
            writer.write(piece)
            await writer.drain()
    await writer.drain()
    return whole and not reply.cut and reply.status != 304
