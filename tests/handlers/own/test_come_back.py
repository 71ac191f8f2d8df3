"""Come back: what somebody had who left is nobody's at once, theirs again if they are restored, free after an hour."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session

from handlers.ask.list_unclaimed import AskList
from handlers.ask.log import AskLog
from handlers.base.command import Answer, ByToken, MentionCommand, Who
from handlers.draw.board import fits, read_board
from handlers.draw.wanted import Wanted
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.come_back import JOB, FreeWhatWasLeft, prepare_come_back
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.take_over import TakeOverMention
from handlers.people import operators
from handlers.people.accounts import Account, learn_account
from handlers.people.sign_in import Visitor
from handlers.report.digest import build_digest
from handlers.report.log import mention_log
from storage.own import ownership, put_off
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.replies import Publication
from storage.tables.states import IN_FLIGHT, IdentityKind, PublicationState, Status, Tab
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import card, card_key, deliver, last
from tests.harness.scene import Scene

BEN = Account(platform="slack", workspace="T1", external_id="UBEN", name="Ben", email="ben@acme.example")
GONE = replace(BEN, active=False)
STATES = ("claimed", "in review", "snoozed")


def tell(scene: Scene, *accounts: Account) -> None:
    for one in accounts:
        scene.database.write(partial(learn_account, account=one, now=scene.now))


def tick(scene: Scene) -> Answer | None:
    """Let the timer look, as every replica does each minute."""
    found = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare_come_back, scene.now))
    return scene.do(found) if found else None


@pytest.fixture
def house(scene: Scene) -> RepliesInstallation:
    made = RepliesInstallation(scene)
    made.charter(purpose="To help.")
    made.hire("Ana")
    made.hire("Ben")
    return made


def bens(house: RepliesInstallation, state: str = "claimed") -> MentionRow:
    """Return a mention that Ben has, in some state."""
    scene, ben = house.scene, house.scene.who("UBEN")
    row = scene.arrive()
    scene.do(ClaimMention(who=ben, reference=ByToken(row.token)))
    if state == "snoozed":
        scene.do(SnoozeMention(who=ben, reference=ByToken(row.token), until="3d"))
    elif state == "in review":
        house.draft(ben, row, then="review")
    return scene.look(row)


def unclaimed(scene: Scene, row: MentionRow) -> set[str]:
    """Return where a mention is listed as unclaimed."""
    ana = scene.who("UANA")
    listed = scene.do(AskList(who=ana, department="finance"))

    def look(session: Session) -> set[str]:
        found = set()
        digest = build_digest(session, scene.organisation, row.department_id, scene.now)
        waiting = [one for one in digest.sections if one.title.startswith("Unclaimed")]
        if any(line.token == row.token and line.button for part in waiting for line in part.lines):
            found.add("digest")
        visitor = Visitor(person_id=people.by_name(session, "Ana")[0].id, name="Ana")
        board = read_board(session, scene.organisation, Wanted(tab=Tab.UNCLAIMED), visitor, now=scene.now)
        assert {one.key: one.number for one in board.tabs.tabs}[Tab.UNCLAIMED] == len(board.cards)
        if row.token in [one.token for one in board.cards]:
            assert fits(session, scene.organisation, row.id, Wanted(tab=Tab.UNCLAIMED), visitor, now=scene.now)
            found.add("desk")
        hands = read_board(session, scene.organisation, Wanted(tab=Tab.HANDS), visitor, now=scene.now)
        assert {one.key: one.number for one in hands.tabs.tabs}[Tab.HANDS] == len(hands.cards)
        if row.status != Status.SNOOZED:
            assert (row.token in [one.token for one in hands.cards]) is not bool(found)
        return found

    lines = [line for part in listed.notice.sections for line in part.lines] if listed.notice else []
    shown = {"list"} if any(line.token == row.token and line.button for line in lines) else set()
    return shown | scene.database.read(look)


@pytest.mark.parametrize("state", STATES)
def test_it_is_listed_as_unclaimed_at_once_everywhere_and_its_card_says_so(
    house: RepliesInstallation, state: str
) -> None:
    scene, row = house.scene, bens(house, state)
    assert not unclaimed(scene, row)
    deliver(scene)
    tell(scene, GONE)
    assert unclaimed(scene, row) == {"list", "digest", "desk"}
    assert card_key(row, "C-FINANCE") in deliver(scene)
    drawn = card(scene, row, "C-FINANCE")
    assert "Ben, who had it, is not here any more" in f"{drawn.state} {drawn.details}"
    asked = scene.do(AskLog(who=scene.who("UANA"), reference=ByToken(row.token)))
    assert asked.notice is not None
    assert "Ben, who had it, is not here any more." in asked.notice.footer
    verbs = {one.verb for one in drawn.buttons}
    assert "claim" in verbs
    assert not {"release", "takeover"} & verbs
    digest = scene.database.read(
        lambda session: build_digest(session, scene.organisation, row.department_id, scene.now)
    )
    assert all("Who has what" not in one.title for one in digest.sections)


@pytest.mark.parametrize("state", STATES)
def test_it_comes_back_an_hour_after_with_a_row_that_says_why(house: RepliesInstallation, state: str) -> None:
    scene, row = house.scene, bens(house, state)
    tell(scene, GONE)
    scene.pass_time(minutes=59)
    assert tick(scene) is None
    scene.pass_time(minutes=1)
    done = tick(scene)
    assert done is not None
    assert done.ok
    now = scene.look(row)
    status = "in_review" if state == "in review" else "new"
    assert (now.owner_id, now.status, now.snoozed_until, now.version) == (None, status, None, row.version + 1)
    event = last(scene, row)
    assert (event["action"], event["via"], event["actor_id"]) == ("came_back", "timer", None)
    assert (event["from_owner_id"], event["to_owner_id"]) == (row.owner_id, None)
    words = scene.database.read(lambda session: mention_log(session, row.id))[-1].words
    assert words == "It is free again, because Ben is not here any more"
    assert tick(scene) is None
    assert unclaimed(scene, row) == {"list", "digest", "desk"}
    assert scene.do(ClaimMention(who=scene.who("UANA"), reference=ByToken(row.token))).ok
    assert scene.database.read(ownership.verify).trouble == ""


def test_what_could_not_be_freed_just_now_waits(house: RepliesInstallation) -> None:
    scene, row = house.scene, bens(house)
    tell(scene, GONE)
    scene.pass_time(hours=1)
    until = scene.now + timedelta(minutes=1)
    scene.database.write(lambda session: put_off.put(session, JOB, row.id, 1, until, "KeyError"))
    assert tick(scene) is None
    scene.pass_time(minutes=1)
    assert tick(scene) is not None
    assert scene.look(row).owner_id is None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("minutes", [0, 1, 59])
def test_who_is_restored_within_the_hour_has_lost_nothing(house: RepliesInstallation, state: str, minutes: int) -> None:
    scene, row = house.scene, bens(house, state)
    log = scene.log(row)
    tell(scene, GONE)
    scene.pass_time(minutes=minutes)
    tick(scene)
    tell(scene, BEN)
    scene.pass_time(days=2)
    assert tick(scene) is None
    assert scene.look(row) == row
    assert scene.log(row) == log
    assert not unclaimed(scene, row)
    tell(scene, GONE)  # the hour begins anew
    scene.pass_time(minutes=59)
    assert tick(scene) is None


def test_the_hour_begins_with_the_last_account_that_ended(house: RepliesInstallation) -> None:
    scene, row = house.scene, bens(house)
    elsewhere = replace(BEN, platform="teams", workspace="tenant", external_id="aad-ben")
    tell(scene, elsewhere, GONE)
    scene.pass_time(days=1)
    assert tick(scene) is None
    assert not unclaimed(scene, row)
    tell(scene, replace(elsewhere, kind=IdentityKind.OUTSIDER, active=False))
    scene.pass_time(minutes=59)
    assert tick(scene) is None
    scene.pass_time(minutes=2)
    tick(scene)
    assert scene.look(row).owner_id is None


def test_who_became_a_guest_keeps_what_they_have(house: RepliesInstallation) -> None:
    scene, row = house.scene, bens(house)
    tell(scene, replace(BEN, kind=IdentityKind.GUEST))
    scene.pass_time(days=1)
    assert tick(scene) is None
    assert scene.look(row) == row


def test_an_operators_word_has_the_same_effect_and_can_be_taken_back(house: RepliesInstallation) -> None:
    scene, row = house.scene, bens(house)

    def switch(session: Session, *, on: bool) -> str:
        return operators.switch(session, operators.find_anybody(session, "ben@acme.example"), scene.now, on=on)

    scene.database.write(partial(switch, on=False))
    assert unclaimed(scene, row) == {"list", "digest", "desk"}
    scene.pass_time(minutes=30)
    scene.database.write(partial(switch, on=True))
    assert not unclaimed(scene, row)
    scene.database.write(partial(switch, on=False))
    scene.pass_time(hours=1)
    tick(scene)
    assert scene.log(row)[-1] == "came_back"


def test_what_is_answered_waits_for_its_author_and_not_for_who_left(house: RepliesInstallation) -> None:
    scene, row = house.scene, bens(house)
    with_status = {"status": "responded"}
    scene.database.write(lambda session: _set(session, row, with_status))
    tell(scene, GONE)
    scene.pass_time(days=1)
    assert tick(scene) is None
    assert not unclaimed(scene, row)


def _set(session: Session, row: MentionRow, values: dict[str, Any]) -> None:
    mention = table_of(Mention)
    session.connection().execute(update(mention).where(mention.c.id == row.id).values(**values))


# --- while a reply is on its way -------------------------------------------------------------------------------------


def sent(house: RepliesInstallation) -> MentionRow:
    """Return a mention of Ben's of which a reply is on its way."""
    row = bens(house, "in review")
    house.review(house.scene.who("UANA"), house.only(row))
    assert house.publish(house.scene.who("UANA"), row).ok
    return row


