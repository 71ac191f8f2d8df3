"""Writing: what a writer's thread does. It takes from its line whatever waits, and commits it as one group.

The thread keeps its connection: to take one from the pool and give it back costs more than a statement.
"""

import queue
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

from sqlalchemy import Connection, Engine

from storage.engine.group import Group, Job, is_lost, nothing

GROUP_SECONDS = 0.03
GROUP_SIZE = 64


class Kept:
    """The connection of one thread, opened when it is wanted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def get(self) -> Connection:
        """Return it."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def is_lost(self) -> bool:
        """Say whether the server cut it, as one does that is started anew."""
        return self._connection is not None and is_lost(self._connection)

    def drop(self) -> None:
        """Close it; what comes next begins on a new one."""
        former, self._connection = self._connection, None
        if former is not None:
            with suppress(Exception):
                former.close()


class Writer:
    """Takes jobs from a line and answers them; ``tell`` hears which mentions each commit touched."""

    def __init__(self, engine: Engine, line: "queue.PriorityQueue[Job]", tell: Callable[[set[int]], None]) -> None:
        self._line = line
        self._tell = tell
        self._kept = Kept(engine)

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
        if job.work is nothing:
            self._line.put(job)
            return None
        return job

    def _commit(self, first: Job, behind: Iterable[Job] = ()) -> list[Job]:
        """Run jobs in one transaction, and answer them; returns those that are to run again, each alone."""
        try:
            group = Group(self._kept.get())
        except Exception as error:
            self._kept.drop()
            if first.begin():
                first.future.set_exception(error)
            return []
        for job in chain((first,), behind):
            if job.begin() and not group.run(job):
                break
        group.commit()
        if group.broken:
            self._kept.drop()
        for job, result in group.done:  # who waits hears of it before the work that follows from it begins
            job.future.set_result(result)
        self._tell(group.touched)
        return group.again
