"""The database of the simulator: SQLite in memory, in which every transaction runs at one moment of virtual time.

The groups, savepoints and statements are the real ones (``storage.engine.group``); what is the simulator's own is when
they run, and who lives to hear of it. Statements of two transactions never interleave here: that only PostgreSQL shows,
and there the races are tested.
"""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context
from functools import cache
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from handlers.base.command import Answer
from storage.engine import deferred
from storage.engine.database import Listener, _look, open_engine
from storage.engine.group import Group, Job
from storage.engine.trouble import Watch
from storage.engine.writer import BEHIND, BROUGHT, PEOPLE
from storage.own import ownership
from tests.harness.engines import migrated
from tests.simulator.loop import Life, VirtualLoop

if TYPE_CHECKING:
    from storage.engine.database import Database

T = TypeVar("T")
Work = Callable[[Session], Any]
AWAY, UNSURE = "away", "unsure"
# What a refused gesture may not change, and what a repeated one may not.
_DECIDED = (
    "SELECT (SELECT count(*) || '.' || total(version) || '.' || total(owner_id) FROM mention),"
    " (SELECT count(*) || '.' || total(version) FROM draft), (SELECT group_concat(state) FROM draft),"
    " (SELECT group_concat(state) FROM publication)"
)
_TOLD = "SELECT (SELECT count(*) FROM ownership_event), (SELECT count(*) || '.' || total(version) FROM message)"
# What is refused to go out is kept, and may have to be read again: that is said with it.
_ALL_THE_SAME = ("is kept", "is approved", "waits for a second person again")


class Around(Protocol):
    """What the database asks of the world."""

    loop: VirtualLoop

    def trouble_of_database(self, life: Life) -> str:
        """Return whether it is away for a process, or keeps to itself that it committed."""
        ...

    def committed(self, life: Life, done: int) -> None:
        """Hear that something was committed."""
        ...

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...


@cache
def engine() -> Engine:
    """Return the engine of this process: its one connection has the database in memory."""
    return open_engine("sqlite://")


@cache
def schema() -> bytes:
    """Return an empty database of the newest schema, as a file that can live in memory."""
    file = bytearray(migrated())
    file[18:20] = b"\x01\x01"  # without a write-ahead log, which needs a disk
    return bytes(file)


def outage() -> sqlite3.OperationalError:
    """Return what is raised while the database is away."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


class Store:
    """The one database, which all processes share."""

    def __init__(self, content: bytes) -> None:
        """Begin with a content."""
        self.writing: Connection = engine().connect()
        self.reading: Connection = engine().execution_options(reading=True).connect()
        self.raw: sqlite3.Connection = cast("Any", self.writing.connection.dbapi_connection)
        self.raw.deserialize(content)
        self.raw.execute("PRAGMA foreign_keys=ON")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Look, as nobody of the house does."""
        return self.raw.execute(sql, values).fetchall()

    def run(self, work: Callable[[Session], T]) -> T:
        """Run one transaction at once."""
        group, job = Group(self.writing), Job(0, 0, work)
        job.begin()
        group.run(job)
        group.commit()
        for one, result in group.done:
            one.future.set_result(result)
        return cast("T", job.future.result(0))

    def look(self, work: Callable[[Session], T]) -> T:
        """Read at once."""
        return _look(self.reading, work)

    def content(self) -> bytes:
        """Return all of it."""
        return self.raw.serialize()

    def close(self) -> None:
        """Give the connection back."""
        self.writing.close()
        self.reading.close()


