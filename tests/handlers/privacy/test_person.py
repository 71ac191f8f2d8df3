"""Forget a colleague: no table names them any more, what they had is free, the log is proven, and they stay away."""

import io
import json
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from bot.cli.forget import forget_person
from bot.cli.people import Outcome, change_person
from handlers.base.cards import Line, Notice, Section
from handlers.base.command import Who
from handlers.base.errors import NotAllowed
from handlers.base.stored import from_json, to_json
from handlers.channels.notify import send_direct
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from handlers.people.accounts import Account, learn_account
from handlers.people.people import admit
from handlers.people.sign_in import let_in
from handlers.privacy.authors import Forgetting
from handlers.privacy.names import pattern_of, without_name
from handlers.report.export import write_json_lines
from storage.channels import messages, rooms
from storage.channels.rooms import RoomFacts
from storage.listen import forgotten
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import drafts
from storage.tables.states import FORGOTTEN_PERSON, Action, DraftState, MessageKind, PublicationState, RoomKind, Status
from tests.handlers.privacy.everywhere import found_in
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

NAME, ADDRESS, ACCOUNT = "Wilhelmina Quince", "quince@acme.example", "UQUINCE77"
WORDS = ("quince", "wilhelmina")


def forget_her(scene: Scene, who: str = NAME, *, dry_run: bool = False) -> Outcome:
    now = Forgetting(scene.organisation, scene.now, Random(3))
    return forget_person(scene.database, now, who, lambda _: None, dry_run=dry_run)


def account(**fields: Any) -> Account:
    values = {"platform": "slack", "workspace": "T1", "external_id": ACCOUNT, "email": ADDRESS, **fields}
    return Account(name=NAME, **values)


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def person_id(scene: Scene) -> int:
    (row,) = scene.database.read(lambda session: people.named(session, NAME))
    return row.id


def filled(desk: PublishingInstallation) -> tuple[Who, MentionRow, MentionRow, int]:
    """Let her name be wherever it gets to; returns her, what she closed, what she has, and a list in a channel."""
    scene = desk.scene
    her = scene.person(NAME, ADDRESS, account=ACCOUNT)
    scene.learn(account(platform="teams", workspace="tenant", external_id="aad-quince"))
    closed, has = scene.arrive(), scene.arrive("Another refund")
    scene.do(ClaimMention(reference=at(closed), who=her, request_key="one"))
    scene.do(ResolveMention(reference=at(scene.look(closed)), who=her))
    scene.do(ClaimMention(reference=at(has), who=her))
    scene.do(ClaimMention(reference=at(has), who=scene.person("Ben", "ben@acme.example"), request_key="two"))
    desk.draft(scene.look(has), "A reply", by=person_id(scene))
    other = scene.person("Wilhelmina Quincey", "other@acme.example", account="UOTHER")
    scene.do(NoteMention(reference=at(closed), who=other, text=f"I asked {NAME}"))
    lines = (Line(text=f"{NAME} has 3; Wilhelmina Quincey has 1; {NAME}s wine"), Line(text="x", token=closed.token))
    notice = Notice(title=f"{NAME} has 3", text=f"Today, {NAME} has 3", sections=(Section(title="", lines=lines),))

    def beside(session: Session) -> int | None:
        facts = {"kind": RoomKind.DIRECT, "name": NAME, "account": "aad-quince", "address": "https://teams.example"}
        rooms.learn(session, RoomFacts(platform="teams", external_id="19:quince", **facts), scene.now)  # type: ignore[arg-type]
        send_direct(session, person_id(scene), "hello", notice, scene.now, everywhere=True)
        let_in(session, scene.organisation, ADDRESS, scene.now, Random(1), browser="Quince's browser")
        lane = messages.lane_id(session, "slack", "C-FINANCE")
        kind = MessageKind.DIGEST
        return messages.put(session, key="list", lane_id=lane, kind=kind, body=to_json(notice), now=scene.now)

    return her, closed, has, scene.database.write(beside) or 0


