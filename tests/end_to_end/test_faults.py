"""A bot that is killed at the worst moments loses nothing and shows nothing twice."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.chains import EVERY, run_chain
from tests.end_to_end.conftest import Running, Scenario
from tests.harness.postgres import Cluster

FEW, MANY = 3, 20


def kill_often(point: str, times: int, folder: Path) -> str:
    """Kill at one point; returns the figures."""
    figures = run_chain(point, folder, times)
    assert not figures.wrong, f"{figures}\n{figures.wrong}"
    return str(figures)


SCENARIOS: dict[str, Scenario] = {
    f"{times} x {point}": partial(kill_often, point, times) for times in (FEW, MANY) for point in EVERY
}


@pytest.mark.turns
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith(f"{FEW} x")])
def test_nothing_is_lost_or_doubled_by_a_kill(scenario: str, running: Running, say: Callable[[str], None]) -> None:
    say(running[scenario].result())


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith(f"{MANY} x")])
def test_nothing_is_lost_or_doubled_by_twenty_kills(
    scenario: str, running: Running, say: Callable[[str], None]
) -> None:
    say(running[scenario].result())


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before commit", "sending written", "accepted before the answer", "leased"])
def test_nothing_is_lost_or_doubled_on_postgresql(
    point: str, tmp_path: Path, cluster: Cluster, say: Callable[[str], None]
) -> None:
    # A lease outlives its process there, since others may hold it: each kill costs a minute.
    figures = run_chain(point, tmp_path, 1, cluster.create_database())
    assert not figures.wrong, figures.wrong
    say(f"PostgreSQL, {figures}")
