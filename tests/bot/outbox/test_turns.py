"""Turns: whatever one source brings, another one's mention is among the next five posts."""

from dataclasses import replace

import pytest

from bot.chat.base import Limit, Pace
from handlers.base.cards import Notice
from handlers.base.organisation import SourceRules
from handlers.base.stored import to_json
from storage.channels import messages
from storage.engine.database import Database, Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import MessageKind
from tests.bot.outbox.test_delivery import DeliveryInstallation
from tests.fakes.messenger import FakeMessenger
from tests.harness.scene import ORGANISATION, Scene

STEP = 100
SOURCES = tuple(SourceRules(name=name, kind="feed", baseline=False) for name in ("loud", "louder", "blog", "echo"))


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene with four sources."""
    return Scene(database, replace(ORGANISATION, sources=SOURCES))


@pytest.fixture
def paced(scene: Scene) -> DeliveryInstallation:
    """A platform that takes one message after the other."""
    pace = Pace(limits=(Limit(most=1, seconds=0.0001),), batch=1, in_flight=1)
    return DeliveryInstallation(scene, messenger=FakeMessenger(pace=pace))


def flood(scene: Scene, source: str, number: int) -> None:
    """Let a source bring so many mentions, as it does, in steps of a hundred."""
    for start in range(0, number, STEP):
        step = min(STEP, number - start)
        scene.ingest(*(scene.posted(f"My refund, please ({start + one})") for one in range(step)), source=source)


def one_of(scene: Scene, source: str) -> MentionRow:
    """Let a source bring one mention."""
    scene.ingest(scene.posted("Where is my refund?"), source=source)
    return scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=1, newest=True))[0]


def sent_next(delivered: DeliveryInstallation, number: int = 5) -> list[str]:
    """Return what is sent next."""
    before = len(delivered.messenger.sends)
    delivered.work(until=lambda: len(delivered.messenger.sends) >= before + number)
    return delivered.messenger.sends[before : before + number]


def card_of(mention: MentionRow) -> str:
    return f"post card:{mention.id}:C-FINANCE"


@pytest.mark.parametrize("number", [990, pytest.param(9_900, marks=pytest.mark.slow)])
def test_after_a_flood_of_one_source_the_card_of_another_is_among_the_next_five_posts(
    paced: DeliveryInstallation, number: int
) -> None:
    flood(paced.scene, "loud", number)
    rare = one_of(paced.scene, "blog")
    assert card_of(rare) in sent_next(paced)
    again = one_of(paced.scene, "blog")
    other = one_of(paced.scene, "echo")
    assert {card_of(again), card_of(other)} <= set(sent_next(paced))


def test_two_floods_and_two_that_are_rare_all_get_on(paced: DeliveryInstallation) -> None:
    flood(paced.scene, "loud", 300)
    flood(paced.scene, "louder", 200)
    sent_next(paced, 10)
    rare = [one_of(paced.scene, name) for name in ("blog", "echo")]
    assert {card_of(one) for one in rare} <= set(sent_next(paced))


def test_who_is_always_new_keeps_nobody_waiting(paced: DeliveryInstallation) -> None:
    flood(paced.scene, "loud", 30)
    sent = []
    for _ in range(10):
        one_of(paced.scene, "blog")
        sent += sent_next(paced, 2)
    theirs = [one for one in sent if int(one.split(":")[1]) <= 30]
    assert 8 <= len(theirs) <= 12


def test_a_flood_of_edits_holds_up_no_mention_of_another_source(paced: DeliveryInstallation) -> None:
    scene = paced.scene
    posts = [scene.posted(f"My refund, please ({number})") for number in range(15)]
    scene.ingest(*posts, source="loud")
    paced.work()
    scene.ingest(*(replace(post, text=f"{post.text}, at last") for post in posts), source="loud")
    rare = one_of(scene, "blog")
    assert card_of(rare) in sent_next(paced)


def test_what_one_source_brought_goes_in_its_order(paced: DeliveryInstallation) -> None:
    flood(paced.scene, "loud", 12)
    first = one_of(paced.scene, "blog")
    sent = sent_next(paced, 13)
    assert [one for one in sent if one != card_of(first)] == [
        f"post card:{number}:C-FINANCE" for number in range(1, 13)
    ]


def test_a_flood_that_is_over_is_not_held_against_its_source(paced: DeliveryInstallation) -> None:
    flood(paced.scene, "loud", 15)
    paced.work()
    flood(paced.scene, "louder", 15)
    rare = one_of(paced.scene, "loud")
    assert card_of(rare) in sent_next(paced)


def test_a_notice_of_ours_waits_for_no_flood(paced: DeliveryInstallation) -> None:
    scene = paced.scene
    flood(scene, "loud", 100)

    def put(session: Session) -> None:
        lane = messages.lane_id(session, "slack", "C-FINANCE")
        body = to_json(Notice(title="Hello", text="Hello"))
        messages.put(session, key="hello", lane_id=lane, kind=MessageKind.NOTICE, body=body, now=scene.now)

    scene.database.write(put)
    assert "post hello" in sent_next(paced)
