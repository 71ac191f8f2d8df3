"""`dibs desk` and `dibs person`: who is let in by an operator, and who is not; what they say, with which exit code."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.command_line import app
from bot.cli.people import check_people
from handlers.people.accounts import Account, learn_account
from storage.engine.database import Database
from storage.people import people
from storage.tables.states import IdentityKind
from tests.harness.engines import open_migrated
from tests.harness.scene import Scene

CONFIG = '[departments.support]\nname = "Customer support"\n'
ANA = Account(platform="slack", workspace="T1", external_id="UANA", name="Ana Lopez", email="ana@acme.example")
Say = Callable[..., Result]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    found = Scene(Database(open_migrated(tmp_path / "dibs.db")))
    found.database.write(lambda session: learn_account(session, ANA, found.now))
    return found


@pytest.fixture
def say(tmp_path: Path, scene: Scene) -> Say:
    (tmp_path / "dibs.toml").write_text(CONFIG)
    environ = {
        "DIBS_CONFIG": str(tmp_path / "dibs.toml"),
        "DIBS_DATABASE_URL": f"sqlite:///{tmp_path / 'dibs.db'}",
        "DIBS_PUBLIC_URL": "https://dibs.acme.example",
    }
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env=environ)


def everybody(scene: Scene) -> list[str | None]:
    return [one.email for one in scene.database.read(people.everybody)]


@pytest.mark.parametrize("typed", ["ana@acme.example", " ANA@ACME.example", "mailto:ana@acme.example"])
def test_a_link_for_whom_is_plainly_meant(scene: Scene, say: Say, typed: str) -> None:
    said = say("desk", typed)
    assert (said.exit_code, "/enter?key=" in said.stdout) == (0, True)
    assert everybody(scene) == ["ana@acme.example"]


@pytest.mark.parametrize("typed", ["@ana", "ana", "ana@", "a@b@c", "ana lopez@acme.example", "mailto:@ana"])
def test_no_new_person_of_what_is_no_address(scene: Scene, say: Say, typed: str) -> None:
    said = say("desk", typed)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "is no e-mail address" in said.stderr
    assert everybody(scene) == ["ana@acme.example"]


def test_no_link_for_who_is_switched_off_by_an_operator_or_by_their_platform(scene: Scene, say: Say) -> None:
    assert say("person", "off", "Ana Lopez").exit_code == 0
    said = say("desk", "ana@acme.example")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "Ana Lopez is switched off here" in said.stderr
    assert say("person", "on", "ana@acme.example").exit_code == 0
    assert say("desk", "ana@acme.example").exit_code == 0
    scene.database.write(lambda session: learn_account(session, replace(ANA, active=False), scene.now))
    assert say("desk", "ana@acme.example").exit_code == 1


def test_the_list_names_everybody_and_whether_they_may_come_in(scene: Scene, say: Say) -> None:
    scene.person("Ben")
    assert say("person", "off", "Ben").exit_code == 0
    ana, ben = say("person", "list").stdout.splitlines()
    assert ana == "person:1  Ana Lopez  ana@acme.example  slack  may come in, 0 in"
    assert ben == "person:2  Ben  -  slack  switched off, 0 in"


@pytest.mark.parametrize("arguments", [["off"], ["list", "Ana Lopez"], ["remove", "Ana Lopez"], ["on", "x@"]])
def test_wrong_use_ends_with_2_and_changes_nothing(scene: Scene, say: Say, arguments: list[str]) -> None:
    said = say("person", *arguments)
    assert (said.exit_code, said.stdout) == (2, "")
    assert scene.database.read(lambda session: people.is_active(session, 1))


@pytest.mark.parametrize("action", ["off", "on", "leave"])
def test_nobody_is_changed_whom_nobody_knows(say: Say, action: str) -> None:
    said = say("person", action, "zoe@acme.example")
    assert (said.exit_code, "know nobody" in said.stderr) == (1, True)


def test_the_check_says_who_sits_at_the_desk_and_how_many_may(scene: Scene) -> None:
    scene.person("Ben")
    guest = Account(platform="slack", workspace="T1", external_id="UGUEST", name="Gil", kind=IdentityKind.GUEST)
    scene.database.write(lambda session: learn_account(session, guest, scene.now))
    scene.database.write(lambda session: people.add_person(session, "Zoe", "zoe@acme.example"))
    seated, may = scene.database.read(lambda session: check_people(session, scene.organisation, scene.now))
    assert seated.ok
    assert seated.sentence == "Sessions of the desk: nobody."
    assert may.ok
    assert may.sentence.startswith(
        "2 by Slack, 1 let in by an operator; not: 1 a guest, and guests are not let in. `dibs person list` names them."
    )
    assert "Full members of Slack, as these say who is one; no guests" in may.sentence
    assert "Members of Finance, by dibs.toml: ana@acme.example." in may.sentence
