"""The database: one writer thread on SQLite, a few on PostgreSQL, readers beside them.

SQLite has one writer whatever we do; giving it one thread makes its queue ours: what people do (urgent) goes before
what sources bring. On PostgreSQL people have writers of their own, because what sources bring may have to wait there
for another replica. What waits together is committed together (``storage.engine.group``).

A closure takes a session and never commits; what it returns reaches the caller after the commit only.

The floors above take ``Session`` and the errors that they may catch from here, so they name no SQL library.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError as DBAPIDatabaseError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlmodel import Session as Session

from storage.engine import deferred
from storage.engine.bell import Bell
from storage.engine.compiled import has_written, lend, say
from storage.engine.files import reserve
from storage.engine.group import STILLNESS, Job, nothing
from storage.engine.postgres import READERS, open_postgres, threads
from storage.engine.trouble import Watch, hide_values
from storage.engine.trouble import is_outage as is_outage
from storage.engine.trouble import is_passing as is_passing
from storage.engine.writer import BEHIND, BROUGHT, END, PEOPLE, Kept, Line, Writer

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Session], T]
Listener = Callable[[frozenset[int]], None]
DatabaseError = SQLAlchemyError

BUSY_MILLISECONDS = 5_000


def why_unusable(error: DatabaseError) -> str:
    """Return in the driver's words why a database cannot be used; nothing where the fault is a statement of ours.

    A file that is no database, or a broken one, is no OperationalError, but the plain error above it.
    """
    if isinstance(error, DBAPIError) and type(error) in (OperationalError, DBAPIDatabaseError):
        return f"{type(error.orig).__name__}: {error.orig}"
    return ""


def open_engine(url: str) -> Engine:
    """Open ``sqlite:///path`` or ``postgresql://…``; a bare postgresql URL means psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = open_postgres(parsed)
    else:
        engine = create_engine(
            parsed, pool_size=READERS + 1, hide_parameters=True, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "do_connect", _reserve_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", hide_values)
    return engine


def prove_writable(session: Session) -> None:
    """Change something that nobody reads; fails as any write would, since SQLite writes a page only for a change."""
    session.connection().execute(text("UPDATE write_probe SET id = 3 - id"))


def prove_readable(session: Session) -> None:
    """Read something; fails as any read would."""
    session.connection().execute(text("SELECT id FROM write_probe"))


def _reserve_file(_dialect: object, _record: object, arguments: list[Any], _options: object) -> None:
    name = str(arguments[0]) if arguments else ""
    if name and not name.startswith((":", "file:")):
        reserve(Path(name))


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
    """Undo what is done inside when it raises, and only that.

    A closure that wrote nothing before needs no SAVEPOINT of its own for it: where it began is known already.
    """
    session.flush()
    waiting = deferred.waiting(session)
    before = list(waiting)
    undo: Callable[[], None] | None = None if has_written(session) else session.info.get("undo")
    if undo is None:
        say(session, "SAVEPOINT inner_work")
    try:
        yield
        session.flush()
    except BaseException:
        if undo is None:
            say(session, "ROLLBACK TO SAVEPOINT inner_work", "RELEASE SAVEPOINT inner_work")
        else:
            undo()
        waiting[:] = before
        session.expunge_all()
        raise
    if undo is None:
        say(session, "RELEASE SAVEPOINT inner_work")


def touch(session: Session, mention_id: int) -> None:
    """Note that a mention changed, so that who listens for commits hears of it."""
    session.info.setdefault("touched", set()).add(mention_id)


class Database:
    """Run closures in transactions; ``listen`` for what they changed.

    Attributes:
        engine: The SQLAlchemy engine, for the command line and migrations.
        watch: Whether it is away.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # On PostgreSQL each statement would see its own moment; a card and its version have to be of one.
        snapshot = {} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = engine.execution_options(reading=True, **snapshot)
        self.watch = Watch()
        self._listeners: list[Listener] = []
        self._bell: Bell | None = None
        writers, readers = (1, READERS) if self._sqlite else threads(engine)
        self._readers = ThreadPoolExecutor(readers, "reader")
        self._own = threading.local()  # the connection of each reader's thread
        self._kept: list[Kept] = []
        self._numbers = count()
        self._moving = False
        self._open = True
        # The line of what people do, and that of all else; on SQLite it is one, in order of urgency.
        lines = [Line() for _ in range(1 if self._sqlite else 2)]
        self._lines = (lines[0], lines[-1], lines[-1])
        self._threads = [
            (line, threading.Thread(target=self._writer(line).run, name=f"writer-{number}", daemon=True))
            for line in lines
            for number in range(writers)
        ]
        for _, thread in self._threads:
            thread.start()

    def _writer(self, line: Line) -> Writer:
        kept = self._keep(Kept(self.engine, f"SET {STILLNESS}"))
        return Writer(kept, line, tell=self._tell, watch=self.watch, moved=self._move)

    def _keep(self, kept: Kept) -> Kept:
        self._kept.append(kept)
        return kept

    def _move(self, *, writes: bool) -> None:
        """Let every thread begin on a new connection where a server only reads now, and again once another one writes.

        For some moments a new connection may lead to the former server still, which would show readers the past.
        """
        if writes and not self._moving:
            return
        self._moving = not writes
        self.engine.dispose()
        for kept in self._kept:
            kept.stale = True
        if self._bell is not None:
            self._bell.begin_anew()

    def listen(self, listener: Listener) -> None:
        """Call ``listener(mention ids)`` after each commit that touched something; from a thread of the database's."""
        self._listeners.append(listener)

    def hear_others(self) -> None:
        """Tell other replicas of what is committed here, and who listens here of what they commit.

        Of that, no ids say that anything may have changed. SQLite has no others.
        """
        if not self._sqlite and self._bell is None:
            self._bell = Bell(self.engine, self._pass_on)

    def ring_others(self) -> None:
        """Say that there is something to do that no commit tells."""
        if self._bell is not None:
            self._bell.ring(frozenset())

    @property
    def hears_others(self) -> bool:
        """Whether other replicas are heard at once; else who wants to know has to look."""
        return self._bell is not None and self._bell.hears

    def submit(self, work: Work[T], *, urgent: bool = False, source: str = "", behind: bool = False) -> "Future[T]":
        """Queue ``work`` as one transaction; its future is done after the commit.

        What is not urgent goes by turns of the ``source`` that brought it; what goes ``behind`` comes when nothing else
        waits, and joins no other's commit. A future that was cancelled before its turn is not run.
        """
        if not self._open:
            raise RuntimeError("The database is closed.")
        urgency = BEHIND if behind else PEOPLE if urgent else BROUGHT
        job = Job(urgency, next(self._numbers), work, source=source)
        self._lines[urgency].put(job)
        return job.future

    def write(self, work: Work[T]) -> T:
        """Run ``work`` as one transaction and wait for its commit."""
        return self.submit(work, urgent=True).result()

    def submit_read(self, work: Work[T]) -> "Future[T]":
        """Run ``work`` in a reader's thread, on a snapshot; it must not write."""
        return self._readers.submit(self._read_here, work)

    def read(self, work: Work[T]) -> T:
        """Run ``work`` in this thread, on a snapshot; it must not write."""
        with self._reading.connect() as connection:
            return _look(connection, work)

    def _read_here(self, work: Work[T]) -> T:
        """Run ``work`` on the connection that this reader's thread keeps; on a new one if that was cut."""
        kept: Kept | None = getattr(self._own, "kept", None)
        if kept is None:
            kept = self._own.kept = self._keep(Kept(self._reading))
        try:
            found = _look_again(kept, work)
        except Exception as error:
            self.watch.met("reading", error)
            raise
        self.watch.went_well("reading")
        return found

    def close(self) -> None:
        """Finish what is queued, then end the threads and connections."""
        if not self._open:
            return
        self._open = False
        if self._bell is not None:
            self._bell.close()
        for line, _ in self._threads:
            line.put(Job(END, next(self._numbers), nothing))
        for _, thread in self._threads:
            thread.join()
        self._readers.shutdown()
        for kept in self._kept:
            kept.drop()
        self.engine.dispose()

    def _tell(self, touched: set[int]) -> None:
        if touched:
            self._pass_on(frozenset(touched))
            if self._bell is not None:
                self._bell.ring(frozenset(touched))

    def _pass_on(self, touched: frozenset[int]) -> None:
        for listener in self._listeners:
            try:
                listener(touched)
            except Exception:  # what was committed is committed, and the thread has more to do
                log.exception("A listener for commits failed.")


def _look(connection: Connection, work: Work[T]) -> T:
    with connection.begin() as transaction:
        session = Session(connection, join_transaction_mode="rollback_only")
        lend(session, connection)
        try:
            return work(session)
        finally:
            session.expunge_all()
            transaction.rollback()


def _look_again(kept: Kept, work: Work[T]) -> T:
    try:
        return _look(kept.get(), work)
    except Exception:
        if not kept.is_lost():
            raise
        kept.drop()
        return _look(kept.get(), work)
