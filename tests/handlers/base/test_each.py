"""One that fails stops no other, in whatever a tick does to many; it is left alone for longer and longer, and told."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from handlers.base.command import as_system
from handlers.base.each import distance, with_each
from handlers.own.reconcile import reconcile
from storage.engine.database import DatabaseError
from storage.own import put_off
from storage.tables.states import Via
from storage.work import job_slots
from tests.harness.scene import Scene


class Deadlock(Exception):
    """What PostgreSQL says of two that wait for each other."""

    sqlstate = "40P01"


@pytest.fixture
def three(scene: Scene) -> list[int]:
    return [scene.arrive(f"refund {number}").id for number in range(3)]


def look(scene: Scene, three: list[int], bad: Exception | None = None) -> int:
    """Write down each of the three, at one look of the timer, and fail for the second after that was written."""

    def work(session: Session) -> int:
        context = as_system(session, scene.organisation, scene.now, scene.dispatcher.random, via=Via.TIMER)

        def take(mention_id: int) -> int:
            assert job_slots.claim_slot(session, "each", str(mention_id), scene.now)
            if bad is not None and mention_id == three[1]:
                raise bad
            return 1

        due = [one for one in three if not job_slots.is_taken(session, "each", str(one))]
        return with_each(context, "each", {one: one for one in due}, take)

    return scene.database.write(work)


def done(scene: Scene, three: list[int]) -> list[bool]:
    return scene.database.read(lambda session: [job_slots.is_taken(session, "each", str(one)) for one in three])


def waiting(scene: Scene) -> list[str]:
    return scene.database.read(lambda session: [one.sentence for one in put_off.by_job(session, scene.now)])


@pytest.mark.parametrize("bad", [KeyError("x"), IntegrityError("INSERT", {}, ValueError("no such person"))], ids=type)
def test_one_that_fails_is_left_as_it_was_and_put_off_and_the_others_are_done(
    scene: Scene, three: list[int], bad: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert look(scene, three, bad) == 2
    assert done(scene, three) == [True, False, True]
    name = type(bad).__name__
    told = f"each: mention {three[1]} failed (1 in a row, {name}) and is left alone until 2026-03-02 08:59 UTC."
    assert told in caplog.text
    (said,) = waiting(scene)
    assert said.endswith(f" ({name}), and is tried again at 08:59 UTC")


def test_it_is_left_alone_for_longer_each_time_and_told_in_one_line(
    scene: Scene, three: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1, 4):
        caplog.clear()
        look(scene, three, KeyError("x"))
        (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
        assert f"({number} in a row" in record.getMessage()
        assert (record.exc_info is not None) == (number == 1)
    spans = [distance(number) // timedelta(minutes=1) for number in (1, 2, 3, 9, 10, 1_000)]
    assert spans == [1, 2, 4, 256, 360, 360]
    look(scene, three)
    assert done(scene, three) == [True, True, True]
    assert waiting(scene) == []


def test_what_the_database_says_of_itself_is_raised_so_that_all_runs_again(scene: Scene, three: list[int]) -> None:
    with pytest.raises(DatabaseError):
        look(scene, three, OperationalError("SELECT 1", {}, Deadlock()))
    assert (done(scene, three), waiting(scene)) == ([False, False, False], [])


@pytest.mark.parametrize("again", ["a start", "a night"])
def test_a_start_tries_it_at_once_and_what_nobody_asks_for_any_more_is_forgotten(
    scene: Scene, three: list[int], again: str
) -> None:
    look(scene, three, KeyError("x"))

    def start(session: Session) -> None:
        reconcile(session, scene.organisation, scene.now, scene.dispatcher.random)

    def night(session: Session) -> None:
        put_off.clean(session, scene.now + timedelta(minutes=2))

    work: Callable[[Session], None] = start if again == "a start" else night
    scene.database.write(work)
    assert waiting(scene) == []
    kept = scene.database.read(lambda session: put_off.tries(session, "each"))
    assert kept == ({three[1]: 1} if again == "a start" else {})
