"""Rules of what is sent to us: it is bounded in size and time, whatever it says of itself."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.net.request_body import BodyRefused, read_request

LARGEST = 1_000


def answered(
    data: Callable[[], bytes | AsyncIterator[bytes]], seconds: float = 10.0, encoding: str = "identity"
) -> int | bytes:
    """Post to a door with these bounds; return what it read, or the status of its refusal."""
    found: list[int | bytes] = []

    async def door(request: web.Request) -> web.Response:
        try:
            found.append(await read_request(request, LARGEST, seconds))
        except BodyRefused as refusal:
            found.append(refusal.status)
        return web.Response()

    async def scene() -> None:
        app = web.Application()
        app.router.add_post("/", door)
        async with (
            TestServer(app) as server,
            aiohttp.ClientSession() as session,
            session.post(server.make_url("/"), data=data(), headers={"Content-Encoding": encoding}) as answer,
        ):
            await answer.read()

    asyncio.run(scene())
    return found[0]


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


async def one_and_then_nothing() -> AsyncIterator[bytes]:
    yield b"x"
    await asyncio.sleep(1)


def test_a_body_within_the_bounds_comes_whole() -> None:
    assert answered(lambda: b"x" * LARGEST) == b"x" * LARGEST
    assert answered(lambda: parts(b"a", b"b")) == b"ab"


def test_one_byte_too_many_is_413_announced_or_not() -> None:
    assert answered(lambda: b"x" * (LARGEST + 1)) == 413
    assert answered(lambda: parts(b"x" * LARGEST, b"x")) == 413


def test_a_body_that_does_not_come_to_its_end_is_408() -> None:
    assert answered(one_and_then_nothing, seconds=0.05) == 408


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, identity", "nonsense"])
def test_a_body_that_says_it_is_compressed_is_415(encoding: str) -> None:
    assert answered(lambda: b"no gzip at all", encoding=encoding) == 415
