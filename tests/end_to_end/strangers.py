"""Strangers at the port, in a process of their own, so that what they do costs nobody else the interpreter.

``python -m tests.end_to_end.strangers`` takes an order on its standard input and tells on its standard output what it
was answered: so many connections at once, each of which sends its bytes and, if it was told to, waits for an answer.
They are held until the standard input ends, and meanwhile send one byte more every half second, if that was asked.
"""

import asyncio
import json
import resource
import subprocess
import sys
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.harness.patience import HANG_SECONDS

ROOT = Path(__file__).parents[2]
_BLANKS = 9_000_000


@cache
def bomb() -> bytes:
    """Return a little under 900 kB of gzip which inflate to a gigabyte of blanks; where it would end it is broken."""
    compress = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = compress.compress(b" ") + compress.flush(zlib.Z_FULL_FLUSH)
    block = compress.compress(b" " * _BLANKS) + compress.flush(zlib.Z_FULL_FLUSH)
    return head + block * (900_000 // len(block))


def request(path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a POST as it goes over the wire; underscores in the names of headers stand for hyphens."""
    named = {"Host": "127.0.0.1", "Content-Length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Strangers:
    """Those of one order, seen from the tests."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def answers(self) -> Counter[int]:
        """Wait until all have sent what they had; return how many were answered with which status, 0 = with none."""
        assert self._process.stdout is not None
        return Counter({int(status): number for status, number in json.loads(self._process.stdout.readline()).items()})


@contextmanager
def strangers(
    port: int, what: Sequence[bytes], number: int, *, answered: bool, slowly: bool = False
) -> Iterator[Strangers]:
    """Let so many come at once, each with the next of these; they stay as long as this lasts, and ``slowly`` go on."""
    command = [sys.executable, "-m", __name__]
    order = {
        "port": port,
        "what": [b64encode(one).decode() for one in what],
        "number": number,
        "answered": answered,
        "slowly": slowly,
    }
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        try:
            yield Strangers(process)
        finally:
            process.stdin.close()


# --- the process itself ----------------------------------------------------------------------------------------------


async def _come(port: int, sent: bytes, answered: bool, held: list[Any]) -> int:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        held.append(writer)
        writer.write(sent)
        if not answered:
            return 0
        async with asyncio.timeout(HANG_SECONDS):
            line = await reader.readline()
        return int(line.split()[1])
    except (OSError, IndexError, TimeoutError):
        return 0


async def _go_on(held: list[Any]) -> None:
    """Send a byte more on each connection, again and again; one that was closed is left alone."""
    while True:
        await asyncio.sleep(0.5)
        for writer in held:
            if not writer.is_closing():
                writer.write(b"x")


async def _main() -> None:
    order = json.loads(sys.stdin.readline())
    what = [b64decode(one) for one in order["what"]]
    held: list[Any] = []
    coming = (
        _come(order["port"], what[number % len(what)], order["answered"], held) for number in range(order["number"])
    )
    print(json.dumps(Counter(await asyncio.gather(*coming))), flush=True)
    going = asyncio.create_task(_go_on(held)) if order["slowly"] else None
    await asyncio.to_thread(sys.stdin.read)
    if going is not None:
        going.cancel()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_main())
