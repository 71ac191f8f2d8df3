"""Leases or an engine: the outbox shared by leases, as it is, and pumped by Procrastinate (``tests.bench.engine``).

``make bench-engine`` installs Procrastinate below ``build/``, where Dibs does not see it; without it there is nothing
to compare, and this says so. Both work on one PostgreSQL that keeps what it was told, in rounds that take turns; a
ratio is the median of those of the rounds. Processor time is that of the replicas and the server's, and does not change
much with what else a machine does; what is said in seconds by the clock does.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.bench_design import cpu_seconds, percentile, stage
from tests.bench.bench_postgres import DURABLE, LINES
from tests.bench.engine import installed
from tests.bench.engine.compared import Row, table
from tests.bench.instant import Came, InstantSlack
from tests.bench.pressers import Pressed, press_all
from tests.end_to_end.bot_process import BotProcess, free_port, mentioned
from tests.end_to_end.nursery import close_nursery
from tests.end_to_end.office import Office, tally
from tests.end_to_end.senders import push_while
from tests.end_to_end.storm import weather
from tests.fakes.slack.records import Channel, Json, User
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import Cluster

RUNNERS = {"leases": ("bot", "run"), "engine": ("tests.bench.engine", "run")}
ALL: tuple[str, ...] = ()
WEB, WORKER = ("--role", "web", "--role", "listen"), ("--role", "worker")
WARM = 60
MENTIONS, PER_SECOND = 100, 20
# So many come in deliveries of twenty.
AT_ONCE, DELIVERY = 200, 20
ALONE, TOGETHER = 40, 100
SETTLING_SECONDS, IDLE_SECONDS = 1.0, 5.0
# What is killed is killed after so many seconds of mentions that come for twice as long.
KILLED_AFTER = 2.0
# When each mention's first row of the log was committed; such a row is never changed.
_COMMITTED = """
SELECT mention_id AS id, extract(epoch FROM min(pg_xact_commit_timestamp(xmin))) AS at
FROM ownership_event GROUP BY mention_id
"""


@dataclass
class Running:
    """The replicas of one of both, at work.

    Attributes:
        to: Those of them to which mentions come.
    """

    which: str
    bots: list[BotProcess]
    to: list[BotProcess]
    slack: InstantSlack
    people: list[User]
    finance: Channel
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def post(self, _number: int = 0, text: str = "") -> Json:
        """Return a post as the hook takes it; they go to one of two channels by turns, unless it has a text."""
        number = next(self._numbers)
        return mentioned(number, text or ("Where is my refund?" if number % 2 else "The lid does not close."))

    def deliver(self, number: int, size: int, text: str = "") -> list[Came]:
        """Push so many mentions in deliveries of a size, and wait until each is a card."""
        for start in range(0, number, size):
            self.to[start // size % len(self.to)].push(*(self.post(text=text) for _ in range(size)))
        return self.slack.came(number)

    def claims(self) -> tuple[Pressed, Pressed]:
        """Make cards of one channel, and claim some one after the other, and the rest with many in flight."""
        cards = self.slack.show(self.finance, self.deliver(ALONE + TOGETHER, DELIVERY, "Where is my refund?"))
        presses = [
            self.slack.build.press(self.people[number % len(self.people)], card, "dibs:claim")
            for number, card in enumerate(cards)
        ]
        time.sleep(SETTLING_SECONDS)
        pressed = press_all(self.slack, presses[:ALONE], 1), press_all(self.slack, presses[ALONE:], LINES)
        time.sleep(SETTLING_SECONDS)
        self.slack.came()
        return pressed


@dataclass
class Bench:
    """One server, and what was measured: by name, of each of both, a figure a round."""

    folder: Path
    cluster: Cluster
    rounds: int
    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def note(self, which: str, **figures: float) -> None:
        """Keep figures of a round."""
        for name, figure in figures.items():
            self.figures.setdefault(name, {}).setdefault(which, []).append(figure)

    @contextmanager
    def replicas(self, which: str, slack: FakeSlack, *roles: Sequence[str]) -> Iterator[list[BotProcess]]:
        """Run replicas on a database of their own, the last of which Slack speaks to."""
        url = self.cluster.create_database()
        place = self.folder / f"replicas-{next(self._numbers)}"
        with ExitStack() as ends:
            yield [
                ends.enter_context(
                    BotProcess(place / str(number), slack, database_url=url, **options(which, role))  # type: ignore[arg-type]
                )
                for number, role in enumerate(roles)
            ]
        self.cluster.drop(url)

    def in_turns(self, measure: Callable[[Running], None], *roles: Sequence[str]) -> None:
        """Run replicas of both side by side, and measure the one and the other; who begins takes turns, too.

        Mentions come to the last of them if they have roles, and else to all.
        """
        with ExitStack() as ends:
            both = []
            for which in RUNNERS:
                slack = ends.enter_context(InstantSlack.instant())
                people, finance = stage(slack)
                bots = ends.enter_context(self.replicas(which, slack, *roles))
                slack.came()
                running = Running(which, bots, bots if ALL in roles else bots[-1:], slack, people, finance)
                running.deliver(WARM, 1)
                both.append(running)
            for number in range(self.rounds):
                for running in both[:: 1 if number % 2 == 0 else -1]:
                    measure(running)
                told(f"{measure.__name__}, round {number + 1} of {self.rounds}")

    def spent(self, running: Running) -> tuple[float, float]:
        """Return the seconds of a processor that replicas and the server have taken by now."""
        return sum(cpu_seconds(bot.pid) for bot in running.bots), server_seconds(self.cluster.process_id)

    @contextmanager
    def counted(self, running: Running, name: str, count: float) -> Iterator[None]:
        """Note the milliseconds of a processor that something takes, divided by a number; the server's besides."""
        time.sleep(SETTLING_SECONDS)
        before = self.spent(running)
        yield
        replicas, server = (late - early for early, late in zip(before, self.spent(running), strict=True))
        figures = {name: (replicas + server) / count * 1000, f"{name}_server": server / count * 1000}
        self.note(running.which, **figures)

    def mentions(self, running: Running, name: str) -> None:
        """Push mentions at an even pace, and wait until each is a card; note the waits from commit to send."""
        with self.counted(running, name, MENTIONS):
            push_while(lambda: None, running.to, MENTIONS, PER_SECOND, running.post)
            came = running.slack.came(MENTIONS)
        committed = {row["id"]: float(row["at"]) for row in running.to[0].reader.rows(_COMMITTED)}
        waits = [(one.at - committed[mention_of(one)]) * 1000 for one in came if is_card(one)]
        figures = {f"{name}_p50": percentile(waits, 0.5), f"{name}_p99": percentile(waits, 0.99)}
        self.note(running.which, **figures)

    def one(self, running: Running) -> None:
        """Measure one replica: mentions, claims, and nothing to do."""
        self.mentions(running, "one")
        with self.counted(running, "at_once", AT_ONCE):
            running.deliver(AT_ONCE, DELIVERY)
        alone, together = running.claims()
        self.note(running.which, claim=statistics.median(alone.each) * 1000, rate=TOGETHER / together.all)
        before = self.spent(running)[0]
        time.sleep(IDLE_SECONDS)
        self.note(running.which, idle=(self.spent(running)[0] - before) / IDLE_SECONDS * 100)

    def two(self, running: Running) -> None:
        """Measure two replicas that each do all."""
        self.mentions(running, "two")

    def across(self, running: Running) -> None:
        """Measure what is committed by one replica and sent by another."""
        self.mentions(running, "across")

    def kill(self, which: str, victim: int) -> None:
        """Kill one of two replicas under load, and see when each channel goes on."""
        with FakeSlack.run(posts_per_second=0, tiers=False, allow={"late"}) as slack:
            office = Office.open(slack)
            with self.replicas(which, slack, ALL, ALL) as bots:
                killed: list[float] = []

                def kill() -> None:
                    time.sleep(KILLED_AFTER)
                    killed.append(time.time())
                    bots[victim].kill()

                number, numbers = int(2 * KILLED_AFTER * PER_SECOND), itertools.count()
                texts = itertools.cycle(("Where is my refund?", "The lid does not close."))
                sent = push_while(kill, bots, number, PER_SECOND, lambda _: mentioned(next(numbers), next(texts)))
                left = bots[1 - victim]
                left.settle(number)
                found = tally(office, left, sent)
                rooms = [
                    [float(card.ts) for card in office.cards(room) if float(card.ts) > killed[0]]
                    for room in (office.support, office.finance)
                ]
                self.note(which, on=max(min(room) for room in rooms) - killed[0])
                self.note(which, kills=1, lost=len(found.lost), twice=len(found.twice))

    def storm(self, which: str) -> None:
        """Kill a random one of three replicas each second."""
        place = self.folder / f"storm-{next(self._numbers)}"
        url = self.cluster.create_database()
        storm = weather(place, url, options(which, ALL))
        self.cluster.drop(url)
        self.note(which, kills=len(storm.kills), lost=len(storm.found.lost), twice=len(storm.found.twice))
        self.note(which, storm_p50=statistics.median(storm.waits), storm_most=storm.waits[-1])


