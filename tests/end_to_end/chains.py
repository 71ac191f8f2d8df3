"""Chains of kills: start, settle, arm, stir, die at a point, start again, settle, compare; again and again.

Each chain has its own Slack, feed, database and process, so that several run side by side: most of their time is
the five seconds for which Dibs waits before it looks up what a killed process may have sent.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.feed_server import FeedServer, Item
from tests.end_to_end.killed import ARMED, POINTS
from tests.end_to_end.office import Office, Tally, running_on_slack, tally, words
from tests.fakes.slack.faults import CUT, Moment
from tests.fakes.slack.gestures import Ack
from tests.fakes.slack.payloads import Gesture

AT_ONCE = 3
# Where the process is killed from outside, at a moment of a request: the method, and the moment.
WIRE: dict[str, tuple[str, Moment]] = {
    "request on the wire": ("chat.postMessage", "arrived"),
    "accepted before the answer": ("chat.postMessage", "accepted"),
    "update in flight": ("chat.update", "arrived"),
    "update accepted": ("chat.update", "accepted"),
}
EVERY = (*POINTS, *WIRE)
# Each message passes here, so the first, second or third of a round may be the one; elsewhere a round passes once.
_ONE_BY_ONE = ("answered before settled", "request on the wire", "accepted before the answer")


@dataclass
class Figures:
    """What a chain came to."""

    point: str
    killed: int = 0
    mentions: int = 0
    lost: int = 0
    twice: int = 0
    wrong: list[Tally] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    slowest: float = 0.0

    def __str__(self) -> str:
        start = max(self.starts, default=0.0)
        return (
            f"{self.point}: killed {self.killed} times, {self.mentions} mentions, lost {self.lost}, "
            f"twice {self.twice}; slowest start {start:.1f} s, acknowledgement {self.slowest:.1f} s"
        )


@dataclass
class Chain:
    """One point, and everything around the process that is killed there."""

    point: str
    office: Office
    feeds: FeedServer
    bot: BotProcess
    shown: list[str] = field(default_factory=list)
    stirred: list[Callable[[], object]] = field(default_factory=list)

    def kill_once(self, number: int) -> Tally:
        """Let the process die at the point, start it again, and compare once all is quiet."""
        # One at a time every other round, as fast as the answers come in the rest: then several are under way.
        self._start(number)
        self.bot.settle(len(self.shown))
        self.stirred.clear()
        self._arm(number)
        self._stir(number)
        died = self.bot.wait_dead()
        assert died == -signal.SIGKILL, f"{self.point}: ended with {died}\n{self.bot.log[-3000:]}"
        self.office.slack.faults.clear()
        self._start(number + 1)
        for again in self.stirred:
            again()
        self.bot.settle(len(self.shown))
        return tally(self.office, self.bot, self.shown)

    def _start(self, number: int) -> None:
        if self.bot.running:
            return
        nth = number % AT_ONCE + 1 if self.point in _ONE_BY_ONE else 1
        if self.point in POINTS:
            self.bot.runner = ("tests.end_to_end.killed", self.point, str(nth), "run")
        self.bot.posts_per_second = 0 if number % 2 else 20
        self.bot.configure()
        self.bot.start()

    def _arm(self, number: int) -> None:
        """Let it die at the point from now on."""
        if self.point in POINTS:
            before = self.bot.log.count(ARMED)
            os.kill(self.bot.pid, signal.SIGUSR1)
            self.bot.wait_for(lambda: self.bot.log.count(ARMED) > before)
            return
        method, moment = WIRE[self.point]

        def kill(_request: Any) -> object:
            os.kill(self.bot.pid, signal.SIGKILL)
            # What is under way may still arrive after its sender's death, or never.
            return CUT if number % 4 < 2 else None

        skip = number % AT_ONCE if self.point in _ONE_BY_ONE else 0
        self.office.slack.on_request(method, kill, when=moment, skip=skip)

    def _stir(self, number: int) -> None:
        """Give it what brings it to the point: posts, or a claim."""
        if "claim" in self.point or "update" in self.point:
            self._claim(number)
        elif number % 2 or self.point == "fetched":
            items = [Item(id=f"post-{number}-{one}") for one in range(AT_ONCE)]
            self.shown += [item.id for item in items]
            self.feeds.add(*items)
        else:
            posts = [mentioned(f"{number}-{one}") for one in range(AT_ONCE)]
            self.shown += [post["id"] for post in posts]
            self._deliver(lambda: self.bot.push(*posts))

    def _deliver(self, push: Callable[[], int]) -> None:
        """Push, and push again after the restart if there was no 200: that is what senders do."""
        if push() != 200:
            self.stirred.append(lambda: _must(push()))

    def _claim(self, number: int) -> None:
        slack, ana = self.office.slack, self.office.ana
        card = next(one for one in self.office.cards(self.office.finance) if "Ana has it" not in words(one))
        by_emoji = number % 2 == 0
        gesture = slack.build.react(ana, card, "eyes") if by_emoji else slack.build.press(ana, card, "dibs:claim")
        self._gesture(gesture, again=by_emoji)

    def _gesture(self, gesture: Gesture, *, again: bool) -> None:
        """Send a gesture; Slack sends an event again when it was not acknowledged, a press it does not."""
        if not self._acknowledged(gesture).ok and again:
            self.stirred.append(lambda: _must(self._acknowledged(gesture, repeat=2).status))

    def _acknowledged(self, gesture: Gesture, repeat: int = 1) -> Ack:
        return self.office.slack.send(gesture, repeat=repeat)


def run_chain(point: str, folder: Path, times: int, database_url: str = "") -> Figures:
    """Kill a bot so many times at one point; the figures say what was lost or doubled."""
    figures = Figures(point)
    first = [Item(id=f"first-{one}") for one in range(times + 1)]
    with running_on_slack(folder, first, database_url=database_url) as scene:
        chain = Chain(point, scene.office, scene.feeds, scene.bot, [item.id for item in first])
        for number in range(times):
            found = chain.kill_once(number)
            figures.killed += 1
            figures.mentions, figures.lost = found.mentions, figures.lost + len(found.lost)
            figures.twice += len(found.twice)
            if found:
                figures.wrong.append(found)
        figures.starts = scene.bot.starts
        figures.slowest = max((ack.seconds for ack in scene.office.slack.sender.acks if ack.ok), default=0.0)
        verdict = scene.bot.command("log", "verify")
        assert verdict.returncode == 0, verdict.stderr
    return figures


def _must(status: int) -> None:
    assert status == 200, f"after the restart it answered {status}"
