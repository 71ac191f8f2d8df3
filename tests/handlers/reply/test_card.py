"""The card of a mention that is replied to: whose voice, who drafts, what comes next, and never too many buttons."""

import sqlite3
from itertools import combinations, product
from typing import Any

import pytest
from sqlmodel import Session

from handlers.base.cards import Card, Rank
from handlers.base.charter import NO_REVIEW, SECOND_PERSON, ReviewWhen
from handlers.base.command import ByToken, Who
from handlers.base.situation import Situation
from handlers.draw.buttons import MOST_BUTTONS, MOST_IN_MENU
from handlers.draw.card import draw_card, draw_cards
from handlers.own.claim import ClaimMention
from handlers.verbs import ON_CARDS
from storage.own.mentions import MentionRow
from storage.reply import drafts, publications
from storage.tables.states import LIVING, DraftState, PublicationState, Status
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import facts, said_behind
from tests.harness.scene import at


def drawn(house: RepliesInstallation, mention: MentionRow) -> Card:
    return house.scene.database.read(lambda session: draw_card(session, mention.id, house.scene.organisation))


def put(house: RepliesInstallation, mention: MentionRow, who: Who, state: DraftState) -> None:
    """Let the draft of a person be in a state, however it came there."""
    draft = house.of(who, mention)
    house.scene.database.write(lambda session: drafts.change(session, draft, house.scene.now, state=str(state)))


def wait(house: RepliesInstallation, mention: MentionRow, state: PublicationState) -> None:
    """Let the reply that is on its way wait for somebody."""
    row = house.on_its_way(mention)
    assert row is not None
    before = PublicationState(row.state)
    house.scene.database.write(lambda session: publications.answer(session, row.id, before, state=str(state)))


def standing(card: Card) -> dict[Rank, list[str]]:
    """Return the verbs of a card by where they stand."""
    return {rank: [one.verb for one in card.buttons if one.rank == rank] for rank in Rank}


def main(card: Card) -> list[str]:
    return standing(card)[Rank.MAIN]


@pytest.mark.parametrize(
    ("charter", "said"),
    [
        ({"review": NO_REVIEW}, []),
        ({"review": SECOND_PERSON}, ["a second person reads first"]),
        ({"review": "legal"}, ["legal reads first"]),
        ({"review": SECOND_PERSON, "review_when": ReviewWhen(first=5)}, ["a second person may read first"]),
    ],
)
def test_a_charter_is_on_the_card_as_its_consequence_alone(
    house: RepliesInstallation, charter: dict[str, Any], said: list[str]
) -> None:
    house.charter(purpose="To help customers", **charter)
    card = drawn(house, house.scene.arrive())
    assert [one for one in said_behind(card) if one.endswith("first")] == said
    assert "To help customers" not in repr(card)


def test_the_card_names_who_drafts_and_where_each_stands(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ben, mention, "I sent your refund. Ben")
    house.draft(cleo, mention, "I sent your refund. Cleo", then="review")
    house.review(ben, house.of(cleo, mention), "changes", remark="Shorter.")
    assert drawn(house, mention).state == "Ana’s reply waits for a second person."
    assert facts(drawn(house, mention))["also drafting"] == "Ben, Cleo (changes asked for)"
    house.withdraw(ben, mention)
    assert facts(drawn(house, mention))["also drafting"] == "Cleo (changes asked for)"
    house.withdraw(ana, mention)
    assert drawn(house, mention).state == "Ben asks Cleo for changes. “Shorter.”"


def test_the_state_says_what_happens_to_the_reply(house: RepliesInstallation) -> None:
    house.charter(publish=("anyone",))
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    told = [(drawn(house, mention).state, said_behind(drawn(house, mention))[0])]
    house.scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    told.append((drawn(house, mention).state, said_behind(drawn(house, mention))[0]))
    house.review(ben, house.only(mention))
    told.append((drawn(house, mention).state, said_behind(drawn(house, mention))[0]))
    house.publish(ana, mention)
    told.append((drawn(house, mention).state, said_behind(drawn(house, mention))[0]))
    wait(house, mention, PublicationState.HELD)
    told.append((drawn(house, mention).state, said_behind(drawn(house, mention))[0]))
    wait(house, mention, PublicationState.UNCLEAR)
    put(house, mention, ana, DraftState.UNCLEAR)
    told.append((drawn(house, mention).state, said_behind(drawn(house, mention))[0]))
    assert told == [
        ("Ana’s reply waits for a second person.", "nobody has it"),
        ("Ana’s reply waits for a second person.", "Ana has it"),
        ("Ana’s reply is approved by Ben, not sent yet.", "Ana has it"),
        ("Ana’s reply is on its way.", "Ana has it"),
        ("Ana’s reply waits for the moderators of blog.example.", "Ana has it"),
        ("Does Ana’s reply stand there? Somebody has to look.", "Ana has it"),
    ]


def test_what_comes_next_is_the_main_button(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    assert main(drawn(house, mention)) == ["claim"]
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert main(drawn(house, mention)) == ["draft"]
    house.draft(ana, mention, then="review")
    assert main(drawn(house, mention)) == ["review"]
    house.review(ben, house.only(mention), "changes", remark="Shorter.")
    assert main(drawn(house, mention)) == ["draft"]
    house.draft(ana, mention, "Refunded. Ana", then="review")
    house.review(ben, house.only(mention))
    card = drawn(house, mention)
    assert main(card) == ["publish"]
    assert "draft" in standing(card)[Rank.BUTTON]
    house.publish(ana, mention)
    card = drawn(house, mention)
    assert main(card) == []
    assert {"publish", "review", "withdraw"}.isdisjoint({one.verb for one in card.buttons})
    assert "draft" in {one.verb for one in card.buttons}


@pytest.mark.parametrize("status", Status)
def test_no_step_has_two_main_verbs_or_more_buttons_than_there_is_room_for(status: Status) -> None:
    """The cap of the drawing is a last resort: what the table puts on a card fits there already, but for heaps."""
    waits = (None, PublicationState.ASKED, PublicationState.HELD)
    for owned, by_api, waiting, one in product((True, False), (True, False), waits, LIVING):
        now = Situation(status=status, owned=owned, drafts=frozenset({one}), by_api=by_api, waits=waiting)
        ranks = [verb.rank(now) for verb in ON_CARDS if verb.when(now)]
        assert ranks.count(Rank.MAIN) <= 1, now
        assert ranks.count(Rank.MAIN) + ranks.count(Rank.BUTTON) <= MOST_BUTTONS, now


def test_however_many_drafts_there_are_a_card_has_one_main_button_and_a_short_menu(house: RepliesInstallation) -> None:
    people = [house.hire(name) for name in ("Ana", "Ben", "Cleo", "Dora")]
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=people[0], reference=at(mention)))
    for who in people:
        house.draft(who, mention, then="review")
    for states in combinations(LIVING, 4):
        for who, state in zip(people, states, strict=True):
            put(house, mention, who, state)
        shown = standing(drawn(house, mention))
        assert len(shown[Rank.MAIN]) <= 1
        assert len(shown[Rank.MAIN]) + len(shown[Rank.BUTTON]) <= MOST_BUTTONS
        assert len(shown[Rank.MENU]) <= MOST_IN_MENU + 1  # the last leads to all the rest


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
