"""Fold: how many rows of the log are counted a second, on both databases, beside what counting alone does in memory.

``python -m tests.bench.bench_fold [--mentions 60000]``. The mentions are those of ``make_million``; each transaction is
committed as it is at work, to a disk.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from handlers.report.counting.fold import PORTION, begin_anew, fold
from handlers.report.counting.take import Take
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.report import folding
from tests.bench.bench_postgres import durable
from tests.bench.make_million import make

MENTIONS = 60_000
ZONE = "Europe/Berlin"


def in_memory(database: Database) -> tuple[int, float]:
    """Count the whole log in memory; returns how many rows, and the seconds that counting took."""
    last = database.read(folding.position)[1]
    rows = database.read(lambda session: list(folding.all_rows(session, last)))
    take = Take(folding.Tables(), ZoneInfo(ZONE))
    begun = time.perf_counter()
    for row in rows:
        take(row)
    return len(rows), time.perf_counter() - begun


def portions(database: Database) -> list[float]:
    """Count the whole log into the tables; returns the seconds of each transaction."""
    taken: list[float] = []
    while True:
        begun = time.perf_counter()
        if not database.write(lambda session: fold(session, ZONE, PORTION)):
            return taken
        taken.append(time.perf_counter() - begun)


def processor(database: Database) -> float:
    """Empty the tables, count the whole log once more, and return the seconds of processor that this process took."""
    database.write(begin_anew)
    while database.write(lambda session: folding.empty(session, PORTION)):
        pass
    begun = time.process_time()
    portions(database)
    return time.process_time() - begun


def measure(kind: str, url: str, mentions: int) -> None:
    """Print the line of one kind of database."""
    engine = open_engine(url)
    upgrade(engine)
    make(engine, mentions)
    database = Database(engine)
    rows, alone = in_memory(database)
    taken = portions(database)
    whole = sum(taken)
    slow = statistics.quantiles(taken, n=100)[98]
    sys.stdout.write(
        f"{kind:<11} {rows:,} rows: {rows / whole:,.0f} a second, {rows / alone:,.0f} in memory ({alone / whole:.0%}); "
        f"{PORTION:,} in {statistics.median(taken) * 1_000:.0f} ms, p99 {slow * 1_000:.0f} ms\n"
    )
    sys.stdout.write(f"{kind:<11} {rows / processor(database):,.0f} rows a second of this process's own time\n")
    database.close()


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
