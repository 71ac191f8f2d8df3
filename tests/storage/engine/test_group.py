"""A group: one transaction for several closures, of which each fails, waits and is undone by itself."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import Session

from storage.engine import deferred
from storage.engine import group as group_module
from storage.engine.compiled import say
from storage.engine.database import Database, savepoint
from storage.engine.group import Group, Job
from storage.own import mentions, ownership
from storage.own.ownership import Change
from storage.people import people
from storage.tables.people import Department
from storage.tables.states import Action, Via
from storage.work import idempotency, incidents
from storage.work.incidents import IncidentKind, Subject
from tests.harness.patience import wait_until
from tests.harness.scene import START, Scene

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
Work = Callable[[Session], Any]


def together(database: Database, *works: Work) -> tuple[list[Job], Group]:
    """Run closures as one group, as a writer's thread does; returns the jobs and the group."""
    jobs = [Job(0, number, work) for number, work in enumerate(works)]
    with database.engine.connect() as connection:
        group = Group(connection)
        for job in jobs:
            if job.begin() and not group.run(job):
                break
        group.commit()
    return jobs, group


def note(subject: str) -> Work:
    return lambda session: incidents.begin(session, Subject(IncidentKind.SOURCE, subject), "it broke", START)


def noted(database: Database) -> list[str]:
    return sorted(row.name for row in database.read(incidents.all_of))


def logged(number: int, *, then: Work | None = None) -> Work:
    """Log a row about a mention of the scene."""

    def work(session: Session) -> Any:
        ownership.log(session, Change(mention_id=number, action=Action.NOTED, via=Via.API, at=START))
        return then(session) if then else None

    return work


def fail(_session: Session) -> None:
    raise ValueError("broken")


def seen(database: Database) -> list[int]:
    return [row["mention_id"] for row in database.read(lambda session: list(ownership.rows(session)))]


def done(group: Group) -> Sequence[int]:
    return [job.number for job, _ in group.done]


# --- failing ---------------------------------------------------------------------------------------------------------


def test_one_that_fails_behind_others_leaves_them_and_those_behind_it(database: Database) -> None:
    def broken(session: Session) -> None:
        note("never")(session)
        fail(session)

    jobs, group = together(database, note("a"), broken, note("b"))
    assert noted(database) == ["a", "b"]
    assert done(group) == [0, 2]
    with pytest.raises(ValueError, match="broken"):
        jobs[1].future.result(0)


def test_the_first_that_fails_leaves_nothing_and_those_behind_it_wait_for_the_next_group(database: Database) -> None:
    def broken(session: Session) -> None:
        note("never")(session)
        fail(session)

    jobs, group = together(database, broken, note("b"))
    assert noted(database) == []
    assert (group.done, group.again) == ([], [])
    assert not jobs[1].future.running()


def test_a_failure_that_takes_all_with_it_lets_the_others_run_again(scene: Scene) -> None:
    """What the ORM could not write, SQLAlchemy undoes whole, whoever else is in the transaction."""

    def twice(session: Session) -> None:
        session.add(Department(key="finance", name="Finance", position=9, timezone="UTC"))
        session.flush()

    jobs, group = together(scene.database, note("a"), twice, note("b"))
    assert noted(scene.database) == []
    assert done(group) == []
    assert jobs[0] in group.again
    assert jobs[1].future.done() == (scene.engine.dialect.name == "sqlite"), "on PostgreSQL somebody else wrote it"
    scene.database.write(note("the writers live"))


def refused(inside: str, after: str, before: str = "") -> Work:
    """Do something, try something that fails, and go on."""

    def work(session: Session) -> None:
        if before:
            note(before)(session)
        with suppress(ValueError), savepoint(session):
            note(inside)(session)
            fail(session)
        note(after)(session)

    return work


@pytest.mark.parametrize("before", ["", "before"])
def test_what_was_refused_within_a_closure_takes_nothing_else_with_it(database: Database, before: str) -> None:
    expected = sorted(filter(None, [before, "one", "two", "three"]))
    _, group = together(database, refused("never", "one", before), note("two"), refused("nor this", "three"))
    assert done(group) == [0, 1, 2]
    assert noted(database) == expected


def test_a_compiled_write_before_a_refusal_stays(scene: Scene) -> None:
    one, ana = scene.arrive(), scene.person("Ana")
    person = scene.database.read(lambda session: people.acting(session, "slack", "T1", ana.external_id, ""))
    assert person is not None

    def work(session: Session) -> None:
        mentions.take(session, one.id, person[0].id, scene.now)
        with pytest.raises(ValueError, match="broken"), savepoint(session):
            fail(session)

    together(scene.database, work)
    assert scene.look(one).owner_id == person[0].id


# --- what is deferred ------------------------------------------------------------------------------------------------


def test_what_is_deferred_is_written_at_the_end_once_for_all_of_the_group(database: Database) -> None:
    written: list[Sequence[int]] = []

    def write(_session: Session, *numbers: int) -> None:
        written.append(numbers)

    def later(number: int) -> Work:
        def work(session: Session) -> None:
            deferred.defer(session, write, number)
            assert written == []

        return work

    _, group = together(database, *(later(number) for number in range(5)))
    assert done(group) == [0, 1, 2, 3, 4]
    assert written == [(0, 1, 2, 3, 4)]


def test_what_a_closure_that_failed_deferred_is_not_written(scene: Scene) -> None:
    one, other = scene.arrive(), scene.arrive()
    former = seen(scene.database)
    together(scene.database, logged(one.id), logged(other.id, then=fail), logged(one.id))
    assert seen(scene.database) == [*former, one.id, one.id]


