"""PostgreSQL: a claim, committed, beside one bare psycopg transaction of three statements on the same server.

The server runs as one does that keeps what it was told: on a disk, with fsync, and spoken to over loopback. The bot,
its chat server and the people who press are processes of their own, as in ``bench_design``. The rounds take turns, and
the medians count.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.bench.bench_design import line, percentile, stage
from tests.bench.bench_install import ROOT, installed
from tests.bench.instant import InstantSlack
from tests.bench.pressers import Pressed, press_all
from tests.end_to_end.bot_process import BotProcess, free_port, mentioned
from tests.fakes.slack.payloads import Gesture
from tests.harness.postgres import Cluster, environment_url

ROUNDS = 7
ALONE = 40
TOGETHER = 200
LINES = 20
BARE = 200
WARM = 70
CARDS = WARM + ROUNDS * (ALONE + TOGETHER)
DURABLE = {"max_connections": "100", "timezone": "Asia/Kolkata"}


@contextmanager
def durable(folder: Path) -> Iterator[str]:
    """Run a server that loses nothing, and return the URL of an empty database on loopback."""
    cluster = Cluster.start(DURABLE, folder, free_port())
    try:
        yield cluster.create_database()
    finally:
        cluster.stop()


def bare_transactions(url: str, rounds: int = BARE) -> list[float]:
    """Return the seconds of single transactions of plain psycopg: one row read, one changed, one written."""
    taken = []
    with psycopg.connect(environment_url(url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, owner TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS bare_log (id INTEGER, owner TEXT)")
        connection.execute("INSERT INTO bare VALUES (1, '') ON CONFLICT DO NOTHING")
        connection.commit()
        for number in range(rounds):
            begun = time.perf_counter()
            connection.execute("SELECT owner FROM bare WHERE id = %s", (1,)).fetchone()
            connection.execute("UPDATE bare SET owner = %s WHERE id = %s", (f"person{number}", 1))
            connection.execute("INSERT INTO bare_log VALUES (%s, %s)", (1, f"person{number}"))
            connection.commit()
            taken.append(time.perf_counter() - begun)
    return taken


def claims(folder: Path, python: str) -> None:
    """Claim alone, then with twenty in flight, with a round of bare transactions before each."""
    with durable(folder) as url, InstantSlack.instant() as slack:
        people, finance = stage(slack)
        with BotProcess(folder / "bot", slack, database_url=url, python=python, log_level="WARNING") as bot:
            slack.came()
            for start in range(0, CARDS, 50):
                bot.push(*(mentioned(number) for number in range(start, start + 50)))
            cards = slack.show(finance, slack.came(CARDS))
            presses = [
                slack.build.press(people[number % len(people)], card, "dibs:claim") for number, card in enumerate(cards)
            ]
            waiting = iter(presses)
            press_all(slack, _some(waiting, WARM), 1)  # the first one loads Bolt, and connections prepare what they run
            floors, alone, together = [], [], []
            for _ in range(ROUNDS):
                floors.append(statistics.median(bare_transactions(url)))
                alone.append(press_all(slack, _some(waiting, ALONE), 1))
                together.append(press_all(slack, _some(waiting, TOGETHER), LINES))
            owned = bot.reader.rows("SELECT count(*) AS n FROM mention WHERE owner_id IS NOT NULL")[0]["n"]
            if owned != len(presses):
                raise RuntimeError(f"{owned} of {len(presses)} were claimed")
    _say(floors, alone, together)


def _some(waiting: Iterator[Gesture], number: int) -> list[Gesture]:
    return [next(waiting) for _ in range(number)]


def _say(floors: Sequence[float], alone: Sequence[Pressed], together: Sequence[Pressed]) -> None:
    medians = [statistics.median(one.each) for one in alone]
    times = [median / floor for median, floor in zip(medians, floors, strict=True)]
    line(
        "PostgreSQL: acknowledging a claim over HTTP, alone",
        f"p50 {statistics.median(medians) * 1000:.1f} ms = {statistics.median(times):.1f} x "
        f"{statistics.median(floors) * 1000:.2f} ms, {min(times):.1f} to {max(times):.1f} in {ROUNDS} rounds",
        "p50 at most 8 x a bare psycopg transaction of three statements",
    )
    rates = [len(one.each) / one.all for one in together]
    slowest = percentile([seconds for one in together for seconds in one.each], 0.99)
    line(
        f"PostgreSQL: claims over HTTP, {LINES} in flight",
        f"{statistics.median(rates):,.0f}/s ({min(rates):,.0f} to {max(rates):,.0f}), p99 {slowest * 1000:.0f} ms",
        "at least 500 claims/s",
    )


def main() -> None:
    """Print every row."""
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        installed(ROOT / "requirements-image.lock", folder / "image")
        claims(folder, str(folder / "image" / "bin" / "python"))


if __name__ == "__main__":
    main()
