"""Each step of a clock is taken once and told once, wherever the process is killed that takes it.

Time does not pass here: while the bot is down, the clocks of one mention are put back, so that its step is due when the
bot looks again. It dies at its point, with the next mention it dies there again, and in the end it lives.
"""

import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from storage.engine.database import Database, Session, open_engine
from storage.own import clocks
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.killed import AT_ONCE, STEPS
from tests.end_to_end.office import Office, RunningOnSlack, running_on_slack
from tests.harness.postgres import Cluster

PROMISES = """
[departments.finance.targets]
claim = "1h"

[[departments.finance.ladder]]
after = "30m"
tell = "channel"

[departments.finance.lease]
ask = "1h"
return = "1h"
"""
POINTS = (*STEPS, "sending written", "answered before settled")
FEW, MANY = 3, 20
# What the log says of a mention that nobody has, and of one that Ana has, after two hours.
NOBODYS, ANAS = ["arrived", "escalated", "late"], ["arrived", "asked", "claimed"]


def put_back(session: Session, mention_id: int, by: timedelta) -> None:
    """Let the clocks of a mention be so much older."""
    for one in clocks.of_mention(session, mention_id).values():
        if one.running_since is not None and one.next_at is not None:
            due_at = one.due_at - by if one.due_at is not None else None
            older = one._replace(running_since=one.running_since - by, due_at=due_at, next_at=one.next_at - by)
            clocks.write(session, [older])


@dataclass(frozen=True)
class Due:
    """Mentions of Finance, every other one Ana's, whose clocks come due one after the other."""

    running: RunningOnSlack

    @property
    def office(self) -> Office:
        """The rooms."""
        return self.running.office

    def arrive(self, number: int) -> None:
        """Let so many mentions arrive, of which Ana claims every other one."""
        bot, office = self.running.bot, self.office
        bot.start()
        assert bot.push(*(mentioned(one) for one in range(number))) == 200
        bot.settle(number)
        for card in office.cards(office.finance)[::2]:
            assert office.slack.press(office.ana, card, "dibs:claim").ok
        bot.settle(number)
        bot.kill()

    def put_back(self, mention_id: int) -> None:
        """Let the steps of a mention be due, while the bot is down."""
        with closing(Database(open_engine(self.running.bot.database_url))) as database:
            database.write(lambda session: put_back(session, mention_id, timedelta(hours=2)))

    def die(self, mention_id: int, point: str) -> None:
        """Let a step of a mention be due, and the bot die at its point."""
        bot = self.running.bot
        self.put_back(mention_id)
        bot.runner = ("tests.end_to_end.killed", point, "1", AT_ONCE, "run")
        bot.start(ready=False)
        assert bot.wait_dead() == -signal.SIGKILL, bot.log[-3000:]

    def live(self) -> None:
        """Let the bot live, until it took all steps and told of them."""
        bot = self.running.bot
        bot.runner = ("bot", "run")
        bot.start()
        bot.wait_for(lambda: self.is_taken)

    @property
    def is_taken(self) -> bool:
        """Whether all steps are taken, and stand on Slack."""
        return all(one in (NOBODYS, ANAS) for one in self.log().values()) and not self.running.bot.reader.waiting()

    def log(self) -> dict[int, list[str]]:
        """Return what the log says of each mention, sorted."""
        said: dict[int, list[str]] = {}
        for row in self.running.bot.reader.log():
            said.setdefault(row["mention_id"], []).append(row["action"])
        return {mention_id: sorted(actions) for mention_id, actions in said.items()}

    def told(self) -> list[str]:
        """Return the keys of what stands on Slack about clocks, in Finance's channel and with Ana."""
        slack, office = self.office.slack, self.office
        shown = [*slack.messages(office.finance), *slack.messages(office.ana)]
        return sorted(one.key for one in shown if one.key.startswith("clock:"))


def kill(folder: Path, point: str, times: int, database_url: str = "") -> str:
    """Kill the bot so often at one point, a mention each; returns the figures."""
    with running_on_slack(folder, sources=PROMISES, database_url=database_url) as running:
        due = Due(running)
        due.arrive(times)
        ids = sorted(due.log())
        for mention_id in ids:
            due.die(mention_id, point)
        due.live()
        steps = running.bot.reader.rows("SELECT key FROM message WHERE key LIKE 'clock:%'")
        assert due.told() == sorted(row["key"] for row in steps)
        free = sum(actions == NOBODYS for actions in due.log().values())
        assert (free, len(steps)) == (times // 2, 2 * free + times - free)
        assert running.bot.command("log", "verify").returncode == 0
        return f"{point}: killed {times} times, {len(steps)} steps, each taken once and told once"


def test_what_was_told_since_a_copy_that_is_put_back_is_found_and_not_told_again(tmp_path: Path) -> None:
    with running_on_slack(tmp_path / "first", sources=PROMISES) as running:
        due = Due(running)
        due.arrive(2)
        for mention_id in due.log():
            due.put_back(mention_id)
        copy = str(tmp_path / "dibs.backup")
        assert running.bot.command("db", "backup", copy).returncode == 0
        due.live()
        told = due.told()
        running.bot.kill()
        second = BotProcess(tmp_path / "second", running.slack, {"blog": running.feeds.url()}, sources=PROMISES)
        assert second.command("db", "restore", copy).returncode == 0
        with second:
            restored = Due(RunningOnSlack(running.office, running.feeds, second))
            second.wait_for(lambda: restored.is_taken)
            assert (len(told), restored.told()) == (3, told)


SCENARIOS = {f"{times} x {point}": partial(kill, point=point, times=times) for times in (FEW, MANY) for point in POINTS}


@pytest.mark.turns
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith(f"{FEW} x")])
def test_a_step_is_taken_once_and_told_once_however_its_process_dies(
    scenario: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    say(SCENARIOS[scenario](tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith(f"{MANY} x")])
def test_a_step_is_taken_once_and_told_once_in_twenty_kills(
    scenario: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    say(SCENARIOS[scenario](tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("point", STEPS)
def test_so_it_is_on_postgresql(point: str, tmp_path: Path, cluster: Cluster, say: Callable[[str], None]) -> None:
    say(f"PostgreSQL, {kill(tmp_path, point, FEW, cluster.create_database())}")
