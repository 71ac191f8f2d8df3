"""Kept deliveries: a vendor's delivery that cannot be read is kept before it is acknowledged, and read again on demand.

Reading and packing are done before a transaction, as all work on what strangers wrote.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.sources.base import Delivered
from bot.sources.kit.vendors import RereadSource
from bot.sources.runner.poller import add
from bot.sources.runner.steps import appraised, steps_of
from handlers.base.events import AuthorGone, Deleted, Event, Posted
from handlers.base.organisation import SourceRules
from handlers.listen.ingest import Arrival
from handlers.listen.kept import (
    Again,
    gone_after,
    is_waiting,
    keep_delivery,
    read_well,
    replayed,
    store_again,
    take_kept,
)
from handlers.listen.polling import Listening, Step
from storage.engine.database import Session
from storage.listen import sources
from storage.listen.kept import KeptRow, packed


async def note(
    database: AsyncDatabase,
    listening: Listening,
    rules: SourceRules,
    headers: Mapping[str, str],
    raw: bytes,
    events: Delivered[Event],
    now: datetime,
) -> None:
    """Keep a vendor's delivery of which something could not be read, before the rest of it is written down.

    One that could be read is noted where others could not.
    """
    organisation = listening.organisation
    if events.unread:
        row = await _packed(rules, headers, raw, events.unread, now)
        await database.tx(partial(keep_delivery, organisation=organisation, rules=rules, row=row, now=now))
        return
    waiting: bool = await database.read(partial(is_waiting, rules=rules))
    if events and waiting:
        takes = any(isinstance(one, Deleted | AuthorGone) for one in events)
        gone = await _packed(rules, headers, raw, "", now) if takes else None
        await database.tx(partial(read_well, organisation=organisation, rules=rules, row=gone, now=now))


async def _packed(rules: SourceRules, headers: Mapping[str, str], raw: bytes, why: str, now: datetime) -> KeptRow:
    given = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return await asyncio.to_thread(packed, rules.name, raw, given, why, now)


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What came of reading again.

    Attributes:
        deliveries: How many were kept.
        read: How many of them could be read whole.
        posts: How many posts stood in what could be read.
        arrival: What of it was new.
        unread: Why the others cannot be read, each with how many.
    """

    deliveries: int = 0
    read: int = 0
    posts: int = 0
    arrival: Arrival = field(default_factory=Arrival)
    unread: Counter[str] = field(default_factory=Counter)

    def count(self, row: KeptRow, events: Delivered[Event]) -> None:
        """Count a delivery; one that is kept for its deletions alone was read before."""
        if not (row.why or events.unread):
            return
        self.deliveries += 1
        self.read += not events.unread
        self.posts += sum(isinstance(one, Posted) for one in events)
        self.unread.update([events.unread] * bool(events.unread))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Reads what is kept of one source by its present options, beside a running Dibs or without one."""

    database: AsyncDatabase
    listening: Listening
    clock: Clock

    async def run(self, rules: SourceRules, source: RereadSource) -> Replayed:
        """Read everything that is kept, the oldest first, and write down what can be read; twice is once."""
        now, done = self.clock.now(), Replayed()
        rows = await self.database.read(partial(take_kept, rules=rules, now=now))
        if not rows:
            return done
        await self.database.tx(lambda session: sources.ensure(session, rules.name, rules.kind, rules.place))
        read = [(row, await asyncio.to_thread(_read, source, row)) for row in rows]
        said = [(row.at, events) for row, events in read]
        some_wait = any(events.unread for _, events in read)
        for row, events in read:
            done.count(row, events)
            stays = some_wait and any(isinstance(one, Deleted | AuthorGone) for one in events)
            again = Again(row=row, unread=events.unread, gone=gone_after(said, row.at), stays=stays)
            done.arrival = add(done.arrival, await self._store(rules, again, events))
        organisation = self.listening.organisation
        await self.database.tx(partial(replayed, organisation=organisation, rules=rules, now=now))
        return done

    async def _store(self, rules: SourceRules, again: Again, events: Delivered[Event]) -> Arrival:
        total, steps = Arrival(), steps_of(events)
        for number, brought in enumerate(steps, 1):
            appraisals = await appraised(self.database, self.listening, rules, brought)
            step, ends = Step(events=brought, appraisals=appraisals), number == len(steps)

            def work(session: Session, step: Step = step, ends: bool = ends) -> Arrival:
                return store_again(session, self.listening, rules, step, again, self.clock.now(), ends=ends)

            arrival = Arrival(left=True)
            while arrival.left:
                arrival = await self.database.tx(work, source=rules.name)
                total = add(total, arrival)
        return total


def _read(source: RereadSource, row: KeptRow) -> Delivered[Event]:
    return source.read_again(row.content_type, row.raw)