def test_what_was_deferred_inside_a_savepoint_goes_with_it(scene: Scene) -> None:
    one, other = scene.arrive(), scene.arrive()
    former = seen(scene.database)

    def work(session: Session) -> None:
        logged(one.id)(session)
        with pytest.raises(ValueError, match="broken"), savepoint(session):
            logged(other.id, then=fail)(session)

    scene.database.write(work)
    assert seen(scene.database) == [*former, one.id]


def test_who_reads_the_log_in_a_transaction_reads_all_that_was_done_in_it(scene: Scene) -> None:
    one, other = scene.arrive(), scene.arrive()
    heads: list[int] = []

    def look(session: Session) -> None:
        heads.append(ownership.head(session)[0])

    before = scene.database.read(ownership.head)[0]
    together(scene.database, logged(one.id), logged(other.id, then=look), look)
    assert heads == [before + 2, before + 2]


def test_a_closure_that_read_the_log_and_failed_takes_nobody_elses_row_with_it(scene: Scene) -> None:
    one, other = scene.arrive(), scene.arrive()
    former = seen(scene.database)

    def look_and_fail(session: Session) -> None:
        ownership.head(session)
        fail(session)

    together(scene.database, logged(one.id), logged(other.id, then=look_and_fail), logged(other.id))
    assert seen(scene.database) == [*former, one.id, other.id]
    assert scene.database.read(ownership.verify).trouble == ""


# --- beside other replicas -------------------------------------------------------------------------------------------


def rename(number: int) -> Work:
    return lambda session: session.connection().execute(
        text("UPDATE mention SET reason = 'moved' WHERE id = :id"), {"id": number}
    )


@ON_POSTGRESQL
def test_who_holds_rows_waits_for_nobody_and_runs_again_alone(scene: Scene) -> None:
    one, other = scene.arrive(), scene.arrive()
    with scene.engine.connect() as elsewhere, elsewhere.begin():
        elsewhere.execute(text("SELECT 1 FROM mention WHERE id = :id FOR UPDATE"), {"id": other.id})
        jobs, group = together(scene.database, rename(one.id), rename(other.id), note("in the next group"))
    assert done(group) == [0]
    assert group.again == [jobs[1]]
    assert (scene.look(one).reason, scene.look(other).reason == "moved") == ("moved", False)


@ON_POSTGRESQL
def test_what_could_not_be_had_in_a_group_is_had_in_the_end(scene: Scene) -> None:
    rows = [scene.arrive() for _ in range(12)]
    with scene.engine.connect() as elsewhere, elsewhere.begin():
        elsewhere.execute(text("SELECT 1 FROM mention WHERE id = :id FOR UPDATE"), {"id": rows[-1].id})
        futures = [scene.database.submit(rename(row.id)) for row in rows]
    for future in futures:
        future.result(60)
    assert {scene.look(row).reason for row in rows} == {"moved"}


@ON_POSTGRESQL
def test_a_server_that_cut_every_connection_is_spoken_to_again(scene: Scene) -> None:
    scene.database.write(note("before"))
    assert scene.database.submit_read(incidents.all_of).result(10)
    with scene.engine.connect() as elsewhere:
        elsewhere.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    for future in [scene.database.submit(note(f"after {number}"), urgent=number % 2 == 0) for number in range(8)]:
        assert future.result(20)
    assert len(scene.database.submit_read(incidents.all_of).result(20)) == 9
    assert not scene.database.watch.is_away  # what was cut and made anew is no outage


@ON_POSTGRESQL
def test_who_is_cut_off_as_it_asks_to_commit_does_nothing_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    one, former = scene.arrive(), seen(scene.database)

    def cut_then_say(session: Session, *statements: str) -> None:
        if statements == ("COMMIT",):
            with scene.engine.connect() as elsewhere:
                elsewhere.execute(
                    text(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND state = 'idle in transaction'"
                    )
                )
        say(session, *statements)

    monkeypatch.setattr(group_module, "say", cut_then_say)
    (job,), group = together(scene.database, logged(one.id))
    assert isinstance(job.future.exception(), psycopg.OperationalError)
    assert (group.again, group.broken, seen(scene.database)) == ([], True, former)


@ON_POSTGRESQL
def test_what_somebody_else_wrote_before_the_commit_undoes_all_and_it_runs_again(scene: Scene) -> None:
    one, former = scene.arrive(), seen(scene.database)

    def answers(session: Session) -> None:
        logged(one.id)(session)
        idempotency.answered(session, "the same", "ours", START)
        scene.database.write(lambda other: idempotency.answered(other, "the same", "theirs", START))

    (job,), group = together(scene.database, answers)
    assert (group.done, group.again) == ([], [job])
    assert seen(scene.database) == former


@ON_POSTGRESQL
def test_who_stands_still_with_a_row_loses_it_and_does_its_work_again(scene: Scene) -> None:
    one, may_go_on, begun = scene.arrive(), threading.Event(), 0

    def stand_still(session: Session) -> None:
        nonlocal begun
        rename(one.id)(session)
        begun += 1
        assert begun > 1 or may_go_on.wait(120)

    future = scene.database.submit(stand_still)
    with scene.engine.connect() as elsewhere, elsewhere.begin():
        wait_until(lambda: begun)
        elsewhere.execute(text("SELECT 1 FROM mention WHERE id = :id FOR UPDATE"), {"id": one.id})
        may_go_on.set()
    future.result(60)
    assert (begun, scene.look(one).reason) == (2, "moved")
