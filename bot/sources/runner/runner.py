"""The runner: every source is asked in its time, and what others push is stored before it is acknowledged.

One loop starts what is due and sleeps until the next (``bot.sources.runner.agenda``); nothing wakes up to look whether
there is something to do. At most eight polls run at once, two to one host, so that a slow host holds up only itself.
Streams stand beside them (``bot.sources.runner.streamer``).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.net.fetching import WRITING
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import Heartbeat
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from bot.sources.base import (
    Delivered,
    GreetedSource,
    Greeting,
    HookRefused,
    ReceivingSource,
    Source,
    SourceSettings,
)
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import build
from bot.sources.runner.agenda import Agenda
from bot.sources.runner.deliveries import fetched
from bot.sources.runner.kept import note
from bot.sources.runner.meter import Meter, MeteredFetcher
from bot.sources.runner.poller import (
    POLL_SECONDS,
    Listened,
    Polled,
    Poller,
    add,
    is_hidden,
    is_hook,
    is_polled,
    keeps_deliveries,
)
from bot.sources.runner.poller import log as default_log
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, heard_at, service_of
from bot.sources.runner.shares import Shares
from bot.sources.runner.steps import appraised, steps_of
from bot.sources.runner.streamer import RENEW_SECONDS, Streamer, is_streamed
from handlers.base.events import Event
from handlers.base.organisation import Organisation
from handlers.listen.ingest import Arrival
from handlers.listen.polling import Delivery, Listening, Step, store_received
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.listen import sources as states

AT_ONCE = 8
_RETRY = timedelta(seconds=15)
# Above this size a delivery is read in a thread: parsing a megabyte takes longer than a gesture may wait.
_LARGE = 32 * 1024


class UnknownSource(Exception):
    """No source of this name is of the kind that was asked for."""


class SourceRunner:
    """Runs all sources; ``run`` until it is cancelled or ``stop`` was called."""

    def __init__(
        self,
        sources: Sequence[SourceSettings],
        tools: SourceTools,
        database: AsyncDatabase,
        organisation: Organisation,
        matcher: Matcher,
        clock: Clock,
        ids: Ids,
        *,
        on_arrival: Callable[[str, int], None] | None = None,
        log: logging.Logger = default_log,
        seconds: float = POLL_SECONDS,
        renew_seconds: float = RENEW_SECONDS,
        replicas: Replicas | None = None,
    ) -> None:
        """Build every source; nothing is asked yet.

        Args:
            sources: The tables of dibs.toml.
            tools: The guarded client, and the place where foreign documents are read.
            database: Where posts go.
            organisation: Where mentions go.
            matcher: All topics.
            clock: This moment.
            ids: Draws jitter, leases and the tokens of mentions.
            on_arrival: Called after each commit that brought mentions, with the source and how many.
            log: Where to tell.
            seconds: How long one poll may take.
            renew_seconds: How often the lease of a silent stream is renewed.
            replicas: Among whom streams are shared.

        Raises:
            OptionError: A secret is missing or unusable; its key is the environment variable.
        """
        self._database = database
        self._clock = clock
        self._log = log
        self._on_arrival = on_arrival
        self._listening = Listening(organisation=organisation, matcher=matcher, random=ids.random)
        self._limits = Limits(clock)
        self._heartbeat = Heartbeat(database, states.leases, clock)
        self._poller = Poller(
            database=database,
            listening=self._listening,
            limits=self._limits,
            clock=clock,
            ids=ids,
            heartbeat=self._heartbeat,
            arrived=self._arrived,
            seconds=seconds,
            log=log,
        )
        self._sources = {one.rules.name: self._build(one, tools) for one in sources}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._agenda = Agenda(clock)
        self.shares = Shares(replicas, self._sources, self._agenda, database, clock)
        self._streamer = Streamer(poller=self._poller, renew_seconds=renew_seconds, gives_way=self.shares.is_anothers)
        self._stopping = self._started = False
        self._running: asyncio.Task[None] | None = None

    def _build(self, settings: SourceSettings, tools: SourceTools) -> Listened:
        service = service_of(settings.config)
        meter = Meter(settings.rules.name, settings.rules.budgets, self._database, self._clock)
        fetcher = MeteredFetcher(tools.fetcher, meter) if meter.budgets else tools.fetcher
        own = replace(tools, fetcher=HeedfulFetcher(fetcher, self._limits, service))
        return Listened(settings, build(settings.config, own), service, heard_at(settings.config), meter)

    def follow(self, organisation: Organisation, matcher: Matcher) -> None:
        """Recognise and hand on mentions by another organisation from the next step on."""
        self._listening = replace(self._listening, organisation=organisation, matcher=matcher)
        self._poller.listening = self._listening

    @property
    def sources(self) -> dict[str, Source]:
        """Every source by its name, in the order of dibs.toml: one instance for listening, finding and publishing."""
        return {name: one.source for name, one in self._sources.items()}

    def seconds_to_wait(self, name: str) -> float:
        """Return in how many seconds the service of a source answers a person again; its polls may wait longer."""
        return self._limits.shut(self._sources[name].service)

    def seconds_to_publish(self, name: str) -> float:
        """Return in how many seconds the service takes a reply: it is read before it is written to."""
        return max(self.seconds_to_wait(name), self._limits.shut(replace(self._sources[name].service, bucket=WRITING)))

    async def start(self) -> None:
        """Write down which sources there are; a changed place begins anew. Called by whatever needs it first."""
        now = self._clock.now()

        def begun(session: Session, one: Listened) -> datetime | None:
            rules = one.settings.rules
            state = states.ensure(session, rules.name, rules.kind, rules.place)
            return one.meter.began(session, state.next_at, now)

        def work(session: Session) -> dict[str, datetime | None]:
            return {name: begun(session, one) for name, one in self._sources.items()}

        next_at = await self._database.tx(work)
        if self._started:
            return
        self._started = True
        for one in self._sources.values():
            if is_polled(one.source) or is_streamed(one.source):
                self._agenda.plan(one.name, next_at[one.name] or self._clock.now())

    async def run(self) -> None:
        """Ask every polled source in its time, until ``stop`` or a cancellation; polls under way are given up."""
        self._running = asyncio.create_task(self._run())
        try:
            await asyncio.shield(self._running)
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ask nobody any more, and wait until what is under way has given its leases back."""
        self._stopping = True
        self._agenda.wake()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
        self._heartbeat.stop()

    async def poll_once(self, name: str) -> Polled:
        """Poll one source if it is due and no other replica has it.

        Raises:
            UnknownSource: No polled source is called so.
        """
        one = self._sources.get(name)
        if one is None or not is_polled(one.source):
            raise UnknownSource(name)
        if not self._started:
            await self.start()
        async with self._limits.gate(one.heard_at), self._slots:
            return await self._poller.poll(one)

    async def listen_once(self, name: str) -> Polled:
        """Open a stream and listen until it is lost; it takes the place of no poll, however long it stands.

        Raises:
            UnknownSource: No streamed source is called so.
        """
        one = self._sources.get(name)
        if one is None or not is_streamed(one.source):
            raise UnknownSource(name)
        if not self._started:
            await self.start()
        return await self._streamer.listen(one)

    def has_hook(self, name: str, *, in_path: bool = False) -> bool:
        """Say whether there is a source of this name that calls us; ``in_path``: with its secret in the address."""
        one = self._sources.get(name)
        return one is not None and is_hook(one.source) and (not in_path or is_hidden(one.source))

    async def receive(self, name: str, headers: Mapping[str, str], raw: bytes) -> Arrival:
        """Take one delivery to a hook; when this returns, all of it is stored. What was taken before has no effect.

        Raises:
            UnknownSource: No hook is called so.
            HookRefused: It is not signed as agreed (401), nothing in it is what was agreed (400), or what it names
                cannot be had now (503).
        """
        one = self._sources.get(name)
        if one is None or not is_hook(one.source):
            raise UnknownSource(name)
        if not self._started:
            await self.start()
        try:
            events = await fetched(one.source, await self._read(one, headers, raw))
        except HookRefused as refusal:
            self._log.info("A delivery was refused (%d): %s", refusal.status, refusal.reason, extra={"source": name})
            raise
        if refused := events.refused:
            extra = {"source": name}
            self._log.warning("Posts of a delivery could not be read: %d. %s", len(refused), refused[0], extra=extra)
        total, rules, steps = Arrival(refused=refused), one.settings.rules, steps_of(events)
        if keeps_deliveries(one.source):
            await note(self._database, self._listening, rules, headers, raw, events, self._clock.now())
        for number, brought in enumerate(steps, 1):
            appraisals = await appraised(self._database, self._listening, rules, brought)
            work = partial(
                store_received,
                listening=self._listening,
                rules=rules,
                step=Step(events=brought, appraisals=appraisals),
                now=self._clock.now(),
                delivery=Delivery(events.known_by, ends=number == len(steps)),
            )
            total = add(total, await self._poller.write(one, work))
        if events.poll_now and is_polled(one.source):
            await self._due_now(name)
            self._agenda.ring(name)
        return total

    def handshake(self, name: str, query: Mapping[str, str]) -> Greeting | None:
        """Answer who asks whether a hook is ours; None where it has nothing to say. It waits for nothing.

        Raises:
            UnknownSource: No hook is called so, or nobody asks it anything.
            HookRefused: Whoever asks does not know what was agreed.
        """
        one = self._sources.get(name)
        if one is None or not is_hook(one.source) or not isinstance(one.source, GreetedSource):
            raise UnknownSource(name)
        return one.source.handshake(query, self._clock.now())

    async def _read(self, one: Listened, headers: Mapping[str, str], raw: bytes) -> Delivered[Event]:
        source, now = one.source, self._clock.now()
        if not isinstance(source, ReceivingSource):
            raise UnknownSource(one.name)
        if len(raw) <= _LARGE:
            return source.receive(headers, raw, now)
        return await asyncio.to_thread(source.receive, dict(headers), raw, now)

    def _arrived(self, one: Listened, arrival: Arrival) -> None:
        """Tell what a commit brought: a line for each mention, by which it can be followed to its card."""
        for token in arrival.tokens:
            self._log.info("A mention arrived.", extra={"token": token, "source": one.name})
        if arrival.matched and self._on_arrival is not None:
            self._on_arrival(one.name, arrival.matched)

    async def _run(self) -> None:
        polls: set[asyncio.Task[None]] = set()
        try:
            await self._start_at_last()
            while not self._stopping:
                await self.shares.heed()
                for name in self._agenda.take_due():
                    task = asyncio.create_task(self._go(name))
                    polls.add(task)
                    task.add_done_callback(polls.discard)
                await self._agenda.rest()
        finally:
            for task in polls:
                task.cancel()
            await asyncio.gather(*polls, return_exceptions=True)

    async def _poll(self, name: str) -> datetime | None:
        """Poll one source, and return when to come again: in a moment where somebody rang while it was being asked."""
        if rung := self._agenda.answer(name):
            await self._due_now(name)  # what another replica wrote down since then does not know of the ring
        polled = await self.poll_once(name)
        if rung and not polled.asked:
            self._agenda.keep(name)
        elif self._agenda.rings(name) and polled.next_at is not None and not polled.trouble:
            return self._agenda.soon(polled.next_at)
        return polled.next_at

    async def _due_now(self, name: str) -> None:
        await self._database.tx(partial(states.ring, source=name, now=self._clock.now()))
        self._database.sync.ring_others()  # it may be another one that asks

    async def _start_at_last(self) -> None:
        """Start as soon as the database lets us."""
        while not self._started and not self._stopping:
            try:
                await self.start()
            except Exception:
                self._log.exception("The sources could not be started; trying again.")
                await self._agenda.sleep(_RETRY.total_seconds())

    async def _go(self, name: str) -> None:
        """Poll or hear one source and plan when to come again; an error here is a bug of ours or the database's."""
        streamed = is_streamed(self._sources[name].source)
        if streamed and self.shares.leaves(name):
            return
        try:
            next_at = (await self.listen_once(name)).next_at if streamed else await self._poll(name)
        except asyncio.CancelledError:
            if not self._stopping:  # the loop failed and begins anew: it has to know of this one
                self._agenda.plan(name, self._clock.now())
            raise
        except Exception:
            self._log.exception("A source could not be polled.", extra={"source": name})
            next_at = self._clock.now() + _RETRY
        if next_at is not None:
            self._agenda.plan(name, next_at)
