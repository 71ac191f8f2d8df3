"""Report: how long the page of a week, a month and a quarter takes among very many mentions, all of them counted.

``python -m tests.bench.bench_report --database URL`` asks a database that ``make_million`` has made, and counts what is
not counted yet. The page is read as the desk reads it, and drawn as JSON has it; each period is one in the middle of
all that there is.
"""

import argparse
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from handlers.report.counting.fold import PORTION, fold
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.report import build_report
from handlers.report.figures.written import as_json
from storage.engine.database import Database, Session, open_engine
from storage.report import asking
from storage.tables.base import table_of
from storage.tables.report import Fact
from tests.bench.made_up import ORGANISATION

ZONE = ZoneInfo("UTC")
ROUNDS = 7


def span(session: Session) -> tuple[datetime, datetime, int]:
    """Return when the first mention arrived and when the last did, and how many there are."""
    fact = table_of(Fact)
    query = select(func.min(fact.c.arrived), func.max(fact.c.arrived), func.count())
    first, last, number = session.connection().execute(query).one()
    return first, last, int(number)


def periods(first: datetime, last: datetime) -> list[Period]:
    """Return a week, a month and a quarter in the middle."""
    day = (first + (last - first) / 2).astimezone(UTC)
    year, week, _ = day.isocalendar()
    labels = (f"{year}-W{week:02}", f"{day:%Y-%m}", f"{day.year}-Q{(day.month + 2) // 3}")
    return [read_period(label, ZONE, last + timedelta(days=366)) for label in labels]


def arrived(database: Database, period: Period) -> int:
    """Return how many mentions arrived in a period."""
    return len(database.read(lambda session: asking.arrived(session, period.since, period.end)))


def milliseconds(database: Database, period: Period, now: datetime) -> tuple[float, float]:
    """Read the report of a period and draw it; returns how long that took by the wall, and of the processor's time."""
    begun, used = time.perf_counter(), time.process_time()
    as_json(database.read(lambda session: build_report(session, ORGANISATION, period, now)))
    return (time.perf_counter() - begun) * 1_000, (time.process_time() - used) * 1_000


def main() -> None:
    """Print a line for each period."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    database = Database(open_engine(parser.parse_args().database))
    while database.write(lambda session: fold(session, str(ZONE), PORTION)):
        pass
    first, last, number = database.read(span)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"{number:,} mentions from {first:%Y-%m-%d} to {last:%Y-%m-%d}; load {load}\n")
    for period in periods(first, last):
        wall, used = zip(*(milliseconds(database, period, last) for _ in range(ROUNDS)), strict=True)
        by_wall = f"median {statistics.median(wall):,.0f} ms, most {max(wall):,.0f} ms"
        own = f"of this process's own time {statistics.median(used):,.0f} ms"
        sys.stdout.write(f"{period.spoken:<18} {arrived(database, period):>7,} mentions: {by_wall}; {own}\n")
    database.close()


if __name__ == "__main__":
    main()
