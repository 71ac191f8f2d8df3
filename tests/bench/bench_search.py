"""Search: the first 20 of very many, by every kind of question, on both databases, beside a plain read.

``python -m tests.bench.bench_search [--mentions N] [--database URL]``; with a URL the database is one that
``make_million`` made. What is measured is the whole page but the drawing of its cards: the rows, and the numbers of all
tabs. The floor is twenty rows read by their keys through the same stack; each question is asked in turns with it, and
the medians count.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.own import board, mentions
from storage.own.board import Part, Whose
from storage.search import due
from storage.search.index import write_down
from storage.tables.states import Status, Tab
from storage.text.cut import Needle, facet, needles
from tests.bench.bench_postgres import durable
from tests.bench.made_up import DEPARTMENTS
from tests.bench.make_million import make

ROUNDS = 7
ALL = Part(tab=Tab.ALL, person_id=1)
FINANCE, MARKETING = (1 + DEPARTMENTS.index(key) for key in ("finance", "marketing"))
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


def kinds(now: datetime) -> dict[str, Part]:
    """Return every kind of question by its name; those in brackets ask for no word."""
    japanese, refund = Needle(facet("ja")), replace(ALL, needles=needles("refund"))
    found = {question: replace(ALL, needles=needles(question)) for question in QUESTIONS}
    found |= {
        "(nothing)": ALL,
        "(unclaimed)": replace(ALL, tab=Tab.UNCLAIMED),
        "(lang:ja)": replace(ALL, needles=(japanese,)),
        "(finance)": replace(ALL, department_id=FINANCE),
        "(answered)": replace(ALL, status=Status.RESPONDED),
        "(done, dismissed)": replace(ALL, tab=Tab.DONE, status=Status.DISMISSED),
        "(done, mine)": replace(ALL, tab=Tab.DONE, whose=Whose.ME),
        "(hook, older than a week)": replace(ALL, sources=frozenset(["hook"]), before=now - timedelta(days=7)),
        "acme (done)": replace(ALL, tab=Tab.DONE, needles=needles("acme")),
        "ba (done, mine)": replace(ALL, tab=Tab.DONE, whose=Whose.ME, needles=needles("ba")),
        "refund (unclaimed)": replace(refund, tab=Tab.UNCLAIMED),
        "refund (hands, finance)": replace(refund, tab=Tab.HANDS, department_id=FINANCE),
        "refund (done, hook)": replace(refund, tab=Tab.DONE, sources=frozenset(["hook"])),
        "refund (done, mine)": replace(refund, tab=Tab.DONE, whose=Whose.ME),
        "refund (answered)": replace(refund, status=Status.RESPONDED),
        "refund (last day)": replace(refund, since=now - timedelta(days=1)),
        "refund (older than a week)": replace(refund, before=now - timedelta(days=7)),
        "anvil (done, dismissed)": replace(ALL, tab=Tab.DONE, status=Status.DISMISSED, needles=needles("anvil")),
        "refund (lang:ja)": replace(ALL, needles=(*needles("refund"), japanese)),
        "refund (marketing)": replace(refund, department_id=MARKETING),
        "(marketing, hook)": replace(ALL, department_id=MARKETING, sources=frozenset(["hook"])),
        "invoice (marketing)": replace(ALL, department_id=MARKETING, needles=needles("invoice")),
        "acme (marketing)": replace(ALL, department_id=MARKETING, needles=needles("acme")),
    }
    return found


def seconds(database: Database, *works: Callable[[Session], object]) -> list[float]:
    """Return the medians of several rounds, in which the works take turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, times in zip(works, taken, strict=True):
            begun = time.perf_counter()
            database.submit_read(work).result()
            times.append(time.perf_counter() - begun)
    return [statistics.median(times) for times in taken]


def measure(database: Database) -> None:
    """Print what each question takes, in milliseconds and in floors."""
    last = database.read(lambda session: board.page(session, ALL, newest=True, after=None, limit=1))[0]
    chance = random.Random(1)
    ids = sorted(chance.sample(range(1, last.id + 1), min(20, last.id)))
    print(f"load {os.getloadavg()[0]:.1f}; {last.id:,} mentions; {ROUNDS} rounds")
    for name, part in kinds(last.ingested_at).items():

        def floor(session: Session) -> object:
            return mentions.several(session, ids)

        def page(session: Session, part: Part = part) -> int:
            return len(board.page(session, part, newest=True, after=None, limit=21))

        def numbers(session: Session, part: Part = part) -> list[int]:
            return board.counts(session, [replace(part, tab=tab) for tab in Tab])

        rows, total = database.read(page), database.read(numbers)[-1]
        one, first, counted = seconds(database, floor, page, numbers)
        print(
            f"{name:26} {rows:2} of {total:5,}: first 20 {first * 1000:6.1f} ms ({first / one:5.1f} floors of"
            f" {one * 1000:.2f} ms), all numbers {counted * 1000:6.1f} ms ({counted / one:6.1f})"
        )
    hundred = list(range(1, 101))
    again = statistics.median(_timed(lambda: database.write(lambda session: write_down(session, hundred))))
    print(f"words of {len(hundred)} mentions written again: {again * 1000:.1f} ms")


def _timed(work: Callable[[], object]) -> Iterator[float]:
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        yield time.perf_counter() - begun


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
        Path(folder).chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        with made(f"sqlite:///{Path(folder) / 'dibs.db'}", asked.mentions) as database:
            print(f"SQLite, {asked.mentions:,} mentions")
            measure(database)
        with durable(Path(folder)) as url, made(url, asked.mentions) as database:
            print(f"PostgreSQL, {asked.mentions:,} mentions")
            measure(database)


if __name__ == "__main__":
    main()
