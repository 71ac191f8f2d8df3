"""Stories: somebody writes in public, Ana answers, and what stands there is counted on the service's own books."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.office import Office, words
from tests.fakes.sites.base import CHARTER, Site
from tests.fakes.sites.served import serve
from tests.fakes.slack.gestures import Ack
from tests.fakes.slack.records import Json, Message
from tests.fakes.slack.server import FakeSlack
from tests.harness.accounts import KEY


@dataclass
class Story:
    """A post, and the reply to it."""

    site: Site
    parent: str
    text: str
    token: str = ""
    drafted: bool = False
    pressed: bool = False


@dataclass
class Tally:
    """What stands in public, beside what the database, the log and the cards say; tokens, by what is wrong."""

    replies: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.twice or self.unclear or self.untrue)

    def __str__(self) -> str:
        figures = f"{self.replies} replies, lost {len(self.lost)}, twice {len(self.twice)}"
        return f"{figures}, unclear {len(self.unclear)}" + (f", untrue {self.untrue}" if self.untrue else "")


@dataclass
class RunningWithSites:
    """A bot between a Slack and the sites, and the stories that it was part of."""

    office: Office
    sites: dict[str, Site]
    bot: BotProcess
    stories: list[Story] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def slack(self) -> FakeSlack:
        """The Slack of the office."""
        return self.office.slack

    def begin(self, *names: str) -> list[Story]:
        """Let somebody write on each of these sites; what they write, and what we reply, is what sources listen to."""
        begun = []
        for name in names:
            number = next(self.numbers)
            parent = self.sites[name].write(f"#acme refund {number}: where is it?")
            begun.append(Story(self.sites[name], parent, f"I am sorry. #acme sends refund {number} today. Ana here."))
        self.stories += begun
        return begun

    def arrive(self) -> None:
        """Wait until all that was written has its card."""
        self.bot.settle(len(self.stories))
        known = {(row["source"], row["external_id"]): row["token"] for row in self.bot.reader.mentions()}
        for story in self.stories:
            story.token = known[story.site.name, story.parent]

    def draft(self, stories: Sequence[Story]) -> None:
        """Let Ana write the replies."""
        for story in stories:
            said = self.say(f"draft #{story.token} {story.text}")
            assert "is kept" in said.json["text"], said.json
            story.drafted = True

    def publish(self, stories: Sequence[Story]) -> None:
        """Let Ana publish them, as far as the bot lives to hear it; she tries again what was not acknowledged."""
        for story in stories:
            if not story.pressed:
                said = self.say(f"publish #{story.token}")
                story.pressed = said.ok
                assert not said.ok or self._is_under_way(story), said.json

    def _is_under_way(self, story: Story) -> bool:
        return (story.site.name, story.parent) in {(row["source"], row["parent"]) for row in self.rows()}

    def say(self, text: str) -> Ack:
        """Let Ana type a command."""
        return self.slack.slash(self.office.ana, self.office.finance, text)

    def rows(self) -> list[Json]:
        """Return the publications."""
        return self.bot.reader.publications()

    def settle(self) -> None:
        """Wait until every reply that Ana let out was published, or waits for a person, and every card shows it."""
        self.bot.wait_for(self._is_settled)
        self.bot.settle(len(self.stories))

    def _is_settled(self) -> bool:
        settled = {(row["source"], row["parent"]) for row in self.rows() if row["state"] not in ("due", "sending")}
        return settled >= {(story.site.name, story.parent) for story in self.stories if story.pressed}

    def finish(self) -> Tally:
        """Let everything come to rest, prove the log, and count."""
        self.settle()
        verdict = self.bot.command("log", "verify")
        assert verdict.returncode == 0, verdict.stderr
        return self.tally()

    def told(self, text: str) -> int:
        """Return how many direct messages with these words Ana got; she is the admin, too."""
        return sum(text in words(one) for one in self.slack.messages(self.office.ana))

    def tally(self) -> Tally:
        """Count what stands."""
        found = Tally()
        mentions = {row["token"]: row for row in self.bot.reader.mentions()}
        log = self.bot.reader.log()
        strange = mentions.keys() - {story.token for story in self.stories}
        found.untrue += [f"{one}: {mentions[one]}" for one in strange]
        rows = {(row["source"], row["parent"]): row for row in self.rows()}
        found.untrue += [f"{name} does not let us in" for name, site in self.sites.items() if not site.is_let_in()]
        for story in self.stories:
            standing = story.site.answers(story.parent)
            found.replies += len(standing)
            found.lost += [story.token] * (not standing)
            found.twice += [story.token] * (len(standing) > 1)
            row, mention = rows[story.site.name, story.parent], mentions[story.token]
            actions = [one["action"] for one in log if one["mention_id"] == mention["id"]]
            found.unclear += [f"{story.token}: {row['trouble']}"] * (row["state"] != "published")
            if wrong := [*self._wrong(story, mention, actions), *(one for one in standing if story.text not in one)]:
                found.untrue.append(f"{story.token}: {wrong}")
        return found

    def _wrong(self, story: Story, mention: Json, actions: list[str]) -> Iterator[str]:
        """Yield what the log, the mention, its card or the message to its writer do not say, or say twice."""
        if [actions.count(one) for one in ("arrived", "publishing", "responded", "unclear")] != [1, 1, 1, 0]:
            yield str(actions)
        if (mention["status"], mention["owner"]) != ("responded", "Ana"):
            yield str(mention)
        cards = [one for one in self.cards() if f"#{story.token}" in words(one)]
        if len(cards) != 1 or "Ana answered" not in words(cards[0]):
            yield "\n".join(map(words, cards))
        if (told := self.told(f"#{story.token} is published")) != 1:
            yield f"Ana was told {told} times"

    def cards(self) -> list[Message]:
        """Return the cards."""
        return self.office.cards(self.office.finance)


@contextmanager
def running_with_sites(
    folder: Path, names: Sequence[str], charter: str = CHARTER, **bot: Any
) -> Iterator[RunningWithSites]:
    """Set everything up, the bot not started yet; ``bot`` are the options of its process."""
    with FakeSlack.run(posts_per_second=0) as slack, serve(names, charter) as sites:
        secrets = {name: value for site in sites.values() for name, value in site.secrets().items()}
        secrets["DIBS_KEY"] = KEY
        tables = "".join(site.toml() for site in sites.values())
        for site in sites.values():
            site.let_through()
        process = BotProcess(folder, slack, sources=tables, secrets=secrets, **bot)
        try:
            yield RunningWithSites(Office.open(slack), sites, process)
        finally:
            process.__exit__()
