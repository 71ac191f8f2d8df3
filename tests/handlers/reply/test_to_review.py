"""To review: who looks finds the drafts that wait for them, wherever they look, and no others."""

from typing import Any

import pytest
from sqlmodel import Session

from handlers.ask.home import AskHome
from handlers.ask.mine import AskMine
from handlers.base.cards import Notice
from handlers.base.command import Command, Who
from handlers.draw.board import fits, read_board
from handlers.draw.wanted import Wanted
from handlers.own.claim import ClaimMention
from handlers.own.snooze import SnoozeMention
from handlers.people.sign_in import Visitor
from handlers.report.digest import build_digest
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Tab
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.scene import at


def on_the_board(house: RepliesInstallation, who: Who, mention: MentionRow) -> bool:
    """Say whether a mention stands under To review, whose number is that of its cards."""
    visitor = Visitor(person_id=house.person_id(who), name=who.name)
    wanted = Wanted(tab=Tab.REVIEW)

    def look(session: Session) -> bool:
        board = read_board(session, house.scene.organisation, wanted, visitor, now=house.scene.now)
        (number,) = (one.number for one in board.tabs.tabs if one.key == Tab.REVIEW)
        assert number == len(board.cards) == board.tabs.departments[0].number
        found = mention.token in {card.token for card in board.cards}
        assert fits(session, house.scene.organisation, mention.id, wanted, visitor, now=house.scene.now) == found
        return found

    return house.read(look)


def listed(notice: Notice | None, mention: MentionRow) -> bool:
    assert notice is not None
    parts = [one for one in notice.sections if one.title.startswith("To review")]
    lines = [line for one in parts for line in one.lines if line.token == mention.token]
    assert all(line.button and line.button.verb == "review" for line in lines)
    return bool(lines)


def asked(house: RepliesInstallation, command: Command, mention: MentionRow) -> bool:
    return listed(house.scene.do(command).notice, mention)


@pytest.mark.parametrize(
    ("charter", "readers"),
    [
        ({}, {"Ben", "Lea"}),
        ({"own_review": True}, {"Ana", "Ben", "Lea"}),
        ({"review": "legal"}, {"Lea"}),
        ({"review": "finance", "own_review": True}, {"Ana"}),
    ],
    ids=["second person", "own", "legal", "own department"],
)
def test_a_draft_waits_for_exactly_those_who_may_judge_it_wherever_they_look(
    house: RepliesInstallation, charter: dict[str, Any], readers: set[str]
) -> None:
    house.charter(**charter)
    staff = {name: house.hire(name) for name in ("Ana", "Ben", "Lea")}
    mention, other = house.scene.arrive(), house.scene.arrive()
    house.draft(staff["Ana"], mention, then="review")
    house.draft(staff["Ben"], other)
    house.scene.do(ClaimMention(who=staff["Ben"], reference=at(mention)))  # it waits on, whoever has it
    found = {
        "judging": {name for name, who in staff.items() if not isinstance(house.form("review", who, mention), str)},
        "board": {name for name, who in staff.items() if on_the_board(house, who, mention)},
        "home": {name for name, who in staff.items() if asked(house, AskHome(who=who), mention)},
        "mine": {name for name, who in staff.items() if asked(house, AskMine(who=who), mention)},
    }
    assert found == dict.fromkeys(found, readers)
    assert not on_the_board(house, staff["Lea"], other)


def test_what_waits_no_more_stands_there_no_more(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    first, second = house.scene.arrive(), house.scene.arrive()
    for mention in (first, second):
        house.draft(ana, mention, then="review")
        assert on_the_board(house, ben, mention)
    house.review(ben, house.only(first))
    house.scene.do(SnoozeMention(who=ben, reference=at(house.scene.look(second)), until="2h"))
    assert not on_the_board(house, ben, first)
    assert not on_the_board(house, ben, second)


def test_the_digest_lists_what_is_to_review_in_its_department_whoever_may(house: RepliesInstallation) -> None:
    house.charter(review="legal")
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")

    def digest(session: Session, key: str) -> Notice:
        department = people.department(session, key)
        assert department is not None
        return build_digest(session, house.scene.organisation, department.id, house.scene.now)

    assert listed(house.read(lambda session: digest(session, "finance")), mention)
    assert not listed(house.read(lambda session: digest(session, "support")), mention)
