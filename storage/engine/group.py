"""A group: closures that share one transaction, so that the price of its fsync is divided by all that wait for it.

The first needs no SAVEPOINT: if it fails, nothing else is undone with it. Each one behind it has its own.

On PostgreSQL others write too, and whoever holds the rows of one closure while it waits for those of another may meet
somebody who does it the other way round. So a closure behind the first waits for a lock only briefly; then the group
is committed without it, and it runs again alone, as does one that met a deadlock or a serialisation failure.

There, too, each statement is a way to the server and back, and at the end of a group many wait for the log's head. So
what is written last goes out with the commit, in one message.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from storage.engine import deferred
from storage.engine.compiled import in_one_message, lend, say
from storage.engine.postgres import is_pooled
from storage.engine.trouble import PASSING, READ_ONLY, sqlstate

LOCK_MILLISECONDS = 20
STILL_SECONDS = 3
STILLNESS = f"idle_in_transaction_session_timeout = '{STILL_SECONDS}s'"
# What passes, a unique key that somebody else wrote between our look and our insert, and a server that only reads now.
# Of each it is sure that nothing was written.
_TRY_AGAIN = {*PASSING, "23505", READ_ONLY}
_TRIES = 5


@dataclass(eq=False)
class Job:
    """One closure in the line; ``nothing`` marks its end.

    Attributes:
        source: Who brought it; of one urgency, sources take turns.
        turn: Set when it is put into the line.
    """

    urgency: int
    number: int
    work: Callable[[Session], Any]
    future: "Future[Any]" = field(default_factory=Future)
    tries: int = 0
    source: str = ""
    turn: int = 0

    def __lt__(self, other: "Job") -> bool:
        return (self.urgency, self.turn, self.number) < (other.urgency, other.turn, other.number)

    def begin(self) -> bool:
        """Say whether it is to be run: not, if who waited for it cancelled it before its turn."""
        return self.tries > 0 or self.future.set_running_or_notify_cancel()


def is_lost(connection: Connection) -> bool:
    """Say whether a connection is of no use any more; a hot statement meets that before SQLAlchemy does."""
    return connection.invalidated or bool(getattr(connection.connection.dbapi_connection, "closed", False))


def nothing(_session: Session) -> None:
    """Stand at the end of the line."""


class Group:
    """One transaction, begun.

    Attributes:
        done: Jobs and what came of them; they may be told after ``commit``.
        again: Jobs that are to run again, each alone; whoever is in neither was told already.
        touched: The mentions that ``done`` changed.
        broken: The connection is of no use any more.
        only_reads: It leads to a server that only reads, as one does after a switchover.
        errors: What went wrong.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction = connection.begin()
        self._shared = connection.dialect.name != "sqlite"
        self._pooled = is_pooled(connection)
        self._session: Session | None = None
        self._marked = False
        self._deferred: list[deferred.Deferred] = []
        self._asked = False  # to commit: from then on an error may come after it
        self.done: list[tuple[Job, Any]] = []
        self.again: list[Job] = []
        self.touched: set[int] = set()
        self.broken = False
        self.only_reads = False
        self.errors: list[BaseException] = []

    def run(self, job: Job) -> bool:
        """Run one job, and return whether another may follow it."""
        session, behind = self._begin(), bool(self.done)
        try:
            if behind:
                self._mark(session)
            result = job.work(session)
            session.flush()
        except BaseException as error:
            session.expunge_all()
            self._session = None
            self._decide(job, error)
            return behind and self._undo_last(session) and job not in self.again
        self.done.append((job, result))
        self.touched |= session.info["touched"]
        self._deferred = deferred.waiting(session)
        if session.identity_map:
            session.expunge_all()
        return True

    def commit(self) -> None:
        """Write what was deferred, and commit; if that fails, everybody is told or runs again."""
        try:
            if self.done:
                self._settle()
                self._asked = True
                self._transaction.commit()
        except Exception as error:
            for job, _ in self.done:
                if self._asked and sqlstate(error) not in _TRY_AGAIN:
                    # Whether it was committed cannot be known, so it does not run again.
                    self.errors.append(error)
                    job.future.set_exception(error)
                else:
                    self._decide(job, error)
            self._forget()
        if not self.done:
            self._roll_back()
        if self._session is not None:
            self._session.info.clear()  # which knows us, so that neither would go before the collector finds both

    def _roll_back(self) -> None:
        try:
            self._transaction.rollback()
            self.broken |= is_lost(self._connection)
        except Exception:
            self.broken = True

    def _begin(self) -> Session:
        """Return a session with nothing in it; after a failure it is a new one."""
        session = self._session
        if session is None:
            session = self._session = Session(self._connection, join_transaction_mode="rollback_only")
            lend(session, self._connection)
            if not self.done:  # else it was said in this transaction already
                self._bound(session)
        session.info.update(touched=set(), written=False, undo=partial(self._undo_running, session))
        deferred.begin(session, self._deferred)
        return session

    def _bound(self, session: Session) -> None:
        """Bound what a pooled connection does not keep from one transaction to the next."""
        if self._pooled:
            say(session, f"SET LOCAL {STILLNESS}")

    def _mark(self, session: Session) -> None:
        """Begin what is undone by itself; the former mark is not needed any more."""
        if self._marked:
            say(session, "RELEASE SAVEPOINT one_of_the_group", "SAVEPOINT one_of_the_group")
        elif self._shared:
            say(session, f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}", "SAVEPOINT one_of_the_group")
        else:
            say(session, "SAVEPOINT one_of_the_group")
        self._marked = True

    def _settle(self) -> None:
        """Write what was deferred; on PostgreSQL together with the commit, after which nothing is left to be said."""
        if not self._deferred:
            return
        session = self._begin()
        if not self._shared:
            deferred.settle(session)
            return
        if self._marked:
            say(session, "SET LOCAL lock_timeout = 0")
        deferred.settle_first(session)
        with in_one_message(session):
            deferred.settle(session)
            self._asked = True
            say(session, "COMMIT")

    def _decide(self, job: Job, error: BaseException) -> None:
        """Let a job run again whose work was undone, or tell who waits for it what went wrong."""
        if sqlstate(error) == READ_ONLY:
            self.only_reads = self.broken = True
        passing = sqlstate(error) in _TRY_AGAIN or is_lost(self._connection)
        if self._shared and passing and job.tries < _TRIES - 1:
            job.tries += 1
            self.again.append(job)
        else:
            self.errors.append(error)
            job.future.set_exception(error)

    def _undo_running(self, session: Session) -> None:
        """Undo what the job that runs has done by now, for the job itself; it goes on from where it began."""
        if self.done:
            say(session, "ROLLBACK TO SAVEPOINT one_of_the_group")
        elif self._shared:
            say(session, "ROLLBACK")  # psycopg begins anew by itself
            self._bound(session)
        else:
            say(session, "ROLLBACK", "BEGIN IMMEDIATE")
        session.info["written"] = False

    def _undo_last(self, session: Session) -> bool:
        """Undo what the last job did, and only that; where that cannot be, the others run again without it."""
        if self._transaction.is_active and not is_lost(self._connection):
            with suppress(Exception):
                say(session, "ROLLBACK TO SAVEPOINT one_of_the_group")
                return True
        for job, _ in self.done:
            job.tries += 1
            self.again.append(job)
        self._forget()
        return False

    def _forget(self) -> None:
        self.done, self.touched, self.broken = [], set(), True
