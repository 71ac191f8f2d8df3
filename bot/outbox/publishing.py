"""Publishing: send approved replies, each at most once, whatever crashes, is slow or answers wrongly.

One job a source (``bot.outbox.worker``), and sources never wait for each other. A publication is brought one step
further at a time (``bot.outbox.publication``). What is about to be sent is stored and committed as ``sending`` first,
and what came of it is committed together with all that follows from it. So after a crash exactly those that may or may
not stand there are ``sending``: they are looked up before anything is sent again, and where the platform cannot be
asked, a person is.

A source that wants to be left alone for a moment is passed over. One that wants it for minutes holds up what people
wait for, so each of its replies is put off until then, and its drafter is told.
"""

import logging
from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime, timedelta
from functools import partial

from bot.net.errors import SourceUnavailable
from bot.outbox.attempt_tools import AttemptTools
from bot.outbox.publication import PublicationAttempt
from bot.outbox.worker import IDLE, Job, Worker
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import Lease
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from bot.sources.base import Source
from handlers.base.organisation import Organisation
from handlers.reply.outcome.steps import LONG_WAIT
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState

LOOK_EVERY = 0.05

log = logging.getLogger("dibs.publishing")


class Publishing:
    """The queue of replies to all sources, and its worker."""

    name = "Publishing"

    def __init__(
        self,
        *,
        database: AsyncDatabase,
        sources: Mapping[str, Source],
        organisation: Organisation,
        clock: Clock,
        ids: Ids,
        seconds_to_wait: Callable[[str], float] = lambda _name: 0.0,
        replicas: Replicas | None = None,
    ) -> None:
        """Take what it works with; nothing is sent yet.

        Args:
            database: Where publications stand.
            sources: The sources by name, as they were built for listening.
            organisation: Names the admins, who hear of a source that refuses us.
            clock: This moment.
            ids: Draws jitter and the tokens of leases.
            seconds_to_wait: In how many seconds the service of a source lets itself be asked again.
            replicas: Among whom sources are shared; each stays where it is, for its limits are kept in memory.
        """
        self._database = database
        self._tools = AttemptTools(database=database, sources=sources, organisation=organisation, clock=clock, ids=ids)
        self._seconds_to_wait = seconds_to_wait
        self.worker = Worker(
            queue=self,
            leases=publications.leases,
            database=database,
            clock=clock,
            ids=ids,
            look_every=LOOK_EVERY,
            replicas=replicas,
        )

    def follow(self, organisation: Organisation) -> None:
        """Go by another organisation from the next step on."""
        self._tools.organisation = organisation

    def ring(self) -> None:
        """Say that something may be due; from the loop's own thread."""
        self.worker.ring()

    async def run(self) -> None:
        """Work until ``stop``."""
        await self.worker.run()

    async def stop(self, seconds: float = 8.0) -> None:
        """Begin nothing new, and give what is under way some time; what is cut off stands as ``sending``."""
        self._tools.stopping = True
        await self.worker.stop(seconds)

    async def due(self, busy: Collection[Hashable]) -> list[Job]:
        """Return the oldest reply of each source that has one and does not rest."""
        await self._tools.sights.look()
        now = self._tools.clock.now()
        passed_over = {name for name in self._tools.sources if name in busy or self._rests(name, now)}
        rows = await self._database.read(lambda session: publications.due(session, now, passed_over))
        return [Job(row.source, row.id, partial(self._work, row), stays=True) for row in rows]

    def rest(self, job: Job) -> None:
        """Leave a source alone for a moment, because a bug met one of its replies."""
        self._tools.rest(str(job.key), self._tools.clock.now() + timedelta(seconds=IDLE))

    def _rests(self, name: str, now: datetime) -> bool:
        return self._tools.rests(name) or now < self._free_at(name, now) < now + LONG_WAIT

    def _free_at(self, name: str, now: datetime) -> datetime:
        """Return when a source may be asked again; a moment that is past where it does not mind."""
        return max(self._tools.asked.get(name, now), now + timedelta(seconds=self._seconds_to_wait(name)))

    async def _work(self, row: PublicationRow, lease: Lease) -> None:
        """Bring one publication a step further; a bug here is logged and costs it a rest."""
        now = self._tools.clock.now()
        held = await self._database.tx(lambda session: publications.take(session, row.id, row.source, lease.token, now))
        if held is None:
            lease.over = True
            return
        reply = PublicationAttempt(self._tools, held, lease.token)
        try:
            if (free_at := self._free_at(row.source, now)) >= now + LONG_WAIT:
                why = f"{row.source} asks Dibs to wait before it goes on."
                await reply.wait(PublicationState(held.state), free_at, why)
            else:
                await reply.go_on()
        except Exception:
            log.exception("A reply met a bug and rests.", extra={"source": row.source, "publication": row.id})
            await reply.later(
                PublicationState(reply.row.state), SourceUnavailable("A bug in Dibs; the log says where.")
            )
