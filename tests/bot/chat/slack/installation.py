"""An installation with Slack, against the fake Slack, on SQLite."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.chat.slack.platform import Slack
from bot.chat.slack.settings import SlackSettings
from bot.runtime.clock import utc_now
from handlers.base.organisation import Organisation
from storage.engine.database import Database
from storage.own.mentions import MentionRow
from tests.bot.chat.installation import PlatformInstallation
from tests.fakes.slack.gestures import Ack
from tests.fakes.slack.records import Channel, Message, User
from tests.fakes.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.harness.engines import open_migrated
from tests.harness.loops import loop_in_thread
from tests.harness.patience import HANG_SECONDS, until
from tests.harness.scene import ORGANISATION, Scene

T = TypeVar("T")
SUPPORT, FINANCE = "C0SUPPORT", "C0FINANCE"


def organisation(**changes: Any) -> Organisation:
    """Return the scene's organisation with channel ids as Slack makes them."""
    homes = {"support": SUPPORT, "finance": FINANCE}
    departments = tuple(replace(one, homes={"slack": homes[one.key]}) for one in ORGANISATION.departments)
    return replace(ORGANISATION, **({"departments": departments} | changes))


@dataclass
class SlackInstallation(PlatformInstallation[Slack]):
    """Slack, with two channels and two people."""

    slack: FakeSlack
    support: Channel
    finance: Channel
    ana: User
    ben: User
    url: str = ""

    def arrive(self, text: str = "Where is my refund?", **fields: object) -> tuple[MentionRow, Message]:
        """Let a mention arrive and wait for its card in #finance-care (or #support-social)."""
        row = self.scene.arrive(text, **fields)
        return row, self.stands(row)

    def stands(self, row: MentionRow, channel: Channel | None = None) -> Message:
        """Wait until the card of a mention stands."""
        card = self.slack.wait_for(lambda: self.card(row, channel))
        assert card is not None
        return card

    def card(self, row: MentionRow, channel: Channel | None = None) -> Message | None:
        """Return the card as it stands, wherever it is; there is never more than one in a channel."""
        for room in [channel] if channel else [self.finance, self.support]:
            standing = self.slack.cards(room).get(f"card:{row.id}:{room.id}", [])
            assert len(standing) < 2
            if standing:
                return standing[0]
        return None

    def shows(self, row: MentionRow, words: str) -> Message:
        """Wait until the card of a mention says something."""
        self.slack.wait_for(lambda: (card := self.card(row)) is not None and words in str(card.blocks))
        return self.stands(row)

    def press(self, person: User, card: Message, verb: str, **how: Any) -> Ack:
        """Press a verb where the card has it: on a button, in the menu, or in the form behind its last entry."""
        if how.get("stale") or verb in verbs_of(card):
            return self.slack.press(person, card, press_of(card, verb), **how)
        assert fine(self.slack.press(person, card, press_of(card, "everything")))
        return self.slack.submit(person, {"verb": verb})

    def owner(self, row: MentionRow) -> int | None:
        """Return who owns a mention."""
        return self.scene.look(row).owner_id

    def told(self, user: User, words: str) -> str:
        """Wait until a person alone was told something with these words; returns the whole of it."""

        def look() -> str:
            said = [f"{one.text} {one.blocks}" for one in self.slack.ephemerals(user)]
            said += [f"{one.text} {one.blocks}" for one in self.slack.messages(user)]
            return next((one for one in said if words in one), "")

        return self.slack.wait_for(look)


@contextmanager
def installation(
    tmp_path: Path,
    *,
    socket: bool = False,
    prepare_slack: Callable[[FakeSlack], object] = lambda slack: None,
    changes: dict[str, Any] | None = None,
    allow: Collection[str] = (),
    patience: float = HANG_SECONDS,
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> Iterator[SlackInstallation]:
    """Run it; ``options`` are those of the fake Slack, ``changes`` those of the organisation, ``settings`` of Slack."""
    with FakeSlack.run(allow=allow, **({"posts_per_second": 0, "tell_joins": False} | options)) as slack:
        ana = slack.workspace.add_user("ana", id="U0ANA", email="ana@acme.example")
        ben = slack.workspace.add_user("ben", id="U0BEN", email="ben@acme.example")
        everybody = [ana.id, ben.id]
        support = slack.workspace.add_channel("support-social", id=SUPPORT, members=everybody, bot=False)
        finance = slack.workspace.add_channel("finance-care", id=FINANCE, members=everybody, bot=False)
        prepare_slack(slack)
        database = Database(open_migrated(tmp_path / "dibs.db"))
        with closing(database), loop_in_thread("installation") as loop:
            scene = Scene(database, organisation(**(changes or {})), utc_now())
            built = SlackInstallation(scene, loop, slack, support, finance, ana, ben)
            built.do(_open(built, socket, patience, settings or {}))
            built.do(_learned(built))
            try:
                yield built
                built.settle()
            finally:
                built.do(built.close())


async def _open(built: SlackInstallation, socket: bool, patience: float, changes: dict[str, Any]) -> None:
    settings = SlackSettings(
        bot_token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        app_token=APP_TOKEN if socket else "",
        api_url=f"{built.slack.base_url}/api/",
        posts_per_second=0,
        **changes,
    )
    platform = Slack(settings, built.backend(), public_url="https://dibs.acme.example", patience=patience)
    built.url = built.slack.bot_url = await built.serve(platform)
    await built.start()


async def _learned(built: SlackInstallation) -> None:
    """Wait until everybody is known, where Slack lets itself be asked."""
    connecting = built.platform._connecting
    assert connecting is not None
    await until(lambda: connecting.done() or built.platform._trouble not in ("", "Slack was not asked yet."))


def controls(message: Message) -> list[dict[str, Any]]:
    """Return the buttons and menus of a card, in their order, wherever they stand."""
    parts = [[*block.get("elements", []), block.get("accessory") or {}] for block in message.blocks]
    return [one for several in parts for one in several if one.get("type") in ("button", "overflow")]


def options(message: Message) -> list[str]:
    """Return what a card's menu sends back, entry by entry."""
    return [str(one["value"]) for part in controls(message) for one in part.get("options", [])]


def verbs_of(message: Message) -> list[str]:
    """Return the verbs that a card offers, buttons first."""
    pressed = [one["action_id"].removeprefix("dibs:") for one in controls(message) if one["type"] == "button"]
    return [*pressed, *(one.split()[0] for one in options(message))]


def press_of(message: Message, verb: str) -> str:
    """Return by what a verb is pressed on a card: its entry in the menu, else its button."""
    return next((one for one in options(message) if one.startswith(f"{verb} ")), f"dibs:{verb}")


def fine(ack: Ack) -> bool:
    """Say whether a gesture was acknowledged without anything to complain about."""
    return ack.status == 200
