"""The database: closures that wait together share one commit, people go first, and one failure stays alone."""

import gc
import logging
import threading
from collections.abc import Iterator, Sized
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, select, text
from sqlmodel import Session

from storage.engine import writer
from storage.engine.database import Database, Work, open_engine, savepoint, touch
from storage.engine.group import Group
from storage.engine.schema import upgrade
from storage.work import idempotency, incidents
from storage.work.incidents import IncidentKind, Subject
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.scene import START, Scene, at


class Gate:
    """Holds a writer inside its transaction until the test lets it go."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def hold(self, _session: Session) -> str:
        self.entered.set()
        assert self.open.wait(HANG_SECONDS)
        return "held"


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A database with one writer, whose queue can be watched."""
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    opened = Database(open_engine(url))
    yield opened
    opened.close()


def note(subject: str) -> "Work[bool]":
    return lambda session: incidents.begin(session, Subject(IncidentKind.SOURCE, subject), "it broke", START)


def subjects(database: Database) -> list[str]:
    return sorted(row.name for row in database.read(incidents.all_of))


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a group more time than a held test needs."""
    monkeypatch.setattr(writer, "GROUP_SECONDS", 30.0)


# --- turns -----------------------------------------------------------------------------------------------------------


def held_up(database: Database, *sources: str) -> list[str]:
    """Let jobs of these sources wait behind a gate; returns in which order they ran."""
    gate = Gate()
    database.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    ran: list[str] = []
    waiting = [database.submit(partial(_run, ran, name), source=name) for name in sources]
    gate.open.set()
    for one in waiting:
        one.result(HANG_SECONDS)
    return ran


def _run(ran: list[str], name: str, _session: Session) -> None:
    ran.append(name)


def test_of_what_waits_to_be_written_the_sources_take_turns(sqlite: Database) -> None:
    ran = held_up(sqlite, *["loud"] * 500, "rare", "loud", "other", "rare")
    assert ran[:6] == ["loud", "rare", "other", "loud", "rare", "loud"]
    assert len(ran) == 504


def test_people_go_before_every_source(sqlite: Database) -> None:
    gate, ran = Gate(), list[str]()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    waiting = [sqlite.submit(lambda _: ran.append("source"), source="loud") for _ in range(5)]
    waiting.append(sqlite.submit(lambda _: ran.append("person"), urgent=True))
    gate.open.set()
    for one in waiting:
        one.result(HANG_SECONDS)
    assert ran == ["person", *["source"] * 5]


def test_a_source_that_was_loud_once_has_its_turn_like_any_other(sqlite: Database) -> None:
    held_up(sqlite, *["loud"] * 50)
    ran = held_up(sqlite, *["other"] * 50, "loud")
    assert "loud" in ran[:2]


# --- one commit ------------------------------------------------------------------------------------------------------


def test_closures_that_wait_together_share_one_commit(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    commits: list[object] = []
    event.listen(sqlite.engine, "commit", commits.append)
    gate = Gate()
    first = sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    waiting = [sqlite.submit(note(f"part {number}")) for number in range(20)]
    gate.open.set()
    assert [first.result(HANG_SECONDS), *(one.result(HANG_SECONDS) for one in waiting)] == ["held"] + [True] * 20
    assert len(commits) == 1
    assert len(subjects(sqlite)) == 20


def test_a_group_ends_at_its_size(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    commits: list[object] = []
    event.listen(sqlite.engine, "commit", commits.append)
    gate = Gate()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    waiting = [sqlite.submit(note(f"part {number}")) for number in range(writer.GROUP_SIZE * 2 - 1)]
    gate.open.set()
    assert all(one.result(HANG_SECONDS) for one in waiting)
    assert len(commits) == 2


def test_one_closure_that_fails_leaves_the_others(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)

    def fail(session: Session) -> None:
        note("never")(session)
        raise ValueError("broken")

    def fail_in_sql(session: Session) -> None:
        note("nor this")(session)
        session.connection().execute(text("SELECT * FROM nowhere"))

    gate = Gate()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    before, broken, worse, after = (sqlite.submit(work) for work in (note("a"), fail, fail_in_sql, note("b")))
    gate.open.set()
    assert before.result(HANG_SECONDS)
    assert after.result(HANG_SECONDS)
    with pytest.raises(ValueError, match="broken"):
        broken.result(HANG_SECONDS)
    with pytest.raises(Exception, match="nowhere"):
        worse.result(HANG_SECONDS)
    assert subjects(sqlite) == ["a", "b"]


def test_when_the_commit_fails_everybody_in_the_group_hears_of_it_and_the_writer_lives(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)

    def refuse(_connection: object) -> None:
        raise OSError("disk full")

    gate = Gate()
    futures: list[Future[object]] = [sqlite.submit(gate.hold)]
    assert gate.entered.wait(HANG_SECONDS)
    futures += [sqlite.submit(note("a")), sqlite.submit(note("b"))]
    event.listen(sqlite.engine, "commit", refuse)
    gate.open.set()
    for one in futures:
        with pytest.raises(OSError, match="disk full"):
            one.result(HANG_SECONDS)
    event.remove(sqlite.engine, "commit", refuse)
    assert subjects(sqlite) == []
    assert sqlite.write(note("c"))


# --- order -----------------------------------------------------------------------------------------------------------


def test_what_people_do_goes_before_what_sources_bring(sqlite: Database) -> None:
    order: list[str] = []
    gate = Gate()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    futures = [sqlite.submit(lambda _, name=f"batch {n}": order.append(name)) for n in range(3)]  # type: ignore[misc]
    futures += [sqlite.submit(lambda _, name=f"press {n}": order.append(name), urgent=True) for n in range(3)]  # type: ignore[misc]
    gate.open.set()
    for one in futures:
        one.result(HANG_SECONDS)
    assert order == ["press 0", "press 1", "press 2", "batch 0", "batch 1", "batch 2"]


def test_what_nobody_waits_for_comes_last_and_in_nobodys_commit(sqlite: Database) -> None:
    gate, order = Gate(), list[str]()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    futures: list[Future[None]] = []

    def last(_session: Session) -> None:
        assert all(one.done() for one in futures)
        order.append("behind")

    behind = sqlite.submit(last, behind=True)
    futures += [sqlite.submit(lambda _: order.append("batch"), source="loud")]
    futures += [sqlite.submit(lambda _: order.append("press"), urgent=True)]
    gate.open.set()
    behind.result(HANG_SECONDS)
    assert order == ["press", "batch", "behind"]


def test_what_was_cancelled_before_its_turn_is_not_run(sqlite: Database) -> None:
    gate = Gate()
    sqlite.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    cancelled, kept = sqlite.submit(note("cancelled")), sqlite.submit(note("kept"))
    assert cancelled.cancel()
    gate.open.set()
    assert kept.result(HANG_SECONDS)
    assert subjects(sqlite) == ["kept"]


# --- on both databases -----------------------------------------------------------------------------------------------


def test_an_answer_comes_after_the_commit_and_readers_see_committed_only(database: Database) -> None:
    gate = Gate()

    def work(session: Session) -> str:
        note("a")(session)
        return gate.hold(session)

    future = database.submit(work)
    assert gate.entered.wait(HANG_SECONDS)
    assert subjects(database) == []
    assert not future.done()
    gate.open.set()
    assert future.result(HANG_SECONDS) == "held"
    assert subjects(database) == ["a"]


def test_a_read_is_of_one_moment(database: Database) -> None:
    def look(session: Session) -> list[int]:
        before = len(incidents.all_of(session))
        database.write(note("meanwhile"))
        return [before, len(incidents.all_of(session))]

    assert database.read(look) == [0, 0]
    assert subjects(database) == ["meanwhile"]


def test_a_reader_in_its_own_thread_sees_what_was_committed(database: Database) -> None:
    database.write(note("a"))
    assert len(database.submit_read(incidents.all_of).result(HANG_SECONDS)) == 1


def test_close_finishes_what_is_queued_and_takes_no_more(database: Database) -> None:
    gate = Gate()
    database.submit(gate.hold)
    assert gate.entered.wait(HANG_SECONDS)
    waiting = [database.submit(note(f"part {number}")) for number in range(30)]
    closing = threading.Thread(target=database.close)
    closing.start()
    gate.open.set()
    closing.join(HANG_SECONDS)
    assert all(one.result(0) for one in waiting)
    with pytest.raises(RuntimeError, match="closed"):
        database.submit(note("late"))


def test_a_savepoint_undoes_what_failed_inside_and_only_that(database: Database) -> None:
    def work(session: Session) -> None:
        note("outside")(session)
        try:
            with savepoint(session):
                note("inside")(session)
                raise ValueError("inside")
        except ValueError:
            note("after")(session)

    database.write(work)
    assert subjects(database) == ["after", "outside"]


def wait_for(number: int, heard: Sized) -> None:
    """Wait until so much was heard: who wrote is answered first, and listeners are told after that."""
    wait_until(lambda: len(heard) >= number)


def test_listeners_hear_what_was_committed_and_nothing_else(scene: Scene) -> None:
    heard: list[frozenset[int]] = []
    mention = scene.arrive()
    scene.database.listen(heard.append)

    def fail(session: Session) -> None:
        touch(session, mention.id)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        scene.database.write(fail)
    scene.database.write(note("a"))
    assert heard == []
    scene.database.write(lambda session: touch(session, mention.id))
    wait_for(1, heard)
    assert heard == [frozenset({mention.id})]


def test_a_listener_that_fails_stops_nobody(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[frozenset[int]] = []

    def fail(_ids: frozenset[int]) -> None:
        raise RuntimeError("the loop is closed")

    scene.database.listen(fail)
    scene.database.listen(heard.append)
    with caplog.at_level(logging.ERROR):
        first = scene.arrive()
        wait_for(1, heard)
        second = scene.arrive()
        wait_for(2, heard)
    assert heard == [frozenset({first.id}), frozenset({second.id})]
    assert "A listener for commits failed." in caplog.text


def test_a_deadlock_is_tried_again(scene: Scene) -> None:
    """Two transactions take two rows in opposite order; on SQLite they stand in line anyway."""
    one, other = scene.arrive(), scene.arrive()
    meeting = threading.Barrier(2)

    def work(first: int, second: int) -> "Work[int]":
        tries = []

        def run(session: Session) -> int:
            tries.append(1)
            for step, number in enumerate((first, second)):
                session.connection().execute(text("UPDATE mention SET reason = 'moved' WHERE id = :id"), {"id": number})
                if step == 0 and len(tries) == 1 and scene.engine.dialect.name == "postgresql":
                    meeting.wait(HANG_SECONDS)
            return len(tries)

        return run

    futures = [scene.database.submit(work(one.id, other.id)), scene.database.submit(work(other.id, one.id))]
    tries = sum(future.result(HANG_SECONDS) for future in futures)
    # On a busy machine the loser may be back before the winner woke up, and they meet once more.
    assert tries == 2 if scene.engine.dialect.name == "sqlite" else tries > 2


def test_times_come_back_aware_and_in_utc(scene: Scene) -> None:
    mention = scene.arrive()
    assert mention.ingested_at == START
    assert mention.ingested_at.utcoffset() is not None
    assert at(mention).version == 1
    assert scene.database.read(lambda session: session.connection().execute(select(1)).scalar()) == 1


def test_what_is_collected_in_another_thread_disturbs_no_statement(database: Database) -> None:
    """A cursor that is collected resets its statement, which by then runs for somebody else."""

    def work(number: int) -> "Work[None]":
        def run(session: Session) -> None:
            assert idempotency.earlier(session, f"key {number}") is None
            idempotency.answered(session, f"key {number}", "It is yours.", START)

        return run

    futures = [database.submit(work(number), urgent=True) for number in range(3_000)]
    while not all(one.done() for one in futures):
        gc.collect(0)
    assert [one.exception() for one in futures if one.exception() is not None] == []


def test_a_writer_that_meets_a_bug_of_ours_goes_on_and_nobody_waits_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Group, "commit", lambda _: 1 / 0)
        waiting = [database.submit(note(f"part {number}"), urgent=number % 2 == 0) for number in range(10)]
        assert {type(one.exception(HANG_SECONDS)) for one in waiting} == {ZeroDivisionError}
    assert database.write(note("later"))
    assert subjects(database) == ["later"]
