"""An installation with Teams: the platform behind its wall, against the fake Teams."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.chat.teams.platform import Teams
from bot.chat.teams.settings import TeamsSettings
from bot.runtime.clock import utc_now
from handlers.base.organisation import Organisation
from storage.channels import messages
from storage.channels.messages import LaneStatus
from storage.engine.database import Database
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import MessageKind
from tests.bot.chat.installation import PlatformInstallation
from tests.bot.chat.teams import cards
from tests.fakes.teams.activities import Json, Person, Room
from tests.fakes.teams.connector import Conversation, Standing
from tests.fakes.teams.server import TENANT, FakeTeams
from tests.harness.loops import loop_in_thread, run_in
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.scene import ORGANISATION, Scene

T = TypeVar("T")
TEAM, FINANCE = "19:support@thread.tacv2", "19:finance@thread.tacv2"


def organisation(**changes: Any) -> Organisation:
    """Return the scene's organisation, at home in Teams: support in a team's first channel, finance in another one."""
    homes = {"support": TEAM, "finance": FINANCE}
    departments = tuple(
        replace(one, homes={"teams": homes[one.key]}, home_names={}) for one in ORGANISATION.departments
    )
    return replace(ORGANISATION, **({"departments": departments} | changes))


@dataclass
class TeamsInstallation(PlatformInstallation[Teams]):
    """Teams, with a team of two channels."""

    teams: FakeTeams
    support: Room
    finance: Room

    def wait_for(self, look: Callable[[], T]) -> T:
        """Wait until ``look`` sees something."""
        return wait_until(look)

    def send(self, activity: Json) -> tuple[int, Any]:
        """Send an activity to the bot, as Teams does."""
        return run_in(self.teams.loop, self.teams.send(activity))

    # What somebody does

    def press(self, who: Person, row: MentionRow, verb: str, /, room: Room | None = None, **typed: str) -> Json:
        """Press a button on the card of a mention, or send the form in it; returns what the invoke is answered with."""
        card = self.stands(row)
        place = room or self.finance
        data: Json = {"ref": f"{row.token}.{self.scene.look(row).version}"}
        data |= {f"{verb}.{name}": text for name, text in typed.items()} | ({"form": verb} if typed else {})
        return self._pressed(who, place, card, f"dibs:{verb}", data)

    def send_form(self, who: Person, row: MentionRow, form: Json, title: str) -> Json:
        """Press a button of a form that stands in place of the card; returns what the invoke is answered with."""
        sent = cards.buttons(form)[title]
        return self._pressed(who, self.finance, self.stands(row), sent["verb"], sent["data"])

    def _pressed(self, who: Person, place: Room, card: Standing, verb: str, data: Json) -> Json:
        status, body = self.send(self.teams.build.press(who, place, card.id, verb, data))
        assert status == 200, body
        assert body["statusCode"] == 200
        answer: Json = body
        return answer

    def say(self, who: Person, room: Room, text: str, **fields: Any) -> None:
        """Type something to the bot."""
        assert self.send(self.teams.build.message(who, room, text, **fields)) == (200, None)

    def chat(self, who: Person) -> Room:
        """Return somebody's chat with the bot, opened by them."""
        room = Room(f"a:{who.id}", "personal")
        self.teams.memory.rooms.setdefault(room.id, Conversation(room, [who]))
        return room

    def install(self, room: Room, action: str = "add", who: Person | None = None) -> None:
        """Tell the bot that it was installed, or removed."""
        assert self.send(self.teams.build.install(who or self.teams.ana, room, action)) == (200, None)

    # What is seen

    def arrive(self, text: str = "Where is my refund?", **fields: object) -> MentionRow:
        """Let a mention arrive and wait for its card."""
        row = self.scene.arrive(text, **fields)
        self.stands(row)
        return row

    def cards(self, row: MentionRow, room: Room | None = None) -> list[Standing]:
        """Return the cards of a mention that stand in a channel, second copies too; no notices about it."""
        place = room or self.finance

        def is_notice(one: Standing) -> bool:
            found = self.read(lambda session: messages.by_reference(session, "teams", place.id, one.id))
            return found is not None and found.kind != MessageKind.CARD

        standing = [one for one in self.teams.messages(place) if f"#{row.token}" in words(one) and not one.thread]
        return [one for one in standing if not is_notice(one)]

    def stands(self, row: MentionRow, room: Room | None = None) -> Standing:
        """Wait until the one card of a mention stands in a channel, and its place is written down."""
        place = room or self.finance

        def kept() -> bool:
            found = self.scene.database.read(lambda session: messages.by_key(session, f"card:{row.id}:{place.id}"))
            return found is not None and found.reference is not None

        self.wait_for(kept)
        self.wait_for(lambda: len(self.cards(row, place)) == 1)  # the place of a notice is written down a little later
        (card,) = self.cards(row, place)
        return card

    def shows(self, row: MentionRow, said: str, room: Room | None = None) -> Standing:
        """Wait until the card of a mention says something."""
        self.wait_for(lambda: said in words(self.stands(row, room)))
        return self.stands(row, room)

    def told(self, who: Person, said: str) -> str:
        """Wait until somebody was told something in their own chat; returns all of that message."""
        room = f"a:{who.id}"

        def look() -> str:
            found = self.teams.memory.rooms.get(room)
            return next((words(one) for one in found.messages.values() if said in words(one)), "") if found else ""

        return self.wait_for(look)

    def answered(self, room: Room, said: str) -> Standing:
        """Wait until something was said in a room."""
        return self.wait_for(lambda: [one for one in self.teams.messages(room) if said in words(one)])[-1]

    def owner(self, row: MentionRow) -> str | None:
        """Return the name of who owns a mention."""
        owner = self.scene.look(row).owner_id
        return self.read(lambda session: people.get(session, owner).name) if owner else None

    def lane(self, channel: str) -> LaneStatus:
        """Return the lane of a channel."""
        found = self.read(lambda session: messages.lane_of(session, "teams", channel))
        assert found is not None
        return found


