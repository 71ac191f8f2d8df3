"""A bot that is stopped in the middle of a send, and goes on when another has long taken over, sends nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.answering import running_with_sites
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.killed import ARMED
from tests.end_to_end.office import Office, tally
from tests.fakes.gate import Fault
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import Cluster

POST = "chat.postMessage"
AFTERWARDS = 3.0
# The worst moment of each is tried by `make test`, the others by `make test-slow`: each takes a quarter of a minute.
SLOW = pytest.mark.slow
CARD = ["about to be written", *(pytest.param(one, marks=SLOW) for one in ("sending written", "on the wire"))]
REPLY = [
    "reply: about to be written",
    *(pytest.param(one, marks=SLOW) for one in ("reply: sending written", "on the wire")),
]


def is_stopped(pid: int) -> bool:
    """Say whether a process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def stop(bot: BotProcess) -> None:
    """Stop a bot from outside."""
    os.kill(bot.pid, signal.SIGSTOP)
    bot.wait_for(lambda: is_stopped(bot.pid))


def go_on(bot: BotProcess) -> None:
    """Let a bot go on."""
    os.kill(bot.pid, signal.SIGCONT)


def arm(bot: BotProcess) -> None:
    """Let it stop itself at its point from now on."""
    before = bot.log.count(ARMED)
    os.kill(bot.pid, signal.SIGUSR1)
    bot.wait_for(lambda: bot.log.count(ARMED) > before)


@contextmanager
def two(first: BotProcess, second: BotProcess) -> Iterator[None]:
    """Run two replicas; whatever is stopped goes on in the end, so that it can end."""
    try:
        first.start()
        second.start()
        yield
    finally:
        for bot in (first, second):
            bot.__exit__()


def stopped_alone(first: BotProcess, second: BotProcess, stir: Callable[[], object]) -> None:
    """Let ``first`` meet its point alone, and ``second`` take over from it."""
    stop(second)
    stir()
    first.wait_for(lambda: is_stopped(first.pid))
    go_on(second)


@pytest.mark.turns
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", CARD)
def test_a_card_stands_once_when_its_sender_slept_in_the_middle(point: str, tmp_path: Path, cluster: Cluster) -> None:
    database = cluster.create_database()
    with FakeSlack.run(posts_per_second=0, allow={"late"}) as slack:
        office = Office.open(slack)
        runner = ("tests.end_to_end.stopped", point, "run")
        first = BotProcess(tmp_path / "first", slack, database_url=database, runner=runner)
        second = BotProcess(tmp_path / "second", slack, database_url=database)
        with two(first, second):
            assert first.push(mentioned(0)) == 200
            second.settle(1)
            arm(first)
            if point == "on the wire":
                slack.on_request(POST, lambda _request: os.kill(first.pid, signal.SIGSTOP))
            stopped_alone(first, second, lambda: first.push(mentioned(1)))
            begun = time.monotonic()
            second.settle(2)
            taken = time.monotonic() - begun
            go_on(first)
            time.sleep(AFTERWARDS)
            assert first.push(mentioned(2)) == 200
            first.settle(3)
            found = tally(office, first, ["hook-0", "hook-1", "hook-2"])
            assert not found, (found, taken)


@pytest.mark.turns
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", REPLY)
def test_a_reply_stands_once_when_its_sender_slept_in_the_middle(point: str, tmp_path: Path, cluster: Cluster) -> None:
    options: dict[str, Any] = {"database_url": cluster.create_database()}
    with running_with_sites(tmp_path / "first", ["reddit"], **options) as scene:
        first = scene.bot
        first.runner = ("tests.end_to_end.stopped", point, "run")
        shared: dict[str, Any] = {
            "sources": first.sources,
            "secrets": first.secrets,
            "database_url": first.database_url,
        }
        second = BotProcess(tmp_path / "second", scene.slack, **shared)
        with two(first, second):
            scene.slack.bot_url = first.url
            (story,) = scene.begin("reddit")
            scene.arrive()
            scene.draft([story])
            arm(first)
            if point == "on the wire":

                def sleep() -> Fault | None:
                    os.kill(first.pid, signal.SIGSTOP)
                    return None

                story.site.gate.hook = ("arrived", sleep)
            stopped_alone(first, second, lambda: scene.publish([story]))
            scene.bot = second
            scene.settle()
            go_on(first)
            time.sleep(AFTERWARDS)
            found = scene.finish()
            assert not found, str(found)
            assert found.replies == 1
