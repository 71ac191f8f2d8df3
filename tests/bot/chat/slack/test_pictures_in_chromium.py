"""Pictures of Slack for the documents, from their payloads: a channel, every state, a draft, a review, the digest, what
clocks say, and the form of a mute.

With DIBS_SCREENSHOTS set to a folder (`make test-desk` does so) they are written there.
"""

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from bot.chat.slack.draw.card import draw
from bot.chat.slack.draw.form import draw_form
from handlers.base.cards import Card, Form, Notice
from handlers.base.charter import NO_REVIEW, ReplyRules
from handlers.base.clocks import Lease, Rung, Target, Targets
from handlers.base.command import Who
from handlers.base.events import Author
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.resolve import ResolveMention
from handlers.own.strike import StrikeClocks
from handlers.reply.posted_by_hand import PostedReply
from handlers.report.digest import build_digest
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import ClockKind
from tests.bot.chat.slack.pictured import Block, channel, modal, page
from tests.bot.chat.states import AVATAR, WORDS, States
from tests.fakes.slack.blocks import prepare_view
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import deliver, notices
from tests.harness.scene import Scene, at

pytestmark = [pytest.mark.desk, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

TEAM = "https://acme.slack.com/"
JONAS = "Refund please! I ordered two rockets and got one. Order 4711, three e-mails, no answer."
PRIYA = "Which invoice is the right one? I got two for the same anvil."
DONE = "Refund came within a day, thank you."
FIRST = "Your refund is being processed. Please be patient."
THEN = "I am sorry, Jonas: the refund for the second rocket went out today. It takes three days. Ana"


@dataclass
class Day:
    """A morning in Finance."""

    states: States

    def __post_init__(self) -> None:
        self.charter()

    def charter(self) -> None:
        """Say what the place is for."""
        self.states.charter(purpose="We help whoever asks us for help", voice="Plain, kind, by our own names")

    def say(self, name: str, text: str) -> MentionRow:
        """Let somebody say something, a few minutes after the one before."""
        self.states.house.scene.pass_time(minutes=9)
        handle = f"{name.partition(' ')[0].lower()}.bsky.social"
        return self.states.arrive(text, author=Author(name=name, handle=handle, external_id=handle, avatar=AVATAR))

    def in_review(self) -> MentionRow:
        """Let Ana's reply to Jonas wait for a second person, in its second version."""
        mention = self.say("Jonas Muster", JONAS)
        house = self.states.house
        assert house.draft(self.states.ana, mention, FIRST, then="review").ok
        house.review(self.states.ben, house.only(mention), "changes", remark="Say when the money arrives.")
        assert house.draft(self.states.ana, mention, THEN, then="review").ok
        return mention

    def answered(self) -> MentionRow:
        """Let Ana answer Priya by hand."""
        self.states.charter(ReplyRules(), review=NO_REVIEW)
        mention = self.say("Priya Sample", PRIYA)
        scene, house = self.states.house.scene, self.states.house
        scene.do(ClaimMention(who=self.states.ana, reference=at(mention)))
        assert house.draft(self.states.ana, mention, "The second one, Priya. Ana").ok
        url = f"https://bsky.app/profile/acme.example/post/r{mention.id}"
        assert scene.do(PostedReply(who=self.states.ana, reference=at(mention), url=url)).ok
        self.charter()
        return mention

    def resolved(self) -> MentionRow:
        """Let Ana close what needs nothing more."""
        mention = self.say("Kim Sample", DONE)
        scene = self.states.house.scene
        scene.do(ClaimMention(who=self.states.ana, reference=at(mention)))
        assert scene.do(ResolveMention(who=self.states.ana, reference=at(scene.look(mention)))).ok
        return mention

    def form(self, verb: str, who: Who, mention: MentionRow) -> dict[str, Any]:
        """Return the modal that a verb opens."""
        form = self.states.house.form(verb, who, mention)
        assert isinstance(form, Form)
        view = draw_form(form)
        prepare_view(view, "modal")
        return view


@pytest.fixture
def day(scene: Scene) -> Day:
    return Day(States(RepliesInstallation(scene)))


@dataclass
class Camera:
    """Takes pictures of what is drawn."""

    browser: Browser
    folder: Path

    def take(self, name: str, document: str, *, scale: float = 1.5) -> None:
        """Write one, of the whole document."""
        shown = self.browser.new_page(viewport={"width": 640, "height": 200}, device_scale_factor=scale)
        shown.route("**/*", lambda route: route.abort())
        shown.set_content(document)
        shown.evaluate("document.fonts.ready")
        shown.locator("body").screenshot(path=self.folder / name)
        shown.close()
        assert (self.folder / name).stat().st_size > 10_000


@pytest.fixture
def camera(chromium: Browser, tmp_path: Path) -> Camera:
    folder = Path(os.environ.get("DIBS_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return Camera(chromium, folder)


def blocks(card: Card) -> list[Block]:
    return list(draw(card, TEAM).blocks)


def test_a_channel_and_every_state_of_a_card(camera: Camera, day: Day) -> None:
    told = {
        "new": day.say("Kim Sample", WORDS),
        "in review": day.in_review(),
        "answered": day.answered(),
        "resolved": day.resolved(),
    }
    now = day.states.house.scene.now
    cards = {name: blocks(day.states.drawn(mention)) for name, mention in told.items()}
    camera.take("slack-channel.png", page(channel(cards, now)))
    states = {name: blocks(card) for name, card in day.states.all().items()}
    camera.take("slack-states.png", page(channel(states, now, named=True)), scale=1)


def test_a_draft_with_advice_a_review_with_what_changed_and_the_digest(camera: Camera, day: Day) -> None:
    mention = day.say("Kim Sample", WORDS)
    day.states.house.draft(day.states.ana, mention, FIRST)
    camera.take("draft.png", page(modal(day.form("draft", day.states.ana, mention))))
    waiting = day.in_review()
    camera.take("review.png", page(modal(day.form("review", day.states.ben, waiting))))
    day.answered()
    day.say("Priya Sample", PRIYA)
    scene = day.states.house.scene
    scene.pass_time(minutes=40)

    def digest(session: Any) -> list[Block]:
        finance = people.department(session, "finance")
        assert finance is not None
        return list(draw(build_digest(session, scene.organisation, finance.id, scene.now), TEAM).blocks)

    shown = scene.database.read(digest)
    camera.take("digest.png", page(channel({"digest": shown}, scene.now)))


PROMISED = Targets(
    by_kind={
        ClockKind.CLAIM: Target(within=timedelta(hours=1)),
        ClockKind.FIRST_REPLY: Target(within=timedelta(hours=4)),
    },
    lease=Lease(ask=timedelta(hours=4), back=timedelta(hours=1)),
    ladder=(Rung(after=timedelta(minutes=30)),),
)


def strike(scene: Scene) -> None:
    """Let the timer look until nothing is due."""
    while scene.do(StrikeClocks(job="clocks")).ok:
        pass


def said(scene: Scene, where: str, words: str) -> Notice:
    """Return the notice of a channel with these words in its title."""
    return next(one for one in notices(scene, where) if words in one.title)


def test_what_is_due_what_is_late_a_ladder_and_a_lease(camera: Camera, day: Day) -> None:
    scene = day.states.house.scene
    departments = (replace(one, targets=PROMISED) for one in scene.organisation.departments)
    scene.organisation = replace(scene.organisation, departments=tuple(departments))
    scene.__post_init__()
    hers, late = day.say("Priya Sample", PRIYA), day.say("Jonas Muster", JONAS)
    scene.do(ClaimMention(who=day.states.ana, reference=at(hers)))
    scene.pass_time(hours=1, minutes=2)
    strike(scene)
    shown: dict[str, list[Block]] = {
        "due": blocks(day.states.drawn(hers)),
        "late": blocks(day.states.drawn(late)),
        "ladder": list(draw(said(scene, "C-FINANCE", ", for 30m"), TEAM).blocks),
    }
    scene.pass_time(hours=3)
    strike(scene)
    deliver(scene)
    hers_alone = f"@{day.states.ana.external_id}"
    shown["asked"] = list(draw(said(scene, hers_alone, "Still on"), TEAM).blocks)
    scene.pass_time(hours=1)
    strike(scene)
    shown["gone back"] = list(draw(said(scene, hers_alone, "went back"), TEAM).blocks)
    camera.take("clocks.png", page(channel(shown, scene.now, named=True)))


def test_the_form_of_a_mute_says_what_it_would_have_held(camera: Camera, day: Day) -> None:
    scene = day.states.house.scene
    for number in range(14):
        dealt = day.say("Deal Sample", f"Anvil deals, refund of the day {number}")
        if number < 12:
            scene.do(DismissMention(who=day.states.ana, reference=at(dealt), reason="spam"))
        for other in "abc":
            day.say(f"Kim{number}{other} Sample", WORDS)
    camera.take("mute.png", page(modal(day.form("mute", day.states.ana, dealt))))
