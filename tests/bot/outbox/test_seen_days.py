"""Random days: names, departments, charters, posts and drafts change, and nothing reaches the public unseen.

``make test-slow`` plays many days on each database, ``make test`` a few, others each time; what fails is printed as
the shortest day that hypothesis found.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from storage.engine.database import Database
from tests.bot.outbox.seen import SeenDay
from tests.conftest import FIGURES
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness import days as days_of
from tests.harness.scene import Scene

STEPS = 40
Say = Callable[[str, object], None]


def play(database: Database, say: Say, days: int) -> Counter[str]:
    """Play random days in one database, and say how far they went: days without a reply prove nothing."""
    steps: Counter[str] = Counter()
    house = RepliesInstallation(Scene(database))
    machine = type("Day", (SeenDay,), {"house": house, "steps": steps, "keys": itertools.count(1), "chance": Random(1)})
    took = days_of.play(machine, days, STEPS)
    say(FIGURES, f"{days} days on {database.engine.dialect.name} in {took:.0f} s: {dict(sorted(steps.items()))}")
    return steps


def test_on_random_days_nothing_reaches_the_public_unseen_on_sqlite(in_memory: Database, record_property: Say) -> None:
    play(in_memory, record_property, days=12)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_random_days_nothing_reaches_the_public_unseen_on_postgresql(
    database: Database, record_property: Say
) -> None:
    play(database, record_property, days=3)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_on_many_days_nothing_reaches_the_public_unseen_on_sqlite(in_memory: Database, record_property: Say) -> None:
    assert play(in_memory, record_property, days=600)["worked published"] > 200


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_many_days_nothing_reaches_the_public_unseen_on_postgresql(database: Database, record_property: Say) -> None:
    assert play(database, record_property, days=300)["worked published"] > 100
