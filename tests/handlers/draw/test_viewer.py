"""A card for one person: what it offers is what they may do, all of it and nothing else."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import Session

from handlers.base.cards import Rank
from handlers.base.command import Answer, ByToken, Who
from handlers.base.verb import ask
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.verbs import BY_NAME, ON_CARDS
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.tables.states import DraftState, PublicationState, Via
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.samples import samples
from tests.harness.scene import Scene

NAMES = ("Ana", "Ben", "Lea")
House = RepliesInstallation
# How the rules of right refuse. What is not ready yet is refused otherwise, and offered all the same.
RIGHT = re.compile(
    "Take it over first|only the owner|yours already|Publishing on|You have no draft|You wrote it|wants it read|"
    "That is for"
)
Step = Callable[[House, MentionRow], None]


@pytest.fixture
def house(scene: Scene) -> House:
    made = House(scene)
    made.charter(purpose="To help.")
    return made


def who(house: House, name: str) -> Who:
    return house.scene.who(f"U{name.upper()}", name)


def claimed(house: House, mention: MentionRow) -> None:
    assert house.scene.do(ClaimMention(who=who(house, "Ben"), reference=ByToken(mention.token))).ok


def drafted(house: House, mention: MentionRow, then: str = "keep") -> None:
    assert house.draft(who(house, "Ana"), mention, then=then).ok


def approved(house: House, mention: MentionRow) -> None:
    drafted(house, mention, "review")
    assert house.review(who(house, "Lea"), house.only(mention)).ok


def unclear(house: House, mention: MentionRow) -> None:
    approved(house, mention)
    assert house.publish(who(house, "Ana"), mention).ok
    row = house.on_its_way(mention)
    assert row is not None

    def leave(session: Session) -> None:
        state = str(PublicationState.UNCLEAR)
        assert publications.answer(session, row.id, PublicationState.DUE, state=state, sending_at=house.scene.now)
        publications.free_draft(session, row, DraftState.UNCLEAR, house.scene.now)

    house.scene.database.write(leave)


def put_off(house: House, mention: MentionRow) -> None:
    command = SnoozeMention(who=who(house, "Ben"), reference=ByToken(mention.token), until="2h")
    assert house.scene.do(command).ok


def resolved(house: House, mention: MentionRow) -> None:
    assert house.scene.do(ResolveMention(who=who(house, "Ben"), reference=ByToken(mention.token))).ok


def waiting(house: House, mention: MentionRow) -> None:
    drafted(house, mention, "review")


STORIES: dict[str, tuple[Step, ...]] = {
    "nobody has it": (),
    "Ben has it": (claimed,),
    "Ben put it off": (claimed, put_off),
    "Ben resolved it": (claimed, resolved),
    "Ana writes": (drafted,),
    "Ana's waits": (waiting,),
    "Ana's waits and Ben has it": (claimed, waiting),
    "Ana's is approved": (approved,),
    "Ana's is unclear": (unclear,),
}


class Undo(Exception):
    """Ends a transaction in which something was tried, so that nothing of it stays."""


def tried(house: House, verb: str, name: str, mention: MentionRow) -> Answer:
    """Let somebody do it, look what they are answered, and undo it."""
    answers: list[Answer] = []
    command = ask(BY_NAME[verb], ByToken(mention.token), samples(BY_NAME[verb]), who=who(house, name), via=Via.DESK)

    def work(session: Session) -> None:
        answers.append(house.scene.dispatcher.handle(session, command, house.scene.now))
        raise Undo

    with pytest.raises(Undo):
        house.scene.database.write(work)
    return answers[0]


def offered(house: House, mention: MentionRow, name: str = "") -> dict[str, Rank]:
    """Return what a card offers somebody alone, or everybody."""
    person_id = house.person_id(who(house, name)) if name else None
    organisation = house.scene.organisation
    card = house.scene.database.read(lambda session: draw_card(session, mention.id, organisation, viewer_id=person_id))
    return {one.verb: one.rank for one in card.buttons}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_offered_is_done_and_what_is_not_offered_would_be_refused(house: House, story: str) -> None:
    for name in NAMES:
        house.hire(name)
    mention = house.scene.arrive()
    for step in STORIES[story]:
        step(house, mention)
    everything = set(offered(house, mention))
    for name in NAMES:
        shown = set(offered(house, mention, name))
        assert shown < everything
        for verb in everything - {one.name for one in ON_CARDS if one.last}:
            answer = tried(house, verb, name, mention)
            refused = not answer.ok and RIGHT.search(answer.text) is not None
            assert refused == (verb not in shown), (name, verb, answer.text)


def test_what_others_have_offers_to_write_to_take_over_and_to_note(house: House) -> None:
    for name in NAMES:
        house.hire(name)
    mention = house.scene.arrive()
    claimed(house, mention)
    others = {"draft": Rank.MAIN, "takeover": Rank.BUTTON, "note": Rank.MORE, "judge": Rank.MORE, "mute": Rank.MORE}
    assert offered(house, mention, "Lea") == others
    assert "takeover" not in offered(house, mention, "Ben")
