"""Who may act on Teams: our own people, known or not; nobody whom the tenant does not know as one of its own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from bot.chat.teams.directory import NOT_SEEN, PATIENCE_SECONDS
from handlers.people.accounts import Account, learn_account
from storage.engine.database import Database
from storage.own.mentions import MentionRow
from storage.people import identities, people
from storage.people.identities import IdentityRow
from storage.people.people import KnownPerson
from tests.bot.chat.teams.installation import TENANT, TeamsInstallation, installation, said
from tests.fakes.teams.activities import Json, Person

Gesture = Callable[[TeamsInstallation, Person, MentionRow], Json]


@pytest.fixture
def home(database: Database) -> Iterator[TeamsInstallation]:
    """A house with Teams in it, on SQLite and on PostgreSQL."""
    with installation(database) as built:
        yield built


def hire(home: TeamsInstallation, key: str, name: str, **fields: Any) -> Person:
    """Put somebody into the team after the bot learned who is there."""
    made = home.teams.person(key, name, **fields)
    for room in (home.support, home.finance):
        home.teams.memory.rooms[room.id].members.append(made)
    return made


def known(home: TeamsInstallation, who: Person) -> KnownPerson | None:
    return home.read(lambda session: people.known(session, "teams", TENANT, who.aad))


def asked(home: TeamsInstallation) -> int:
    """Return how often Teams was asked who somebody is."""
    return home.teams.count("GET members")


# --- learning --------------------------------------------------------------------------------------------------------


def test_everybody_in_the_team_is_known_when_the_bot_is_installed(home: TeamsInstallation) -> None:
    ana = known(home, home.teams.ana)
    assert ana is not None
    assert (ana.name, ana.kind, ana.active) == ("Ana Lopez", "member", True)
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    assert asked(home) == 0


def test_somebody_on_slack_is_the_same_person_on_teams_by_their_address(database: Database) -> None:
    with installation(database, install=False) as home:
        home.scene.person("Ana", "ana@acme.example")
        home.install(home.support)
        home.settle()
        row = home.arrive()
        home.press(home.teams.ana, row, "claim")
        owner = home.scene.look(row).owner_id
        assert owner is not None
        accounts = home.read(lambda session: [(one.platform, one.kind) for one in accounts_of(session, owner)])
        assert sorted(accounts) == [("slack", "member"), ("teams", "member")]


def accounts_of(session: Session, person_id: int) -> list[IdentityRow]:
    return identities.of_person(session, person_id)


def test_who_comes_into_the_team_later_is_learned_then(home: TeamsInstallation) -> None:
    cem = hire(home, "cem", "Cem Aksoy")
    home.send(home.teams.build.update(home.teams.ana, home.support, "teamMemberAdded", membersAdded=[{"id": cem.id}]))
    home.settle()
    assert known(home, cem) is not None


def test_people_are_where_dibs_toml_says_that_they_are(home: TeamsInstallation) -> None:
    ben = known(home, home.teams.ben)
    assert ben is not None
    assert home.read(lambda session: people.memberships(session, [ben.id])) == {ben.id: [("support", "listed")]}


def test_the_nightly_look_learns_new_names(home: TeamsInstallation) -> None:
    ana = home.teams.ana
    home.teams.memory.rooms[home.support.id].members[0] = replace(ana, name="Ana Lopez-Ruiz")
    home.do(home.platform.refresh())
    found = known(home, ana)
    assert found is not None
    assert found.name == "Ana Lopez-Ruiz"


def test_a_time_zone_that_a_gesture_tells_is_kept(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    found = known(home, home.teams.ana)
    assert found is not None
    assert found.timezone == "Europe/Berlin"


# --- who may act -----------------------------------------------------------------------------------------------------


def test_who_is_not_known_is_looked_up_once_and_acts(home: TeamsInstallation) -> None:
    cem, row = hire(home, "cem", "Cem Aksoy"), home.arrive()
    assert "Cem Aksoy has it." in said(home.press(cem, row, "claim"))
    home.press(cem, row, "release")
    assert asked(home) == 1
    assert home.owner(row) is None


def test_who_owns_a_team_is_one_of_us(home: TeamsInstallation) -> None:
    cem, row = hire(home, "cem", "Cem Aksoy", role="owner"), home.arrive()
    assert "Cem Aksoy has it." in said(home.press(cem, row, "claim"))


def press(home: TeamsInstallation, who: Person, row: MentionRow) -> Json:
    return home.press(who, row, "claim")


def form(home: TeamsInstallation, who: Person, row: MentionRow) -> Json:
    return home.press(who, row, "note", text="Hello")


def look(home: TeamsInstallation, who: Person, row: MentionRow) -> Json:
    return home.press(who, row, "show")


def form_to_open(home: TeamsInstallation, who: Person, row: MentionRow) -> Json:
    return home.press(who, row, "draft")


@pytest.mark.parametrize("gesture", [press, form, look, form_to_open])
@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"role": "guest"}, "Guests cannot do this"),
        ({"role": "anonymous"}, "another organisation"),
        ({"tenant": "99999999-9999-4999-8999-999999999999"}, "another organisation"),
    ],
)
def test_nobody_else_does_anything_or_sees_a_card(
    home: TeamsInstallation, gesture: Gesture, who: dict[str, str], words: str
) -> None:
    eve, row = hire(home, "eve", "Eve", **who), home.arrive()
    for _ in range(2):  # the second time they are known, as what they are
        answer = gesture(home, eve, row)
        assert answer["type"] == "application/vnd.microsoft.activity.message"
        assert words in said(answer)
    assert home.scene.log(row) == ["arrived"]


def test_a_guest_whom_teams_calls_a_user_is_known_by_the_name_in_the_directory(home: TeamsInstallation) -> None:
    row = home.arrive()
    eve = replace(home.teams.person("eve", "Eve"), email="eve_rival.example#EXT#@acme.onmicrosoft.com")
    home.teams.memory.rooms[home.finance.id].members.append(eve)
    assert "Guests cannot do this" in said(home.press(eve, row, "claim"))
    assert home.scene.log(row) == ["arrived"]


@pytest.mark.parametrize("named", ["", "nobody"])
def test_an_id_that_is_typed_makes_nobody_one_of_us(home: TeamsInstallation, named: str) -> None:
    gus, row = hire(home, "gus", "Gus", role="guest"), home.arrive()
    home.say(home.teams.ana, home.finance, f"assign #{row.token} teams:{TENANT}:{named or gus.aad}")
    home.settle()
    assert "Guests cannot do this" in said(home.press(gus, row, "claim"))
    assert home.scene.log(row) == ["arrived"]
    assert home.owner(row) is None


def test_a_bot_is_refused_and_is_not_answered_where_it_writes(home: TeamsInstallation) -> None:
    robot = Person("28:99999999-9999-4999-8999-999999999999", "", "Robot")
    row = home.arrive()
    assert "Only people" in said(home.press(robot, row, "claim"))
    before = len(home.teams.messages(home.finance))
    home.say(robot, home.finance, f"claim #{row.token}")
    for data in ({"verb": "dibs:claim", "ref": f"{row.token}.{row.version}"}, {"verb": "theirs"}):
        assert home.send(home.teams.build.activity("message", robot, home.finance, value=data)) == (200, None)
    home.settle()
    assert len(home.teams.messages(home.finance)) == before
    assert home.scene.log(row) == ["arrived"]


def test_who_is_in_the_directory_and_not_in_the_conversation_is_from_outside(home: TeamsInstallation) -> None:
    eve, row = home.teams.person("eve", "Eve"), home.arrive()
    assert "another organisation" in said(home.press(eve, row, "claim"))
    assert home.scene.log(row) == ["arrived"]


def test_guests_act_where_dibs_toml_says_so(database: Database) -> None:
    with installation(database, changes={"guests": True}) as home:
        gus, row = hire(home, "gus", "Gus", role="guest"), home.arrive()
        assert "Gus has it." in said(home.press(gus, row, "claim"))


def test_a_guest_whom_the_roster_told_of_is_refused_without_asking(database: Database) -> None:
    def prepare(teams: Any) -> None:
        teams.memory.rooms["19:support@thread.tacv2"].members.append(teams.person("gus", "Gus", role="guest"))

    with installation(database, prepare=prepare) as home:
        gus, row = home.teams.memory.people["29:gus"], home.arrive()
        assert "Guests cannot do this" in said(home.press(gus, row, "claim"))
        assert asked(home) == 0


def test_whom_teams_does_not_tell_of_in_time_changes_nothing_and_may_press_again(database: Database) -> None:
    with installation(database, patience=2 * PATIENCE_SECONDS) as home:
        cem, row = hire(home, "cem", "Cem Aksoy"), home.arrive()
        home.teams.fault("GET members", hang=60)
        home.teams.fault("GET members", status=503)
        assert said(home.press(cem, row, "claim")) == NOT_SEEN
        assert said(home.press(cem, row, "claim")) == NOT_SEEN
        assert home.scene.log(row) == ["arrived"]
        assert known(home, cem) is None
        assert "Cem Aksoy has it." in said(home.press(cem, row, "claim"))


def test_who_is_known_waits_for_no_network(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.teams.fault("GET members", hang=20, times=5)
    assert "Ana Lopez has it." in said(home.press(home.teams.ana, row, "claim"))


def test_whose_account_was_switched_off_does_nothing(home: TeamsInstallation) -> None:
    row, ana = home.arrive(), home.teams.ana
    off = Account(platform="teams", workspace=TENANT, external_id=ana.aad, name=ana.name, active=False)
    home.scene.database.write(lambda session: learn_account(session, off, home.scene.now))
    assert "switched off" in said(home.press(ana, row, "claim"))
    assert "switched off" in said(home.press(ana, row, "show"))
    assert home.scene.log(row) == ["arrived"]


def test_whom_we_met_and_who_was_switched_off_since_does_nothing(home: TeamsInstallation) -> None:
    ana, row = home.teams.ana, home.arrive()
    home.press(ana, row, "claim")
    off = Account(platform="teams", workspace=TENANT, external_id=ana.aad, name=ana.name, active=False)
    home.scene.database.write(lambda session: learn_account(session, off, home.scene.now))
    assert "switched off" in said(home.press(ana, home.arrive(), "claim"))
