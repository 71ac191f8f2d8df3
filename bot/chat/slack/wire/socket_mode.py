"""Socket Mode: envelopes over a WebSocket that Slack's cloud keeps for us, acknowledged after the commit.

https://docs.slack.dev/apis/events-api/using-socket-mode. The SDK's own socket client is left aside: sockets that went
deaf after a reconnect are open issues of it. Here one task reads one socket; a socket from which nothing comes, not
even the answer to a ping, is closed and the next one is opened; when Slack asks to reconnect, the old one is read on
until Slack closes it. Envelopes come unordered and run at once.

Each hello tells how many sockets the app has. Slack gives every envelope to one of them at random, so that a second
process with the same token (on a laptop, in staging) takes half of all presses away, and nobody sees where they went.
Where we are the only one on our database, sockets beyond our own are such; they are counted twice before it is said,
since those of a process that was killed stand for a moment. Replicas on one server do not know of each other, so there
nothing is said.
"""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

import aiohttp

from bot.chat.base import DeliveryFailed
from bot.chat.slack.wire.client import Api, Json
from bot.chat.slack.wire.http import Dispatch
from bot.runtime.parts import Parts

HEARTBEAT_SECONDS = 10.0
_LARGEST_FRAME = 2 * 1024 * 1024
_DRAIN_SECONDS = 30.0
_LONGEST_PAUSE = 60.0
_BEATS = 3
# When sockets are counted again: once to be sure, and then while there are too many.
_SOON = 30.0
_OFTEN = 600.0

_ENDS = (
    aiohttp.WSMsgType.CLOSE,
    aiohttp.WSMsgType.CLOSING,
    aiohttp.WSMsgType.CLOSED,
    aiohttp.WSMsgType.ERROR,
)

log = logging.getLogger("dibs.slack")


