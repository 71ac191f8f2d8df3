"""Rules of what is kept of accounts: who writes names the version that was read, and overwrites nobody."""

from datetime import timedelta
from typing import Any

import pytest

from storage.listen import credentials
from storage.listen.credentials import HOLDS, CredentialRow
from tests.harness.scene import Scene

NAME = "acme-social"


def put(scene: Scene, version: int, sealed: str, **more: Any) -> bool:
    values = {"sealed": sealed, "previous": "", "expires_at": None, "now": scene.now} | more
    return scene.database.write(lambda session: credentials.replace(session, NAME, version, **values))


def row(scene: Scene) -> CredentialRow:
    found = scene.database.read(lambda session: credentials.get(session, NAME))
    assert found is not None
    return found


def test_only_who_has_read_the_newest_writes_the_next(scene: Scene) -> None:
    assert put(scene, 0, "one", seeds="s")
    assert not put(scene, 0, "another first one")
    assert put(scene, 1, "two", previous="one")
    assert not put(scene, 1, "another second one")
    found = row(scene)
    assert (found.version, found.sealed, found.previous, found.seeds) == (2, "two", "one", "s")


def test_what_was_refused_is_let_in_again_with_the_next_version(scene: Scene) -> None:
    put(scene, 0, "one")
    scene.database.write(lambda session: credentials.refuse(session, NAME, 1, "No."))
    assert row(scene).refused == "No."
    assert not scene.database.write(lambda session: credentials.refuse(session, NAME, 7, "Nothing."))
    put(scene, 1, "two")
    assert row(scene).refused == ""


def test_a_lease_outlasts_a_request_and_ends_with_what_came_of_it(scene: Scene) -> None:
    put(scene, 0, "one")

    def take(token: str) -> bool:
        return scene.database.write(lambda session: credentials.leases.take(session, NAME, token, scene.now))

    assert take("a")
    scene.pass_time(seconds=29)
    assert timedelta(seconds=15) < HOLDS
    assert not take("b")
    put(scene, 1, "two")  # though the lease is a's: what somebody got is never thrown away
    assert take("b")
    scene.pass_time(seconds=31)
    assert take("c")


@pytest.mark.race
def test_a_sign_in_is_used_once(scene: Scene) -> None:
    until = scene.now + timedelta(minutes=10)
    scene.database.write(lambda session: credentials.ask(session, NAME, "asked", until))

    def take(asked: str) -> bool:
        return scene.database.write(lambda session: credentials.take_asked(session, NAME, asked, scene.now))

    assert [take("other"), take(""), take("asked"), take("asked")] == [False, False, True, False]
    scene.database.write(lambda session: credentials.ask(session, NAME, "later", scene.now))
    assert not take("later")
