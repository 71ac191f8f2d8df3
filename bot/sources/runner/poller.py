"""Polling one source, once: fetch, write down in steps, and say when to come again.

What the source does wrong ends here: unavailable, refused, too slow or a bug of ours, it is written down, told once,
and the source rests, while the others never hear of it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.net.errors import SignedOut, SourceError, SourceRefused, SourceUnavailable
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import Heartbeat, Lease
from bot.runtime.ids import Ids
from bot.sources.base import Batch, PollingSource, ReceivingSource, Source, SourceSettings
from bot.sources.kit.vendors import HiddenSource, RereadSource
from bot.sources.runner.backoff import MORE_REST, after_failure, after_success
from bot.sources.runner.meter import Meter
from bot.sources.runner.rate_limits import Limits, Service
from bot.sources.runner.steps import appraised, steps_of
from handlers.base.events import Event, Posted
from handlers.listen.baseline import weigh
from handlers.listen.entries import Renamed, has_entries, recognise
from handlers.listen.ingest import Arrival
from handlers.listen.polling import (
    End,
    Failure,
    LeaseLost,
    Listening,
    NotNow,
    PollLease,
    Step,
    acquire,
    release,
)
from storage.engine.database import Session, is_outage
from storage.engine.leases import LEASE

MAX_CHECKPOINT = 10_000
PAGES = 10
POLL_SECONDS = 60.0
# So many failures in a row are passed over in silence towards the admins: most troubles mend themselves.
QUIET_FAILURES = 3
NEVER = datetime.max.replace(tzinfo=UTC)

log = logging.getLogger("dibs.sources")


@dataclass(slots=True)
class Listened:
    """A source, and what is known of it in memory alone.

    Attributes:
        service: Whom it asks, and answers at.
        heard_at: Whose limits its listening has to heed.
        meter: What it spends.
        rests_until: It refused us. This is not stored, because a restart is what a person does after mending
            something; NEVER where it said that it is gone for good.
    """

    settings: SourceSettings
    source: Source
    service: Service
    heard_at: Service
    meter: Meter
    rests_until: datetime | None = None

    @property
    def name(self) -> str:
        """Its name in dibs.toml."""
        return self.settings.rules.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one call brought, and when to call again; None = not before a restart.

    Attributes:
        asked: False when it was not the time, or another replica was quicker.
        trouble: Why it failed, or empty.
    """

    next_at: datetime | None
    asked: bool = True
    arrival: Arrival = field(default_factory=Arrival)
    trouble: str = ""


def add(one: Arrival, other: Arrival) -> Arrival:
    """Add up what two steps brought."""
    return Arrival(
        seen=one.seen + other.seen,
        matched=one.matched + other.matched,
        dropped=one.dropped + other.dropped,
        changed=one.changed + other.changed,
        tokens=one.tokens + other.tokens,
        refused=one.refused + other.refused,
    )


