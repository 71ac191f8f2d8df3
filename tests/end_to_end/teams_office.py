"""The sample company in the fake Teams, and its tally: what stands there beside the database and the log."""

import re
from collections.abc import Collection, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tests.bot.chat.teams.installation import words
from tests.end_to_end.bot_process import TEAMS_HOMES, BotProcess, mentioned
from tests.fakes.slack.records import Json
from tests.fakes.teams.activities import Person, Room
from tests.fakes.teams.connector import Standing
from tests.fakes.teams.server import FakeTeams
from tests.harness.loops import run_in

T = TypeVar("T")
# The first line of a card in plain text.
_NAMED = re.compile(r"\(#([0-9a-z]{4,12})\)$")


@dataclass(frozen=True)
class Answered:
    """What a gesture was answered with; status 0: with nothing, the process is gone."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.status == 200


@dataclass(frozen=True)
class TeamsOffice:
    """A team with two channels: support is its first one, finance another."""

    teams: FakeTeams
    support: Room
    finance: Room

    @classmethod
    def open(cls, teams: FakeTeams) -> "TeamsOffice":
        """Furnish a fake Teams; everybody who is in it by now is in the team."""
        support = teams.channel(TEAMS_HOMES["support"], name="")
        return cls(teams, support, teams.channel(TEAMS_HOMES["finance"], team=support.id, name="finance-care"))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop of the fake."""
        return run_in(self.teams.loop, work)

    def install(self) -> None:
        """Tell the bot that it was installed in the team."""
        assert self.send(self.teams.build.install(self.teams.ana, self.support)).ok

    def send(self, activity: Json) -> Answered:
        """Send a gesture; a cut connection is no answer."""
        return self.do(self.sending(activity))

    async def sending(self, activity: Json) -> Answered:
        """Send a gesture, in the loop of the fake."""
        try:
            return Answered(*await self.teams.send(activity))
        except (aiohttp.ClientError, OSError):
            return Answered(0)

    def press(self, who: Person, card: Standing, verb: str = "claim") -> Json:
        """Return the press of a button that stands on a card, or that stood there when it was new."""
        found = next((one["data"] for one in _actions(card.activity) if one.get("verb") == f"dibs:{verb}"), None)
        place = next(room for room in (self.support, self.finance) if room.id == card.room)
        data = found or {"ref": f"{token_of(card)}.1"}
        return self.teams.build.press(who, place, card.id, f"dibs:{verb}", data)

    def cards(self, room: Room | None = None) -> list[Standing]:
        """Return the cards that stand in a channel, oldest first."""
        return [one for one in self.teams.messages(room or self.finance) if token_of(one)]

    def of(self, token: str) -> list[Standing]:
        """Return the cards of a mention, wherever they stand."""
        return [one for room in (self.support, self.finance) for one in self.cards(room) if token_of(one) == token]


def token_of(card: Standing) -> str:
    """Return which mention a message is the card of; nothing for what is none."""
    if card.thread:
        return ""
    for one in card.activity.get("attachments", ()):
        drawn_anew = one["content"].get("refresh", {}).get("action", {}).get("data", {})
        return str(drawn_anew.get("ref", "")).partition(".")[0]
    found = _NAMED.search(str(card.activity.get("text", "")).partition("\n")[0])
    return found[1] if found else ""


def unknown_cards(office: TeamsOffice, bot: BotProcess) -> list[Standing]:
    """Return the second copies: cards whose ids nobody told the bot."""
    known = bot.reader.known_cards()
    return [
        one for room in (office.support, office.finance) for one in office.cards(room) if (room.id, one.id) not in known
    ]


def acts(card: Standing) -> bool:
    """Say whether a card has a button that does something."""
    return any(one.get("verb") not in (None, "dibs:show") for one in _actions(card.activity))