def test_a_colleague_is_found_nowhere_afterwards_but_where_it_was_typed(desk: PublishingInstallation) -> None:
    scene = desk.scene
    _, closed, has, listed = filled(desk)
    rows, head = scene.database.read(ownership.head)
    assert len(found_in(scene.database, *WORDS)) > 8
    said = forget_her(scene)
    assert said.code == 0
    assert said.text.startswith("Removed 2 accounts, 2 direct messages, 1 mentions that they have (released), 1 drafts")
    assert f"it names them in rows {rows} of the log" in said.text
    typed = {"remark.text", "mention_words.words"}
    assert found_in(scene.database, ADDRESS, ACCOUNT.lower(), "aad-quince") == set()
    assert found_in(scene.database, *WORDS) == typed | {"person.name", "message.body"}  # a colleague of such a name
    check = scene.database.read(lambda session: ownership.verify(session, head))
    assert check.trouble == ""
    assert (scene.look(closed).status, scene.look(closed).owner_id) == (Status.RESOLVED, closed_by(scene, closed))
    now = scene.look(has)
    assert (now.status, now.owner_id, scene.log(has)[-2:]) == (Status.NEW, None, [Action.CAME_BACK, Action.WITHDRAWN])
    assert [one.state for one in all_drafts(scene, has)] == []
    body = from_json(scene.database.read(lambda session: messages.get(session, listed)).body or "")
    assert body.title == "A person who was forgotten has 3"
    assert body.text == f"Today, {FORGOTTEN_PERSON} has 3"
    assert body.sections[0].lines[0].text == f"A person who was forgotten has 3; Wilhelmina Quincey has 1; {NAME}s wine"


def closed_by(scene: Scene, mention: MentionRow) -> object:
    rows = scene.database.read(lambda session: list(ownership.rows(session, mention_id=mention.id)))
    return next(row["actor_id"] for row in rows if row["action"] == Action.RESOLVED)


def all_drafts(scene: Scene, mention: MentionRow) -> list[Any]:
    return scene.database.read(lambda session: drafts.living(session, mention.id))


def test_cards_log_and_export_say_that_it_was_a_person_who_was_forgotten(desk: PublishingInstallation) -> None:
    scene = desk.scene
    _, closed, _, _ = filled(desk)
    forget_her(scene)
    out = io.StringIO()
    scene.database.read(lambda session: write_json_lines(session, out))
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert f'"{NAME}"' not in out.getvalue()
    assert {row["actor"] for row in rows if row["action"] == Action.RESOLVED} == {FORGOTTEN_PERSON}
    assert rows[-1]["what"] == "An operator forgot a colleague who had left"
    card = scene.database.read(lambda session: draw_card(session, closed.id, scene.organisation))
    assert NAME not in repr(card).replace(f"I asked {NAME}", "").replace(f"{NAME}y", "")


def test_whatever_shows_them_is_drawn_anew(desk: PublishingInstallation) -> None:
    scene = desk.scene
    _, closed, _, listed = filled(desk)

    def versions(session: Session) -> list[int]:
        card = messages.by_key(session, f"card:{closed.id}:C-FINANCE")
        return [card.version if card else 0, messages.get(session, listed).version]

    before = scene.database.read(versions)
    forget_her(scene)
    assert all(now > then for now, then in zip(scene.database.read(versions), before, strict=True))


def test_a_dry_run_changes_nothing(desk: PublishingInstallation) -> None:
    scene = desk.scene
    filled(desk)
    before = scene.database.read(ownership.head)
    said = forget_her(scene, dry_run=True)
    assert said.text.startswith("Would remove 2 accounts, 2 direct messages, 1 mentions")
    assert "Nothing was changed." in said.text
    assert scene.database.read(ownership.head) == before
    assert forget_her(scene, ADDRESS, dry_run=True) == said


