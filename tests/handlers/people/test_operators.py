"""Operators: a person is switched off and on, and their sessions end, with a row in the log each time."""

from collections.abc import Callable
from dataclasses import replace
from random import SystemRandom
from typing import TypeVar

import pytest
from sqlmodel import Session

from handlers.base.errors import BotError, WrongInput
from handlers.own.claim import ClaimMention
from handlers.people import operators, sign_in
from handlers.people.accounts import Account, learn_account
from handlers.people.operators import read_address
from handlers.people.sign_in import LINK_LIVES, SESSION_LIVES
from handlers.report.log import in_words
from storage.own import board, ownership
from storage.people import people, sessions
from storage.people.people import PersonRow
from storage.people.sessions import KeyKind
from storage.tables.states import IdentityKind
from tests.harness.scene import ORGANISATION, Scene, at

T = TypeVar("T")
ON = replace(ORGANISATION, desk_url="https://dibs.acme.example")


@pytest.fixture
def ana(scene: Scene) -> int:
    """Ana, in Teams alone, with a session and a link."""
    told = Account(platform="teams", workspace="tenant", external_id="aad-ana", name="Ana", email="ana@acme.example")
    person = scene.learn(told)
    sit_down(scene, person)
    scene.database.write(
        lambda session: sign_in.make_link(session, person, KeyKind.LINK, scene.now, LINK_LIVES, SystemRandom())
    )
    return person


def sit_down(scene: Scene, person: int) -> str:
    def work(session: Session) -> str | None:
        key = sign_in.make_link(session, person, KeyKind.LINK, scene.now, LINK_LIVES, SystemRandom())
        return sign_in.enter(session, key, scene.now, SystemRandom())

    token = scene.database.write(work)
    assert token is not None
    return token


def keys_of(scene: Scene, person: int) -> int:
    return scene.database.write(lambda session: sessions.drop_all(session, person))


def with_person(scene: Scene, work: Callable[[Session, PersonRow], T], who: str = "ana@acme.example") -> T:
    return scene.database.write(lambda session: work(session, operators.find_anybody(session, who)))


def switch(scene: Scene, *, on: bool) -> str:
    return with_person(scene, lambda session, person: operators.switch(session, person, scene.now, on=on))


def last_words(scene: Scene) -> list[str]:
    def look(session: Session) -> list[str]:
        return [row.words for row in in_words(session, board.log_since(session, 0, 50)) if not row.token]

    return scene.database.read(look)


def test_who_is_switched_off_neither_acts_nor_sits_anywhere_until_switched_on(scene: Scene, ana: int) -> None:
    who = replace(scene.who("aad-ana"), platform="teams", workspace="tenant")
    token = sit_down(scene, ana)
    assert "switched off" in switch(scene, on=False)
    refused = scene.do(ClaimMention(who=who, reference=at(scene.arrive())))
    assert not refused.ok
    assert "switched off here" in refused.text
    assert keys_of(scene, ana) == 0
    told = Account(platform="teams", workspace="tenant", external_id="aad-ana", name="Ana", email="ana@acme.example")
    for again in (told, replace(told, platform="slack", workspace="T1", external_id="UANA")):
        scene.database.write(lambda session, again=again: learn_account(session, again, scene.now))  # type: ignore[misc]
        assert not scene.do(ClaimMention(who=who, reference=at(scene.arrive()))).ok  # a platform says nothing else
    assert "asks for a new link" in switch(scene, on=True)
    assert scene.do(ClaimMention(who=who, reference=at(scene.arrive()))).ok
    assert scene.database.read(lambda session: sign_in.visitor(session, token, ON, scene.now)) is None
    assert last_words(scene) == ["An operator switched Ana off", "An operator switched Ana on again"]
    assert scene.database.read(ownership.verify).trouble == ""


def test_saying_it_twice_leaves_one_row(scene: Scene, ana: int) -> None:
    assert "switched on already" in switch(scene, on=True)
    switch(scene, on=False)
    assert "switched off already" in switch(scene, on=False)
    assert last_words(scene) == ["An operator switched Ana off"]


def test_who_has_no_account_left_is_switched_on_and_still_not_here(scene: Scene, ana: int) -> None:
    switch(scene, on=False)
    gone = Account(
        platform="teams",
        workspace="tenant",
        external_id="aad-ana",
        name="Ana",
        kind=IdentityKind.OUTSIDER,
        active=False,
    )
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    assert "no account of theirs is left" in switch(scene, on=True)
    assert not scene.database.read(lambda session: people.is_active(session, ana))


