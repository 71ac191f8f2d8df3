"""The schedule: what happens because time passes, when it does. APScheduler runs the rows of ``TICKS``.

The jobs live in memory, for no job store may ever serve two schedulers; what must not be done twice is guarded by rows
in the database, not by the scheduler. Polls, bells, heartbeats and renewals are loops of their own.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock, utc_now
from bot.runtime.memory import give_back
from handlers.base.command import TimedCommand
from handlers.dispatch.dispatch import Dispatcher
from handlers.dispatch.ticks import TICKS, EachMinute, Every, Nightly, Prepare, Tick

_SPREAD_SECONDS = 1_800
_LATE_AT_NIGHT = 6 * 3_600
# What nobody waits for rests so many times as long as it took.
_RESTS, _LONGEST_REST = 2, 1.0
_AFTER_START = timedelta(seconds=5)

log = logging.getLogger("dibs.schedule")

Refresh = Callable[[], Awaitable[None]]


class Schedule:
    """Runs the ticks; each can be run directly too."""

    def __init__(
        self, database: AsyncDatabase, dispatcher: Dispatcher, clock: Clock, refreshes: Sequence[Refresh] = ()
    ) -> None:
        """Take what is done at night beside tidying: the platforms' look at people and user groups.

        That is network, and every replica holds what it learnt in its own memory: it is a coroutine and no command.
        """
        self._database = database
        self._dispatcher = dispatcher
        self._clock = clock
        self._refreshes = refreshes
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )

    def start(self, *, ticks: bool = True) -> None:
        """Begin, in the running loop; without ``ticks`` only with what each process does for itself."""
        for tick in TICKS if ticks else ():
            self._scheduler.add_job(partial(self.run, tick), id=tick.name, **self._trigger(tick.when))
        self._scheduler.add_job(self.look_again, id="look again", **self._trigger(Nightly(3)))
        self._scheduler.add_job(give_back, "interval", minutes=1, next_run_time=utc_now() + _AFTER_START)
        self._scheduler.start()

    def _trigger(self, when: Every | EachMinute | Nightly) -> dict[str, Any]:
        now = utc_now()  # the scheduler's own clock: it sleeps in real time
        if isinstance(when, Every):
            return {"trigger": "interval", "seconds": when.seconds, "next_run_time": now}
        if isinstance(when, EachMinute):
            return {"trigger": "cron", "second": 1, "next_run_time": now}
        zone = self._dispatcher.organisation.timezone
        night = {"hour": when.hour, "timezone": zone, "jitter": _SPREAD_SECONDS}
        return {"trigger": "cron", "misfire_grace_time": _LATE_AT_NIGHT, **night}

    def stop(self) -> None:
        """Start no job any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def run(self, tick: Tick) -> int:
        """Run every step of a tick; returns how many commands did something."""
        done = 0
        for name, step in tick.steps(self._dispatcher.organisation).items():
            try:
                done += await self._run_step(step)
            except Exception:
                log.exception("%s could not be done.", name)
        return done

    async def _run_step(self, step: Prepare) -> int:
        done = 0
        while (command := await self._prepare(step)) is not None:
            begun = self._clock.monotonic()
            if not await self._handle(command):
                break
            done += 1
            if command.behind:  # most of the time the line is free, so that of those who press most wait for nothing
                took = self._clock.monotonic() - begun
                await self._clock.sleep(min(_RESTS * took, _LONGEST_REST))
        return done

    async def _prepare(self, step: Prepare) -> TimedCommand | None:
        now = self._clock.now()
        return await self._database.read(lambda session: self._dispatcher.prepare(session, step, now))

    async def _handle(self, command: TimedCommand) -> bool:
        """Run a command in its own transaction; False when another replica did it, or nothing was left to do."""
        now = self._clock.now()
        answer = await self._database.tx(
            lambda session: self._dispatcher.handle(session, command, now), behind=command.behind
        )
        if answer.ok and answer.text:
            log.info("%s: %s", command.job, answer.text)
        return answer.ok

    async def look_again(self) -> None:
        """Let the platforms look at people and user groups again."""
        for refresh in self._refreshes:
            try:
                await refresh()
            except Exception:
                log.exception("A platform could not be looked at again.")
