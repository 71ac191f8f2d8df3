"""The async face of the database: closures run in its own threads, and the loop waits without blocking."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from storage.database import Database

T = TypeVar("T")


class AsyncDatabase:
    """Await transactions and reads of a ``storage.database.Database``."""

    def __init__(self, database: Database) -> None:
        self.sync = database

    async def tx(self, work: Callable[[Session], T], *, urgent: bool = False) -> T:
        """Run ``work`` as one transaction; return after its commit. Cancelling the caller does not undo it."""
        return await asyncio.shield(asyncio.wrap_future(self.sync.submit(work, urgent=urgent)))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on a snapshot, in a reader's thread."""
        return await asyncio.wrap_future(self.sync.submit_read(work))
