"""The door: connections are bounded in time and number, so that who has something to say always finds a file.

A head comes whole within ten seconds, or its connection is let go; one that was answered may stay open for longer than
proxies keep theirs. When there are as many as may be, the one that has waited longest for its first request makes room,
then the one that has been idle longest, then one whose body is still on its way; a new one is let go only where all
others are being answered. What is answered before its body has come is not read on: such a connection is closed in one
direction, and a second later in the other, so that who is still sending can read why.

Errors of the HTTP library become the bare status. Who sends what is no HTTP learns no more, and the log nothing: a line
of it may hold somebody's cookie.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.net.answers import dress
from bot.net.files import ACCEPTED_AT_ONCE, connections_allowed
from bot.net.request_body import is_compressed

HEAD_SECONDS = 10.0
IDLE_SECONDS = 75.0
WRITE_SECONDS = 30.0
LINGER_SECONDS = 1.0
_QUEUE = 1_024

Count = Callable[[str], None]
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Connections:
    """Those that are open, by what they do; within each, who has done it longest comes first."""

    def __init__(self, count: Count, allowed: Callable[[], int] = connections_allowed) -> None:
        """Take who hears why a request or a connection was refused, and how many there may be at this moment."""
        self.count = count
        self._allowed = allowed
        self._strangers: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}
        self._answered: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._strangers) + len(self._idle) + len(self._answered)

    def enter(self, new: "Connection") -> None:
        """Take a new one in, and let others go where there are too many."""
        most = self._allowed()
        while len(self) >= most and (victim := self._next_to_go()) is not None:
            self._let_go(victim)
        self._strangers[new] = None
        if len(self) > most:
            self._let_go(new)

    def leave(self, one: "Connection") -> None:
        """Forget one that was closed."""
        for group in (self._strangers, self._idle, self._answered):
            group.pop(one, None)

    def move(self, one: "Connection", *, answered: bool) -> None:
        """Note that one is being answered, or that it was and is idle from now on."""
        known = len(self)
        self.leave(one)
        if len(self) < known:
            (self._answered if answered else self._idle)[one] = None

    def _next_to_go(self) -> "Connection | None":
        for group in (self._strangers, self._idle):
            if group:
                return next(iter(group))
        return next((one for one in self._answered if one.is_sending), None)

    def _let_go(self, one: "Connection") -> None:
        self.leave(one)
        self.count("crowded")
        one.cut()


class Connection(web.RequestHandler):
    """One connection, as aiohttp has it, within our bounds."""

    __slots__ = ("_all", "_request", "_timer")

    def __init__(self, everybody: Connections, manager: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            manager,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=0.0,
            auto_decompress=False,
            access_log=None,  # type: ignore[arg-type]
        )
        self._all = everybody
        self._request: web.BaseRequest | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_sending(self) -> bool:
        """Whether the body of its request is still on its way."""
        return self._request is not None and not self._request.content.is_eof()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_for_head()
        self._all.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget it."""
        self._stop_waiting()
        self._all.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a head from its first byte on."""
        if data and self._timer is None and self._request is None:
            self._wait_for_head()
        super().data_received(data)

    def begin(self, request: web.BaseRequest) -> None:
        """Note that a head is here, and is being answered."""
        self._stop_waiting()
        self._request = request
        self._all.move(self, answered=True)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write an answer within its time; what is still coming of its request is left lying."""
        if unread := not request.content.is_eof():
            resp.force_close()
        reset = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WRITE_SECONDS):
                resp, reset = await super().finish_response(request, resp, start_time)
        self._stop_waiting()
        self._request = None
        self._all.move(self, answered=False)
        if reset:
            self.cut()
        elif unread:
            await self._linger(request)
        return resp, reset

    async def _linger(self, request: web.BaseRequest) -> None:
        transport = self.transport
        if transport is None:
            return
        request.content.read_nowait()  # what came already takes no room meanwhile
        transport.pause_reading()
        if transport.can_write_eof():
            transport.write_eof()
        await asyncio.wait({self._loop.create_future()}, timeout=LINGER_SECONDS)
        self.cut()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with its bare status; whatever else comes here is a bug, which the log has to hear."""
        if isinstance(exc, HttpProcessingError):
            self._all.count("malformed")
        elif exc is not None:
            self.log_exception("A request met a bug.", exc_info=exc)
        return _bare(status)

    def cut(self) -> None:
        """Close it now, whatever was not written yet."""
        if self.transport is not None:
            self.transport.abort()
        self.force_close()

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._timer = self._loop.call_later(HEAD_SECONDS, self._too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self._request is None:
            self._all.count("slow")
            self.cut()


class Door:
    """The open port."""

    def __init__(self, runner: web.AppRunner, server: asyncio.Server, everybody: Connections) -> None:
        self._runner = runner
        self._server = server
        self.connections = everybody

    @property
    def port(self) -> int:
        """The port that is really listened on."""
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take nothing new, and end what is open."""
        self._server.close()
        await self._runner.cleanup()


async def open_door(application: web.Application, host: str, port: int, count: Count) -> Door:
    """Listen, and answer from an application; nothing of what comes is inflated."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    manager, loop = runner.server, asyncio.get_running_loop()
    if manager is None:
        raise RuntimeError("A runner that was set up has its server.")
    everybody = Connections(count)
    manager.request_handler = partial(_answer, everybody, manager.request_handler)
    server = await loop.create_server(
        lambda: Connection(everybody, manager, loop), host, port, backlog=ACCEPTED_AT_ONCE
    )
    for one in server.sockets:  # asyncio takes as many at once as may wait in the queue
        with one.dup() as twin:
            twin.listen(_QUEUE)
    return Door(runner, server, everybody)


async def _answer(everybody: Connections, handler: Handler, request: web.BaseRequest) -> web.StreamResponse:
    """Answer a request; one whose body is compressed is refused by its head, whatever it asks for."""
    if isinstance(request.protocol, Connection):
        request.protocol.begin(request)
    if is_compressed(request):
        everybody.count("compressed")
        return _bare(415)
    if request.headers.get(hdrs.EXPECT, "100-continue").lower() != "100-continue":
        return _bare(417)
    return await handler(request)


def _bare(status: int) -> web.Response:
    response = web.Response(status=status)
    dress(response)
    response.force_close()
    return response
