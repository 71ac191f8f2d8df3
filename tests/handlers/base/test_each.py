"""One that fails stops no other, in whatever a tick does to many, and what it wrote is undone."""

from functools import partial

import pytest
from sqlmodel import Session

from handlers.base.each import with_each
from storage.engine.database import Database, DatabaseError
from storage.work import job_slots
from tests.harness.scene import START

SLOTS = ("one", "two", "three")


def take(session: Session, bad: Exception, slot: str) -> int:
    """Write a slot down, and then fail for the second."""
    assert job_slots.claim_slot(session, "each", slot, START)
    if slot == "two":
        raise bad
    return 1


def done(database: Database) -> list[bool]:
    return database.read(lambda session: [job_slots.is_taken(session, "each", one) for one in SLOTS])


def test_one_that_fails_is_left_as_it_was_and_told_and_the_others_are_done(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def work(session: Session) -> int:
        return with_each(
            session, SLOTS, partial(take, session, KeyError("x")), lambda one: f"{one} could not be taken."
        )

    assert database.write(work) == 2
    assert done(database) == [True, False, True]
    assert "two could not be taken." in caplog.text
    assert "KeyError" in caplog.text


def test_what_the_database_says_is_raised_so_that_all_runs_again(database: Database) -> None:
    trouble = DatabaseError("SELECT 1", {}, ValueError("deadlock"))

    def work(session: Session) -> int:
        return with_each(session, SLOTS, partial(take, session, trouble), str)

    with pytest.raises(DatabaseError):
        database.write(work)
    assert done(database) == [False, False, False]
