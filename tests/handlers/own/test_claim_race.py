"""The race: of any number of people who claim at once one wins, and the others are told who."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from handlers.people.accounts import Account, learn_account
from storage.engine.postgres import WRITERS
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.people import people
from tests.handlers.own.race import CLAIMS, Told, claim_at_once
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

ROUNDS = 20
NAMES = tuple(f"P{number:02}" for number in range(16))
ROOT = Path(__file__).parents[3]
# One process has an SQLite file to itself, so there is nobody to race with.
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def hire(scene: Scene, names: Sequence[str]) -> None:
    """Make everybody known at once."""
    accounts = [Account(platform="slack", workspace="T1", external_id=f"U{name.upper()}", name=name) for name in names]
    scene.database.write(lambda session: [learn_account(session, one, scene.now) for one in accounts])


def faults(scene: Scene, mention: MentionRow, told: Sequence[Told]) -> list[str]:
    """Return what is wrong after a race; empty when one owns it, all others know who, and the log has one row."""
    found = []
    winners = [one.name for one in told if one.ok]
    now = scene.look(mention)
    names = scene.database.read(lambda session: people.names(session, [now.owner_id]))
    owner = names.get(now.owner_id or 0, "nobody")
    if winners != [owner]:
        found.append(f"{len(winners)} were told that it is theirs, and {owner} has it")
    if any(not one.text.startswith(f"{owner} has #{mention.token} already") for one in told if not one.ok):
        found.append("somebody was not told who has it")
    if scene.log(mention) != ["arrived", "claimed"]:
        found.append(f"the log says {scene.log(mention)}")
    return found


def race(scene: Scene, claim: str, names: Sequence[str], rounds: int = ROUNDS) -> list[list[str]]:
    """Race for ``rounds`` mentions; returns what was wrong in each."""
    hire(scene, names)
    found = []
    for _ in range(rounds):
        mention = scene.arrive()
        found.append(faults(scene, mention, claim_at_once(scene.database, CLAIMS[claim], mention.token, names)))
    return found


def test_of_many_who_claim_at_once_one_wins_and_the_others_are_told_who(scene: Scene) -> None:
    assert race(scene, "true", NAMES) == [[]] * ROUNDS
    assert scene.database.read(ownership.verify).trouble == ""


def test_people_whom_we_never_met_race_by_the_same_rule(scene: Scene) -> None:
    mention = scene.arrive()
    told = claim_at_once(scene.database, CLAIMS["true"], mention.token, NAMES[:10])
    assert faults(scene, mention, told) == []


def test_the_race_finds_a_claim_that_reads_before_it_writes(scene: Scene) -> None:
    found = race(scene, "naive", NAMES[:WRITERS], rounds=5)
    if scene.engine.dialect.name == "sqlite":
        assert found == [[]] * 5, "SQLite has one writer, which hides the fault: why the race runs on both"
    else:
        assert any("were told that it is theirs" in fault for faults in found for fault in faults)


# --- two processes ---------------------------------------------------------------------------------------------------


@contextmanager
def racer(url: str, claim: str, names: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """Start another process that races with eight connections of its own, and wait until it is ready."""
    command = [sys.executable, "-m", "tests.handlers.own.race", url, claim, ",".join(names)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()
        assert process.wait(HANG_SECONDS) == 0


def race_of_processes(scene: Scene, url: str, claim: str, rounds: int) -> list[list[str]]:
    """Let two processes, with half of the people each, race for each mention."""
    hire(scene, NAMES)
    found = []
    with ExitStack() as stack:
        racers = [stack.enter_context(racer(url, claim, NAMES[part::2])) for part in range(2)]
        for _ in range(rounds):
            mention = scene.arrive()
            for one in racers:
                print(mention.token, file=one.stdin, flush=True)
            lines = [one.stdout.readline() for one in racers if one.stdout is not None]
            told = [Told(*row) for line in lines for row in json.loads(line)]
            assert len(told) == len(NAMES)
            found.append(faults(scene, mention, told))
    return found


@ON_POSTGRESQL
def test_two_processes_with_eight_connections_each_make_one_owner(scene: Scene, database_url: str) -> None:
    assert race_of_processes(scene, database_url, "true", ROUNDS) == [[]] * ROUNDS
    assert scene.database.read(ownership.verify).trouble == ""


@ON_POSTGRESQL
def test_two_processes_find_a_claim_that_reads_before_it_writes(scene: Scene, database_url: str) -> None:
    found = race_of_processes(scene, database_url, "naive", 5)
    assert any("were told that it is theirs" in fault for faults in found for fault in faults)