def words(message: Standing) -> str:
    """Return all that is to be read in a message."""
    cards_in = [one["content"] for one in message.activity.get("attachments", [])]
    return "\n".join([message.activity.get("text", ""), *(text for one in cards_in for text in cards.texts(one))])


def said(answer: Json) -> str:
    """Return all that is to be read in what a press was answered with."""
    value = answer["value"]
    if answer["type"] == "application/vnd.microsoft.activity.message":
        return str(value)
    cards.check(value)
    return "\n".join(cards.texts(value))


def offers(card: Json) -> list[str]:
    """Return the verbs that a card offers."""
    found = [one for one in cards.walk(card) if one["type"] == "Action.Execute"]
    return [str(one["verb"]).removeprefix("dibs:") for one in found]


def reference(text: str) -> str:
    """Return the reference that is named in a text."""
    found = re.search(r"#[0-9a-z]{4,12}", text)
    assert found
    return found[0]


@contextmanager
def installation(
    database: Database,
    *,
    prepare: Callable[[FakeTeams], object] = lambda teams: None,
    changes: dict[str, Any] | None = None,
    settings: Callable[[TeamsSettings], TeamsSettings] = lambda one: one,
    install: bool = True,
    patience: float = HANG_SECONDS,
    **options: Any,
) -> Iterator[TeamsInstallation]:
    """Run it; ``options`` are those of the fake Teams, ``changes`` those of the organisation."""
    with FakeTeams.run(**({"paced": False} | options)) as teams:
        support = teams.channel(TEAM)
        finance = teams.channel(FINANCE, team=TEAM, name="finance-care")
        prepare(teams)
        with loop_in_thread("installation") as loop:
            scene = Scene(database, organisation(**(changes or {})), utc_now())
            built = TeamsInstallation(scene, loop, teams, support, finance)
            built.do(_open(built, settings(teams.settings()), patience))
            if install:
                built.install(support)
                built.settle()
            try:
                yield built
                built.settle()
            finally:
                built.do(built.close())


async def _open(built: TeamsInstallation, settings: TeamsSettings, patience: float) -> None:
    platform = Teams(settings, built.backend(), public_url="https://dibs.acme.example", patience=patience)
    built.teams.bot_url = await built.serve(platform)
    await built.start()
    await built.looked.wait()  # what is learned at the start is not to come in between


__all__ = [
    "FINANCE",
    "TEAM",
    "TENANT",
    "TeamsInstallation",
    "installation",
    "offers",
    "organisation",
    "reference",
    "said",
    "words",
]
