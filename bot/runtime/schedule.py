"""The schedule: what happens because time passes. Digests, snoozed mentions that wake, and the nightly tidying.

Digests are no cron jobs of their own. Every minute, and at start, one tick asks of each department: has the hour of
today's digest passed there, and did it have one? That question is right whatever happened before: a stop over the
hour (it comes late, on the same local day), a replica that asks too (the slot is taken in the transaction that writes
the messages), and the two nights a year on which 02:30 comes twice or not at all. A cron job for each department
would need an answer of its own to each of these.

Waking needs no slot: a mention wakes by compare and swap. The jobs live in memory, for no job store may ever serve
two schedulers; what must not be done twice is guarded by rows, not by the scheduler.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock, utc_now
from handlers.base.cards import Notice
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.own.wake import wake_due
from handlers.report.digest import build_digest, due_date, put_digest
from storage.engine.database import Session
from storage.own import mentions
from storage.people import people, sessions
from storage.people.people import DepartmentRow
from storage.work import idempotency, job_slots

WAKE_SECONDS = 15
_NIGHT = 3
_SPREAD_SECONDS = 1_800

log = logging.getLogger("dibs.schedule")

Refresh = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Built:
    """A digest that is about to be written down."""

    department: DepartmentRow
    notice: Notice


class Schedule:
    """Runs the timed jobs; what each does can be called directly too."""

    def __init__(
        self, database: AsyncDatabase, organisation: Organisation, clock: Clock, refreshes: Sequence[Refresh] = ()
    ) -> None:
        """Take what is to be done at night beside tidying: the platforms' look at people and user groups."""
        self._database = database
        self._organisation = organisation
        self._clock = clock
        self._refreshes = refreshes
        self._done: dict[str, date] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )

    def start(self) -> None:
        """Begin, in the running loop; the first look at digests and snoozed mentions is at once."""
        now = utc_now()  # the scheduler's own clock: it sleeps in real time
        add = self._scheduler.add_job
        add(self.send_digests, "cron", second=1, id="digests", next_run_time=now)
        add(self.wake, "interval", seconds=WAKE_SECONDS, id="wake", next_run_time=now)
        add(
            self.tidy,
            "cron",
            hour=_NIGHT,
            timezone=self._organisation.timezone,
            jitter=_SPREAD_SECONDS,
            id="tidy",
            misfire_grace_time=6 * 3_600,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Start no job any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def send_digests(self) -> int:
        """Write down every digest that is due and was not sent today; returns how many."""
        sent = 0
        for department in self._organisation.departments:
            day = due_date(department, self._clock())
            if day is None or self._done.get(department.key) == day:
                continue
            try:
                sent += await self._send_digest(department, day)
            except Exception:
                log.exception("The digest of %s could not be made.", department.key)
        return sent

    async def _send_digest(self, department: DepartmentConfig, day: date) -> bool:
        """Build one digest on a snapshot, then write it down in a short transaction that takes its slot first."""
        now, organisation = self._clock(), self._organisation

        def build(session: Session) -> _Built | None:
            row = people.department(session, department.key)
            if row is None or not people.homes(session, row.id):  # at a first start, channels are found a little later
                return None
            return _Built(row, build_digest(session, organisation, row.id, now))

        def write(session: Session, built: _Built) -> bool:
            if not job_slots.claim_slot(session, f"digest:{department.key}", day.isoformat(), now):
                return False
            put_digest(session, built.department, built.notice, day, now)
            return True

        built = await self._database.read(build)
        if built is None:
            return False
        ours = await self._database.tx(lambda session: write(session, built))
        self._done[department.key] = day
        if ours:
            log.info("The digest of %s is written.", department.key)
        return ours

    async def wake(self) -> int:
        """Wake what was snoozed until now; without any, it costs one look at an index."""
        now, woken = self._clock(), 0
        while await self._database.read(lambda session: mentions.due_to_wake(session, now, limit=1)):
            some = await self._database.tx(lambda session: wake_due(session, self._organisation, now))
            woken += some
            if not some:  # another replica woke them
                break
        return woken

    async def tidy(self) -> None:
        """Forget what nobody can ask for any more, and let the platforms look at people and user groups again."""
        now = self._clock()

        def clean(session: Session) -> None:
            if job_slots.claim_slot(session, "tidy", now.date().isoformat(), now):
                idempotency.clean(session, now)
                job_slots.clean(session, now)
                sessions.clean(session, now)

        await self._database.tx(clean)
        # On every replica: each holds what it learnt in its own memory too.
        for refresh in self._refreshes:
            try:
                await refresh()
            except Exception:
                log.exception("A platform could not be looked at again.")
