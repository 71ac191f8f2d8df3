"""Pressers, in a process of their own: gestures that were made and signed before are sent, each line keeping its own
connection, and every acknowledgement is timed.
"""

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.fakes.slack.payloads import Gesture
from tests.fakes.slack.server import FakeSlack

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """How long each acknowledgement took, and how long all of them together; in seconds."""

    each: tuple[float, ...]
    all: float


def press_all(slack: FakeSlack, gestures: Sequence[Gesture], lines: int) -> Pressed:
    """Send gestures to the bot over so many connections.

    Raises:
        RuntimeError: One was not acknowledged.
    """
    sender = slack.sender
    made = ((one.body(), {"Content-Type": one.content_type} | sender.sign(one.body())) for one in gestures)
    return send_all(sender.url, [request(sender.url, body, headers) for body, headers in made], lines)


def send_all(address: str, requests: Sequence[bytes], lines: int) -> Pressed:
    """Send whole requests over so many connections.

    Raises:
        RuntimeError: One was not acknowledged.
    """
    url = urlsplit(address)
    sent = [base64.b64encode(one).decode() for one in requests]
    asked = {"host": url.hostname, "port": url.port, "lines": lines, "requests": sent}
    command = [sys.executable, "-m", "tests.bench.pressers"]
    ran = subprocess.run(command, cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout)
    if any(status != 200 for status, _ in said["acks"]):
        raise RuntimeError("a gesture was not acknowledged")
    return Pressed(each=tuple(seconds for _, seconds in said["acks"]), all=said["all"])


def request(address: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a POST as it goes over the wire."""
    url = urlsplit(address)
    named = {"Host": url.netloc, "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST {url.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _press(host: str, port: int, waiting: list[bytes], acks: list[tuple[int, float]]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while waiting:
        request = waiting.pop()
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        acks.append((int(head.split(b" ", 2)[1]), time.perf_counter() - begun))
    writer.close()


async def _main() -> None:
    asked = json.loads(sys.stdin.read())
    waiting = [base64.b64decode(one) for one in reversed(asked["requests"])]
    acks: list[tuple[int, float]] = []
    begun = time.perf_counter()
    await asyncio.gather(*(_press(asked["host"], asked["port"], waiting, acks) for _ in range(asked["lines"])))
    print(json.dumps({"acks": acks, "all": time.perf_counter() - begun}))


if __name__ == "__main__":
    asyncio.run(_main())
