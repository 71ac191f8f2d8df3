"""Second copies: what Teams cannot be asked about is sent again, and the copy retires at the first press."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.chat.teams.receive.duplicates import SECOND
from bot.runtime.clock import utc_now
from handlers.base.cards import Notice
from handlers.base.stored import to_json
from handlers.own.hand_off import HandOffMention
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.engine.database import Database
from storage.own.mentions import MentionRow
from storage.tables.states import MessageKind, MessageState
from tests.bot.chat.teams.installation import FINANCE, TEAM, TeamsInstallation, installation, offers, said, words
from tests.fakes.teams.activities import Person, Room
from tests.fakes.teams.connector import Standing
from tests.harness.scene import at


@pytest.fixture
def teams(database: Database) -> Iterator[TeamsInstallation]:
    with installation(database) as built:
        yield built


def lost(teams: TeamsInstallation, *, next_at: datetime | None = None) -> tuple[MentionRow, str]:
    """Let a card stand whose id is lost, as when a process dies before it wrote it down; returns mention and id."""
    row = teams.arrive()
    copy = teams.stands(row).id

    def lose(session: Session) -> None:
        own = messages.by_key(session, f"card:{row.id}:{FINANCE}")
        assert own is not None
        again = Outcome(message_id=own.id, state=MessageState.DUE, forget_reference=True, next_at=next_at)
        lanes.settle(session, [again])

    teams.scene.database.write(lose)
    return row, copy


def doubled(teams: TeamsInstallation) -> tuple[MentionRow, str, str]:
    """Let a card stand twice; returns the mention, the id of the copy that is unknown, and that of its own card."""
    row, copy = lost(teams)
    teams.loop.call_soon_threadsafe(teams.delivery.ring)
    teams.wait_for(lambda: reference(teams, row) not in (None, copy))
    own = reference(teams, row)
    assert own is not None
    return row, copy, own


def reference(teams: TeamsInstallation, row: MentionRow, channel: str = FINANCE) -> str | None:
    """Return the id of the card that we know of."""
    found = teams.read(lambda session: messages.by_key(session, f"card:{row.id}:{channel}"))
    return found.reference if found else None


def pressed(teams: TeamsInstallation, who: Person, row: MentionRow, card: str, verb: str, **data: str) -> Any:
    """Press a button on a card, which begins a thread, and return what is answered."""
    activity = teams.teams.build.press(who, teams.finance, card, f"dibs:{verb}", {"ref": value(teams, row)} | data)
    return answer_to(teams, activity)


def answer_to(teams: TeamsInstallation, activity: Any) -> Any:
    """Send an activity and return what is answered."""
    status, body = teams.send(activity)
    assert status == 200
    teams.settle()
    return body


def value(teams: TeamsInstallation, row: MentionRow) -> str:
    """Return what stands in a mention's buttons now."""
    return f"{row.token}.{teams.scene.look(row).version}"


def standing(teams: TeamsInstallation, card: str, room: Room | None = None) -> Standing:
    """Return a message that stands."""
    return teams.teams.memory.rooms[(room or teams.finance).id].messages[card]


def buttons(one: Standing) -> list[str]:
    """Return the verbs that a message offers."""
    return offered(one.activity["attachments"][0]["content"])


def offered(card: Any) -> list[str]:
    """Return the verbs that a card offers, but for "Refresh" in its menu, which every card has."""
    return offers({name: part for name, part in card.items() if name != "refresh"})


def shows(teams: TeamsInstallation, card: str, text: str) -> Standing:
    """Wait until a message says something."""
    teams.wait_for(lambda: text in words(standing(teams, card)))
    return standing(teams, card)


def test_a_press_on_a_second_copy_claims_and_that_copy_retires(teams: TeamsInstallation) -> None:
    row, copy, own = doubled(teams)
    answer = pressed(teams, teams.teams.ana, row, copy, "claim")
    assert teams.owner(row) == "Ana Lopez"
    assert SECOND in said(answer)
    assert "Ana Lopez has it." in said(answer)
    assert offered(answer["value"]) == []
    retired = standing(teams, copy)
    assert SECOND in words(retired)
    assert "Ana Lopez" not in words(retired)
    assert buttons(retired) == []
    assert "release" in buttons(shows(teams, own, "Ana Lopez has it."))


def test_a_second_press_on_a_retired_copy_changes_nothing(teams: TeamsInstallation) -> None:
    row, copy, own = doubled(teams)
    pressed(teams, teams.teams.ana, row, copy, "claim")
    shows(teams, own, "Ana Lopez has it.")
    log = teams.scene.log(row)
    answer = pressed(teams, teams.teams.ben, row, copy, "claim")
    assert "Ana Lopez" in said(answer)
    assert SECOND in said(answer)
    assert (teams.owner(row), teams.scene.log(row)) == ("Ana Lopez", log)
    assert buttons(standing(teams, copy)) == []
    assert standing(teams, copy).edits == 2
    assert buttons(standing(teams, own))