def _actions(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if value.get("type") == "Action.Execute":
            yield value
        for inner in value.values():
            yield from _actions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _actions(inner)


@dataclass(frozen=True)
class TeamsTally:
    """What stands beside what should: ``copies`` are cards that the bot knows nothing of, more than one a mention."""

    mentions: int
    copies: int
    wrong: list[str] = field(default_factory=list)


def tally(office: TeamsOffice, bot: BotProcess, shown: Collection[str]) -> TeamsTally:
    """Compare what sources showed with the mentions, the mentions with the cards, and the cards with the log.

    The card that the bot keeps is the true one. What else stands of a mention is a second copy, which is counted.
    """
    mentions, owners, copies = bot.reader.mentions("teams"), bot.reader.owners(), 0
    ids = [row["external_id"] for row in mentions]
    wrong = [f"lost: {one}" for one in shown if one not in ids]
    wrong += [f"twice: {one}" for one in set(ids) if ids.count(one) > 1]
    known = bot.reader.known_cards()
    for row in mentions:
        standing, owner = office.of(row["token"]), owners.get(row["id"])
        kept = bot.reader.reference(f"card:{row['id']}:{row['channel']}")
        true = [card for card in standing if card.id == kept and card.room == row["channel"]]
        # Known cards elsewhere stood in for one that could not stand in its home; only that one has buttons.
        moved = [card for card in standing if card.room != row["channel"] and (card.room, card.id) in known]
        wrong += [f"has buttons: {card.id}" for card in moved if acts(card)]
        copies += len(standing) - len(true) - len(moved)
        if not true:
            wrong.append(f"without a card: {row['token']}")
        elif owner != row["owner"] or (f"{owner} has it" in words(true[0])) != bool(owner):
            wrong.append(f"untrue: {row['token']} of {owner}: {words(true[0])[:200]}")
    tokens = {row["token"] for row in mentions}
    wrong += [f"strange: {card.id}" for card in office.cards(office.finance) if token_of(card) not in tokens]
    return TeamsTally(len(mentions), copies, wrong)


@dataclass
class RunningOnTeams:
    """A bot between its hook and a Teams, not started yet."""

    office: TeamsOffice
    bot: BotProcess
    shown: list[str] = field(default_factory=list)

    @property
    def teams(self) -> FakeTeams:
        """The Teams of the office."""
        return self.office.teams

    def start(self) -> None:
        """Start the bot, and install it where it was not yet."""
        new = not self.bot.reader.count("room")
        self.bot.start()
        if new:
            self.office.install()

    def push(self, *posts: Json) -> None:
        """Deliver posts to the hook, as one delivery, and again until it is acknowledged."""
        self.shown += [post["id"] for post in posts]
        assert self.bot.push(*posts) == 200

    def bring(self, number: int, name: str = "post") -> None:
        """Push so many mentions for finance."""
        self.push(*(mentioned(f"{name}-{one}") for one in range(number)))

    def settle(self, *, copies: int = 0) -> TeamsTally:
        """Wait until all is quiet, and fail unless each mention has its true card, and so many copies at most."""
        self.bot.settle(len(self.shown))
        found = tally(self.office, self.bot, self.shown)
        assert not found.wrong, found.wrong
        assert found.copies <= copies, f"{found.copies} copies of {found.mentions} cards"
        verdict = self.bot.command("log", "verify")
        assert verdict.returncode == 0, verdict.stderr
        return found


@contextmanager
def running_on_teams(
    folder: Path, *, paced: bool = False, people: Sequence[str] = (), **bot: Any
) -> Iterator[RunningOnTeams]:
    """Set everything up: ``people`` are names of more colleagues, ``bot`` are options of the process."""
    with FakeTeams.run(paced=paced) as fake:
        for name in people:
            fake.person(name.replace(" ", "").lower(), name)
        process = BotProcess(folder, None, teams=fake, **bot)
        try:
            yield RunningOnTeams(TeamsOffice.open(fake), process)
        finally:
            process.__exit__()
