"""Rules of the door: who makes room for whom, and how long a head, an answer and an idle connection may take."""

import asyncio
import resource
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.net.files import connections_allowed, streams_allowed
from bot.web import door
from bot.web.door import Door, open_door
from tests.harness.patience import HANG_SECONDS, until

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 8 * 1024 * 1024


class House:
    """A door with a few pages behind it."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.release = asyncio.Event()
        self.lines: list[Line] = []
        self.door: Door

    async def _small(self, _request: web.Request) -> web.Response:
        return web.Response(text="well")

    async def _large(self, _request: web.Request) -> web.Response:
        return web.Response(body=b"x" * LARGE)

    async def _slow(self, _request: web.Request) -> web.Response:
        await self.release.wait()
        return web.Response(text="late")

    async def _body(self, request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def open(self, allowed: int) -> None:
        app = web.Application()
        app.add_routes([web.get("/", self._small), web.get("/large", self._large), web.get("/slow", self._slow)])
        app.add_routes([web.post("/", self._body)])
        self.door = await open_door(app, "127.0.0.1", 0, self.count)
        self.door.connections._allowed = lambda: allowed

    def count(self, why: str) -> None:
        self.refused[why] += 1

    async def come(self, said: bytes = b"") -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        writer.write(said)
        self.lines.append((reader, writer))
        return reader, writer

    async def close(self) -> None:
        self.release.set()
        await self.door.close()
        for _, writer in self.lines:
            writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def opened(allowed: int = 4) -> AsyncIterator[House]:
    house = House()
    await house.open(allowed)
    try:
        yield house
    finally:
        await house.close()


def run(scene: Callable[[House], Awaitable[None]], allowed: int = 4) -> None:
    """Play a scene before a door that so many may stand in."""

    async def play() -> None:
        async with opened(allowed) as house, asyncio.timeout(HANG_SECONDS):
            await scene(house)

    asyncio.run(play())


async def ended(line: Line) -> bytes:
    """Wait until the other side has let go, and return what it said before."""
    try:
        return await line[0].read()
    except ConnectionResetError:
        return b""


async def answer(line: Line, asked: bytes = GET) -> bytes:
    line[1].write(asked)
    head = await line[0].readuntil(b"\r\n\r\n")
    await line[0].readexactly(4)
    return head


def test_who_has_waited_longest_without_a_request_makes_room() -> None:
    async def scene(house: House) -> None:
        known = await house.come()
        await answer(known)
        silent = [await house.come(b"GET / HT"[:number]) for number in range(3)]
        newest = await house.come()
        await ended(silent[0])
        assert house.refused == {"crowded": 1}
        for one in (known, newest):
            assert b" 200 " in await answer(one)

    run(scene)


def test_then_who_has_been_idle_longest() -> None:
    async def scene(house: House) -> None:
        lines = [await house.come() for _ in range(4)]
        for one in (2, 0, 1, 3):
            await answer(lines[one])
        assert b" 200 " in await answer(await house.come())
        assert await ended(lines[2]) == b""

    run(scene)


def test_then_who_is_still_sending_a_body() -> None:
    async def scene(house: House) -> None:
        bodies = [await house.come(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx") for _ in range(4)]
        await until(lambda: len(house.door.connections._answered) == 4)
        assert b" 200 " in await answer(await house.come())
        assert await ended(bodies[0]) == b""

    run(scene)


def test_who_is_being_answered_is_not_interrupted_and_the_newest_goes() -> None:
    async def scene(house: House) -> None:
        lines = [await house.come(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(4)]
        await until(lambda: len(house.door.connections._answered) == 4)
        assert await ended(await house.come(GET)) == b""
        house.release.set()
        for reader, _ in lines:
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")

    run(scene)


def test_a_head_comes_whole_within_its_time_however_it_trickles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.2)

    async def trickle(line: Line) -> None:
        while True:
            line[1].write(b"x")
            await asyncio.sleep(0.05)

    async def scene(house: House) -> None:
        known = await house.come()
        await answer(known)
        known[1].write(b"GET /")
        lines = [await house.come(said) for said in (b"", b"GET / HTTP/1.1\r\nHost: ")]
        trickling = asyncio.create_task(trickle(lines[1]))
        for one in (known, *lines):
            assert await ended(one) == b""
        trickling.cancel()
        assert house.refused == {"slow": 3}

    run(scene)


def test_who_was_answered_may_stay_for_longer_than_a_head_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.05)

    async def scene(house: House) -> None:
        line = await house.come()
        await answer(line)
        await asyncio.sleep(0.2)
        assert b" 200 " in await answer(line)
        assert not house.refused

    run(scene)


def test_who_is_idle_for_too_long_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "IDLE_SECONDS", 0.1)

    async def scene(house: House) -> None:
        line = await house.come()
        await answer(line)
        assert await ended(line) == b""

    run(scene)


def test_who_does_not_read_the_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WRITE_SECONDS", 0.1)

    async def scene(house: House) -> None:
        line = await house.come(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await until(lambda: len(house.door.connections) == 1)
        await until(lambda: len(house.door.connections) == 0)
        assert len(await ended(line)) < LARGE

    run(scene)


def test_what_is_answered_before_its_body_came_is_closed_and_the_answer_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "LINGER_SECONDS", 0.1)

    async def scene(house: House) -> None:
        line = await house.come(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + b"x" * 300_000)
        said = await ended(line)
        assert said.startswith(b"HTTP/1.1 404 ")
        assert b"\r\nConnection: close\r\n" in said
        await until(lambda: len(house.door.connections) == 0)

    run(scene)


@pytest.mark.parametrize(("files", "most"), [(1_024, 480), (256, 96), (20, 8), (1_000_000, 4_096)])
def test_half_of_the_files_are_for_connections_and_half_of_those_for_streams(
    monkeypatch: pytest.MonkeyPatch, files: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert connections_allowed() == most
    assert streams_allowed() == most // 2