@dataclass(slots=True, kw_only=True)
class Poller:
    """Polls sources; one for the whole bot."""

    database: AsyncDatabase
    listening: Listening
    limits: Limits
    clock: Clock
    ids: Ids
    heartbeat: Heartbeat
    arrived: Callable[[Listened, Arrival], None]
    seconds: float = POLL_SECONDS
    log: logging.Logger = log

    async def poll(self, one: Listened) -> Polled:
        """Poll a source if it is due; what goes wrong with it does not leave here."""
        return await self.under_lease(one, self._poll)

    async def under_lease(self, one: Listened, work: Callable[[Listened, PollLease], Awaitable[Polled]]) -> Polled:
        """Do ``work`` under the lease of a source, if it is due and no other replica has it."""
        rules, now = one.settings.rules, self.clock.now()
        if one.rests_until is not None and now < one.rests_until:
            return Polled(next_at=_unless_never(one.rests_until), asked=False)
        if (wait := self._wait(one)) > 0:
            return Polled(next_at=now + timedelta(seconds=wait), asked=False)
        token = self.ids.token()
        try:
            held = await self.database.tx(lambda session: acquire(session, rules, token, now))
            if isinstance(held, NotNow):
                return Polled(next_at=held.until, asked=False)
            with self.heartbeat.keeps(Lease(rules.name, token)):
                return await work(one, held)
        except LeaseLost:
            self.log.debug("Another replica polls it now.", extra={"source": one.name})
            return Polled(next_at=self.clock.now() + MORE_REST)
        except asyncio.CancelledError:
            with suppress(RuntimeError):  # the database is closed already
                await self.database.tx(lambda session: release(session, rules, token))
            raise

    async def _poll(self, one: Listened, lease: PollLease) -> Polled:
        """Fetch page after page, a bounded number of them, so that others get their lease."""
        total = Arrival()
        for page in range(1, PAGES + 1):
            started = self.clock.now()
            try:
                batch = await self._fetch(one, lease)
                next_at = self._next_at(one, batch, started, last=page == PAGES)
                total = add(total, await self.keep(one, lease, batch, next_at))
            except LeaseLost:
                raise
            except Exception as error:
                if is_outage(error):  # ours, and no trouble of the source
                    raise
                return replace(await self.failed(one, lease, error, one.settings.every), arrival=total)
            if next_at is not None:
                return Polled(next_at=next_at, arrival=total)
            lease = replace(lease, checkpoint=batch.checkpoint, baseline=False, failures=0, down_since=None)
        raise AssertionError("The last page has its end.")

    async def _fetch(self, one: Listened, lease: PollLease) -> Batch:
        if not isinstance(one.source, PollingSource):
            raise TypeError(f"The kind {one.settings.rules.kind} cannot be polled.")
        try:
            with one.meter.polling():
                async with asyncio.timeout(self.seconds):
                    batch = await one.source.poll(lease.checkpoint)
        except TimeoutError as error:
            raise SourceUnavailable(f"It did not answer within {self.seconds:g} seconds.") from error
        return batch

    def _next_at(self, one: Listened, batch: Batch, started: datetime, *, last: bool) -> datetime | None:
        """Return when to ask again; None = now, for another page."""
        now, random, every = self.clock.now(), self.listening.random, one.settings.every
        if batch.not_before is not None:
            self.limits.rest(one.heard_at, (batch.not_before - now).total_seconds())
        allowed = now + timedelta(seconds=self._wait(one))
        if batch.more:
            return max(now + min(MORE_REST, every), allowed) if last or allowed > now else None
        return max(after_success(started, now, every, batch.not_before, random), allowed)

    def _wait(self, one: Listened) -> float:
        """Return in how many seconds its service may be asked again, and its budget lets it."""
        return max(self.limits.wait(one.heard_at), one.meter.wait())

    async def keep(self, one: Listened, lease: PollLease, batch: Batch, next_at: datetime | None) -> Arrival:
        """Write a batch down in steps; the checkpoint goes with the last. Without ``next_at`` the poll goes on.

        Raises:
            LeaseLost: Another replica has the source.
        """
        if len(batch.checkpoint) > MAX_CHECKPOINT:
            raise ValueError(f"The checkpoint is longer than {MAX_CHECKPOINT} characters.")
        rules, total = one.settings.rules, Arrival()
        baseline = _old_news(batch, rules.backfill, first=lease.baseline)
        renamed = await self._recognise(rules.name, batch.events)
        steps = steps_of(batch.events)
        for number, events in enumerate(steps, start=1):
            end = End(checkpoint=batch.checkpoint, next_at=next_at) if number == len(steps) else None
            known = [renamed[name] for name in _names_in(events) if name in renamed]
            appraisals = await appraised(self.database, self.listening, rules, events)
            step = Step(events=events, baseline=baseline, renamed=known, end=end, appraisals=appraisals)
            work = partial(lease.store_poll, listening=self.listening, step=step, now=self.clock.now())
            total = add(total, await self.write(one, work))
        self._tell_success(one, lease, batch)
        return total

    async def give_way(self, one: Listened, lease: PollLease, arrival: Arrival) -> Polled:
        """Give a source to the replica whose turn it is, which goes on from the checkpoint."""
        await self.database.tx(lambda session: release(session, one.settings.rules, lease.token))
        self.database.sync.ring_others()
        return Polled(next_at=self.clock.now() + LEASE, arrival=arrival)

    async def write(self, one: Listened, work: Callable[[Session], Arrival]) -> Arrival:
        """Write a step down, as often as it takes."""
        total = arrival = Arrival(left=True)
        while arrival.left:
            arrival = await self.database.tx(work, source=one.name)
            self.arrived(one, arrival)
            total = add(total, arrival)
        return total

    async def _recognise(self, source: str, events: Sequence[Event]) -> Mapping[str, Renamed]:
        """Find what is shown under new names; for the whole batch at once, under the lease."""
        if not has_entries(events):
            return {}
        return await self.database.read(partial(recognise, source=source, events=events))

    def _tell_success(self, one: Listened, lease: PollLease, batch: Batch) -> None:
        extra = {"source": one.name}
        if lease.down_since is not None:
            self.log.info(
                "The source works again, down since %s.", lease.down_since.isoformat("T", "seconds"), extra=extra
            )
        if lease.baseline:
            found = weigh(self.listening.matcher, one.name, batch.events)
            self.log.info("The first poll, which makes no cards but for its backfill: %s.", found.sentence, extra=extra)

    async def failed(self, one: Listened, lease: PollLease, error: Exception, every: timedelta) -> Polled:
        """Write down and tell that a poll or a stream failed; it rests from ``every`` on, doubling."""
        rules, now, extra = one.settings.rules, self.clock.now(), {"source": one.name}
        if not isinstance(error, SourceError):
            self.log.error("A bug met a source, which rests.", exc_info=error, extra=extra)
            error = SourceUnavailable(f"A bug in Dibs ({type(error).__name__}); the log says where.")
        failures = lease.failures + 1
        next_at = after_failure(error, failures, now, every, self.listening.random)
        next_at = max(next_at, now + timedelta(seconds=one.meter.wait()))
        refused = isinstance(error, SourceRefused)
        if isinstance(error, SourceRefused):
            one.rests_until = next_at = NEVER if error.final else next_at
        failure = Failure(
            reason=error.reason,
            next_at=now if refused else next_at,
            alarm=_alarm(rules.name, error) if refused or failures > QUIET_FAILURES else "",
            signed_out=isinstance(error, SignedOut),
        )
        polled = Polled(next_at=_unless_never(next_at), trouble=error.reason)
        organisation = self.listening.organisation
        try:
            ours = await self.database.tx(lambda session: lease.record_failure(session, organisation, failure, now))
        except Exception:
            self.log.exception("The trouble of a source could not be written down.", extra=extra)
            return polled
        if ours:
            level = logging.WARNING if lease.down_since is None else logging.DEBUG
            self.log.log(level, "The source is down: %s", error.reason, extra=extra)
        return polled


