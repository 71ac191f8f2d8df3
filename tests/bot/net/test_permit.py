"""Permits: what may not leave any more does not, asked at the very moment of the write."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.chat.base import HeldBack
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire.client import Api
from bot.chat.teams.wire.http import Line
from bot.net.client import Fetcher
from bot.net.permit import Withdrawn, permitted
from bot.runtime.clock import Clock

Send = Callable[[str], Awaitable[object]]


async def by_slack(url: str) -> object:
    api = Api(SlackSettings(bot_token="xoxb-1", api_url=url, signing_secret="s"), Clock())
    try:
        return await api.call("chat.postMessage", channel="C1", text="Hello")
    finally:
        await api.close()


async def by_teams(url: str) -> object:
    line = Line()
    try:
        return await line.send("POST", f"{url}chat.postMessage", data=b'{"text": "Hello"}')
    finally:
        await line.close()


async def by_source(url: str) -> object:
    fetcher = Fetcher(Clock())
    try:
        return await fetcher.send("POST", f"{url}chat.postMessage", json={"text": "Hello"}, allow_private=True)
    finally:
        await fetcher.aclose()


SENDERS = [by_slack, by_teams, by_source]


async def sent_with(permit: Callable[[], bool], send: Send) -> list[str]:
    """Send once, and return what arrived."""
    arrived = []

    async def take(request: web.Request) -> web.Response:
        arrived.append(await request.text())
        return web.json_response({"ok": True, "ts": "1.2"})

    app = web.Application()
    app.router.add_post("/chat.postMessage", take)
    async with TestServer(app) as server:
        try:
            with permitted(permit):
                await send(str(server.make_url("/")))
        finally:
            await asyncio.sleep(0.05)
            refused = permit() is False
            assert bool(arrived) != refused
    return arrived


@pytest.mark.parametrize("send", SENDERS)
def test_with_a_permit_it_leaves(send: Send) -> None:
    (body,) = asyncio.run(sent_with(lambda: True, send))
    assert "Hello" in body


@pytest.mark.parametrize("send", SENDERS)
def test_without_one_not_a_byte_of_it_arrives(send: Send) -> None:
    with pytest.raises((HeldBack, Withdrawn)):
        asyncio.run(sent_with(lambda: False, send))


@pytest.mark.parametrize("send", SENDERS)
def test_it_is_asked_after_the_connection_stands(send: Send) -> None:
    """What was decided before a connection was opened is long ago by the time that it stands."""

    async def main() -> list[str]:
        stands = asyncio.Event()
        asyncio.get_running_loop().call_soon(stands.set)
        return await sent_with(lambda: not stands.is_set(), send)

    with pytest.raises((HeldBack, Withdrawn)):
        asyncio.run(main())