def options(which: str, role: Sequence[str]) -> Mapping[str, object]:
    """Return how a replica is run."""
    return {"runner": (*RUNNERS[which], *role), "log_level": "WARNING"}


def is_card(one: Came) -> bool:
    """Say whether a card was posted."""
    return one.method == "chat.postMessage" and key_of(one).startswith("card:")


def mention_of(one: Came) -> int:
    """Return the mention of a card, whose key is card:MENTION:CHANNEL."""
    return int(key_of(one).split(":")[1])


def key_of(one: Came) -> str:
    """Return what the bot calls a message."""
    return str(one.body["metadata"]["event_payload"]["key"])


def server_seconds(pid: int) -> float:
    """Return the seconds of a processor that PostgreSQL has taken, by those of its processes that ended, too."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[13:15]
    living = sum(cpu_seconds(int(one)) for one in (str(pid), *children))
    return living + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


def told(what: str) -> None:
    """Tell who waits how far it is."""
    print(f"{what}; load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


def rows(bench: Bench) -> list[Row]:
    """Return what is told of it, and what the engine would have to hold to stay."""
    of = bench.figures
    kills = int(sum(of["kills"]["leases"]))
    return [
        Row(f"processor time a mention, {PER_SECOND} a second, 1 replica", of["one"], "{:.1f} ms", most=1.25),
        Row("— of it PostgreSQL’s", of["one_server"], "{:.1f} ms"),
        Row("— 2 replicas", of["two"], "{:.1f} ms", most=1.25),
        Row("— of it PostgreSQL’s", of["two_server"], "{:.1f} ms"),
        Row(f"— {AT_ONCE} at once, 1 replica", of["at_once"], "{:.1f} ms", most=1.25),
        Row("a claim over HTTP, alone, p50", of["claim"], "{:.1f} ms", most=1.15),
        Row(f"claims a second, {LINES} in flight", of["rate"], "{:,.0f}", at_least=500),
        Row("from commit to send, one replica commits, another sends, p50", of["across_p50"], "{:.0f} ms", most=1.0),
        Row("— p99", of["across_p99"], "{:.0f} ms", most=1.0),
        Row("— 2 replicas that do all, p50", of["two_p50"], "{:.0f} ms", most=1.0),
        Row("— p99", of["two_p99"], "{:.0f} ms", most=1.0),
        Row("— 1 replica, p50", of["one_p50"], "{:.0f} ms", most=1.0),
        Row("— p99", of["one_p99"], "{:.0f} ms", most=1.0),
        Row("a replica that has nothing to do, without PostgreSQL", of["idle"], "{:.1f} % of a core"),
        Row("a replica is killed: until its channel goes on, at most", of["on"], "{:.1f} s", below=10.0, of=max),
        Row("3 replicas, one killed each second: a card waits, p50", of["storm_p50"], "{:.1f} s"),
        Row("— at most", of["storm_most"], "{:.1f} s", of=max),
        Row(f"lost, of {kills} kills", of["lost"], "{:.0f}", below=1, of=sum),
        Row(f"sent twice, of {kills} kills", of["twice"], "{:.0f}", below=1, of=sum),
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--storms", type=int, default=2)
    asked = parser.parse_args()
    if (packages := installed()) is None:
        print("Procrastinate is not installed, so there is nothing to compare: `make bench-engine` installs it.")
        return
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server runs as nobody, and has to get at its own folder in here
        cluster = Cluster.start(DURABLE | {"track_commit_timestamp": "on"}, folder, free_port())
        try:
            bench, begun = Bench(folder, cluster, asked.rounds), os.getloadavg()[0]
            bench.in_turns(bench.one, ALL)
            bench.in_turns(bench.two, ALL, ALL)
            bench.in_turns(bench.across, WORKER, WEB)
            for number, which in itertools.product(range(asked.kills), RUNNERS):
                bench.kill(which, number % 2)
                told(f"kill, {which}, {number + 1} of {asked.kills}")
            for number, which in itertools.product(range(asked.storms), RUNNERS):
                bench.storm(which)
                told(f"storm, {which}, {number + 1} of {asked.storms}")
        finally:
            cluster.stop()
            close_nursery()
    load = f"load {begun:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the end"
    print(f"{asked.rounds} rounds in turns, medians; {load}")
    print(table(rows(bench), packages))


if __name__ == "__main__":
    main()
