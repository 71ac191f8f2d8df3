"""Fold: how many rows of the log are counted a second, on both databases, beside the same in memory; claims beside it.

``python -m tests.bench.bench_fold [--mentions 60000]``. The mentions are those of ``make_million``; each transaction is
committed as it is at work, to a disk. In memory the log is read by the same code and counted into tables that nobody
writes; counting alone is that without the reading. Claims are pressed one after the other, each on a mention that
nobody has and then put back, in turns with and without the fold at work beside them, as the timer runs it.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from operator import attrgetter
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from bot.chat.backend import Backend
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.schedule import Schedule
from handlers.base.command import ByToken, Who
from handlers.dispatch.dispatch import Dispatcher
from handlers.dispatch.ticks import TICKS
from handlers.own.claim import ClaimMention
from handlers.own.release import ReleaseMention
from handlers.report.counting.fold import PORTION, begin_anew, fold
from handlers.report.counting.take import Take
from storage.engine.database import Database, Session, open_engine
from storage.engine.schema import upgrade
from storage.own import mentions
from storage.report import folding
from storage.tables.states import DESK
from tests.bench.bench_design import percentile
from tests.bench.bench_postgres import durable
from tests.bench.made_up import ORGANISATION
from tests.bench.make_million import make

MENTIONS = 60_000
ZONE = "Europe/Berlin"
# So many claims a turn, of so many turns each way, and so long between two of them.
CLAIMS, ROUNDS, PAUSE = 50, 4, 0.01


@dataclass(frozen=True, slots=True)
class Spent:
    """How long something took by the clock on the wall, and of the processor's time."""

    wall: float
    processor: float

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.processor + other.processor)


@contextmanager
def spending() -> Iterator[list[Spent]]:
    """Measure what is done in the block."""
    found: list[Spent] = []
    wall, processor = time.perf_counter(), time.process_time()
    yield found
    found.append(Spent(time.perf_counter() - wall, time.process_time() - processor))


def in_memory(database: Database) -> tuple[int, Spent, Spent]:
    """Count the whole log in memory; returns how many rows, what reading them took, and what counting did."""
    last = database.read(folding.position)[1]
    with spending() as reading:
        rows = database.read(lambda session: list(folding.all_rows(session, last)))
    take = Take(folding.Tables(), ZoneInfo(ZONE))
    with spending() as counting:
        for row in rows:
            take(row)
    return len(rows), reading[0], counting[0]


def portions(database: Database) -> list[float]:
    """Count the whole log into the tables; returns the seconds of each transaction."""
    taken: list[float] = []
    while True:
        begun = time.perf_counter()
        if not database.write(lambda session: fold(session, ZONE, PORTION)):
            return taken
        taken.append(time.perf_counter() - begun)


def begin_again(database: Database) -> None:
    """Empty the tables."""
    database.write(begin_anew)
    while database.write(lambda session: folding.empty(session, PORTION)):
        pass


def measure(kind: str, url: str, number: int) -> None:
    """Print the lines of one kind of database."""
    engine = open_engine(url)
    upgrade(engine)
    make(engine, number)
    database = Database(engine)
    rows, reading, counting = in_memory(database)
    with spending() as spent:
        taken = portions(database)
    whole, memory, slow = spent[0], reading + counting, statistics.quantiles(taken, n=100)[98]
    for name, of in (("by the wall", attrgetter("wall")), ("of the processor", attrgetter("processor"))):
        sys.stdout.write(
            f"{kind:<11} {rows:,} rows, {name}: {rows / of(whole):,.0f} a second, {rows / of(memory):,.0f} in memory "
            f"({of(memory) / of(whole):.0%}), {rows / of(counting):,.0f} by counting alone\n"
        )
    median = statistics.median(taken) * 1_000
    sys.stdout.write(f"{kind:<11} {PORTION:,} in {median:.0f} ms, p99 {slow * 1_000:.0f} ms\n")
    begin_again(database)
    alone, beside = asyncio.run(claims(database))
    begin_again(database)
    told = " ".join(
        f"{name} {percentile(beside, share) * 1_000:.1f} ms beside the fold, {percentile(alone, share) * 1_000:.1f} ms "
        f"without ({percentile(beside, share) / percentile(alone, share):.2f});"
        for name, share in (("p50", 0.5), ("p99", 0.99))
    )
    sys.stdout.write(f"{kind:<11} {len(beside)} claims: {told}\n")
    database.close()


async def claims(database: Database) -> tuple[list[float], list[float]]:
    """Claim in turns with and without the fold at work; returns the seconds of each claim without, and with."""
    asynchronous, clock = AsyncDatabase(database), Clock()
    dispatcher = Dispatcher(replace(ORGANISATION, timezone=ZONE), Random(1))
    backend = Backend(database=asynchronous, dispatcher=dispatcher, clock=clock, ids=Ids(Random(1)))
    schedule = Schedule(asynchronous, dispatcher, clock)
    (tick,) = (one for one in TICKS if one.name == "fold")
    tokens = cycle(database.read(_free))
    who = Who(platform=DESK, workspace=DESK, external_id="1")
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(2 * ROUNDS):
        folding_beside = asyncio.create_task(schedule.run(tick)) if turn % 2 else None
        for token in islice(tokens, CLAIMS):
            await clock.sleep(PAUSE)
            begun = clock.monotonic()
            assert (await backend.run(ClaimMention(who=who, reference=ByToken(token)))).ok
            found[turn % 2].append(clock.monotonic() - begun)
            assert (await backend.run(ReleaseMention(who=who, reference=ByToken(token)))).ok
        if folding_beside is not None:
            assert not folding_beside.done(), "There was too little to count: make more mentions."
            folding_beside.cancel()
            await asyncio.gather(folding_beside, return_exceptions=True)
    return found


def _free(session: Session) -> list[str]:
    return [one.token for one in mentions.listed(session, mentions.Filter(unowned=True))]


def main() -> None:
    """Print a line for each kind of database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        Path(name).chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        measure("SQLite", f"sqlite:///{Path(name) / 'fold.db'}", asked.mentions)
        with durable(Path(name)) as url:
            measure("PostgreSQL", url, asked.mentions)


if __name__ == "__main__":
    main()
