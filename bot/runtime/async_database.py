"""The async face of the database: closures run in its own threads, and the loop waits without blocking."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from storage.engine.database import Database, Session

T = TypeVar("T")
log = logging.getLogger("dibs.database")


class AsyncDatabase:
    """Await transactions and reads of a ``storage.engine.database.Database``."""

    def __init__(self, database: Database) -> None:
        self.sync = database

    async def tx(
        self, work: Callable[[Session], T], *, urgent: bool = False, source: str = "", behind: bool = False
    ) -> T:
        """Run ``work`` as one transaction; return after its commit. Cancelling the caller does not undo it.

        What is not urgent goes by turns of the ``source`` that brought it; what goes ``behind``, when nothing else
        waits.
        """
        return await _answer_of(self.sync.submit(work, urgent=urgent, source=source, behind=behind))

    def later(self, work: Callable[[Session], object]) -> None:
        """Queue ``work`` as one transaction for which nobody waits; by what it failed is told in the log."""
        self.sync.submit(work, urgent=True).add_done_callback(_tell)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on a snapshot, in a reader's thread."""
        return await _answer_of(self.sync.submit_read(work))


def _tell(done: "Future[object]") -> None:
    if (error := done.exception()) is not None:
        log.error("Something could not be written for which nobody waits.", exc_info=error)


def _answer_of(job: "Future[T]") -> "asyncio.Future[T]":
    """Return what a thread will answer, as the loop waits for it.

    Unlike with ``asyncio.wrap_future``, the work is not cancelled with who waits for it.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(done: "Future[T]") -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(_settle, answer, done)

    job.add_done_callback(tell)
    return answer


def _settle(answer: "asyncio.Future[T]", done: "Future[T]") -> None:
    if answer.done():  # who waited was cancelled; the work is done all the same
        return
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    else:
        answer.set_exception(error)