def become(house: RepliesInstallation, row: MentionRow, state: PublicationState) -> None:
    publication = table_of(Publication)
    changed = update(publication).where(publication.c.mention_id == row.id).values(state=str(state))
    house.scene.database.write(lambda session: session.connection().execute(changed))


@pytest.mark.parametrize("state", IN_FLIGHT)
def test_it_never_comes_back_while_a_reply_of_it_is_on_its_way(
    house: RepliesInstallation, state: PublicationState
) -> None:
    scene, row = house.scene, sent(house)
    become(house, row, state)
    tell(scene, GONE)
    other = bens_other(house)
    scene.pass_time(days=3)
    tick(scene)
    assert scene.log(other)[-1] == "came_back"  # what is on its way holds up nothing else
    assert tick(scene) is None
    assert scene.log(row)[-1] != "came_back"
    become(house, row, PublicationState.FAILED)
    tick(scene)
    assert scene.log(row)[-1] == "came_back"


def bens_other(house: RepliesInstallation) -> MentionRow:
    """Return another mention that Ben has by now, who left."""
    scene = house.scene
    other = scene.arrive("Another invoice")
    tell(scene, BEN)
    scene.do(ClaimMention(who=scene.who("UBEN"), reference=ByToken(other.token)))
    tell(scene, GONE)
    return other


