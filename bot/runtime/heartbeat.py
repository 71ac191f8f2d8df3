"""The heartbeat: what this process holds by a lease is renewed while the work on it lasts.

Work that goes on writes, and its writes renew the lease with them; the heartbeat keeps what is silent meanwhile, and
beats only while something is held. A lease that somebody else has taken, because this process stood still, is not
renewed any more: whoever works under it finds that out when it writes.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from storage.engine.database import Session
from storage.engine.leases import LEASE, Leases

BEAT = LEASE / timedelta(seconds=3)

log = logging.getLogger("dibs.leases")


@dataclass(slots=True, eq=False)
class Lease:
    """What one piece of work holds.

    Attributes:
        over: The work has given it back itself, or has lost it.
    """

    key: int | str
    token: str
    over: bool = False


class Heartbeat:
    """Keeps the leases of one table that are held here."""

    def __init__(self, database: AsyncDatabase, leases: Leases, clock: Clock) -> None:
        """Take the table's leases; nothing is held yet."""
        self._database = database
        self._leases = leases
        self._clock = clock
        self._held: set[Lease] = set()
        self._beating: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def keeps(self, lease: Lease) -> Iterator[Lease]:
        """Keep a lease, whether it was taken already or will be, for as long as the block lasts."""
        self._held.add(lease)
        if self._beating is None or self._beating.done():
            self._beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            yield lease
        finally:
            self._held.discard(lease)

    def stop(self) -> None:
        """Keep nothing any more."""
        if self._beating is not None:
            self._beating.cancel()
            self._beating = None

    async def _beat(self) -> None:
        silent: set[Lease] = set()
        while True:
            try:
                await self._clock.sleep(BEAT)
                if not self._held:
                    self._beating = None
                    return
                silent &= self._held
                await self._renew([lease for lease in silent if not lease.over])
            except Exception:  # the edge: without this task what is held here would go to another replica
                log.exception("Leases could not be renewed; what is held may go to another replica.")
            silent = set(self._held)

    async def _renew(self, leases: list[Lease]) -> None:
        if not leases:
            return
        now = self._clock.now()

        def work(session: Session) -> None:
            for lease in leases:
                self._leases.renew(session, lease.key, lease.token, now)

        await self._database.tx(work, urgent=True)
