"""Pictures of Slack for the documents: a channel, every state, a draft, a review, the digest, from their payloads.

With DIBS_SCREENSHOTS set to a folder (`make test-desk` does so) they are written there.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from bot.chat.slack.draw.card import draw
from bot.chat.slack.draw.form import draw_form
from handlers.base.cards import Card, Form
from handlers.base.charter import NO_REVIEW, ReplyRules
from handlers.base.command import Who
from handlers.base.events import Author
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.reply.posted_by_hand import PostedReply
from handlers.report.digest import build_digest
from storage.own.mentions import MentionRow
from storage.people import people
from tests.bot.chat.slack.pictured import Block, channel, modal, page
from tests.bot.chat.states import AVATAR, WORDS, States
from tests.fakes.slack.blocks import prepare_view
from tests.handlers.reply.installation import RepliesInstallation
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
