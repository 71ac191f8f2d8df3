"""Whatever meets whatever, in whatever order: the index has what each mention says, and no word that was taken away."""

import itertools
from collections.abc import Iterator

import pytest

from storage.engine.database import Database
from tests.harness.engines import open_sharing
from tests.harness.scene import Scene
from tests.storage.search.meetings import POINTS, WORKS, meet

ROUNDS = 5
# What went wrong once, or would first.
SOME = [
    ("filling", "an edit", "words read"),
    ("an edit", "filling", "before the index"),
    ("an arrival", "who is gone", "words read"),
    ("a new name", "filling", "before the index"),
    ("an edit", "a hand-off", "words read"),
    ("a hand-off", "filling", "before the index"),
]


@pytest.fixture
def other(scene: Scene, database_url: str) -> Iterator[Scene]:
    """The same on another replica."""
    database = Database(open_sharing(database_url))
    yield Scene(database, numbers=scene.numbers)
    database.close()


@pytest.mark.race
@pytest.mark.parametrize(("first", "second", "point"), SOME)
def test_two_meet(scene: Scene, other: Scene, first: str, second: str, point: str) -> None:
    meet(scene, other, first, second, point)


@pytest.mark.slow
@pytest.mark.race
@pytest.mark.parametrize("point", POINTS)
def test_all_meet_all_again_and_again(scene: Scene, other: Scene, point: str) -> None:
    everybody = itertools.product(range(ROUNDS), WORKS, WORKS)
    for number, (_, first, second) in enumerate(everybody):
        meet(scene, other, first, second, point, number)
