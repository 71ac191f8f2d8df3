"""Dispatch: one gesture, one effect, one answer, however often it is delivered; and who may act at all."""

from contextlib import closing
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from handlers.base.command import ByCard, ByToken, ByUrl, Who
from handlers.dispatch.dispatch import Dispatcher
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, learn_account
from storage.engine.database import Database, open_engine
from storage.tables.base import table_of
from storage.tables.people import Person
from storage.tables.states import IdentityKind
from storage.tables.work import IdempotencyKey
from storage.work import idempotency
from tests.harness.channels import card_key, deliver, message
from tests.harness.scene import Scene, at


def keys(scene: Scene) -> list[str]:
    query = select(table_of(IdempotencyKey).c.key)
    return scene.database.read(lambda session: list(session.connection().scalars(query)))


def count_persons(session: Session) -> int:
    return int(session.connection().execute(select(func.count()).select_from(Person)).scalar_one())


# --- request keys ----------------------------------------------------------------------------------------------------


def test_eleven_deliveries_of_one_gesture_have_one_effect_and_one_answer(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    press = NoteMention(who=ana, reference=at(mention), text="Look.", request_key="press")
    answers = [scene.do(press) for _ in range(11)]
    assert {(one.text, one.ok) for one in answers} == {(answers[0].text, True)}
    assert [one.repeated for one in answers] == [False] + [True] * 10
    assert scene.log(mention) == ["arrived", "noted"]


@pytest.mark.parametrize("number", range(5))
def test_deliveries_that_come_at_once_to_two_replicas_have_one_effect_and_one_answer(
    scene: Scene, database_url: str, number: int
) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    press = NoteMention(who=ana, reference=at(mention), text=f"Look {number}.", request_key="press")
    with closing(Database(open_engine(database_url))) as beside:
        replicas = [scene.database, beside] * 6
        futures = [
            one.submit(lambda session: scene.dispatcher.handle(session, press, scene.now), urgent=True)
            for one in replicas
        ]
        answers = [one.result(60) for one in futures]
    assert {(one.text, one.ok) for one in answers} == {(answers[0].text, True)}
    assert [one.repeated for one in answers].count(False) == 1
    assert scene.log(mention) == ["arrived", "noted"]


def test_a_refusal_is_kept_with_its_key_even_if_it_would_succeed_now(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    press = ClaimMention(who=ben, reference=at(mention), request_key="press")
    first = scene.do(press)
    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    again = scene.do(press)
    assert (again.ok, again.text, again.repeated) == (False, first.text, True)
    assert scene.look(mention).owner_id is None


def test_a_mistake_in_a_form_leaves_no_key(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    form = SnoozeMention(who=ana, reference=at(mention), until="never", request_key="form")
    assert scene.do(form).fields
    assert scene.do(form).fields  # the same again is judged again, not answered from memory
    assert keys(scene) == []
    assert scene.do(replace(form, until="2h")).ok
    assert keys(scene) == ["form"]


def test_gestures_without_a_key_are_each_their_own(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    for _ in range(2):
        scene.do(NoteMention(who=ana, reference=at(mention), text="Look."))
    assert scene.log(mention) == ["arrived", "noted", "noted"]
    assert keys(scene) == []


def test_a_refused_command_leaves_nothing_but_its_answer(scene: Scene) -> None:
    before = scene.database.read(count_persons)
    answer = scene.do(ClaimMention(who=scene.who("UNEW", "Nia"), reference=ByToken("zzzz9"), request_key="press"))
    assert not answer.ok
    assert scene.database.read(count_persons) == before
    assert keys(scene) == ["press"]


def test_old_keys_are_cleaned_and_young_ones_kept(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(NoteMention(who=ana, reference=at(mention), text="Look.", request_key="old"))
    scene.pass_time(hours=47)
    scene.do(NoteMention(who=ana, reference=at(mention), text="Look.", request_key="young"))
    scene.pass_time(hours=2)
    scene.database.write(lambda session: idempotency.clean(session, scene.now))
    assert keys(scene) == ["young"]


# --- who may act -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [(IdentityKind.OUTSIDER, "another organisation"), (IdentityKind.BOT, "not bots"), (IdentityKind.GUEST, "Guests")],
)
@pytest.mark.parametrize("known", [True, False])
def test_outsiders_bots_and_guests_get_a_private_refusal_and_no_effect(
    scene: Scene, kind: IdentityKind, words: str, known: bool
) -> None:
    mention = scene.arrive()
    who = Who(platform="slack", workspace="T9", external_id="U9", name="Eve", kind=kind)
    if known:
        account = Account(platform="slack", workspace="T9", external_id="U9", name="Eve", kind=kind)
        scene.database.write(lambda session: learn_account(session, account, scene.now))
        who = replace(who, kind=IdentityKind.MEMBER)  # a gesture does not always tell; what was looked up counts
    answer = scene.do(ClaimMention(who=who, reference=at(mention)))
    assert not answer.ok
    assert words in answer.text
    assert scene.log(mention) == ["arrived"]


def test_guests_may_act_where_they_are_allowed_and_nobody_else_does(scene: Scene) -> None:
    scene.dispatcher = Dispatcher(replace(scene.organisation, guests=True), Random(1))
    mention = scene.arrive()
    outsider = replace(scene.who("UEVE", "Eve"), kind=IdentityKind.OUTSIDER)
    assert not scene.do(ClaimMention(who=outsider, reference=at(mention))).ok
    guest = replace(scene.who("UGUS", "Gus"), kind=IdentityKind.GUEST)
    assert scene.do(ClaimMention(who=guest, reference=at(mention))).ok
    nia = scene.person("Nia")
    assert scene.do(AssignMention(who=guest, reference=ByToken(mention.token), person=f"slack:T1:{nia.external_id}")).ok


def test_who_was_switched_off_is_refused(scene: Scene) -> None:
    gone = Account(platform="slack", workspace="T1", external_id="UANA", name="Ana", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    mention = scene.arrive()
    answer = scene.do(ClaimMention(who=scene.who("UANA"), reference=at(mention)))
    assert "switched off" in answer.text
    assert scene.log(mention) == ["arrived"]


def test_only_the_first_act_of_an_unknown_employee_asks_for_a_look_up(scene: Scene) -> None:
    mention = scene.arrive()
    nia = scene.who("UNIA", "Nia")
    assert scene.do(ClaimMention(who=nia, reference=at(mention))).unknown_person
    assert not scene.do(ReleaseMention(who=nia, reference=ByToken(mention.token))).unknown_person


# --- what is named ---------------------------------------------------------------------------------------------------


def test_a_mention_is_found_by_token_card_and_address(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive(url="https://blog.example/posts/1?utm_source=mail")
    deliver(scene)
    reference = message(scene, card_key(mention, "C-FINANCE")).reference
    assert reference is not None
    for named in (
        ByToken(mention.token.upper()),
        ByCard("slack", "C-FINANCE", reference),
        ByUrl("https://www.blog.example/posts/1"),
    ):
        assert scene.do(NoteMention(who=ana, reference=named, text="Found.")).ok
    assert scene.log(mention) == ["arrived", "noted", "noted", "noted"]


@pytest.mark.parametrize(
    "named",
    [
        ByToken("zzzz9"),
        ByToken("\x00"),
        ByToken("z" * 100_000),
        ByToken("\ud800"),
        ByCard("slack", "C-FINANCE", "ts-99"),
        ByCard("slack", "C-OTHER\x00", "\ud800"),
        ByUrl("https://blog.example/nothing\x00"),
        ByUrl("https://blog.example/\ud800"),
        ByUrl("javascript:alert(1)"),
        ByUrl("http://["),
    ],
)
def test_what_names_nothing_is_refused_in_a_sentence(scene: Scene, named: ByToken | ByCard | ByUrl) -> None:
    ana = scene.person("Ana")
    scene.arrive()
    answer = scene.do(ClaimMention(who=ana, reference=named))
    assert not answer.ok
    assert answer.text.startswith("I know no such mention.")
