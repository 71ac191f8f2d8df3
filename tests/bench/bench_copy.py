"""Copy: how many rows a second `dibs db copy` brings from SQLite to PostgreSQL, and how many it compares.

``python -m tests.bench.bench_copy [--mentions 60000]``. The mentions are those of ``make_million``; the server commits
to a disk, as it does at work. Beside it stand rows that plain COPY writes into one table without an index.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bot.cli.moving import move
from storage.engine.database import open_engine
from storage.engine.schema import upgrade
from storage.moving.copy import Step
from tests.bench.bench_postgres import durable
from tests.bench.make_million import make
from tests.harness.postgres import environment_url

MENTIONS = 60_000
BARE = 200_000


class Watch:
    """Notes when each thing began to be done, and when the last was done."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}

    def __call__(self, step: Step) -> None:
        """Note a step."""
        self.begun.setdefault(step.doing, time.perf_counter())


def bare(url: str) -> float:
    """Return how many rows a second plain COPY writes."""
    with psycopg.connect(environment_url(url)) as connection:
        connection.execute("CREATE TABLE bare (id INTEGER, said TEXT)")
        begun = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY bare (id, said) FROM STDIN") as copy:
            for number in range(BARE):
                row: tuple[Any, ...] = (number, "Where is my refund?")
                copy.write_row(row)
        connection.commit()
        rate = BARE / (time.perf_counter() - begun)
        connection.execute("DROP TABLE bare")
    return rate


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        Path(name).chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        source = f"sqlite:///{Path(name) / 'dibs.db'}"
        engine = open_engine(source)
        upgrade(engine)
        make(engine, asked.mentions)
        engine.dispose()
        with durable(Path(name)) as url:
            floor = bare(url)
            watch = Watch()
            copied = move(source, environment_url(url), watch)
            ended = time.perf_counter()
    begun, compared = watch.begun["Copying"], watch.begun["Comparing"]
    sys.stdout.write(
        f"Copy from SQLite to PostgreSQL: {copied.rows:,} rows in {ended - begun:.0f} s, "
        f"{copied.rows / (ended - begun):,.0f} a second; copying alone {copied.rows / (compared - begun):,.0f}, "
        f"comparing alone {copied.rows / (ended - compared):,.0f}; plain COPY into one table {floor:,.0f}\n"
    )


if __name__ == "__main__":
    main()
