"""Scale: what the desk, the probes and a claim cost among very many mentions, and what they cost among few.

``python -m tests.bench.bench_scale [--mentions N] [--database URL]``; ``make bench-scale`` asks a million. With a URL
the database is one that ``make_million`` made, which claims change. Each is asked of the large one and of one of 1,000
mentions, in turns, and the medians count. It says processor time of this process, too, which a busy machine does not
change much; on PostgreSQL the server's own is not in it.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from handlers.base.command import ByToken, Who
from handlers.dispatch.dispatch import Dispatcher
from handlers.draw.board import read_board
from handlers.draw.wanted import Wanted
from handlers.own.claim import ClaimMention
from handlers.people.sign_in import Visitor
from handlers.report.digest import build_digest
from handlers.report.sources import read_sources
from storage.channels import messages
from storage.engine.database import Database, Session, prove_writable
from storage.own import mentions
from storage.reply.flights import flights
from storage.tables.states import DESK, Status, Tab
from tests.bench.bench_postgres import durable
from tests.bench.bench_search import made
from tests.bench.made_up import ORGANISATION

FEW = 1_000
ROUNDS = 9
CLAIMS = 60
Work = Callable[[Database], object]
VISITOR = Visitor(person_id=1, name="Ana")


def works(database: Database) -> dict[str, Callable[[Session], object]]:
    """Return what is asked of a database, by its name."""
    newest = database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=1, newest=True))[0]
    now = newest.ingested_at + timedelta(minutes=1)
    tabs = {
        f"board, {tab}": lambda session, tab=tab: read_board(session, ORGANISATION, Wanted(tab=tab), VISITOR, now=now)
        for tab in (Tab.UNCLAIMED, Tab.HANDS, Tab.DONE)
    }
    return tabs | {
        "sources": lambda session: read_sources(session, ORGANISATION, now),
        "digest": lambda session: build_digest(session, ORGANISATION, 1, now),
        "/metrics": lambda session: (messages.lanes(session), messages.backlogs(session), flights(session)),
    }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long a work took by the clock, and by the processor, in milliseconds."""
    begun, spent = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - spent) * 1000


def measure(large: Database, few: Database) -> None:
    """Print what each takes in both."""
    print(f"load {os.getloadavg()[0]:.1f}; {ROUNDS} rounds in turns; ms by the clock (by the processor)")
    of_large, of_few = works(large), works(few)
    for name in of_large:
        taken: list[list[tuple[float, float]]] = [[], []]
        for _ in range(ROUNDS):
            for database, work, times in ((large, of_large[name], taken[0]), (few, of_few[name], taken[1])):
                times.append(timed(lambda database=database, work=work: database.submit_read(work).result()))  # type: ignore[misc]
        say(name, taken[0], taken[1])
    probes = [[timed(lambda one=one: one.write(prove_writable)) for _ in range(ROUNDS)] for one in (large, few)]  # type: ignore[misc]
    say("/readyz, its write", *probes)
    say("a claim", *claims(large, few))


def claims(*databases: Database) -> list[list[tuple[float, float]]]:
    """Claim what nobody has, in turns."""
    dispatcher, who = (
        Dispatcher(ORGANISATION, Random(1)),
        Who(platform=DESK, workspace=DESK, external_id="1", name="Ana"),
    )
    free = [
        one.read(lambda session: mentions.listed(session, mentions.Filter(statuses=(Status.NEW,)), limit=CLAIMS))
        for one in databases
    ]
    taken: list[list[tuple[float, float]]] = [[] for _ in databases]
    for pair in zip(*free, strict=False):
        for row, database, times in zip(pair, databases, taken, strict=True):
            command, now = ClaimMention(who=who, reference=ByToken(row.token)), row.ingested_at + timedelta(minutes=1)
            work = partial(dispatcher.handle, command=command, now=now)
            times.append(timed(partial(database.write, work)))
    return taken


def say(name: str, of_large: Sequence[tuple[float, float]], of_few: Sequence[tuple[float, float]]) -> None:
    """Print one line."""
    (wall, cpu), (few_wall, few_cpu) = (
        [statistics.median(column) for column in zip(*some, strict=True)] for some in (of_large, of_few)
    )
    ratio = cpu / few_cpu if few_cpu else float("nan")
    print(f"{name:18} {wall:8.1f} ({cpu:7.2f})   among {FEW:,}: {few_wall:8.1f} ({few_cpu:7.2f})   {ratio:5.2f} times")


def main() -> None:
    """Measure the database that is named, or one of each kind that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=50_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--few", default="", help="the small one of the same kind, where --database is given")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as folder, ExitStack() as open_ones:
        Path(folder).chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        small = asked.few or f"sqlite:///{Path(folder) / 'few.db'}"
        if asked.database:
            few = open_ones.enter_context(made(small, 0 if asked.few else FEW))
            measure(open_ones.enter_context(made(asked.database, 0)), few)
            return
        print(f"SQLite, {asked.mentions:,} mentions")
        large = open_ones.enter_context(made(f"sqlite:///{Path(folder) / 'large.db'}", asked.mentions))
        measure(large, open_ones.enter_context(made(small, FEW)))
        print(f"PostgreSQL, {asked.mentions:,} mentions")
        first, second = (open_ones.enter_context(durable(Path(folder))) for _ in range(2))
        large = open_ones.enter_context(made(first, asked.mentions))
        measure(large, open_ones.enter_context(made(second, FEW)))


if __name__ == "__main__":
    main()