class SocketLine:
    """Keeps one socket open, whatever happens to it.

    Attributes:
        api: Carries the app-level token.
        alone: Whether no other process can be at work for the same Dibs.
    """

    def __init__(
        self, api: Api, dispatch: Dispatch, *, heartbeat: float = HEARTBEAT_SECONDS, alone: bool = False
    ) -> None:
        self._api = api
        self._dispatch = dispatch
        self._heartbeat = heartbeat
        self._alone = alone
        self._strange = 0
        self._counted = 0
        self._task: asyncio.Task[None] | None = None
        self._at_work: set[asyncio.Task[None]] = set()
        self._readers: set[asyncio.Task[None]] = set()
        self._sockets: set[aiohttp.ClientWebSocketResponse] = set()
        self._last_frame = 0.0
        self._trouble = "It is not connected yet."

    def start(self, parts: Parts) -> None:
        """Begin to listen; harmless where it has begun."""
        if self._task is None:
            self._task = parts.keep("Slack's socket", self._run)

    def trouble(self) -> str:
        """Say what is wrong with the socket, or nothing."""
        silent = self._api.clock.monotonic() - self._last_frame
        if not self._trouble and silent > self._heartbeat * _BEATS:
            return f"The socket has been deaf for {int(silent)} seconds."
        if not self._trouble and self._counted > 1:
            return f"Another process listens with this app's token: {self._strange} of its sockets are not ours."
        return self._trouble

    async def stop(self) -> None:
        """Let envelopes under way be acknowledged, then close."""
        if self._task is not None:
            self._task.cancel()
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=3.0)
        for socket in list(self._sockets):
            await socket.close()
        left = [*self._at_work, *self._readers]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, *([self._task] if self._task else []), return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while True:
            began = self._api.clock.monotonic()
            try:
                await self._connect_and_read()
            except (DeliveryFailed, aiohttp.ClientError, TimeoutError, OSError) as error:
                self._down(error)
            except Exception:  # the edge: without this task nothing would be heard any more
                log.exception("Slack: the socket failed")
            failures = 0 if self._api.clock.monotonic() - began > _LONGEST_PAUSE else failures + 1
            if failures > 1:  # the first time at once: Slack closes sockets every few hours
                await self._api.clock.sleep(min(_LONGEST_PAUSE, 0.5 * 2 ** min(failures, 8)))

    def _down(self, error: Exception) -> None:
        reason = error.reason if isinstance(error, DeliveryFailed) else type(error).__name__
        if not self._trouble:
            log.warning("Slack: the socket is down: %s", reason)
        self._trouble = f"The socket is down: {reason}"

    async def _connect_and_read(self) -> None:
        answer = await self._api.call("apps.connections.open")
        socket = await self._api.session.ws_connect(
            str(answer["url"]), heartbeat=self._heartbeat, max_msg_size=_LARGEST_FRAME, autoping=False
        )
        self._sockets.add(socket)
        turn = asyncio.Event()
        reader = self._do(self._read(socket, turn), self._readers)
        wanted = asyncio.get_running_loop().create_task(turn.wait())
        try:
            await asyncio.wait({reader, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wanted.cancel()
        if reader.done() and not turn.is_set() and not self._trouble:
            self._down(ConnectionResetError())

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, turn: asyncio.Event) -> None:
        """Read until the socket closes, or until three heartbeats passed in which nothing came at all."""
        try:
            while True:
                frame = await socket.receive(timeout=self._heartbeat * _BEATS)
                if frame.type in _ENDS:
                    return
                self._last_frame = self._api.clock.monotonic()
                if frame.type is aiohttp.WSMsgType.PING:
                    await socket.pong(frame.data)
                elif frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(socket, _envelope(frame.data), turn)
        except (TimeoutError, aiohttp.ClientError, OSError):
            log.info("Slack: a socket went deaf")
        finally:
            self._sockets.discard(socket)
            await socket.close()

    def _take(self, socket: aiohttp.ClientWebSocketResponse, envelope: Json, turn: asyncio.Event) -> None:
        kind = envelope.get("type")
        if kind == "hello":
            if self._trouble:
                log.info("Slack: the socket is up")
            self._trouble = ""
            self._count(envelope.get("num_connections"), socket, turn)
        elif kind == "disconnect":
            turn.set()
            self._do(self._close_later(socket), self._readers)
        elif envelope.get("envelope_id"):
            self._do(self._handle(socket, envelope), self._at_work)

    def _count(self, connections: Any, socket: aiohttp.ClientWebSocketResponse, turn: asyncio.Event) -> None:
        """Compare what Slack counts with what we hold, and count again while they differ."""
        self._strange = connections - len(self._sockets) if isinstance(connections, int) and self._alone else 0
        self._counted = self._counted + 1 if self._strange > 0 else 0
        if self._counted == 2:
            log.warning("Slack: %s Presses go there too. Stop it, or give it an app of its own.", self.trouble())
        if self._counted:
            self._do(self._count_again(socket, turn, _SOON if self._counted == 1 else _OFTEN), self._readers)

    async def _count_again(self, socket: aiohttp.ClientWebSocketResponse, turn: asyncio.Event, pause: float) -> None:
        """Open the next socket as if Slack had asked for it: only a hello tells."""
        await self._api.clock.sleep(pause)
        if socket in self._sockets and not turn.is_set():
            turn.set()
            await self._close_later(socket)

    async def _handle(self, socket: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        """Run one envelope; without a 200 it is not acknowledged, and Slack sends it again."""
        try:
            response = await self._dispatch(envelope.get("payload") or {})
        except Exception:  # the edge: one envelope stays alone
            log.exception("Slack: an envelope could not be handled")
            return
        if response.status != 200:
            return
        ack: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if response.body:
            ack["payload"] = json.loads(response.body)
        try:
            await socket.send_str(json.dumps(ack))
        except (aiohttp.ClientError, OSError):
            log.info("Slack: the socket closed before an acknowledgement; Slack will ask again")

    async def _close_later(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await self._api.clock.sleep(_DRAIN_SECONDS)
        await socket.close()

    def _do(self, job: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(job)
        among.add(task)
        task.add_done_callback(among.discard)
        return task


def _envelope(raw: str) -> Json:
    try:
        envelope = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}
