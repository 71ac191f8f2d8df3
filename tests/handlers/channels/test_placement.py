"""Placing: one card in each home, the fallback's home while a home is parked, and home again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.organisation import DepartmentConfig
from handlers.channels.placement import park_lane, unpark_lane
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from storage.channels import messages
from storage.engine.database import Database
from storage.work import incidents
from tests.harness.channels import card, card_key, deliver, in_channel, message, told
from tests.harness.scene import ORGANISATION, Scene, at

TWO_PLATFORMS = DepartmentConfig(
    key="legal", name="Legal", timezone="UTC", homes={"slack": "C-LEGAL", "teams": "19:legal"}
)


def park(scene: Scene, channel: str) -> bool:
    def work(session: Session) -> bool:
        lane = messages.lane_id(session, "slack", channel)
        later = scene.now + timedelta(minutes=5)
        return park_lane(session, scene.organisation, lane, "is_archived.", scene.now, later)

    return scene.database.write(work)


def unpark(scene: Scene, channel: str) -> bool:
    def work(session: Session) -> bool:
        lane = messages.lane_id(session, "slack", channel)
        return unpark_lane(session, scene.organisation, lane, scene.now)

    return scene.database.write(work)


def cards(scene: Scene, channel: str) -> list[str]:
    return [row.key for row in in_channel(scene, channel)]


@pytest.fixture
def wide(database: Database) -> Scene:
    """A scene with a third department that has homes on two platforms."""
    return Scene(database, replace(ORGANISATION, departments=(*ORGANISATION.departments, TWO_PLATFORMS)))


# --- homes -----------------------------------------------------------------------------------------------------------


def test_a_mention_stands_once_in_each_home_of_its_department(wide: Scene) -> None:
    ana = wide.person("Ana")
    mention = wide.arrive()
    assert cards(wide, "C-FINANCE") == [card_key(mention, "C-FINANCE")]
    wide.do(HandOffMention(who=ana, reference=at(mention), department="legal"))
    assert cards(wide, "C-LEGAL") == [card_key(mention, "C-LEGAL")]
    assert cards(wide, "19:legal") == [card_key(mention, "19:legal")]
    assert cards(wide, "C-SUPPORT") == []


# --- parked ----------------------------------------------------------------------------------------------------------


def test_cards_of_a_parked_home_stand_marked_in_the_fallback_home_with_their_buttons(scene: Scene) -> None:
    mention = scene.arrive()
    assert park(scene, "C-FINANCE")
    drawn = card(scene, mention, "C-SUPPORT")
    assert cards(scene, "C-SUPPORT") == [card_key(mention, "C-SUPPORT")]
    assert drawn.mark == "Shown here because the channel #finance-care of Finance cannot be reached."
    assert not drawn.moved
    assert drawn.buttons


def test_what_arrives_meanwhile_stands_in_both_and_comes_home(scene: Scene) -> None:
    park(scene, "C-FINANCE")
    mention = scene.arrive()
    assert cards(scene, "C-FINANCE") == [card_key(mention, "C-FINANCE")]
    assert cards(scene, "C-SUPPORT") == [card_key(mention, "C-SUPPORT")]
    deliver(scene)
    assert unpark(scene, "C-FINANCE")
    assert card(scene, mention, "C-SUPPORT").moved
    assert card(scene, mention, "C-FINANCE").buttons
    assert message(scene, card_key(mention, "C-SUPPORT")).state == "due"


def test_a_card_that_had_moved_away_from_the_fallback_home_is_drawn_there_again(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive("Hello")
    scene.do(HandOffMention(who=ana, reference=at(mention), department="finance"))
    deliver(scene)
    assert card(scene, mention, "C-SUPPORT").moved
    park(scene, "C-FINANCE")
    assert not card(scene, mention, "C-SUPPORT").moved
    assert message(scene, card_key(mention, "C-SUPPORT")).state == "due"


def test_closed_mentions_stay_where_they_are(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    park(scene, "C-FINANCE")
    assert cards(scene, "C-SUPPORT") == []


def test_what_was_closed_in_the_fallback_home_is_marked_as_moved_when_its_own_home_works_again(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    park(scene, "C-FINANCE")
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    deliver(scene)
    assert not card(scene, mention, "C-SUPPORT").moved
    unpark(scene, "C-FINANCE")
    assert card(scene, mention, "C-SUPPORT").moved
    assert message(scene, card_key(mention, "C-SUPPORT")).state == "due"


def test_it_can_be_claimed_where_it_stands_meanwhile(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    park(scene, "C-FINANCE")
    assert scene.do(ClaimMention(who=ana, reference=ByToken(mention.token))).ok
    assert card(scene, mention, "C-SUPPORT").state == "Ana has it."


def test_a_parked_fallback_leaves_its_own_cards_where_they_are(scene: Scene) -> None:
    mention = scene.arrive("Hello")
    park(scene, "C-SUPPORT")
    assert cards(scene, "C-SUPPORT") == [card_key(mention, "C-SUPPORT")]
    assert cards(scene, "C-FINANCE") == []


# --- told ------------------------------------------------------------------------------------------------------------


def test_admins_are_told_once_when_it_breaks_and_once_when_it_is_over(scene: Scene) -> None:
    ana, ben = scene.person("Ana", "ana@acme.example"), scene.person("Ben", "ben@acme.example")
    scene.arrive()
    assert [park(scene, "C-FINANCE") for _ in range(3)] == [True, False, False]
    scene.pass_time(hours=1)
    assert [unpark(scene, "C-FINANCE") for _ in range(3)] == [True, False, False]
    broken, mended = told(scene, ana)
    assert broken.startswith("The channel #finance-care on slack cannot be reached: is_archived.")
    assert mended == "The channel #finance-care on slack can be reached again."
    assert told(scene, ben) == []


def test_a_second_trouble_is_told_again(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    for _ in range(2):
        park(scene, "C-FINANCE")
        scene.pass_time(hours=1)
        unpark(scene, "C-FINANCE")
        scene.pass_time(hours=1)
    assert len(told(scene, ana)) == 4


def test_what_is_wrong_can_be_looked_at_while_it_is(scene: Scene) -> None:
    park(scene, "C-FINANCE")
    (row,) = scene.database.read(incidents.all_of)
    assert (row.subject, row.since) == (incidents.lane("slack", "", "C-FINANCE"), scene.now)
    unpark(scene, "C-FINANCE")
    assert scene.database.read(incidents.all_of) == []


def test_a_direct_conversation_that_refuses_troubles_nobody_else(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    scene.arrive()
    assert park(scene, f"@{ana.external_id}")
    assert scene.database.read(incidents.all_of) == []
    assert cards(scene, "C-SUPPORT") == []
