"""Play many days, or one of them once more: ``make simulate SEEDS=10000``, ``make simulate SEED=85``."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from tests.simulator.bugs import BUGS, planted
from tests.simulator.found import Broken
from tests.simulator.plan import Plan, draw
from tests.simulator.replica import plugged_in
from tests.simulator.shrink import shrink
from tests.simulator.world import World, play

_CHUNK = 25


@dataclass
class Share:
    """What some days came to: how many there were, what happened on them, and which broke a promise."""

    days: int = 0
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    broken: dict[int, Broken] = field(default_factory=dict)

    def add(self, other: "Share") -> None:
        """Take in other days."""
        self.days += other.days
        self.seconds += other.seconds
        self.done.update(other.done)
        self.broken.update(other.broken)

    def __str__(self) -> str:
        crashes = sum(number for what, number in self.done.items() if what.startswith("crash"))
        what = f"{self.done['arrived']} mentions, {self.done['reply published']} replies published, {crashes} crashes"
        gestures = sum(number for what, number in self.done.items() if not what.startswith(("crash", "reply ")))
        return f"{what}, {gestures} rows of the log"


def play_some(seeds: list[int]) -> Share:
    """Play the days of these seeds, in this process."""
    share = Share()
    with plugged_in():
        for seed in seeds:
            began = time.process_time()
            world = play(draw(seed))
            share.seconds += time.process_time() - began
            share.days += 1
            share.done.update(world.done)
            if world.found is not None:
                share.broken[seed] = world.found
    return share


def chunks(first: int, number: int) -> Iterator[list[int]]:
    """Cut the seeds into pieces of work."""
    for start in range(first, first + number, _CHUNK):
        yield list(range(start, min(start + _CHUNK, first + number)))


def play_all(first: int, number: int, jobs: int) -> Share:
    """Play many days in several processes, with a line of progress."""
    total, began = Share(), time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(play_some, one) for one in chunks(first, number)]):
            total.add(done.result())
            for seed, broken in sorted(done.result().broken.items()):
                print(f"\nSeed {seed}: {broken}\n  make simulate SEED={seed}", flush=True)
            left = (time.monotonic() - began) / total.days * (number - total.days)
            told = f"{total.days}/{number} days, {len(total.broken)} broken, {left:.0f} s to go"
            print(f"\r{told}   " if sys.stdout.isatty() else told, end="" if sys.stdout.isatty() else "\n", flush=True)
    print(
        f"\n{total.days} days in {total.seconds:.0f} s of processor time: {total}. {len(total.broken)} broke a promise."
    )
    return total


def again(seed: int, only: str, *, smaller: bool) -> Broken | None:
    """Play one day once more and print its trace; where a promise breaks, of the smallest such day."""
    with plugged_in():
        plan = draw(seed)
        if only:
            plan = plan.only({int(one) for one in only.split(",")})
        found = play(plan).found
        if found is not None and smaller and not only:
            plan = _smaller(plan, found)
        world = play(plan, tracing=True)
    _print(plan, world)
    return world.found


def _smaller(plan: Plan, found: Broken) -> Plan:
    def breaks(candidate: Plan) -> bool:
        other = play(candidate).found
        return other is not None and other.promise == found.promise

    return shrink(plan, breaks)


def _print(plan: Plan, world: World) -> None:
    print("\n".join(world.trace))
    print("\nThe day:", *plan.entries, sep="\n  ")
    numbers = ",".join(str(one.number) for one in plan.entries)
    print(f"\nOnce more, as it is: make simulate SEED={plan.seed} ONLY={numbers}")
    print(f"Seed {plan.seed}: {world.found or 'every promise holds'}")


@dataclass(frozen=True, slots=True)
class Hunt:
    """After how many days a planted bug was found, if it was."""

    bug: str
    days: int
    seconds: float
    found: Broken | None

    def __str__(self) -> str:
        promise = self.found.promise if self.found else "not found"
        return f"| {self.bug} | {BUGS[self.bug].what} | {self.days} | {self.seconds:.0f} s | {promise} |"


def hunt(bug: str, first: int, most: int) -> Hunt:
    """Play days with a bug in the code until a promise breaks."""
    began = time.process_time()
    with plugged_in(), planted(bug):
        for days in range(1, most + 1):
            found = play(draw(first + days - 1)).found
            if found is not None:
                return Hunt(bug, days, time.process_time() - began, found)
    return Hunt(bug, most, time.process_time() - began, None)


def hunt_all(bugs: Sequence[str], first: int, most: int, jobs: int) -> list[Hunt]:
    """Look for every bug, and print the table."""
    print("| Bug | What is wrong | Found after days | Processor time | The promise that broke |\n|---|---|---|---|---|")
    hunts: list[Hunt] = []
    with ProcessPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(hunt, one, first, most) for one in bugs]):
            hunts.append(done.result())
            print(done.result(), flush=True)
    return hunts


def main() -> int:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many days (1000)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="in how many processes")
    parser.add_argument("--seed", type=int, help="play this one again, with its trace")
    parser.add_argument("--only", default="", help="of it, these entries alone, by number")
    parser.add_argument("--whole", action="store_true", help="do not look for a smaller day that breaks as well")
    parser.add_argument("--bugs", nargs="*", help="plant bugs, and say after how many days each is found")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON too")
    asked = parser.parse_args()
    if asked.seed is not None:
        return int(again(asked.seed, asked.only, smaller=not asked.whole) is not None)
    if asked.bugs is not None:
        hunts = hunt_all(asked.bugs or list(BUGS), asked.first, asked.seeds, asked.jobs)
        return int(any(one.found is None for one in hunts))
    total = play_all(asked.first, asked.seeds, asked.jobs)
    if asked.json:
        print(json.dumps(dict(total.done), indent=1, sort_keys=True))
    return int(bool(total.broken))


if __name__ == "__main__":
    sys.exit(main())
