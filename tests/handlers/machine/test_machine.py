"""Random days: whatever people, sources and workers do in whatever order, a model of the rules agrees with the rows.

``make test-machine`` plays a thousand days of fifty steps on each database, others each time; what fails is printed as
the shortest day that hypothesis found. ``make test`` plays a few, the same ones each time.
"""

from collections.abc import Callable

import pytest

from storage.engine.database import Database
from storage.own import ownership
from tests.conftest import FIGURES
from tests.handlers.machine.day import Day
from tests.handlers.machine.world import World
from tests.harness import days as days_of
from tests.storage.search.meetings import wrong

# Where a day fails, hypothesis looks for a shorter one, for five minutes at most.
STEPS = 50
Say = Callable[[str, object], None]


def play(database: Database, say: Say, days: int, *, same: bool) -> World:
    """Play random days, all in one database; the ``same`` ones each time, or others."""
    world = World(database)
    machine = type("Day", (Day,), {"world": world})
    took = days_of.play(machine, days, STEPS, same=same)
    assert database.read(ownership.verify).trouble == ""
    assert database.read(wrong) == {}, "the index of words did not follow"
    say(FIGURES, f"{days} days on {database.engine.dialect.name} in {took:.0f} s: {figures(world)}")
    return world


def figures(world: World) -> str:
    """Say how far the days went: days on which nothing is published prove nothing."""
    done = world.steps
    right = sum(number for what, number in done.items() if what.endswith(" right"))
    refused = sum(number for what, number in done.items() if what.endswith(" refused") and "worker" not in what)
    exact, ambiguous = done["log exact"], done["log ambiguous"]
    return (
        f"{done['steps']} steps, {right} gestures done and {refused} refused, {done['published']} replies published, "
        f"{done['arrived thread']} joined in on a card and {done['arrived muted']} were muted, "
        f"{done['worker sent']} sends, {done['worker too late']} of workers that came too late; "
        f"clocks warned {done['clock warned']} times, were late {done['clock late']}, told others "
        f"{done['clock escalated']} times, asked {done['clock asked']} and gave back {done['clock returned']}; "
        f"the log alone gave the one status in {exact} looks of {exact + ambiguous}"
    )


def test_random_days_keep_the_rules_on_sqlite(in_memory: Database, record_property: Say) -> None:
    assert play(in_memory, record_property, days=24, same=True).steps["published"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_random_days_keep_the_rules_on_postgresql(database: Database, record_property: Say) -> None:
    play(database, record_property, days=4, same=True)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_days_keep_the_rules_on_sqlite(in_memory: Database, record_property: Say) -> None:
    assert play(in_memory, record_property, days=1000, same=False).steps["published"] > 200


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_thousand_days_keep_the_rules_on_postgresql(database: Database, record_property: Say) -> None:
    assert play(database, record_property, days=1000, same=False).steps["published"] > 200
