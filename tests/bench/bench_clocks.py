"""What clocks cost: a claim with them beside one without, and the timer's look at a hundred thousand that run.

Both kinds of claims go through the dispatcher into a SQLite file of their own, and take turns.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from handlers.base.clocks import Lease, Target, Targets
from handlers.base.command import ByToken, as_system
from handlers.base.hours import Calendar, Hours
from handlers.base.organisation import Organisation
from handlers.own.claim import ClaimMention
from handlers.own.strike import StrikeClocks, prepare_strike
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.own import clocks
from storage.own.clocks import ClockRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.states import ClockKind, Via
from tests.harness.scene import ORGANISATION, Scene

ROUNDS = 15
EACH = 40
RUNNING = 100_000
DUE = 100
_TARGETS = Targets(by_kind=dict.fromkeys(ClockKind, Target(within=timedelta(hours=4))))
_LEASE = Lease(ask=timedelta(hours=4), back=timedelta(hours=1))
_OFFICE = Hours(Calendar(timezone="Europe/Berlin", week=dict.fromkeys(range(7), ((0, 1_440),))))


def promising(lease: Lease | None = None) -> Organisation:
    """Return the sample organisation with targets in each department, and a lease where one is asked for."""
    targets = replace(_TARGETS, lease=lease)
    departments = (replace(one, hours=_OFFICE, targets=targets) for one in ORGANISATION.departments)
    return replace(ORGANISATION, departments=tuple(departments))


def opened(folder: Path, name: str, organisation: Organisation) -> Scene:
    """Return a scene in a new file."""
    engine = open_engine(f"sqlite:///{folder / name}.db")
    upgrade(engine)
    return Scene(Database(engine), organisation=organisation)


def claims(scene: Scene) -> float:
    """Return the median of some claims, in seconds."""
    who = scene.person("Ana")
    rows = [scene.arrive() for _ in range(EACH)]
    commands = [ClaimMention(who=who, reference=ByToken(row.token)) for row in rows]
    return statistics.median(_taken(partial(scene.do, one)) for one in commands)


def _taken(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def claims_beside_each_other(folder: Path) -> None:
    """Print what a claim with clocks comes to beside one without, and one with a lease besides, which begins then."""
    kinds = {"plain": ORGANISATION, "timed": promising(), "leased": promising(_LEASE)}
    scenes = [opened(folder, name, organisation) for name, organisation in kinds.items()]
    with ExitStack() as stack:
        for one in scenes:
            stack.enter_context(closing(one.database))
        rounds = [[claims(one) for one in scenes] for _ in range(ROUNDS)]
    plain, timed, leased = (statistics.median(one) * 1_000 for one in zip(*rounds, strict=True))
    ratios = [statistics.median(one[kind] / one[0] for one in rounds) for kind in (1, 2)]
    print(f"a claim: {plain:.2f} ms; with clocks {timed:.2f} ms = {ratios[0]:.2f} x (promised: at most 1.15 x)")
    print(f"a claim with clocks and a lease: {leased:.2f} ms = {ratios[1]:.2f} x")


def a_hundred_thousand(folder: Path) -> None:
    """Print what the timer's look costs, with none due and with a hundred due, beside as many claims."""
    scene = opened(folder, "many", promising())
    with closing(scene.database):
        claimed = claims(scene)
        scene.pass_time(hours=1)
        scene.database.write(lambda session: _fill(session, scene))

        def look(session: Session) -> object:
            return prepare_strike(as_system(session, scene.organisation, scene.now, Random(1), via=Via.TIMER))

        none = statistics.median(_taken(lambda: scene.database.read(look)) for _ in range(50))
        scene.pass_time(hours=2, seconds=1)
        command = StrikeClocks(job="clocks")
        due = _taken(lambda: scene.database.write(lambda session: scene.dispatcher.handle(session, command, scene.now)))
    print(f"the timer's look at {RUNNING:,} clocks, none due: {none * 1_000:.2f} ms (promised: at most 20 ms)")
    print(f"{DUE} due: {due * 1_000:.0f} ms; {DUE} claims: {claimed * DUE * 1_000:.0f} ms (promised: at most that)")


def _fill(session: Session, scene: Scene) -> None:
    sample = scene.now
    rows = [
        {
            "token": f"m{number:06}",
            "version": 1,
            "source": "blog",
            "department_id": 2,
            "status": "new",
            "topic": "",
            "reason": "",
            "ingested_at": sample,
            "changed_at": sample,
        }
        for number in range(RUNNING)
    ]
    connection = session.connection()
    connection.execute(insert(table_of(Mention)), rows)
    first = connection.exec_driver_sql("SELECT min(id) FROM mention WHERE token = 'm000000'").scalar_one()
    posts = [
        {
            "source": "blog",
            "external_id": f"sample-{number}",
            "role": "original",
            "mention_id": first + number,
            "url": "",
            "canonical_url": "",
            "digest": "",
            "title": "",
            "text": "A sample",
            "lang": "",
            "ingested_at": sample,
        }
        for number in range(DUE)
    ]
    connection.execute(insert(table_of(Post)), posts)
    late = sample + timedelta(hours=2)
    clocks.add(
        session,
        [
            ClockRow(
                mention_id=first + number,
                kind=ClockKind.FIRST_REPLY,
                cycle=1,
                target_us=_us(2 if number < DUE else 200),
                business=True,
                running_since=sample,
                due_at=late if number < DUE else sample + timedelta(hours=200),
                next_at=late if number < DUE else sample + timedelta(hours=150),
                mark_us=_us(1.5) if number < DUE else 0,
            )
            for number in range(RUNNING)
        ],
    )


def _us(hours: float) -> int:
    return int(hours * 3_600_000_000)


def main() -> None:
    """Print every row."""
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        claims_beside_each_other(Path(name))
        a_hundred_thousand(Path(name))


if __name__ == "__main__":
    main()