@pytest.mark.race
def test_of_publishing_and_coming_back_at_one_moment_the_first_one_counts(house: RepliesInstallation) -> None:
    scene = house.scene
    for _ in range(6):
        tell(scene, BEN)
        row = bens(house, "in review")
        house.review(scene.who("UANA"), house.only(row))
        tell(scene, GONE)
        scene.pass_time(hours=2)
        freeing = scene.database.submit(
            lambda session: scene.dispatcher.handle(session, FreeWhatWasLeft(job="come back"), scene.now)
        )
        house.publish(scene.who("UANA"), row)
        freeing.result()
        tick(scene)
        log = scene.log(row)
        if "came_back" in log and "publishing" in log:
            assert log.index("came_back") < log.index("publishing")


# --- whoever is here takes it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_anybody_claims_what_was_left_and_the_log_says_from_whom(house: RepliesInstallation, state: str) -> None:
    scene, row = house.scene, bens(house, state)
    tell(scene, GONE)
    assert scene.do(ClaimMention(who=scene.who("UANA"), reference=ByToken(row.token))).text == f"#{row.token} is yours."
    event = last(scene, row)
    assert (event["action"], event["from_owner_id"]) == ("claimed", row.owner_id)
    assert scene.look(row).status == ("in_review" if state == "in review" else "claimed")
    scene.pass_time(days=1)
    assert tick(scene) is None
    tell(scene, BEN)
    refused = scene.do(ClaimMention(who=scene.who("UBEN"), reference=ByToken(row.token)))
    assert refused.text.startswith(f"Ana has #{row.token} already")


