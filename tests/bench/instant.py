"""An instant chat server, in a process of its own: posts and updates are answered at once, and looked at afterwards.

Our fake Slack reads every block of every message, which costs as much as the bot takes to make it; a bench that lets
it answer measures the two together. So the bot speaks to this one, which hands whatever is no post and no update on to
the fake, and keeps those until the bench asks.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.slack.records import Channel, Json, Message
from tests.fakes.slack.server import FakeSlack

ROOT = Path(__file__).parents[2]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHANNEL = re.compile(rb'"channel": *"(\w+)"')
_TS = re.compile(rb'"ts": *"([\d.]+)"')


@dataclass
class Kept:
    """What came, in its order: the moment, the method, its timestamp, its body."""

    seen: list[tuple[float, str, str, bytes]] = field(default_factory=list)

    def answer(self, method: str, body: bytes) -> bytes:
        """Keep a post or an update, and return what it is answered with."""
        now = time.time()
        channel, known = _CHANNEL.search(body), _TS.search(body) if method == "chat.update" else None
        ts = known[1].decode() if known else f"{int(now)}.{len(self.seen):06d}"
        self.seen.append((now, method, ts, body))
        return b'{"ok":true,"channel":"%s","ts":"%s"}' % (channel[1] if channel else b"", ts.encode())


class Line(asyncio.Protocol):
    """One connection of the bot."""

    def __init__(self, kept: Kept, behind: tuple[str, int]) -> None:
        self._kept = kept
        self._behind = behind
        self._buffer = b""
        self._handing: asyncio.Task[None] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request; the bot sends the next when it has the answer."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if not found or len(rest) < size:
            return
        whole, self._buffer = self._buffer, b""
        method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        if method in ("chat.postMessage", "chat.update"):
            self._transport.write(_response(self._kept.answer(method, rest)))
        else:
            self._handing = asyncio.get_running_loop().create_task(self._hand_on(whole))

    async def _hand_on(self, whole: bytes) -> None:
        reader, writer = await asyncio.open_connection(*self._behind)
        head, _, body = whole.partition(b"\r\n\r\n")
        writer.write(head + b"\r\nConnection: close\r\n\r\n" + body)
        answer = await reader.read(-1)
        writer.close()
        self._transport.write(answer.replace(b"\r\nConnection: close", b"", 1))


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def _serve(host: str, port: int) -> None:
    """Serve until the input ends; each line of it asks for what came since the line before."""
    kept = Kept()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(kept, (host, port)), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while asked := await asyncio.to_thread(sys.stdin.readline):
        wanted, until = int(asked), time.monotonic() + 60
        while len(kept.seen) < wanted and time.monotonic() < until:
            await asyncio.sleep(0.002)
        said = [(at, method, ts, json.loads(body)) for at, method, ts, body in kept.seen]
        kept.seen.clear()
        print(json.dumps(said), flush=True)


@dataclass(kw_only=True)
class Came:
    """One post or update: when it came, and what it said."""

    at: float
    method: str
    ts: str
    body: Json


class InstantSlack(FakeSlack):
    """The fake, behind a server that answers posts and updates at once."""

    _process: "subprocess.Popen[str]"
    _port: int

    @classmethod
    @contextmanager
    def instant(cls) -> Iterator["InstantSlack"]:
        """Run both."""
        with cls.run(posts_per_second=0, tiers=False) as slack:
            host, port = slack.base_url.removeprefix("http://").split(":")
            command = [sys.executable, "-m", "tests.bench.instant", host, port]
            slack._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            try:
                slack._port = int(slack._output.readline())
                yield slack
            finally:
                slack._process.kill()
                slack._process.wait()
                slack._output.close()

    @property
    def _output(self) -> Any:
        return self._process.stdout

    def env(self, *, socket: bool = False) -> dict[str, str]:
        """Return the environment of a bot that speaks to the instant server."""
        return super().env(socket=socket) | {"SLACK_API_URL": f"http://127.0.0.1:{self._port}/api/"}

    def came(self, wanted: int = 0) -> list[Came]:
        """Return what came since the last time, waiting until there are so many."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{wanted}\n")
        self._process.stdin.flush()
        return [
            Came(at=at, method=method, ts=ts, body=body) for at, method, ts, body in json.loads(self._output.readline())
        ]

    def show(self, channel: Channel, came: list[Came]) -> list[Message]:
        """Put posts into a channel of the fake, so that gestures on them can be made."""
        shown = []
        for one in came:
            if one.method == "chat.postMessage" and one.body["channel"] == channel.id:
                message = Message(channel=channel.id, ts=one.ts, text=one.body["text"], blocks=one.body["blocks"])
                channel.messages[one.ts] = message
                shown.append(message)
        return shown


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