class Face:
    """The database as one process has it; takes the place of ``storage.engine.database.Database``."""

    def __init__(self, store: Store, around: Around, life: Life, random: Random) -> None:
        """Take the store, and who it is for."""
        self.engine = engine()
        self.watch = Watch()
        self._store, self._around, self._life, self._random = store, around, life, random
        self._numbers = count()
        self._listeners: list[Listener] = []
        self._waiting: list[tuple[Job, Future[Any]]] = []
        self._planned = False

    @property
    def as_database(self) -> "Database":
        """Itself, for who asks for a database."""
        return cast("Database", self)

    def listen(self, listener: Listener) -> None:
        """Tell of commits."""
        self._listeners.append(listener)

    @property
    def hears_others(self) -> bool:
        """Say that nobody is heard: the replicas look once a second, as they do behind a pooler."""
        return False

    def ring_others(self) -> None:
        """Do nothing: nobody listens."""

    def submit(
        self, work: Callable[[Session], T], *, urgent: bool = False, source: str = "", behind: bool = False
    ) -> "Future[T]":
        """Take a transaction; those that wait at one moment are committed together, but for what goes behind."""
        told: Future[T] = Future()
        work = cast("Callable[[Session], T]", self._watched(work)) if urgent else work
        urgency = BEHIND if behind else PEOPLE if urgent else BROUGHT
        self._waiting.append((Job(urgency, next(self._numbers), work, source=source), told))
        self._plan()
        return told

    def _plan(self) -> None:
        if not self._planned and self._waiting:
            self._planned = True
            self._around.loop.call_later(self._latency(), self._commit)

    def submit_read(self, work: Callable[[Session], T]) -> "Future[T]":
        """Take a read."""
        told: Future[T] = Future()
        self._around.loop.call_later(self._latency(), self._read, work, told)
        return told

    def write(self, work: Callable[[Session], T]) -> T:
        """Run a transaction at once, as a start does."""
        return self._store.run(work)

    def read(self, work: Callable[[Session], T]) -> T:
        """Read at once."""
        return self._store.look(work)

    def close(self) -> None:
        """Do nothing: others have it still."""

    def _latency(self) -> float:
        return 0.0005 + self._random.expovariate(500) if self._random.random() < 0.97 else self._random.uniform(0, 0.5)

    def _read(self, work: Work, told: "Future[Any]") -> None:
        if self._around.trouble_of_database(self._life) == AWAY:
            told.set_exception(outage())
            return
        try:
            told.set_result(self._store.look(work))
        except Exception as error:
            told.set_exception(error)

    def _commit(self) -> None:
        self._planned = False
        waiting, self._waiting = sorted(self._waiting, key=lambda one: one[0]), []
        trouble = self._around.trouble_of_database(self._life)
        if trouble == AWAY:
            _tell([(told, None, outage()) for _, told in waiting])
            return
        if not self._life.passes("before commit"):
            return
        group = Group(self._store.writing)
        taken: list[tuple[Job, Future[Any]]] = []
        for job, told in waiting:
            if taken and job.urgency == BEHIND:
                break
            taken.append((job, told))
            if job.begin() and not group.run(job):
                break
        group.commit()
        self._waiting = [*waiting[len(taken) :], *self._waiting]
        self._plan()
        self._around.committed(self._life, len(group.done))
        if group.done and not self._life.passes("after commit"):
            return
        self._answer(group, taken, lost=trouble == UNSURE)

    def _answer(self, group: Group, taken: "list[tuple[Job, Future[Any]]]", *, lost: bool) -> None:
        results = {job.number: result for job, result in group.done}
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        for job, told in taken:
            if job.number in results:
                answers.append((told, results[job.number], outage() if lost else None))
            elif job.future.done():
                answers.append((told, None, job.future.exception(0)))
        self._around.loop.call_later(self._latency(), _tell, answers)
        if group.touched and not lost:
            for listener in self._listeners:
                listener(frozenset(group.touched))

    def _watched(self, work: Work) -> Work:
        """See that a gesture that is refused decides nothing, and that one that is repeated changes nothing at all."""

        def watched(session: Session) -> Any:
            decided, told = self._store.rows(_DECIDED), self._told(session)
            result = work(session)
            if not isinstance(result, Answer):
                return result
            refused = not result.ok and not any(words in result.text for words in _ALL_THE_SAME)
            if (refused or result.repeated) and self._store.rows(_DECIDED) != decided:
                self._around.broken("a refused gesture has no effect", f"{result.text!r} changed something")
            if result.repeated and self._told(session) != told:
                self._around.broken("a repeated gesture has one effect", f"{result.text!r} was told again")
            return result

        return watched

    def _told(self, session: Session) -> tuple[Any, ...]:
        logged = sum(one.write is ownership.append for one in deferred.waiting(session))
        return (*self._store.rows(_TOLD)[0], logged)


def _tell(answers: "list[tuple[Future[Any], Any, BaseException | None]]") -> None:
    for told, result, error in answers:
        if error is not None:
            told.set_exception(error)
        else:
            told.set_result(result)


NOBODY = Context()
