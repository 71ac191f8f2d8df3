"""A hundred days on two replicas keep every promise, and a bug that is put in is found."""

from collections import Counter

import pytest

from tests.conftest import FIGURES
from tests.handlers.machine.test_machine import Say
from tests.simulator.__main__ import hunt, play_some
from tests.simulator.bugs import BUGS
from tests.simulator.plan import Plan, draw
from tests.simulator.replica import plugged_in
from tests.simulator.shrink import shrink
from tests.simulator.world import play

# So many days of a bug at most, of which most are found on the first few.
MOST_DAYS = 1_000
SHARE = 25


@pytest.mark.parametrize("share", range(4))
def test_a_hundred_days_on_two_replicas_keep_every_promise(share: int, record_property: Say) -> None:
    days = play_some(list(range(SHARE * share, SHARE * (share + 1))))
    assert {f"make simulate SEED={seed}": str(one) for seed, one in days.broken.items()} == {}
    assert days.done["arrived"] > SHARE
    assert days.done["reply published"]
    record_property(FIGURES, f"{days.days} simulated days: {days}.")


def test_a_seed_is_the_same_day_whenever_it_is_played() -> None:
    with plugged_in():
        first, again = (play(draw(7), tracing=True) for _ in range(2))
    assert first.trace == again.trace
    assert len(first.trace) > 50


# Those that most days show: how a day goes on changes with each draw of chance, and rarer ones would come and go.
@pytest.mark.parametrize("bug", ["a look-up skipped", "a key forgotten", "acknowledged before commit"])
def test_a_planted_bug_is_found(bug: str) -> None:
    assert hunt(bug, first=1, most=12).found


def test_a_failing_day_is_shrunk_to_what_it_takes() -> None:
    plan = draw(3)
    wanted = {plan.entries[2].number, plan.entries[9].number}

    def breaks(candidate: Plan) -> bool:
        return wanted <= {one.number for one in candidate.entries}

    assert {one.number for one in shrink(plan, breaks).entries} == wanted


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("bug", BUGS)
def test_every_planted_bug_is_found_within_a_thousand_days(bug: str, record_property: Say) -> None:
    found = hunt(bug, first=1, most=MOST_DAYS)
    record_property(FIGURES, f"{bug}: {found.days} days")
    assert found.found, bug


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_days_keep_every_promise(record_property: Say) -> None:
    days = play_some(list(range(1000, 2000)))
    assert {f"make simulate SEED={seed}": str(one) for seed, one in days.broken.items()} == {}
    crashes = Counter({what: number for what, number in days.done.items() if what.startswith("crash")})
    assert len(crashes) > 7
    record_property(FIGURES, f"{days.days} simulated days: {days}.")
