"""A replica is killed in the middle: what it did not commit is due still, and nothing that was taken away is found."""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.search import due
from tests.harness.engines import open_sharing
from tests.harness.patience import HANG_SECONDS
from tests.harness.processes import bytecode
from tests.harness.scene import Scene
from tests.storage.search.killed import POINTS, WORKS
from tests.storage.search.meetings import require_right, wrong

ROOT = Path(__file__).resolve().parents[3]
MENTIONS = 6
KILLS = 3


def kill(scene: Scene, url: str, work: str, point: str, number: int) -> None:
    """Let some mentions arrive that the index does not know, and a replica die at its work."""
    for one in range(MENTIONS):
        scene.arrive(f"An old refund {one}")
    if work == "filling":
        scene.database.write(due.begin_anew)
    order = [sys.executable, "-m", "tests.storage.search.killed", url, work, point, str(number)]
    ended = subprocess.run(order, cwd=ROOT, timeout=HANG_SECONDS, env={**os.environ, **bytecode()}, check=False)
    assert ended.returncode == -signal.SIGKILL
    scene.database.read(require_only_due)
    require_right(scene.database)


def require_only_due(session: Session) -> None:
    """Whatever the index lacks is due; it says nothing that no mention says."""
    left = due.left(session)
    for mention_id, (stands, should) in wrong(session).items():
        assert left is not None
        assert mention_id <= left.newest
        assert stands <= should


@pytest.mark.process
@pytest.mark.parametrize(("work", "point"), [("filling", "words written")])
def test_killed_in_the_middle(scene: Scene, database_url: str, work: str, point: str) -> None:
    kill(scene, database_url, work, point, 1)


@pytest.mark.slow
@pytest.mark.process
def test_killed_everywhere(scene: Scene, database_url: str) -> None:
    for work, point, number in itertools.product(WORKS, POINTS, range(1, KILLS + 1)):
        kill(scene, database_url, work, point, number)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("point", POINTS)
def test_killed_while_another_replica_fills_and_mentions_arrive(scene: Scene, database_url: str, point: str) -> None:
    for number in range(1, KILLS + 1):
        for one in range(MENTIONS * 4):
            scene.arrive(f"An old refund {one}")
        scene.database.write(due.begin_anew)
        order = [sys.executable, "-m", "tests.storage.search.killed", database_url, "filling", point, str(number)]
        dying = subprocess.Popen(order, cwd=ROOT, env={**os.environ, **bytecode()})
        other = Database(open_sharing(database_url))
        while dying.poll() is None:
            scene.arrive("One more refund")
            other.write(lambda session: due.take_up(session, 1))
        other.close()
        assert dying.returncode in (0, -signal.SIGKILL)  # the other one may have filled it all before
        scene.database.read(require_only_due)
        require_right(scene.database)
