"""One company in Slack and in Teams: every mention has a card on each, and people press on both at once."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bot.chat.teams.installation import said
from tests.bot.chat.teams.installation import words as teams_words
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.office import Office, words
from tests.end_to_end.teams_office import Answered, TeamsOffice
from tests.fakes.slack.gestures import Ack, Sender
from tests.fakes.slack.records import Json, Message, User
from tests.fakes.slack.server import SIGNING_SECRET, FakeSlack
from tests.fakes.teams.activities import Person
from tests.fakes.teams.connector import Standing
from tests.fakes.teams.server import FakeTeams
from tests.harness.patience import HANG_SECONDS

EACH = 25
# So long the processes stand still while the presses fill their sockets; well below the 3 s of an acknowledgement.
STILL_SECONDS = 0.4
# A process lives so long, at most, once it goes on: from before the first commit to after the last answer.
LIVES_SECONDS = 0.25


@dataclass(frozen=True)
class Cards:
    """A mention, and its card on each platform."""

    mention: Json
    slack: Message
    teams: Standing


@dataclass(frozen=True)
class Pressed:
    """What those who pressed were answered, in the order of the people."""

    slack: Sequence[Ack]
    teams: Sequence[Answered]

    @property
    def acknowledged(self) -> int:
        """How many were answered at all."""
        return sum(one.ok for one in self.slack) + sum(one.ok for one in self.teams)


class RunningOnBoth:
    """Fifty people, half of them on each platform, and one bot or several behind both."""

    def __init__(self, slack: FakeSlack, teams: FakeTeams, bots: Sequence[BotProcess]) -> None:
        self.slack, self.teams, self.bots = slack, teams, bots
        self.here = Office.open(slack)
        named = [f"Slack {number:02}" for number in range(EACH)]
        self.slackers: list[User] = [slack.workspace.add_user(one.replace(" ", ""), real_name=one) for one in named]
        self.here.finance.members |= {person.id for person in self.slackers}
        self.teamers: list[Person] = [teams.person(f"teams{one:02}", f"Teams {one:02}") for one in range(EACH)]
        self.there = TeamsOffice.open(teams)
        self.shown: list[str] = []

    def start(self) -> None:
        """Start all bots, and install the app."""
        for bot in self.bots:
            bot.start()
        self.there.install()

    @property
    def bot(self) -> BotProcess:
        """One of the bots."""
        return self.bots[0]

    def bring(self, number: int, name: str = "post") -> None:
        """Push so many mentions, and wait until each has its cards."""
        posts = [mentioned(f"{name}-{one}") for one in range(number)]
        self.shown += [post["id"] for post in posts]
        assert self.bot.push(*posts) == 200
        self.bot.settle(len(self.shown))

    def cards(self, external_id: str) -> Cards:
        """Return a mention with its cards: one on Slack, and on Teams the one that the bot knows of."""
        mention = next(row for row in self.bot.reader.mentions() if row["external_id"] == external_id)
        (shown,) = [one for one in self.here.cards(self.here.finance) if f"card:{mention['id']}:" in one.key]
        kept = self.bot.reader.reference(f"card:{mention['id']}:{self.there.finance.id}")
        return Cards(mention, shown, next(one for one in self.there.of(mention["token"]) if one.id == kept))

    def claims(self, mention: Json) -> list[str]:
        """Return who claimed a mention, as the log says."""
        rows = [row for row in self.bot.reader.log() if row["mention_id"] == mention["id"]]
        return [row["owner"] for row in rows if row["action"] == "claimed"]

    # Pressing

    def press(self, cards: Cards, meanwhile: Callable[[], object]) -> Pressed:
        """Let everybody press Claim at once: all presses are there before any of them is read.

        ``meanwhile`` is done once the processes go on.
        """
        for bot in self.bots:
            os.kill(bot.pid, signal.SIGSTOP)
        begun: list[Future[Any]] = [
            asyncio.run_coroutine_threadsafe(self._press_slack(cards.slack), self.slack.loop),
            asyncio.run_coroutine_threadsafe(self._press_teams(cards.teams), self.teams.loop),
        ]
        time.sleep(STILL_SECONDS)
        for bot in self.bots:
            os.kill(bot.pid, signal.SIGCONT)
        meanwhile()
        return Pressed(*(one.result(HANG_SECONDS) for one in begun))

    async def _press_slack(self, card: Message) -> list[Ack]:
        """Press in Slack, the people shared out among the bots."""
        presses: list[Coroutine[Any, Any, Ack]] = []
        for number, person in enumerate(self.slackers):
            sender = Sender(self.slack.workspace, self.slack.hub, SIGNING_SECRET, self.slack.sender.session)
            sender.url = f"{self.bots[number % len(self.bots)].url}/slack/events"
            presses.append(sender.send(self.slack.build.press(person, card, "dibs:claim", stale=True)))
        return list(await asyncio.gather(*presses))

    async def _press_teams(self, card: Standing) -> list[Answered]:
        """Press in Teams, which knows one address of the bot only."""
        return list(await asyncio.gather(*(self.there.sending(self.there.press(one, card)) for one in self.teamers)))

    # What has to be so

    def race(self, external_id: str) -> float:
        """Let all press, and fail unless one has it and the others were told who; returns the slowest answer."""
        cards = self.cards(external_id)
        before = {person.id: len(self.slack.ephemerals(person)) for person in self.slackers}
        begun = time.monotonic()
        pressed = self.press(cards, lambda: None)
        seconds = time.monotonic() - begun
        assert pressed.acknowledged == 2 * EACH
        cards = self.cards(external_id)
        owner = cards.mention["owner"]
        assert self.claims(cards.mention) == [owner], (
            f"the log says that it was claimed by {self.claims(cards.mention)}"
        )
        sentence = f"{owner} has #{cards.mention['token']} already"
        losers = [person for person in self.slackers if person.real_name != owner]
        self.bot.wait_for(lambda: all(self._was_told(one, before[one.id], sentence) for one in losers))
        told = sum(sentence in said(one.body) for one in pressed.teams) + len(losers)
        assert told == 2 * EACH - 1, f"{told} were told who it was"
        assert all(f"{owner} has it" in said(one.body) for one in pressed.teams)
        self.agree(external_id, owner)
        return seconds

    def _was_told(self, person: User, before: int, sentence: str) -> bool:
        told = self.slack.ephemerals(person)[before:]
        assert len(told) <= 1, f"{person.real_name} was told {len(told)} times"
        return bool(told) and sentence in words(told[0])

    def agree(self, external_id: str, owner: str) -> None:
        """Wait until both cards say who has it."""

        def look() -> bool:
            cards = self.cards(external_id)
            return all(f"{owner} has it" in one for one in (words(cards.slack), teams_words(cards.teams)))

        self.bot.wait_for(look)

    def race_and_kill(self, external_id: str, chance: random.Random) -> int:
        """Let all press, kill the process meanwhile, start it again, and let those press again who got no answer.

        Returns:
            How many were answered before the kill.
        """
        posts = mentioned(f"during-{external_id}")
        cards = self.cards(external_id)

        def kill() -> None:
            # One more mention is on its way to both platforms: the kill may hit it anywhere.
            self.bot.push(posts)
            time.sleep(chance.uniform(0, LIVES_SECONDS))
            self.bot.kill()

        pressed = self.press(cards, kill)
        self.bot.start()
        owner = self.cards(external_id).mention["owner"]
        assert owner or not pressed.acknowledged, f"{pressed.acknowledged} were acknowledged, and nobody has it"
        for answer in pressed.teams:
            assert not answer.ok or f"{owner} has it" in said(answer.body)
        assert self.bot.push(posts) == 200
        self.shown.append(posts["id"])
        again = self.press(cards, lambda: None)
        assert again.acknowledged == 2 * EACH
        kept = self.cards(external_id).mention["owner"]
        assert owner in (None, kept), f"{owner} had it, and now {kept} has"
        self.bot.settle(len(self.shown))
        assert self.claims(cards.mention) == [kept]
        self.agree(external_id, kept)
        return pressed.acknowledged

    def copies(self) -> int:
        """Return how many cards stand in Teams beside the true ones; none is missing on either platform."""
        return sum(len(self.there.of(self.cards(one).mention["token"])) - 1 for one in self.shown)

    def verify(self) -> None:
        """Fail unless the log is whole."""
        verdict = self.bot.command("log", "verify")
        assert verdict.returncode == 0, verdict.stderr


@contextmanager
def running_on_both(folder: Path, *, processes: int = 1, database_url: str = "") -> Iterator[RunningOnBoth]:
    """Gather the people and their bots."""
    with FakeSlack.run(posts_per_second=0) as slack, FakeTeams.run(paced=False) as teams, ExitStack() as stack:
        bots = [
            BotProcess(folder / str(number), slack, teams=teams, database_url=database_url)
            for number in range(processes)
        ]
        for bot in bots:
            stack.callback(bot.__exit__)
        yield RunningOnBoth(slack, teams, bots)