@pytest.mark.race
def test_of_several_who_claim_what_was_left_one_gets_it(house: RepliesInstallation) -> None:
    scene = house.scene
    tell(scene, BEN)
    row = bens(house)
    tell(scene, GONE)
    people_ = [scene.person(f"P{number}") for number in range(6)]
    waiting = [
        scene.database.submit(partial(_claim, scene=scene, command=ClaimMention(who=who, reference=ByToken(row.token))))
        for who in people_
    ]
    assert sum(one.result().ok for one in waiting) == 1
    assert scene.log(row).count("claimed") == 2


def _claim(session: Session, *, scene: Scene, command: MentionCommand) -> Answer:
    return scene.dispatcher.handle(session, command, scene.now)


def by_ana(kind: type[MentionCommand], ana: Who, row: MentionRow, **fields: Any) -> MentionCommand:
    return kind(who=ana, reference=ByToken(row.token), **fields)


@pytest.mark.parametrize(
    ("kind", "fields", "owner"),
    [
        (ResolveMention, {}, None),
        (DismissMention, {"reason": "spam"}, None),
        (SnoozeMention, {"until": "2h"}, None),
        (HandOffMention, {"department": "support"}, None),
        (AssignMention, {"person": "ana@acme.example"}, "Ana"),
        (TakeOverMention, {"reason": "Ben left."}, "Ana"),
    ],
)
def test_what_was_left_is_done_with_as_what_nobody_has(
    house: RepliesInstallation, kind: type[MentionCommand], fields: dict[str, str], owner: str | None
) -> None:
    scene, row = house.scene, bens(house)
    tell(scene, GONE)
    answer = scene.do(by_ana(kind, scene.who("UANA"), row, **fields))
    assert answer.ok, answer.text
    assert "is told" not in answer.text
    now = scene.look(row)
    names = scene.database.read(lambda session: people.names(session, [now.owner_id]))
    assert names.get(now.owner_id or 0) == owner


# --- several at once -------------------------------------------------------------------------------------------------


@pytest.mark.race
def test_two_replicas_that_look_at_one_moment_leave_one_row(house: RepliesInstallation) -> None:
    scene = house.scene
    rows = [bens(house) for _ in range(5)]
    tell(scene, GONE)
    scene.pass_time(hours=1)
    command = FreeWhatWasLeft(job="come back")
    waiting = [
        scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now)) for _ in range(4)
    ]
    for one in waiting:
        one.result()
    assert [scene.log(row).count("came_back") for row in rows] == [1] * 5


@pytest.mark.race
def test_who_is_restored_at_that_very_moment_has_all_or_the_log_says_so(house: RepliesInstallation) -> None:
    scene = house.scene
    for _ in range(5):
        tell(scene, BEN)
        rows = [bens(house) for _ in range(3)]
        tell(scene, GONE)
        scene.now += timedelta(hours=1)
        freeing = scene.database.submit(
            lambda session: scene.dispatcher.handle(session, FreeWhatWasLeft(job="come back"), scene.now)
        )
        back = scene.database.submit(partial(learn_account, account=BEN, now=scene.now))
        back.result()
        freeing.result()
        for row in rows:
            freed = scene.log(row)[-1] == "came_back"
            assert (scene.look(row).owner_id is None) is freed
        assert tick(scene) is None
