"""A sample company in the fake Slack, and the tally: what stands there beside the database and the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.feed_server import FeedServer, Item
from tests.fakes.slack.records import Channel, Message, User
from tests.fakes.slack.server import FakeSlack


@dataclass(frozen=True)
class Office:
    """Two rooms with Ana, Ben and the bot in them."""

    slack: FakeSlack
    support: Channel
    finance: Channel
    ana: User
    ben: User

    @classmethod
    def open(cls, slack: FakeSlack) -> "Office":
        """Furnish a fake Slack."""
        ana = slack.workspace.add_user("ana", email="ana@acme.example")
        ben = slack.workspace.add_user("ben", email="ben@acme.example")
        rooms = [slack.workspace.add_channel(name, members=[ana, ben]) for name in ("support-social", "finance-care")]
        return cls(slack, rooms[0], rooms[1], ana, ben)

    def cards(self, room: Channel) -> list[Message]:
        """Return the cards that stand in a room, oldest first."""
        return [message for message in self.slack.messages(room) if message.key.startswith("card:")]

    def card(self, text: str, room: Channel | None = None) -> Message:
        """Return the one card with these words on it."""
        found = [card for card in self.cards(room or self.finance) if text in words(card)]
        assert len(found) == 1, f"{len(found)} cards say {text!r}"
        return found[0]

    def open_form(self, who: User, card: Message, verb: str) -> None:
        """Open a verb's form from a card, whether it has a button there or stands in the menu."""
        menu = [
            str(option["value"])
            for block in card.blocks
            for part in block.get("elements", [])
            for option in part.get("options", [])
        ]
        inside = next((value for value in menu if value.startswith(f"{verb} ")), f"dibs:{verb}")
        assert self.slack.press(who, card, inside).ok
        assert self.slack.views(who), f"{verb} opened no form"


@dataclass(frozen=True)
class RunningOnSlack:
    """A bot between a feed and a Slack, not started yet."""

    office: Office
    feeds: FeedServer
    bot: BotProcess

    @property
    def slack(self) -> FakeSlack:
        """The Slack of the office."""
        return self.office.slack

    def settle(self, shown: Collection[str]) -> None:
        """Wait until all is quiet, and fail unless each of these posts has exactly one true card in its home."""
        self.bot.settle(len(shown))
        found = tally(self.office, self.bot, shown)
        assert not found, found
        verdict = self.bot.command("log", "verify")
        assert verdict.returncode == 0, verdict.stderr


@contextmanager
def running_on_slack(
    folder: Path,
    items: Sequence[Item] = (),
    *,
    allow: Collection[str] = (),
    slack: Mapping[str, Any] | None = None,
    **bot: Any,
) -> Iterator[RunningOnSlack]:
    """Set everything up: ``items`` are in the feed "blog" (the first is the oldest), the rest are their options."""
    with FakeSlack.run(allow=allow, **({"posts_per_second": 0} | dict(slack or {}))) as fake, FeedServer.run() as feeds:
        feeds.add(*items)
        process = BotProcess(folder, fake, {"blog": feeds.url()}, **bot)
        try:
            yield RunningOnSlack(Office.open(fake), feeds, process)
        finally:
            process.__exit__()


@dataclass(frozen=True)
class Tally:
    """What went wrong, as lists of external ids or card keys; nothing did where all are empty."""

    mentions: int
    lost: list[str]
    twice: list[str]
    strange: list[str]
    untrue: list[str]

    def __bool__(self) -> bool:
        return bool(self.lost or self.twice or self.strange or self.untrue)


def tally(office: Office, bot: BotProcess, shown: Collection[str]) -> Tally:
    """Compare what sources showed with the mentions, the mentions with the cards, and the cards with the log.

    Args:
        office: Where cards should stand: each mention's in its department's home, with buttons.
        bot: Whose database it is.
        shown: The external ids of all posts that the bot was shown.
    """
    mentions = bot.reader.mentions()
    ids = [row["external_id"] for row in mentions]
    lost = [one for one in set(shown) if one not in ids]
    twice = [one for one in set(ids) if ids.count(one) > 1]
    strange = [one for one in ids if one not in shown]
    untrue: list[str] = []
    owners, known = bot.reader.owners(), set()
    for row in mentions:
        key = f"card:{row['id']}:{row['channel']}"
        known.add(key)
        standing = [card for card in office.slack.messages(row["channel"]) if card.key == key]
        lost += [key] * (not standing)
        twice += [key] * (len(standing) > 1)
        owner = owners.get(row["id"])
        if owner != row["owner"] or any((f"{owner} has it" in words(card)) != bool(owner) for card in standing):
            untrue.append(key)
    for room in (office.support, office.finance):
        strange += [card.key for card in office.cards(room) if card.key not in known]
    return Tally(len(mentions), lost, twice, strange, untrue)


def words(thing: Any) -> str:
    """Return every text of a message, an ephemeral or a view, as people read it."""
    return "\n".join([getattr(thing, "text", ""), *texts(thing.blocks)])


def texts(blocks: Any) -> Iterator[str]:
    """Yield the texts of blocks, in their order."""
    if isinstance(blocks, dict):
        if isinstance(blocks.get("text"), str):
            yield blocks["text"]
        for value in blocks.values():
            yield from texts(value)
    elif isinstance(blocks, list):
        for value in blocks:
            yield from texts(value)