def test_a_reply_of_theirs_on_its_way_is_let_finish_first(desk: PublishingInstallation) -> None:
    scene = desk.scene
    her = scene.person(NAME, ADDRESS, account=ACCOUNT)
    row = desk.press(desk.draft(mention := scene.arrive(), by=person_id(scene)), by=person_id(scene))
    said = forget_her(scene)
    assert (said.code, said.text.startswith(f"A reply to #{mention.token} is on its way")) == (1, True)
    assert scene.do(ClaimMention(reference=at(scene.arrive()), who=her)).ok
    desk.work_to(row, PublicationState.PUBLISHED)
    assert forget_her(scene).code == 0


def test_who_was_forgotten_is_not_learned_again_until_an_operator_says_so(scene: Scene) -> None:
    her = scene.person(NAME, ADDRESS, account=ACCOUNT)
    assert forget_her(scene).code == 0
    again = scene.database.write(lambda session: learn_account(session, account(), scene.now))
    ended = account(external_id="UELDER", active=False)
    assert (again, scene.database.write(lambda session: learn_account(session, ended, scene.now))) == (None, None)
    assert scene.database.read(forgotten.hits) == 2
    assert found_in(scene.database, *WORDS) == set()
    refused = scene.do(ClaimMention(reference=at(mention := scene.arrive()), who=her))
    assert refused.text.endswith(f"ask an admin to run: dibs person on slack:T1:{ACCOUNT}")
    with pytest.raises(NotAllowed, match=f"dibs person on {ADDRESS}"):
        scene.database.write(lambda session: let_in(session, scene.organisation, ADDRESS, scene.now, Random(1)))
    for called in (f"slack:T1:{ACCOUNT}", ADDRESS):
        said = change_person(scene.database, scene.organisation, "on", called, scene.now)
        assert said.text == f"{called} was forgotten. Whoever comes by it may come in again, as somebody new."
    former = scene.database.read(lambda session: people.get(session, 1))
    assert scene.do(ClaimMention(reference=at(mention), who=her)).ok
    assert (former.name, scene.look(mention).owner_id != former.id) == ("", True)
    assert scene.learn(account()) == scene.look(mention).owner_id


def test_one_that_is_cut_short_goes_on_by_its_number(scene: Scene) -> None:
    her = scene.person(NAME, ADDRESS, account=ACCOUNT)
    actor = scene.database.write(lambda session: admit(session, her, scene.organisation))[0]
    assert forget_her(scene).code == 0
    assert forget_her(scene).text.startswith(f"I know nobody called '{NAME}'")
    rows = scene.database.read(ownership.head)
    assert forget_her(scene, f"person:{actor.id}").text.startswith("Removed 0 accounts")
    assert scene.database.read(ownership.head) == rows
    assert change_person(scene.database, scene.organisation, "on", f"person:{actor.id}", scene.now).code == 1


def test_who_turned_out_to_be_somebody_is_forgotten_with_them(scene: Scene) -> None:
    scene.person(NAME, account=ACCOUNT)
    scene.learn(account(platform="teams", workspace="tenant", external_id="aad-quince"))
    scene.learn(account())
    assert len(scene.database.read(lambda session: people.named(session, NAME))) == 2
    assert forget_her(scene).code == 0
    assert found_in(scene.database, *WORDS) == set()


def test_addresses_and_names_of_things_are_left_alone() -> None:
    body = to_json(Notice(title="May asks", text="In May, May has it", footer="Maybe"))
    assert from_json(without_name(body, pattern_of("May", ["May Lee"]))).footer == "Maybe"
    raw = json.dumps({"url": "https://a.example/May", "label": "Ask May Lee or May"})
    cleaned = json.loads(without_name(raw, pattern_of("May", ["May Lee"])))
    assert cleaned == {"url": "https://a.example/May", "label": f"Ask May Lee or {FORGOTTEN_PERSON}"}


def test_what_they_drafted_is_withdrawn(desk: PublishingInstallation) -> None:
    scene = desk.scene
    _, _, has, _ = filled(desk)
    (row,) = all_drafts(scene, has)
    forget_her(scene)
    assert scene.database.read(lambda session: drafts.get(session, row.id)).state == DraftState.WITHDRAWN
