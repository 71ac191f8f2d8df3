"""Writing: what a writer's thread does. It takes from its line whatever waits, and commits it as one group.

The thread keeps its connection: to take one from the pool and give it back costs more than a statement.

A process can stand still in the middle of a transaction: its machine is paused, or gone without a word. The rows that
it holds there others want, so PostgreSQL ends what waits for such a process, and its work is undone. That is sooner
than its leases run out, and so never the last thing that others wait for.
"""

import logging
import queue
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

from sqlalchemy import Connection, Engine

from storage.engine.group import Group, Job, is_lost, nothing
from storage.engine.postgres import is_pooled
from storage.engine.trouble import Watch

log = logging.getLogger("dibs.database")

GROUP_SECONDS = 0.03
GROUP_SIZE = 64
# How urgent a job is: what people do, what sources bring and all else, what nobody waits for, the end of the line.
PEOPLE, BROUGHT, BEHIND, END = 0, 1, 2, 3


class Kept:
    """The connection of one thread, opened when it is wanted.

    Attributes:
        first: Said on each new connection to a PostgreSQL; behind a pooler in each transaction (``Group``).
        stale: It is to be thrown away before it is used again.
    """

    def __init__(self, engine: Engine, first: str | None = None) -> None:
        self._engine = engine
        self._first = first if engine.dialect.name == "postgresql" else None
        self._connection: Connection | None = None
        self.stale = False

    def get(self) -> Connection:
        """Return it."""
        if self.stale:
            self.drop()
        if self._connection is None:
            self.stale = False
            self._connection = self._engine.connect()
            if self._first is not None and not is_pooled(self._connection):
                self._connection.exec_driver_sql(self._first)
                self._connection.commit()
        return self._connection

    def is_lost(self) -> bool:
        """Say whether the server cut it, as one does that is started anew."""
        return self._connection is not None and is_lost(self._connection)

    def drop(self) -> None:
        """Close it, and let nobody else have it; what comes next begins on a new one."""
        former, self._connection = self._connection, None
        if former is not None:
            with suppress(Exception):
                former.invalidate()
            with suppress(Exception):
                former.close()


class Line(queue.PriorityQueue[Job]):
    """What waits for a writer: what people do first, then what sources bring, which take turns.

    A source that brings thousands at once is so no further before the others than by one (the rule is that of
    ``storage.channels.turns``).
    """

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._now = 0
        self._last: dict[str, int] = {}

    def _put(self, item: Job) -> None:
        if item.urgency == BROUGHT and not item.turn:
            item.turn = self._last[item.source] = max(self._now, self._last.get(item.source, 0)) + 1
        super()._put(item)

    def _get(self) -> Job:
        job = super()._get()
        self._now = max(self._now, job.turn)
        return job


class Writer:
    """Takes jobs from a line and answers them."""

    def __init__(
        self,
        kept: Kept,
        line: Line,
        *,
        tell: Callable[[set[int]], None],
        watch: Watch,
        moved: Callable[..., None],
    ) -> None:
        """Take its connection and its line.

        Args:
            kept: The connection.
            line: Where the jobs wait.
            tell: Hears which mentions each commit touched.
            watch: Hears whether the database is away.
            moved: Told whether the server writes, or only reads now.
        """
        self._line = line
        self._tell = tell
        self._watch = watch
        self._moved = moved
        self._kept = kept

    def run(self) -> None:
        """Work until the end of the line."""
        while (first := self._line.get()).work is not nothing:
            again = self._commit(first, self._behind())
            while again:
                time.sleep(0.01 * max(job.tries for job in again))
                again = [late for job in again for late in self._commit(job)]
        self._kept.drop()

    def _behind(self) -> Iterator[Job]:
        """Yield what waits in the line, for a while."""
        deadline = time.monotonic() + GROUP_SECONDS
        for _ in range(1, GROUP_SIZE):
            if time.monotonic() > deadline or (job := self._next()) is None:
                return
            yield job

    def _next(self) -> Job | None:
        try:
            job = self._line.get_nowait()
        except queue.Empty:
            return None
        if job.work is nothing or job.urgency == BEHIND:  # nobody's commit waits for what nobody waits for
            self._line.put(job)
            return None
        return job

    def _commit(self, first: Job, behind: Iterable[Job] = ()) -> list[Job]:
        """Run jobs in one transaction, and answer them; returns those that are to run again, each alone."""
        try:
            group = Group(self._kept.get())
        except Exception as error:
            self._kept.drop()
            self._watch.met("writing", error)
            if first.begin():
                first.future.set_exception(error)
            return []
        taken: list[Job] = []
        try:
            for job in chain((first,), behind):
                taken.append(job)
                if job.begin() and not group.run(job):
                    break
            group.commit()
        except Exception as error:  # a bug of ours: this thread has more to write, and nobody may wait for ever
            log.exception("A writer failed; it goes on.")
            self._kept.drop()
            for job in taken:
                if not job.future.done():
                    job.future.set_exception(error)
            return []
        if group.broken:
            self._kept.drop()
        self._note(group)
        for job, result in group.done:  # who waits hears of it before the work that follows from it begins
            job.future.set_result(result)
        self._tell(group.touched)
        return group.again

    def _note(self, group: Group) -> None:
        """Tell how the database is."""
        for met in group.errors:
            self._watch.met("writing", met)
        if group.only_reads:
            self._moved(writes=False)
        elif group.done:
            self._moved(writes=True)
            self._watch.went_well("writing")
