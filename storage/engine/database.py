"""The database: one writer thread on SQLite, a few on PostgreSQL, readers beside them.

SQLite has one writer whatever we do; giving it one thread makes its queue ours. Closures that wait together share
one commit, each in a SAVEPOINT of its own, and are answered after it, so that the price of an fsync is divided by
all that wait for it. What people do (urgent) goes before what sources bring. On PostgreSQL each closure is a
transaction of its own on a small pool; a deadlock or serialisation failure is tried again.

A closure takes a session and never commits; what it returns reaches the caller after the commit only.

The floors above take ``Session`` and the errors that they may catch from here, so they name no SQL library.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session as Session

from storage.engine.compiled import lend, say

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Session], T]
Listener = Callable[[frozenset[int]], None]
DatabaseError = SQLAlchemyError
DatabaseUnusable = OperationalError

GROUP_SECONDS = 0.03
GROUP_SIZE = 64
POSTGRES_WRITERS = 8
READERS = 4
BUSY_MILLISECONDS = 5_000
# Serialisation failure, deadlock, and a unique key that somebody else wrote between our look and our insert.
_TRY_AGAIN = {"40001", "40P01", "23505"}
_TRIES = 5


def open_engine(url: str) -> Engine:
    """Open ``sqlite:///path`` or ``postgresql://…``; a bare postgresql URL means psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        size = POSTGRES_WRITERS + READERS
        return create_engine(
            parsed, pool_size=size, max_overflow=2, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC"}
        )
    engine = create_engine(parsed, pool_size=READERS + 1, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def prove_writable(session: Session) -> None:
    """Write something that changes nothing; fails as any write would."""
    session.connection().execute(text("UPDATE chain_head SET seq = seq WHERE id = 1"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own way breaks SAVEPOINT
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE slips past the append-only triggers
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    # Every read and write begins here, and SQLAlchemy's own way costs as much as a statement.
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Undo what is done inside when it raises, and only that."""
    session.flush()
    say(session, "SAVEPOINT inner_work")
    try:
        yield
        session.flush()
    except BaseException:
        say(session, "ROLLBACK TO SAVEPOINT inner_work")
        say(session, "RELEASE SAVEPOINT inner_work")
        session.expunge_all()
        raise
    say(session, "RELEASE SAVEPOINT inner_work")


def touch(session: Session, mention_id: int) -> None:
    """Note that a mention changed, so that who listens for commits hears of it."""
    session.info.setdefault("touched", set()).add(mention_id)


@dataclass(order=True)
class _Job:
    urgency: int
    number: int
    work: Work[Any] = field(compare=False)
    future: "Future[Any]" = field(compare=False)


class Database:
    """Run closures in transactions; ``listen`` for what they changed.

    Attributes:
        engine: The SQLAlchemy engine, for the command line and migrations.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # On PostgreSQL each statement would see its own moment; a card and its version have to be of one.
        snapshot = {} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = engine.execution_options(reading=True, **snapshot)
        self._listeners: list[Listener] = []
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._queue: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = count()
        self._open = True
        self._connection: Connection | None = None  # of SQLite's one writer thread, which keeps it
        self._threads = [
            threading.Thread(target=self._work, name=f"writer-{number}", daemon=True)
            for number in range(1 if self._sqlite else POSTGRES_WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def listen(self, listener: Listener) -> None:
        """Call ``listener(mention ids)`` after each commit that touched something; from a writer's thread."""
        self._listeners.append(listener)

    def submit(self, work: Work[T], *, urgent: bool = False) -> "Future[T]":
        """Queue ``work`` as one transaction; its future is done after the commit.

        A future that was cancelled before its turn is not run.
        """
        if not self._open:
            raise RuntimeError("The database is closed.")
        future: Future[T] = Future()
        self._queue.put(_Job(0 if urgent else 1, next(self._numbers), work, future))
        return future

    def write(self, work: Work[T]) -> T:
        """Run ``work`` as one transaction and wait for its commit."""
        return self.submit(work, urgent=True).result()

    def submit_read(self, work: Work[T]) -> "Future[T]":
        """Run ``work`` in a reader's thread, on a snapshot; it must not write."""
        return self._readers.submit(self.read, work)

    def read(self, work: Work[T]) -> T:
        """Run ``work`` in this thread, on a snapshot; it must not write."""
        with Session(self._reading) as session:
            return work(session)

    def close(self) -> None:
        """Finish what is queued, then end the threads and connections."""
        if not self._open:
            return
        self._open = False
        for _ in self._threads:
            self._queue.put(_Job(2, next(self._numbers), _nothing, Future()))
        for thread in self._threads:
            thread.join()
        self._readers.shutdown()
        self.engine.dispose()

    def _work(self) -> None:
        while True:
            job = self._queue.get()
            if job.work is _nothing:
                return self._drop_connection()
            if self._sqlite:
                self._group(job)
            else:
                self._alone(job)

    def _group(self, first: _Job) -> None:
        """Run ``first`` and all that waits behind it in one commit."""
        begun: list[_Job] = []
        done: list[tuple[_Job, Any]] = []
        touched: set[int] = set()
        try:
            connection = self._connection = self._connection or self.engine.connect()
            with connection.begin():
                deadline = time.monotonic() + GROUP_SECONDS
                job: _Job | None = first
                while job is not None:
                    if job.future.set_running_or_notify_cancel():
                        begun.append(job)
                        _run(job, connection, done, touched)
                    job = self._next() if len(done) < GROUP_SIZE and time.monotonic() < deadline else None
        except Exception as error:
            self._drop_connection()
            if not begun and first.future.set_running_or_notify_cancel():
                begun.append(first)
            for job in begun:
                if not job.future.done():
                    job.future.set_exception(error)
            return
        for job, result in done:  # who waits hears of it before the work that follows from it begins
            job.future.set_result(result)
        self._tell(touched)

    def _drop_connection(self) -> None:
        """Let the next commit begin on a new connection."""
        broken, self._connection = self._connection, None
        if broken is not None:
            with suppress(Exception):
                broken.close()

    def _next(self) -> _Job | None:
        try:
            job = self._queue.get_nowait()
        except queue.Empty:
            return None
        if job.work is _nothing:
            self._queue.put(job)
            return None
        return job

    def _alone(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        for attempt in range(_TRIES):
            try:
                with Session(self.engine) as session:
                    result = job.work(session)
                    touched = session.info.get("touched", set())
                    session.commit()
            except Exception as error:
                if _sqlstate(error) in _TRY_AGAIN and attempt < _TRIES - 1:
                    time.sleep(0.01 * (attempt + 1))
                    continue
                return job.future.set_exception(error)
            except BaseException as error:
                return job.future.set_exception(error)
            job.future.set_result(result)
            return self._tell(touched)

    def _tell(self, touched: set[int]) -> None:
        if touched:
            for listener in self._listeners:
                try:
                    listener(frozenset(touched))
                except Exception:  # what was committed is committed, and the thread has more to write
                    log.exception("A listener for commits failed.")


def _sqlstate(error: Exception) -> str | None:
    """Return PostgreSQL's code of an error, whether SQLAlchemy wrapped it or a hot statement met the driver's own."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _run(job: _Job, connection: Connection, done: list[tuple[_Job, Any]], touched: set[int]) -> None:
    session = Session(connection, join_transaction_mode="rollback_only")
    lend(session, connection)
    say(session, "SAVEPOINT one_of_the_group")
    try:
        result = job.work(session)
        session.flush()
    except BaseException as error:
        session.expunge_all()
        say(session, "ROLLBACK TO SAVEPOINT one_of_the_group")
        say(session, "RELEASE SAVEPOINT one_of_the_group")
        job.future.set_exception(error)
        return
    say(session, "RELEASE SAVEPOINT one_of_the_group")
    touched |= session.info.get("touched", set())
    session.expunge_all()
    done.append((job, result))


def _nothing(_session: Session) -> None:
    """Mark the end of the queue."""
