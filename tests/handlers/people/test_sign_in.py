"""Enter: a link for whom it was asked, once, kept by nobody."""

from dataclasses import replace
from random import SystemRandom

import pytest
from sqlmodel import Session, select

from handlers.base.errors import BotError
from handlers.dispatch.text_commands import Typed, read_command
from handlers.people import sign_in
from handlers.people.accounts import Account, learn_account
from handlers.people.sign_in import AskDesk
from storage.engine.database import Database
from storage.tables.work import IdempotencyKey
from tests.harness.scene import ORGANISATION, Scene

ON = replace(ORGANISATION, desk_url="https://dibs.acme.example")


@pytest.fixture
def desk_scene(database: Database) -> Scene:
    return Scene(database, ON)


def key_of(text: str) -> str:
    return text.rsplit("key=", 1)[1]


def test_desk_is_typed_and_gives_a_link_of_ones_own(desk_scene: Scene) -> None:
    ana = desk_scene.person("Ana")
    command = read_command(Typed(text="desk", who=ana, request_key="one"))
    assert isinstance(command, AskDesk)
    answer = desk_scene.do(command)
    assert "https://dibs.acme.example/enter?key=" in answer.text
    token = desk_scene.database.write(
        lambda session: sign_in.enter(session, key_of(answer.text), desk_scene.now, SystemRandom())
    )
    assert token is not None
    found = desk_scene.database.read(lambda session: sign_in.visitor(session, token, ON, desk_scene.now))
    assert found is not None
    assert found.name == "Ana"


def test_a_repeat_does_not_get_the_link_and_nobody_can_read_it_in_the_database(desk_scene: Scene) -> None:
    ana = desk_scene.person("Ana")
    first = desk_scene.do(AskDesk(who=ana, request_key="slash-1"))
    again = desk_scene.do(AskDesk(who=ana, request_key="slash-1"))
    assert again.repeated
    assert "key=" not in again.text
    assert "Ask again" in again.text
    kept = desk_scene.database.read(lambda session: list(session.exec(select(IdempotencyKey.answer))))
    assert kept
    assert all(key_of(first.text) not in one for one in kept)


def test_where_the_desk_is_off_the_answer_says_how_to_switch_it_on(scene: Scene) -> None:
    answer = scene.do(AskDesk(who=scene.person("Ana")))
    assert not answer.ok
    assert "DIBS_PUBLIC_URL" in answer.text


@pytest.mark.race
def test_of_two_who_use_a_link_one_comes_in(desk_scene: Scene) -> None:
    key = key_of(desk_scene.do(AskDesk(who=desk_scene.person("Ana"))).text)
    tokens = [
        desk_scene.database.submit(lambda session: sign_in.enter(session, key, desk_scene.now, SystemRandom()))
        for _ in range(10)
    ]
    assert sum(one.result() is not None for one in tokens) == 1


def test_who_turns_out_to_be_somebody_known_comes_in_anew_as_that_person(desk_scene: Scene) -> None:
    desk_scene.person("Ana", "ana@acme.example", account="T-ANA")
    stranger = desk_scene.who("U-NEW", "ana")
    key = key_of(desk_scene.do(AskDesk(who=stranger)).text)
    token = desk_scene.database.write(lambda session: sign_in.enter(session, key, desk_scene.now, SystemRandom()))
    assert token is not None

    def join(session: Session) -> None:
        account = Account(platform="slack", workspace="T1", external_id="U-NEW", name="Ana", email="ana@acme.example")
        learn_account(session, account, desk_scene.now)

    desk_scene.database.write(join)
    assert desk_scene.database.read(lambda session: sign_in.visitor(session, token, ON, desk_scene.now)) is None


def test_where_there_is_no_chat_the_operator_lets_people_in_by_their_address(desk_scene: Scene) -> None:
    def work(session: Session) -> sign_in.Visitor | None:
        link = sign_in.invite(
            session, desk_scene.organisation, "Ben@acme.example", "Ben", desk_scene.now, SystemRandom()
        )
        token = sign_in.enter(session, key_of(link), desk_scene.now, SystemRandom())
        return sign_in.visitor(session, token, ON, desk_scene.now) if token else None

    found = desk_scene.database.write(work)
    assert found is not None
    assert found.name == "Ben"
    assert found.department_id is not None


def test_nobody_is_let_in_where_the_desk_is_off(scene: Scene) -> None:
    with pytest.raises(BotError, match="switched off"):
        scene.database.write(
            lambda session: sign_in.invite(session, ORGANISATION, "b@acme.example", "", scene.now, SystemRandom())
        )
