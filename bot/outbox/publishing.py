"""Publishing: send approved replies, each at most once, whatever crashes, is slow or answers wrongly.

One task a source, and sources never wait for each other. A publication is held by a lease with a token, and brought one
step further at a time (``bot.outbox.publication``). What is about to be sent is stored and committed as ``sending``
first, and what came of it is committed together with all that follows from it. So after a crash exactly those that may
or may not stand there are ``sending``: they are looked up before anything is sent again, and where the platform cannot
be asked, a person is.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from bot.net.errors import SourceUnavailable
from bot.outbox.publication import LEASE, AttemptTools, PublicationAttempt
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import Source
from handlers.base.organisation import Organisation
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState

IDLE = 1.0
LOOK_EVERY = 0.05

log = logging.getLogger("dibs.publishing")


class Publishing:
    """The worker that sends replies to all sources."""

    def __init__(
        self,
        *,
        database: AsyncDatabase,
        sources: Mapping[str, Source],
        organisation: Organisation,
        clock: Clock,
        ids: Ids,
        seconds_to_wait: Callable[[str], float] = lambda _name: 0.0,
    ) -> None:
        """Take what it works with; nothing is sent yet.

        Args:
            database: Where publications stand.
            sources: The sources by name, as they were built for listening.
            organisation: Names the admins, who hear of a source that refuses us.
            clock: This moment.
            ids: Draws jitter and the tokens of leases.
            seconds_to_wait: In how many seconds the service of a source lets itself be asked again.
        """
        self._database = database
        self._bench = AttemptTools(database=database, sources=sources, organisation=organisation, clock=clock, ids=ids)
        self._seconds_to_wait = seconds_to_wait
        self._bell = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ring(self) -> None:
        """Say that something may be due; from the loop's own thread."""
        self._bell.set()

    async def run(self) -> None:
        """Work until ``stop``; one task for each source that has something due."""
        while not self._bench.stopping:
            try:
                await self._look_round()
            except Exception:
                log.exception("Publishing could not look at what is due; it tries again.")
                await self._bench.clock.sleep(IDLE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), IDLE)
            # Every commit rings, and few of them put a reply on its way: one look serves many.
            await self._bench.clock.sleep(LOOK_EVERY)
            self._bell.clear()

    async def stop(self, seconds: float = 8.0) -> None:
        """Begin nothing new, and give what is under way some time; what is cut off stands as ``sending``."""
        self._bench.stopping = True
        self.ring()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _look_round(self) -> None:
        now = self._bench.clock.now()
        busy = {name for name in self._bench.sources if self._rests(name)} | self._tasks.keys()
        for row in await self._database.read(lambda session: publications.due(session, now, busy)):
            if not self._bench.stopping:
                self._start(row)

    def _rests(self, name: str) -> bool:
        return self._bench.rests(name) or self._seconds_to_wait(name) > 0

    def _start(self, row: PublicationRow) -> None:
        task = asyncio.create_task(self._work(row))
        self._tasks[row.source] = task
        task.add_done_callback(lambda done: self._finished(row.source, done))

    def _finished(self, source: str, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(source, None)
        self._bell.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A reply stopped for a moment.", exc_info=error, extra={"source": source})

    async def _work(self, row: PublicationRow) -> None:
        """Bring one publication a step further; a bug here is logged and costs it a rest."""
        token, now = self._bench.ids.token(), self._bench.clock.now()
        held = await self._database.tx(
            lambda session: publications.lease(session, row.id, row.source, token, now, now + LEASE)
        )
        if held is None:
            return
        reply = PublicationAttempt(self._bench, held, token)
        try:
            await reply.go_on()
        except Exception:
            log.exception("A reply met a bug and rests.", extra={"source": row.source, "publication": row.id})
            await reply.later(
                PublicationState(reply.row.state), SourceUnavailable("A bug in Dibs; the log says where.")
            )
        finally:
            await asyncio.shield(self._leave(row.id, token))

    async def _leave(self, publication_id: int, token: str) -> None:
        await self._database.tx(lambda session: publications.release(session, publication_id, token))
