"""Search: the first 20 of very many, by ten questions, on both databases, beside one look by a mention's id.

``python -m tests.bench.bench_search [--mentions N] [--database URL]``; with a URL the database is one that
``make_million`` made. What is measured is the whole page but the drawing of its cards: the rows, and the numbers of all
tabs. The floor is one row read by its key in the same run.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session

from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.own import board, mentions
from storage.own.board import Part
from storage.search import due
from storage.search.index import write_down
from storage.tables.states import Tab
from storage.text.cut import Needle, facet, needles
from tests.bench.bench_postgres import durable
from tests.bench.make_million import make

ROUNDS = 9
QUESTIONS = (
    "acme",  # every second one
    "refund",
    "invoice refund",
    "anvil",
    "zugzwang",
    "absentword",
    "re",
    "refun",
    "ba",
    "acme.example",
    "rückerstattung",
    "返金 配送",
    "@babi",
)
ARRIVALS = 300


def seconds(work: Callable[[], object]) -> float:
    """Return the median of several rounds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def measure(database: Database) -> None:
    """Print what each question takes, in milliseconds and in floors."""
    one = seconds(lambda: database.read(lambda session: mentions.get(session, 1)))
    print(f"floor: one row by its key {one * 1000:.2f} ms")
    parts = {question: Part(tab=Tab.ALL, person_id=1, needles=needles(question)) for question in QUESTIONS}
    parts["(nothing)"] = Part(tab=Tab.ALL, person_id=1)
    parts["(unclaimed)"] = Part(tab=Tab.UNCLAIMED, person_id=1)
    parts["refund (unclaimed)"] = replace(parts["refund"], tab=Tab.UNCLAIMED)
    parts["refund (hands, finance)"] = replace(parts["refund"], tab=Tab.HANDS, department_id=2)
    parts["refund (done, hook)"] = replace(parts["refund"], tab=Tab.DONE, sources=frozenset(["hook"]))
    parts["(lang:ja)"] = Part(tab=Tab.ALL, person_id=1, needles=(Needle(facet("ja")),))
    for name, part in parts.items():

        def page(session: Session, part: Part = part) -> int:
            return len(board.page(session, part, newest=True, after=None, limit=21))

        def numbers(session: Session, part: Part = part) -> list[int]:
            return board.counts(session, [replace(part, tab=tab) for tab in Tab])

        rows = database.read(page)
        first, counted = (seconds(lambda work=work: database.read(work)) for work in (page, numbers))  # type: ignore[misc]
        total = database.read(numbers)[-1]
        print(
            f"{name:24} {rows:3} rows of {total:5}: first 20 {first * 1000:7.2f} ms ({first / one:5.1f} floors),"
            f" all numbers {counted * 1000:7.2f} ms"
        )
    ids = list(range(1, 101))
    again = seconds(lambda: database.write(lambda session: write_down(session, ids)))
    print(f"words of {len(ids)} mentions written again: {again * 1000:.1f} ms")


@contextmanager
def made(url: str, number: int) -> Iterator[Database]:
    """Yield a database of so many mentions."""
    engine = open_engine(url)
    upgrade(engine)
    if number:
        make(engine, number)
    with closing(Database(engine)) as database:
        assert database.read(due.left) is None
        yield database


def main() -> None:
    """Measure the database that is named, or one of each kind that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=50_000)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if asked.database:
        with made(asked.database, 0) as database:
            measure(database)
        return
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as folder:
        with made(f"sqlite:///{Path(folder) / 'dibs.db'}", asked.mentions) as database:
            print(f"SQLite, {asked.mentions:,} mentions")
            measure(database)
        with durable(Path(folder)) as url, made(url, asked.mentions) as database:
            print(f"PostgreSQL, {asked.mentions:,} mentions")
            measure(database)


if __name__ == "__main__":
    main()