def test_sessions_and_links_of_one_person_end_and_nobody_elses(scene: Scene, ana: int) -> None:
    ben = scene.database.write(lambda session: people.add_person(session, "Ben", "ben@acme.example")).id
    sit_down(scene, ben)
    sit_down(scene, ana)
    said = with_person(scene, lambda session, person: operators.end_sessions(session, person, scene.now))
    assert said == "2 sessions and links of Ana ended."
    assert (keys_of(scene, ana), keys_of(scene, ben)) == (0, 1)
    assert last_words(scene) == ["An operator ended all sessions of Ana"]
    assert scene.database.read(lambda session: people.is_active(session, ana))


@pytest.mark.parametrize("who", ["ana@acme.example", " Mailto:ANA@acme.example ", "ana", "person:{}"])
def test_anybody_is_found_by_address_name_or_number_also_when_they_are_gone(scene: Scene, ana: int, who: str) -> None:
    switch(scene, on=False)
    assert with_person(scene, lambda _, person: person.id, who.format(ana)) == ana


def test_a_name_that_two_bear_is_answered_with_both(scene: Scene, ana: int) -> None:
    other = scene.database.write(lambda session: people.add_person(session, "Ana", None)).id
    with pytest.raises(BotError, match=rf"person:{ana} \(ana@acme\.example\), person:{other} \(no address\)"):
        with_person(scene, lambda _, person: person.id, "Ana")
    with pytest.raises(BotError, match="know nobody"):
        with_person(scene, lambda _, person: person.id, "Zoe")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" ANA@Acme.example ", "ana@acme.example"),
        ("mailto:ana@acme.example", "ana@acme.example"),
        ("MAILTO:ana@acme.example?subject=Hello", "ana@acme.example"),
        ("Ana Lopez <ana@acme.example>", "ana@acme.example"),
        ("<mailto:ana@acme.example>", "ana@acme.example"),
        ("o'neil+care@sub.acme.example", "o'neil+care@sub.acme.example"),
    ],
)
def test_what_is_plainly_an_address_is_read(typed: str, meant: str) -> None:
    assert read_address(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "@ana",
        "ana@",
        "@",
        "ana",
        "",
        "ana@acme@example",
        "ana lopez@acme.example",
        "ana@acme..example",
        "<>",
        "ana@.x",
        "ana@acme.example.",
        "a@b.example, c@d.example",
        "mailto:",
        "mailto:@ana",
        "<@U1,ana>",
        "ana@acme.example;x",
        "ana>",
    ],
)
def test_what_is_no_address_makes_nobody(scene: Scene, typed: str) -> None:
    with pytest.raises(WrongInput, match="is no e-mail address"):
        read_address(typed)


def test_who_may_come_in_is_told_of_everybody(scene: Scene, ana: int) -> None:
    for name, kind, active in (
        ("Gus", IdentityKind.GUEST, True),
        ("Dan", IdentityKind.MEMBER, False),
        ("Eve", IdentityKind.OUTSIDER, False),
        ("Ben", IdentityKind.MEMBER, True),
    ):
        told = Account(
            platform="slack", workspace="T1", external_id=name, name=name, kind=kind, active=active, email=None
        )
        scene.database.write(lambda session, told=told: learn_account(session, told, scene.now))  # type: ignore[misc]
    sit_down(scene, ana)

    def look(guests: bool) -> dict[str, tuple[bool, int, list[str]]]:
        organisation = replace(ORGANISATION, guests=guests)
        found = scene.database.read(lambda session: operators.welcomes(session, organisation, scene.now))
        return {one.person.name: (one.may, one.sessions, list(one.accounts)) for one in found}

    assert look(False) == {
        "Ana": (True, 2, ["teams"]),
        "Ben": (True, 0, ["slack"]),
        "Dan": (False, 0, []),
        "Eve": (False, 0, []),
        "Gus": (False, 0, ["slack"]),
    }
    assert look(True)["Gus"] == (True, 0, ["slack"])
    switch(scene, on=False)
    assert look(True)["Ana"] == (False, 0, ["teams"])
    scene.now += SESSION_LIVES
    assert look(False)["Ana"][1] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"active": False}, "no account of theirs is left"),
        ({"kind": IdentityKind.GUEST}, "Guests cannot do this"),
        ({"kind": IdentityKind.OUTSIDER, "active": False}, "no account of theirs is left"),
    ],
)
def test_no_link_is_made_for_who_may_not_come_in(scene: Scene, ana: int, change: dict[str, object], said: str) -> None:
    def invite(session: Session) -> str:
        return sign_in.invite(session, ON, "ana@acme.example", "", scene.now, SystemRandom())

    assert "/enter?key=" in scene.database.write(invite)
    told = Account(platform="teams", workspace="tenant", external_id="aad-ana", name="Ana", **change)  # type: ignore[arg-type]
    scene.database.write(lambda session: learn_account(session, told, scene.now))
    with pytest.raises(BotError, match=said):
        scene.database.write(invite)
    switch(scene, on=False)
    with pytest.raises(BotError, match="is switched off here"):
        scene.database.write(invite)
