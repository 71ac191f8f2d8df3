"""Rules of listening to a stream: what the other side may do to us."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.websocket import MAX_MESSAGE, open_websocket

Play = Callable[[web.WebSocketResponse], Awaitable[None]]


class Server:
    """A websocket server that plays one thing; ``asked`` are the handshakes that it saw."""

    def __init__(self, play: Play, status: int) -> None:
        self.play = play
        self.status = status
        self.asked: list[web.Request] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/subscribe?key=hush"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        if self.status != 101:
            return web.Response(status=self.status, headers={"Location": self.url.replace("ws:", "http:")})
        connection = web.WebSocketResponse(compress=True)
        await connection.prepare(request)
        await self.play(connection)
        await connection.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"hush")
        return connection


@asynccontextmanager
async def served(play: Play, status: int = 101) -> AsyncIterator[Server]:
    server = Server(play, status)
    application = web.Application()
    application.router.add_get("/subscribe", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = int(runner.addresses[0][1])
    try:
        yield server
    finally:
        await runner.cleanup()


async def nothing(connection: web.WebSocketResponse) -> None:
    return


async def greeting(connection: web.WebSocketResponse) -> None:
    await connection.send_str(f"you said {await connection.receive_str()}")


def test_what_is_said_on_a_stream_is_heard_and_it_ends_with_its_code() -> None:
    async def story() -> None:
        async with served(greeting) as server:
            async with open_websocket(server.url, headers={"X-Token": "t"}, allow_private=True) as stream:
                await stream.send("hello")
                assert await stream.receive() == "you said hello"
                with pytest.raises(SourceUnavailable, match=r"ended the stream \(1001\)"):
                    await stream.receive()
            assert server.asked[0].headers["X-Token"] == "t"
            assert "Sec-WebSocket-Extensions" not in server.asked[0].headers

    asyncio.run(story())


def test_only_public_addresses_are_listened_to() -> None:
    async def story() -> None:
        async with served(nothing) as server:
            for host in ("127.0.0.1", "localhost", "[::1]", "2130706433"):
                with pytest.raises(SourceRefused):
                    async with open_websocket(server.url.replace("127.0.0.1", host)):
                        pass
            assert server.asked == []

    asyncio.run(story())


def test_a_redirect_is_not_followed() -> None:
    async def story() -> None:
        async with served(nothing, status=302) as server:
            with pytest.raises(SourceRefused, match="redirects the stream"):
                async with open_websocket(server.url, headers={"Authorization": "Bearer t"}, allow_private=True):
                    pass
            assert len(server.asked) == 1

    asyncio.run(story())


def test_a_message_that_is_too_large_or_no_text_ends_the_stream() -> None:
    async def large(connection: web.WebSocketResponse) -> None:
        await connection.send_str("x" * (MAX_MESSAGE + 1))

    async def binary(connection: web.WebSocketResponse) -> None:
        await connection.send_bytes(b"x")

    async def story() -> None:
        for play in (large, binary):
            async with served(play) as server, open_websocket(server.url, allow_private=True) as stream:
                with pytest.raises(SourceUnavailable, match="ended the stream"):
                    await stream.receive()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, SourceRefused), (404, SourceRefused), (429, SourceUnavailable), (503, SourceUnavailable)],
)
def test_a_refused_handshake_tells_whether_a_person_is_needed(status: int, error: type[Exception]) -> None:
    async def story() -> None:
        async with served(nothing, status=status) as server:
            with pytest.raises(error, match=str(status)) as caught:
                async with open_websocket(server.url, allow_private=True):
                    pass
            assert "hush" not in str(caught.value)

    asyncio.run(story())


@pytest.mark.parametrize("url", ["http://a.example/", "wss://", "nonsense", "ws://[1", ""])
def test_only_streams_are_listened_to(url: str) -> None:
    async def story() -> None:
        with pytest.raises(SourceRefused):
            async with open_websocket(url, allow_private=True):
                pass

    asyncio.run(story())


def test_a_server_that_is_not_there_may_be_there_later() -> None:
    async def story() -> None:
        with pytest.raises(SourceUnavailable, match="No connection"):
            async with open_websocket("ws://127.0.0.1:1/", allow_private=True):
                pass

    asyncio.run(story())
