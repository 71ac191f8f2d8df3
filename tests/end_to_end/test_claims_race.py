"""Fifty people claim one card at the same moment: one has it, and forty-nine are told who."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.office import Office, words
from tests.fakes.slack.gestures import Ack, Sender
from tests.fakes.slack.payloads import Gesture
from tests.fakes.slack.records import Message, User
from tests.fakes.slack.server import SIGNING_SECRET, FakeSlack
from tests.harness.engines import migrate
from tests.harness.loops import run_in
from tests.harness.postgres import Cluster

PEOPLE, ROUNDS = 50, 20
# So long the processes stand still while the presses fill their sockets; well below the 3 s of an acknowledgement.
STILL_SECONDS = 0.4


class RunningForACrowd:
    """Fifty people in a channel with cards, and one bot or several behind it."""

    def __init__(self, slack: FakeSlack, bots: Sequence[BotProcess], rounds: int) -> None:
        self.slack = slack
        self.bots = bots
        self.office = Office.open(slack)
        named = [f"Claimant {number:02}" for number in range(PEOPLE)]
        self.people = [slack.workspace.add_user(name.replace(" ", ""), real_name=name) for name in named]
        self.office.finance.members |= {person.id for person in self.people}
        for bot in bots:
            bot.start()
        posts = [mentioned(number) for number in range(rounds)]
        assert bots[0].push(*posts) == 200
        bots[0].settle(rounds)

    def race(self, number: int) -> float:
        """Let all press Claim on one card; fail unless one of them has it; returns the slowest acknowledgement."""
        card = self.office.cards(self.office.finance)[number]
        told = {person.id: len(self.slack.ephemerals(person)) for person in self.people}
        acks = self._press(card)
        assert [ack.status for ack in acks] == [200] * PEOPLE
        mention = next(row for row in self.bots[0].reader.mentions() if f"card:{row['id']}:" in card.key)
        rows = [row for row in self.bots[0].reader.log() if row["mention_id"] == mention["id"]]
        claims = [row["owner"] for row in rows if row["action"] == "claimed"]
        assert claims == [mention["owner"]], f"the log says that it was claimed by {claims}"
        losers = [person for person in self.people if person.real_name != mention["owner"]]
        assert len(losers) == PEOPLE - 1
        sentence = f"{mention['owner']} has #{mention['token']} already"
        self.bots[0].wait_for(lambda: all(self._was_told(one, told[one.id], sentence) for one in losers))
        assert f"{mention['owner']} has it" in self._shown(card, mention["owner"])
        return max(ack.seconds for ack in acks)

    def _press(self, card: Message) -> list[Ack]:
        """Press at once, half of the people at each process: all presses are there before any of them is read."""
        gestures = [self.slack.build.press(person, card, "dibs:claim") for person in self.people]
        shares = [gestures[number :: len(self.bots)] for number in range(len(self.bots))]
        for bot in self.bots:
            os.kill(bot.pid, signal.SIGSTOP)
        waking = threading.Timer(STILL_SECONDS, self._go_on)
        waking.start()
        try:
            return run_in(self.slack.loop, self._send(shares))
        finally:
            waking.join()

    def _go_on(self) -> None:
        for bot in self.bots:
            os.kill(bot.pid, signal.SIGCONT)

    async def _send(self, shares: Sequence[Sequence[Gesture]]) -> list[Ack]:
        senders = []
        for bot in self.bots:
            sender = Sender(self.slack.workspace, self.slack.hub, SIGNING_SECRET, self.slack.sender.session)
            sender.url = f"{bot.url}/slack/events"
            senders.append(sender)
        acks = await asyncio.gather(*(one.gather(share) for one, share in zip(senders, shares, strict=True)))
        late = [ack.seconds for one in senders for ack in one.late]
        assert not late, f"acknowledged later than 3 s: {late}"
        return [ack for share in acks for ack in share]

    def _was_told(self, person: User, before: int, sentence: str) -> bool:
        told = self.slack.ephemerals(person)[before:]
        assert len(told) <= 1, f"{person.real_name} was told {len(told)} times"
        return bool(told) and sentence in words(told[0])

    def _shown(self, card: Message, owner: str) -> str:
        def look() -> str:
            said = next(words(one) for one in self.slack.messages(card.channel) if one.ts == card.ts)
            return said if f"{owner} has it" in said else ""

        return self.bots[0].wait_for(look)


@contextmanager
def running_for_a_crowd(
    folder: Path, *, processes: int = 1, database_url: str = "", rounds: int = ROUNDS, naive: bool = False
) -> Iterator[RunningForACrowd]:
    """Gather the people and their bots."""
    runner = ("tests.end_to_end.naive", "run") if naive else ("bot", "run")
    with FakeSlack.run(posts_per_second=0) as slack, ExitStack() as stack:
        bots = [
            BotProcess(folder / str(number), slack, database_url=database_url, runner=runner)
            for number in range(processes)
        ]
        for bot in bots:
            stack.callback(bot.__exit__)
        yield RunningForACrowd(slack, bots, rounds)


def race(room: RunningForACrowd, rounds: int = ROUNDS) -> str:
    """Run so many rounds; returns the figures."""
    begun = time.monotonic()
    slowest = max(room.race(number) for number in range(rounds))
    verdict = room.bots[0].command("log", "verify")
    assert verdict.returncode == 0, verdict.stderr
    return (
        f"{rounds} rounds of {PEOPLE} people at {len(room.bots)} process(es): 1 owner, {PEOPLE - 1} told who, "
        f"1 log row each; slowest acknowledgement {slowest:.2f} s ({STILL_SECONDS} s of it stopped), "
        f"{time.monotonic() - begun:.0f} s"
    )


def test_one_of_fifty_has_it_and_the_others_are_told_who(tmp_path: Path, say: Callable[[str], None]) -> None:
    with running_for_a_crowd(tmp_path) as room:
        say(f"SQLite, {race(room)}")


@pytest.mark.parametrize("processes", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_one_of_fifty_has_it_on_postgresql(
    processes: int, tmp_path: Path, cluster: Cluster, say: Callable[[str], None]
) -> None:
    url = cluster.create_database(cluster.template(migrate))
    with running_for_a_crowd(tmp_path, processes=processes, database_url=url) as room:
        say(f"PostgreSQL, {race(room)}")


def test_a_naive_claim_fails_the_same_race(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.create_database(cluster.template(migrate))
    with (
        pytest.raises(AssertionError, match="the log says that it was claimed by"),
        running_for_a_crowd(tmp_path, database_url=url, naive=True) as room,
    ):
        race(room)
