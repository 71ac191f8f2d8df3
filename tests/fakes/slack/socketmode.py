"""Socket Mode: apps.connections.open gives an address, the socket says hello, every envelope wants its ack.

https://docs.slack.dev/apis/events-api/using-socket-mode. Several sockets may be open: each envelope goes to one of them
at random. ``deaf`` sockets stay open and neither speak nor answer pings, as real ones do after some reconnects.
"""

import asyncio
import json
import random
import secrets
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.fakes.slack.records import APP_ID, Json

MOST_SOCKETS = 10


@dataclass
class SocketHub:
    """The sockets that are open, and the envelopes that wait for an ack. Lives in the server's loop."""

    rng: random.Random = field(default_factory=lambda: random.Random(1))
    deaf: bool = False
    hellos: int = 0
    _tickets: set[str] = field(default_factory=set)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    def ticket(self) -> str:
        """Return the query of a new socket address, good for one connection."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return f"ticket={ticket}&app_id={APP_ID}"

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self._sockets) >= MOST_SOCKETS:
            return web.Response(status=403, text="invalid ticket or too many websockets")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=0.5)
        await socket.prepare(request)
        self._sockets.append(socket)
        try:
            await self._hello(socket)
            async for frame in socket:
                if frame.type is WSMsgType.PING and not self.deaf:
                    await socket.pong(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    self._ack(frame.data)
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def send(self, kind: str, payload: Json, *, retry: int = 0) -> Json:
        """Send one envelope to one socket and return its ack, which may never come."""
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            if self._sockets and not self.deaf:
                await self.rng.choice(self._sockets).send_str(json.dumps(envelope))
            return await answer
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = True) -> None:
        """Ask every socket to reconnect, as Slack does every few hours, and close it."""
        for socket in list(self._sockets):
            await socket.send_str(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}))
            if close:
                await socket.close()

    async def close(self) -> None:
        """Close every socket."""
        for socket in list(self._sockets):
            await socket.close()

    async def _hello(self, socket: web.WebSocketResponse) -> None:
        await socket.send_str(
            json.dumps(
                {
                    "type": "hello",
                    "num_connections": len(self._sockets),
                    "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": 18060},
                    "connection_info": {"app_id": APP_ID},
                }
            )
        )
        self.hellos += 1

    def _ack(self, raw: str) -> None:
        try:
            answer = json.loads(raw)
        except ValueError:
            return
        waiting = self._waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
