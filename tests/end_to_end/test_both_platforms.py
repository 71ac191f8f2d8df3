"""One mention on Slack and Teams at once: whoever claims first on either has it, and both cards say so."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.both import EACH, RunningOnBoth, running_on_both
from tests.harness.engines import migrate
from tests.harness.postgres import Cluster

FEW, MANY = 2, 25
KILLS, MANY_KILLS = 2, 20


def race(room: RunningOnBoth, rounds: int) -> str:
    """Run so many rounds; returns the figures."""
    begun = time.monotonic()
    room.start()
    room.bring(rounds)
    slowest = max(room.race(external_id) for external_id in list(room.shown))
    assert room.copies() == 0
    room.verify()
    return (
        f"{rounds} rounds of {EACH} on Slack and {EACH} on Teams at {len(room.bots)} process(es): 1 owner, "
        f"{2 * EACH - 1} told who, 1 log row each, both cards agree; slowest answer {slowest:.2f} s, "
        f"{time.monotonic() - begun:.0f} s"
    )


def kill(room: RunningOnBoth, rounds: int, seed: int) -> str:
    """Run so many rounds with a kill in each; returns the figures."""
    chance = random.Random(seed)
    begun = time.monotonic()
    room.start()
    room.bring(rounds)
    acknowledged = [room.race_and_kill(external_id, chance) for external_id in list(room.shown)]
    copies = room.copies()
    assert copies <= rounds, f"{copies} copies on Teams after {rounds} kills"
    room.verify()
    return (
        f"{rounds} kills among {2 * EACH} presses on Slack and Teams, {sum(acknowledged)} answered before: "
        f"1 owner each, none lost, both cards agree, {copies} second card(s) on Teams, {time.monotonic() - begun:.0f} s"
    )


def test_one_of_fifty_on_two_platforms_has_it_and_both_cards_agree(tmp_path: Path, say: Callable[[str], None]) -> None:
    with running_on_both(tmp_path) as room:
        say(f"SQLite, {race(room, FEW)}")


def test_one_of_fifty_on_two_platforms_has_it_on_postgresql(
    tmp_path: Path, cluster: Cluster, say: Callable[[str], None]
) -> None:
    url = cluster.create_database(cluster.template(migrate))
    with running_on_both(tmp_path, processes=2, database_url=url) as room:
        say(f"PostgreSQL, {race(room, FEW)}")


def test_a_kill_among_the_presses_changes_no_owner_on_either_platform(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    with running_on_both(tmp_path) as room:
        say(f"SQLite, {kill(room, KILLS, 1)}")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_of_fifty_on_two_platforms_again_and_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, say: Callable[[str], None]
) -> None:
    with running_on_both(tmp_path, database_url=_database(kind, request)) as room:
        say(f"{kind}, {race(room, MANY)}")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kills_among_the_presses_again_and_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, say: Callable[[str], None]
) -> None:
    # On PostgreSQL a lease outlives its process, since others may hold it: each kill costs a minute.
    with running_on_both(tmp_path, database_url=_database(kind, request)) as room:
        say(f"{kind}, {kill(room, MANY_KILLS if kind == 'sqlite' else 3, 2)}")


def _database(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return ""
    running: Cluster = request.getfixturevalue("cluster")
    return running.create_database(running.template(migrate))
