"""What who pressed gets: the fresh card, the form, or a sentence, and 200 in any case."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import Session

from bot.chat.kit.text import GONE
from bot.chat.teams.receive import commands
from bot.chat.teams.receive.responses import answered, opened, reply, told_only
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.invoke import CARD as CARD_TYPE
from bot.chat.teams.wire.invoke import SENTENCE, InvokeAnswer
from bot.chat.teams.wire.payloads import Press, read_press, who_of
from handlers.base.cards import Card, Form
from handlers.base.command import Answer, Asking
from handlers.base.forms import draw_form
from handlers.draw.card import draw_card
from handlers.people.accounts import Account, learn_account
from handlers.verbs import BY_NAME
from storage.own.mentions import MentionRow
from tests.bot.chat.hostile import HOSTILE
from tests.bot.chat.hostile import card as hostile_card
from tests.bot.chat.hostile import notice as hostile_notice
from tests.bot.chat.teams.activities import ANA, BEN, TENANT, execute
from tests.bot.chat.teams.cards import check, inputs, texts
from tests.harness.scene import Scene


@pytest.fixture(autouse=True)
def people(scene: Scene) -> None:
    def learn(session: Session) -> None:
        for account, name in ((ANA, "Ana"), (BEN, "Ben")):
            known = Account(platform="teams", workspace=TENANT, external_id=account, name=name, email=None)
            learn_account(session, known, scene.now)

    scene.database.write(learn)


def pressed(verb: str, row: MentionRow, by: str = ANA, number: int = 1, **typed: str) -> Incoming:
    data = {"ref": f"{row.token}.{row.version}", **{f"{verb}.{name}": value for name, value in typed.items()}}
    sender = {"id": f"29:{by}", "aadObjectId": by, "name": "Ana" if by == ANA else "Ben"}
    return execute(f"dibs:{verb}", data, id=f"f:{number}", **{"from": sender})


def drawn(scene: Scene, row: MentionRow) -> Card:
    return scene.database.read(lambda session: draw_card(session, row.id, scene.organisation))


def asked(scene: Scene, row: MentionRow, verb: str) -> Form:
    def draw(session: Session) -> Form:
        return draw_form(
            BY_NAME[verb], Asking(session=session, organisation=scene.organisation, now=scene.now, found=row)
        )

    return scene.database.read(draw)


def do(scene: Scene, incoming: Incoming, row: MentionRow) -> tuple[Press, Answer, InvokeAnswer]:
    press = read_press(incoming)
    answer = scene.do(commands.of_press(press, who_of(incoming)))
    form = asked(scene, scene.look(row), press.verb) if answer.fields else None
    said = answered(press, answer, TENANT, card=drawn(scene, row), form=form)
    assert (said.status, said.body["statusCode"]) == (200, 200)
    return press, answer, said


def shown(said: InvokeAnswer) -> Mapping[str, Any]:
    assert said.body["type"] == CARD_TYPE
    check(said.body["value"])
    value: Mapping[str, Any] = said.body["value"]
    return value


def test_who_claims_gets_the_fresh_card_at_once(scene: Scene) -> None:
    row = scene.arrive()
    _, _, said = do(scene, pressed("claim", row), row)
    card = dict(shown(said))
    assert "Ana has it." in texts(card)
    assert "dibs:claim" not in str(card)
    assert not any(one.startswith("⚠") for one in texts(card))


def test_the_second_person_reads_in_the_card_who_was_first(scene: Scene) -> None:
    row = scene.arrive()
    do(scene, pressed("claim", row, ANA), row)
    _, answer, said = do(scene, pressed("claim", row, BEN, 2), row)
    assert not answer.ok
    read = texts(dict(shown(said)))
    assert read[0].startswith("⚠ Ana has ")
    assert "Ana has it." in read
    assert scene.log(row) == ["arrived", "claimed"]


def test_a_press_that_is_delivered_again_has_one_effect_and_the_same_answer(scene: Scene) -> None:
    row = scene.arrive()
    _, _, first = do(scene, pressed("claim", row), row)
    _, answer, second = do(scene, pressed("claim", row), row)
    assert answer.repeated
    assert first == second
    assert scene.log(row) == ["arrived", "claimed"]


def test_a_stale_button_gets_the_fresh_card_and_why(scene: Scene) -> None:
    row = scene.arrive()
    do(scene, pressed("claim", row), row)
    _, _, said = do(scene, pressed("resolve", row, ANA, 2), row)
    assert "changed since" in texts(dict(shown(said)))[0]


def test_a_form_comes_back_with_what_was_typed_and_what_is_wrong_and_may_be_corrected(scene: Scene) -> None:
    row = scene.arrive()
    _, _, said = do(scene, pressed("snooze", row, ANA, 1, **{"until.date": "2020-01-01", "until.time": "10:30"}), row)
    card = dict(shown(said))
    assert inputs(card)["snooze.until.date"]["value"] == "2020-01-01"
    assert inputs(card)["snooze.until.time"]["value"] == "10:30"
    assert any(one.startswith("⚠") for one in texts(card))
    _, answer, said = do(scene, pressed("snooze", row, ANA, 2, until="2h"), row)
    assert answer.ok
    assert "Snoozed. Nobody has it." in texts(dict(shown(said)))


def test_a_reply_is_drafted_in_a_form_of_its_own(scene: Scene) -> None:
    row = scene.arrive()
    form = dict(shown(opened(asked(scene, row, "draft"))))
    assert inputs(form).keys() == {"draft.text"}
    _, answer, said = do(scene, pressed("draft", row, text="I am sorry, Kim.", then="keep"), row)
    assert answer.ok
    assert any("Ana" in one for one in texts(dict(shown(said))))
    told = texts(reply(answer, TENANT).activity()["attachments"][0]["content"])
    assert {"As it will stand there", "I am sorry, Kim."} <= set(told)


def test_what_is_typed_and_too_long_to_come_back_stays_where_it_stands() -> None:
    press = read_press(execute("dibs:note", {"ref": "k7f2.3", "note.text": "\U0001f469" * 3_000}))
    form = Form(verb="note", value="k7f2.3", title="Note", submit="Note", fields=BY_NAME["note"].fields)
    answer = Answer(text="That is too long.", ok=False, fields={"text": "That is too long."})
    said = answered(press, answer, TENANT, card=hostile_card("x"), form=form)
    assert (said.body["type"], said.body["value"]) == (SENTENCE, "That is too long.")


def test_what_is_wrong_with_no_field_of_the_form_is_said_above_it() -> None:
    press = read_press(execute("dibs:note", {"ref": "k7f2.3", "note.text": "x"}))
    form = Form(verb="note", value="k7f2.3", title="Note", submit="Note", fields=BY_NAME["note"].fields)
    said = answered(press, Answer(text="No.", ok=False, fields={"draft": "Which one?"}), TENANT, card=None, form=form)
    assert "⚠ Which one?" in texts(dict(shown(said)))


def test_a_mention_that_is_gone_and_a_button_that_is_none_are_answered_in_a_sentence(scene: Scene) -> None:
    press = read_press(execute("dibs:claim", {"ref": "zzzz.1"}))
    answer = scene.do(commands.of_press(press, who_of(execute("dibs:claim", {"ref": "zzzz.1"}))))
    said = answered(press, answer, TENANT, card=None)
    assert said.status == 200
    assert said.body["type"] == SENTENCE
    assert "no such mention" in said.body["value"]
    assert told_only(GONE).body["value"] == GONE
    assert opened(Answer(text="No draft waits.", ok=False)).body["value"] == "No draft waits."


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_stands_in_an_answer_is_only_text(what: str) -> None:
    text = HOSTILE[what]
    press = read_press(execute("dibs:claim", {"ref": "k7f2.3"}))
    shown(answered(press, Answer(text=text, ok=False), TENANT, card=hostile_card(text)))
    assert 0 < len(told_only(text).body["value"]) <= 1_000
    for answer in (Answer(text=text), Answer(text=text, notice=hostile_notice(text))):
        message = reply(answer, TENANT).activity()
        assert message["summary"].strip()
        if "attachments" in message:
            check(message["attachments"][0]["content"])
        else:
            assert message["textFormat"] == "plain"
