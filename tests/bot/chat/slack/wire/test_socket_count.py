"""Socket Mode: who else listens with our app's token takes presses away, which is said; our own sockets are ours."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire import socket_mode
from bot.chat.slack.wire.client import Api
from bot.chat.slack.wire.socket_mode import SocketLine
from bot.runtime.clock import Clock
from bot.runtime.parts import Parts
from tests.bot.chat.slack.installation import installation
from tests.bot.chat.slack.test_messenger import settings_of
from tests.fakes.slack.server import APP_TOKEN, FakeSlack
from tests.harness.loops import run_in
from tests.harness.patience import until


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "_SOON", 0.1)
    monkeypatch.setattr(socket_mode, "_OFTEN", 0.1)
    monkeypatch.setattr(socket_mode, "_DRAIN_SECONDS", 0.1)
    monkeypatch.setattr(socket_mode, "_LONGEST_PAUSE", 0.05)  # what lived longer did not fail


class Laptop:
    """Somebody else with the same token."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        run_in(slack.loop, self._open())

    async def _open(self) -> None:
        self.session = aiohttp.ClientSession()
        address = f"{self.slack.base_url}/link/?{self.slack.hub.ticket()}"
        self.socket = await self.session.ws_connect(address)

    def close(self) -> None:
        async def close() -> None:
            await self.socket.close()
            await self.session.close()

        run_in(self.slack.loop, close())


async def dispatch(_payload: Any) -> Any:
    raise AssertionError("Nobody pressed anything.")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if "Another process listens" in one.message]


def test_another_process_with_our_token_is_said_once_and_until_it_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    laptops: list[Laptop] = []
    with (
        caplog.at_level(logging.INFO),
        installation(tmp_path, socket=True, prepare_slack=lambda slack: laptops.append(Laptop(slack))) as home,
    ):
        home.slack.wait_for(lambda: warnings(caplog))
        home.slack.wait_for(lambda: "1 of its sockets" in home.platform.health().why)
        seen = home.slack.hub.hellos
        home.slack.wait_for(lambda: home.slack.hub.hellos > seen + 3)
        assert len(warnings(caplog)) == 1
        laptops[0].close()
        home.slack.wait_for(lambda: home.platform.health().ok)


def test_our_own_sockets_are_no_strangers_however_often_slack_asks_us_to_reconnect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), installation(tmp_path, socket=True) as home:
        for number in range(4):
            home.slack.wait_for(lambda: home.slack.hub.hellos > number)  # noqa: B023
            home.slack.refresh_sockets("warning", close=False)
        home.slack.wait_for(lambda: home.slack.hub.hellos > 4)
        assert warnings(caplog) == []
        assert home.platform.health().ok


@pytest.mark.parametrize("alone", [True, False])
def test_replicas_of_one_database_are_not_taken_for_strangers(alone: bool) -> None:
    async def said(slack: FakeSlack) -> str:
        api = Api(settings_of(slack), Clock(), token=APP_TOKEN)
        lines = [SocketLine(api, dispatch, alone=alone) for _ in range(2)]
        for line in lines:
            line.start(Parts())
        await until(lambda: slack.hub.hellos >= (4 if alone else 2))
        await asyncio.sleep(0.5)
        told = " ".join(line.trouble() for line in lines)
        await asyncio.gather(*(line.stop() for line in lines))
        await api.close()
        return told

    with FakeSlack.run(posts_per_second=0, tell_joins=False) as slack:
        assert ("Another process" in asyncio.run(said(slack))) is alone


@pytest.mark.parametrize("told", [None, "2", 0, 1, -1, 2.0, True])
def test_a_hello_that_tells_nothing_usable_says_nothing(told: object) -> None:
    async def count() -> str:
        line = SocketLine(Api(SlackSettings(bot_token="xoxb-1"), Clock()), dispatch, alone=True)
        socket = object()
        line._sockets.add(socket)  # type: ignore[arg-type]
        line._trouble = ""
        line._last_frame = Clock().monotonic()
        for _ in range(3):
            line._count(told, socket, asyncio.Event())  # type: ignore[arg-type]
        return line.trouble()

    assert asyncio.run(count()) == ""
