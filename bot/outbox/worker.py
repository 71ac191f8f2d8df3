"""The worker: one loop for all that goes out, whatever it is: messages into channels, replies into public.

Three roles share the work. A *handler* queues: it writes a row and commits. A *queue* (``bot.outbox.delivery``,
``bot.outbox.publishing``) knows what is due and sends it. The *worker* finds it out, lets each piece of work run under
a lease, and gives the lease back. After a crash there is no fourth role: whoever takes the lease next recovers.

    due ──take──> leased ──mark──> sending ──send──> settled: shown, published, due again, parked, …
     ^               │                │                 ^
     │            released        the process died,     │
     │               │            or does not know      │
     └───────────────┘                │                 │
                                      └── look up ──────┘
                                   not before ``LOOK_AFTER``

What is marked as ``sending`` is committed before anything is sent. A request is begun at most ``BEGIN_WITHIN`` after
its mark, or not at all, which is asked again at the moment of the write (``bot.net.permit``); and it lasts
``SEND_SECONDS`` at most. So when ``LOOK_AFTER`` has passed since the mark, none is on its way any more, and what is not
found was not sent. This holds for a process that stood still, too: its clock went on. Whoever looks counts from when it
saw the mark itself (``bot.outbox.sights``), so that it holds whatever the clocks of two machines say.

A bell says that something may be due, and a slow look goes round besides. Work on different keys never waits for each
other; what fails costs its own key a turn. Where several replicas work, each takes what is its turn
(``bot.runtime.replicas``), and what another one has left for a moment.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import Heartbeat, Lease
from bot.runtime.ids import Ids
from bot.runtime.replicas import GRACE, Replicas
from bot.runtime.roles import Role
from storage.engine.leases import Leases

IDLE = 1.0
# From the mark to the first byte, and from there to the last of the answer.
BEGIN_WITHIN = 2.0
SEND_SECONDS = 5.5
LOOK_AFTER = timedelta(seconds=BEGIN_WITHIN + SEND_SECONDS + 0.5)

log = logging.getLogger("dibs.outbox")


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that is due.

    Attributes:
        key: Only one job of a key runs at a time.
        row: What is leased for it.
        run: Does it; sets ``over`` on the lease when a write of its own has given the row back.
        stays: It is the same replica's turn at any time, for its pace is kept in memory.
    """

    key: Hashable
    row: int
    run: Callable[[Lease], Awaitable[None]]
    stays: bool = False


class Queue(Protocol):
    """What is to go out, as far as the worker knows it."""

    @property
    def name(self) -> str:
        """What its work is called in the log."""
        ...

    async def due(self, busy: Collection[Hashable]) -> Sequence[Job]:
        """Return what could be done now, besides the keys that are busy."""
        ...

    def rest(self, job: Job) -> None:
        """Leave a job alone for a moment, because a bug met it."""
        ...


@dataclass(slots=True, kw_only=True)
class Worker:
    """Empties one queue.

    Attributes:
        look_every: In a burst of rings, one look serves all that rang within so many seconds.
        replicas: Among whom the work is shared; None = this process is alone.
    """

    queue: Queue
    leases: Leases
    database: AsyncDatabase
    clock: Clock
    ids: Ids
    look_every: float
    replicas: Replicas | None = None
    stopping: bool = False
    _heartbeat: Heartbeat = field(init=False)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: dict[Hashable, "asyncio.Task[None]"] = field(default_factory=dict)
    _left: dict[Hashable, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heartbeat = Heartbeat(self.database, self.leases, self.clock)

    def ring(self) -> None:
        """Say that something may be due; from the loop's own thread."""
        self._bell.set()

    async def run(self) -> None:
        """Work until ``stop``."""
        while not self.stopping:
            looked = self.clock.monotonic()
            try:
                for job in self._ours(await self.queue.due(self._tasks.keys())):
                    if not self.stopping:
                        self._start(job)
            except Exception:
                log.exception("%s could not look at what is due; it tries again.", self.queue.name)
                await self.clock.sleep(IDLE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), GRACE if self._left else IDLE)
            if (early := looked + self.look_every - self.clock.monotonic()) > 0:
                await self.clock.sleep(early)
            self._bell.clear()

    async def stop(self, seconds: float = 8.0) -> None:
        """Begin nothing new, and give what is under way some time; what is cut off stands as ``sending``."""
        self.stopping = True
        self.ring()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._heartbeat.stop()

    def is_anothers(self, job: Hashable, *, stays: bool = False) -> bool:
        """Say whether a piece of work is the turn of another replica, which hears at once that it is to be had."""
        among = self.replicas
        return among is not None and among.hear_each_other and not among.is_ours(job, Role.WORKER, stays=stays)

    def term(self) -> int:
        """Return the number of the term in which we are; turns change with the next."""
        return self.replicas.second() if self.replicas is not None else 0

    def gives_way(self, job: Hashable, taken: int, *, stays: bool) -> bool:
        """Say whether what was taken in a former term is another replica's turn now."""
        return not stays and self.term() != taken and self.is_anothers(job)

    def _ours(self, due: Sequence[Job]) -> list[Job]:
        """Return what is our turn, and what others have left since ``GRACE``."""
        now = self.clock.monotonic()
        others = {job.key for job in due if self.is_anothers(job.key, stays=job.stays)}
        self._left = {key: self._left.get(key, now) for key in others}
        return [job for job in due if job.key not in self._left or now - self._left[job.key] >= GRACE]

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._work(job))
        self._tasks[job.key] = task
        task.add_done_callback(lambda _: self._finished(job))

    def _finished(self, job: Job) -> None:
        self._tasks.pop(job.key, None)
        self._bell.set()  # something may have become due while the row was being given back

    async def _work(self, job: Job) -> None:
        """Do one job under its lease, and give the lease back, whatever came of it."""
        lease = Lease(job.row, self.ids.token())
        try:
            with self._heartbeat.keeps(lease):
                await job.run(lease)
        except Exception:
            log.exception("%s stopped for a moment at %s.", self.queue.name, job.key)
            self.queue.rest(job)
        finally:
            if not lease.over:
                await asyncio.shield(self._give_back(lease))

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self.database.tx(lambda session: self.leases.release(session, lease.key, lease.token))
        except Exception:
            log.exception("%s could not give a lease back; it runs out.", self.queue.name)