def test_a_card_whose_id_is_lost_stays_the_mentions_card_until_another_one_stands(teams: TeamsInstallation) -> None:
    row, card = lost(teams, next_at=utc_now() + timedelta(hours=1))
    answer = pressed(teams, teams.teams.ana, row, card, "claim")
    assert teams.owner(row) == "Ana Lopez"
    assert SECOND not in said(answer)
    assert "release" in offered(answer["value"])
    assert standing(teams, card).edits == 0


def test_the_mentions_own_card_never_retires(teams: TeamsInstallation) -> None:
    row, copy, own = doubled(teams)
    answer = pressed(teams, teams.teams.ana, row, own, "claim")
    assert SECOND not in said(answer)
    assert offered(answer["value"])
    shows(teams, own, "Ana Lopez has it.")
    assert buttons(standing(teams, copy))


def test_who_only_looks_at_a_copy_retires_it_too(teams: TeamsInstallation) -> None:
    row, copy, _ = doubled(teams)
    assert SECOND in said(pressed(teams, teams.teams.ben, row, copy, "show"))
    assert buttons(standing(teams, copy)) == []
    assert teams.owner(row) is None


def test_a_form_on_a_copy_is_filled_in_before_the_copy_retires(teams: TeamsInstallation) -> None:
    row, copy, _ = doubled(teams)
    assert SECOND not in said(pressed(teams, teams.teams.ana, row, copy, "note"))
    assert SECOND not in said(pressed(teams, teams.teams.ana, row, copy, "note", form="note"))
    assert standing(teams, copy).edits == 0
    filled = {"note.text": "Called them.", "form": "note"}
    assert SECOND in said(pressed(teams, teams.teams.ana, row, copy, "note", **filled))
    assert teams.scene.log(row)[-1] == "noted"
    assert buttons(standing(teams, copy)) == []


def test_a_guest_retires_nothing(teams: TeamsInstallation) -> None:
    row, copy, _ = doubled(teams)
    guest = teams.teams.person("gus", "Gus Guest", role="guest")
    teams.teams.memory.rooms[FINANCE].members.append(guest)
    teams.teams.memory.rooms[TEAM].members.append(guest)
    pressed(teams, guest, row, copy, "claim")
    assert teams.owner(row) is None
    assert standing(teams, copy).edits == 0


def test_what_was_said_in_a_cards_thread_is_no_copy(teams: TeamsInstallation) -> None:
    row = teams.arrive()
    card = teams.stands(row).id
    in_thread = teams.teams.build.press(teams.teams.ana, teams.finance, "17", "dibs:claim", {"ref": value(teams, row)})
    in_thread["conversation"]["id"] = f"{teams.finance.id};messageid={card}"
    assert SECOND not in said(answer_to(teams, in_thread))
    assert teams.owner(row) == "Ana Lopez"
    shows(teams, card, "Ana Lopez has it.")


def test_a_form_that_was_opened_in_a_digest_leaves_the_digest_as_it_is(teams: TeamsInstallation) -> None:
    row = teams.arrive()
    body = to_json(Notice(title="Good morning", text="Good morning"))

    def put(session: Session) -> None:
        lane = messages.lane_id(session, "teams", FINANCE)
        messages.put(
            session, key="digest:1", lane_id=lane, kind=MessageKind.NOTICE, body=body, now=teams.scene.now, names=[]
        )

    teams.scene.database.write(put)
    digest = teams.answered(teams.finance, "Good morning").id
    teams.wait_for(lambda: teams.read(lambda session: messages.by_reference(session, "teams", FINANCE, digest)))
    answer = pressed(teams, teams.teams.ana, row, digest, "note", **{"note.text": "Called them.", "form": "note"})
    assert teams.scene.log(row)[-1] == "noted"
    assert SECOND not in said(answer)
    assert "Good morning" in words(standing(teams, digest))


def test_cards_that_moved_away_and_cards_in_the_fallback_home_are_no_copies(teams: TeamsInstallation) -> None:
    row = teams.arrive()
    here = teams.stands(row).id
    teams.scene.do(HandOffMention(who=teams.scene.person("Cleo"), reference=at(row), department="support"))
    there = teams.shows(row, "New.", teams.support).id
    shows(teams, here, "Moved to")
    assert SECOND not in said(pressed(teams, teams.teams.ana, row, here, "show"))
    activity = teams.teams.build.press(teams.teams.ana, teams.support, there, "dibs:claim", {"ref": value(teams, row)})
    assert SECOND not in said(answer_to(teams, activity))
    assert buttons(teams.shows(row, "Ana Lopez has it.", teams.support))


def test_a_copy_that_cannot_be_changed_now_retires_at_the_next_press(teams: TeamsInstallation) -> None:
    row, copy, own = doubled(teams)
    teams.teams.fault("PUT activities", status=502)
    teams.teams.fault("PUT activities", status=502)
    assert SECOND in said(pressed(teams, teams.teams.ana, row, copy, "claim"))
    assert standing(teams, copy).edits == 0
    shows(teams, own, "Ana Lopez has it.")
    pressed(teams, teams.teams.ana, row, copy, "show")
    assert SECOND in words(standing(teams, copy))
