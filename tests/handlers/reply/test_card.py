"""The card of a mention that is replied to: whose voice, who drafts, what comes next, and never too many buttons."""

import sqlite3
from itertools import combinations

import pytest
from sqlmodel import Session

from handlers.base.cards import Card
from handlers.base.charter import Stance
from handlers.base.command import ByToken, Who
from handlers.base.verb import Situation
from handlers.draw.card import MOST_PROMINENT, draw_card, draw_cards
from handlers.own.claim import ClaimMention
from handlers.verbs import ON_CARDS
from storage.own.mentions import MentionRow
from storage.reply import drafts
from storage.tables.states import LIVING, DraftState, Status
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.scene import ORGANISATION, at


def drawn(house: RepliesInstallation, mention: MentionRow) -> Card:
    return house.scene.database.read(lambda session: draw_card(session, mention.id, house.scene.organisation))


def put(house: RepliesInstallation, mention: MentionRow, who: Who, state: DraftState) -> None:
    """Let the draft of a person be in a state, however it came there."""
    draft = house.of(who, mention)
    house.scene.database.write(lambda session: drafts.change(session, draft, house.scene.now, state=str(state)))


def facts(card: Card) -> dict[str, object]:
    return {fact.label: fact.value for fact in card.facts}


def prominent(card: Card) -> list[str]:
    return [one.verb for one in card.buttons if one.prominent]


def test_a_written_charter_stands_on_the_card_in_one_line(house: RepliesInstallation) -> None:
    house.charter(purpose="To help customers", voice="Warm, never salesy.")
    mention = house.scene.arrive()
    assert facts(drawn(house, mention))["Charter"] == "To help customers. Warm, never salesy."


def test_a_charter_says_so_where_we_speak_first(house: RepliesInstallation) -> None:
    house.charter(purpose="To help customers", stance=Stance.PROACTIVE)
    mention = house.scene.arrive()
    assert facts(drawn(house, mention))["Charter"] == "To help customers. We speak first here too."


def test_without_a_charter_and_a_draft_the_card_says_nothing_of_either(house: RepliesInstallation) -> None:
    house.scene.organisation = ORGANISATION
    assert facts(drawn(house, house.scene.arrive())).keys() == {"Why here"}


def test_the_card_names_who_drafts_and_where_each_stands(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ben, mention, "I sent your refund. Ben")
    house.draft(cleo, mention, "I sent your refund. Cleo", then="review")
    house.review(ben, house.of(cleo, mention), "changes", remark="Shorter.")
    assert facts(drawn(house, mention))["Drafting"] == "Ana (waits for review), Ben, Cleo (changes asked for)"
    house.withdraw(ben, mention)
    assert facts(drawn(house, mention))["Drafting"] == "Ana (waits for review), Cleo (changes asked for)"


def test_the_state_says_what_happens_to_the_reply(house: RepliesInstallation) -> None:
    house.charter(publish=("anyone",))
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    assert drawn(house, mention).state == "Nobody has it. A draft waits for a second person."
    house.scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    assert drawn(house, mention).state == "Ana has it. A draft waits for a second person."
    house.review(ben, house.only(mention))
    assert drawn(house, mention).state == "Ana has it."
    house.publish(ana, mention)
    assert drawn(house, mention).state == "Ana has it. The reply is on its way."
    put(house, mention, ana, DraftState.UNCLEAR)
    assert drawn(house, mention).state.endswith("It is unclear whether the reply stands there: somebody has to look.")


def test_what_comes_next_is_a_button_of_its_own(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert "draft" in prominent(drawn(house, mention))
    house.draft(ana, mention, then="review")
    card = drawn(house, mention)
    assert "review" in prominent(card)
    assert {"draft", "publish"}.isdisjoint(prominent(card))
    house.review(ben, house.only(mention))
    card = drawn(house, mention)
    assert "publish" in prominent(card)
    assert {"draft", "review"}.isdisjoint(prominent(card))
    house.publish(ana, mention)
    card = drawn(house, mention)
    assert {"publish", "review", "withdraw"}.isdisjoint({one.verb for one in card.buttons})
    assert "draft" in {one.verb for one in card.buttons}


@pytest.mark.parametrize("status", Status)
def test_no_card_has_more_than_five_prominent_buttons_that_make_sense(status: Status) -> None:
    """The cap of the drawing is a last resort: what is prominent by the table fits in it already, but for heaps."""
    for owned in (True, False):
        for one in LIVING:
            now = Situation(status=status, owned=owned, drafts=frozenset({one}), by_api=True)
            assert sum(verb.when(now) and verb.prominent(now) for verb in ON_CARDS) <= MOST_PROMINENT


def test_however_many_drafts_there_are_five_buttons_are_prominent_at_most(house: RepliesInstallation) -> None:
    people = [house.hire(name) for name in ("Ana", "Ben", "Cleo", "Dora")]
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=people[0], reference=at(mention)))
    for who in people:
        house.draft(who, mention, then="review")
    for states in combinations(LIVING, 4):
        for who, state in zip(people, states, strict=True):
            put(house, mention, who, state)
        assert len(prominent(drawn(house, mention))) <= MOST_PROMINENT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_drafts_cost_a_batch_of_cards_one_query_however_many_there_are(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    rows = [house.scene.arrive() for _ in range(4)]
    assert sum("FROM draft" in one for one in asked(house, rows)) == 1
    for row in rows:
        house.draft(ana, row)
        house.draft(ben, row)
    assert sum("FROM draft" in one for one in asked(house, rows)) == 1
    assert len(asked(house, rows)) == len(asked(house, rows[:1]))


def asked(house: RepliesInstallation, rows: list[MentionRow]) -> list[str]:
    """Return the statements that SQLite runs to draw these cards together."""
    found: list[str] = []

    def draw(session: Session) -> None:
        driver = session.connection().connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(found.append)
        draw_cards(session, [row.id for row in rows], house.scene.organisation)
        driver.set_trace_callback(None)

    house.scene.database.read(draw)
    return found
