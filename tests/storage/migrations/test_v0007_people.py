"""The step to 0007: who was switched off left now, with all accounts and for good; all others go on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.people import identities, people, sessions
from storage.people.sessions import KeyKind
from tests.storage.migrations import release_0004
from tests.storage.migrations.release_0004 import THEN

HERE, GONE = 1, 2
OPENED = (
    "INSERT INTO desk_pass (hash, kind, person_id, expires_at)"
    f" SELECT 'theirs', kind, {GONE}, expires_at FROM desk_pass"
)


@pytest.fixture
def database(empty: Engine) -> Iterator[Database]:
    """The database after the step, before which one of two people had been switched off."""
    release_0004.make(empty)
    with empty.begin() as connection:
        connection.exec_driver_sql(f"UPDATE person SET active = false WHERE id = {GONE}")
        connection.exec_driver_sql(OPENED)
    upgrade(empty)
    opened = Database(empty)
    yield opened
    opened.close()


def test_who_was_switched_off_left_in_this_moment_and_nobody_else_did(database: Database) -> None:
    here, gone = (database.read(lambda session, one=one: people.get(session, one)) for one in (HERE, GONE))  # type: ignore[misc]
    assert (here.active, here.switched_off, here.left_at) == (True, False, None)
    assert (gone.active, gone.switched_off) == (False, False)
    assert gone.left_at is not None
    assert abs(datetime.now(UTC) - gone.left_at) < timedelta(hours=1)


def test_their_accounts_ended_with_them_until_the_platform_says_otherwise(database: Database) -> None:
    for one, active in ((HERE, True), (GONE, False)):
        accounts = database.read(lambda session, one=one: identities.of_person(session, one))  # type: ignore[misc]
        assert [account.active for account in accounts] == [active]
        assert database.read(lambda session, one=one: people.has_ended(session, one)) is not active  # type: ignore[misc]


def test_sessions_of_who_is_here_go_on(database: Database) -> None:
    found = database.read(lambda session: sessions.find(session, "f" * 64, (KeyKind.SESSION,), THEN))
    assert found == (KeyKind.SESSION, HERE)
    assert database.read(lambda session: sessions.find(session, "theirs", (KeyKind.SESSION,), THEN)) is None