def _unless_never(moment: datetime) -> datetime | None:
    return None if moment == NEVER else moment


def _alarm(name: str, error: SourceError) -> str:
    if not isinstance(error, SourceRefused):
        return f"The source {name} is down: {error.reason} It is tried again by itself."
    if isinstance(error, SignedOut):
        return f"Nothing is heard at {name}, and replies there wait: {error.reason}"
    if error.final:
        return f"The source {name} is gone: {error.reason} It is not asked again until it is changed in dibs.toml."
    return f"The source {name} is refused: {error.reason} Look at it in dibs.toml; it is tried every 15 minutes."


def _old_news(batch: Batch, backfill: int | None, *, first: bool) -> Collection[str]:
    """Return the posts that make no cards: of a first poll all but the newest ``backfill``, later what is stale.

    Where ``backfill`` is None, all is news.
    """
    if backfill is None:
        return frozenset()
    shown = _names_in(batch.events)
    return frozenset(shown[: max(len(shown) - backfill, 0)]) if first else batch.stale


def _names_in(events: Sequence[Event]) -> list[str]:
    return list(dict.fromkeys(event.external_id for event in events if isinstance(event, Posted)))


def is_polled(source: Source) -> bool:
    """Say whether a source is one that is asked."""
    return source.capabilities.polls and isinstance(source, PollingSource)


def is_hidden(source: Source) -> bool:
    """Say whether the secret of a hook stands in its address."""
    return isinstance(source, HiddenSource) and source.secret_in_path


def keeps_deliveries(source: Source) -> bool:
    """Say whether what cannot be read of a delivery is kept."""
    return isinstance(source, RereadSource) and source.keeps


def is_hook(source: Source) -> bool:
    """Say whether a source is one that calls us."""
    return source.capabilities.receives and isinstance(source, ReceivingSource)
