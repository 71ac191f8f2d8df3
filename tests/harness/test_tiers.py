"""A run is asked for a tier, and every test belongs to one; what is left for another day is told."""

import argparse
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.harness.processes import bytecode
from tests.harness.tiers import PARTS, a_day, is_rule, part_of, why_left_out
from tests.harness.workers import module_names

ROOT = Path(__file__).parents[2]
DAY = "2026-03-02"
RULES = """
import pytest

from tests.harness.processes import bytecode
@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return request.param

@pytest.mark.parametrize("number", range(20))
def test_a_rule(database_url, number):
    pass

@pytest.mark.race
def test_several_at_once(database_url):
    pass

@pytest.mark.process
def test_of_a_process():
    pass

def test_pure():
    pass
"""


def run(folder: Path, *arguments: str) -> list[str]:
    for place in ("tests/handlers", "tests/storage"):
        (folder / place).mkdir(parents=True)
        (folder / place / f"test_in_{place[6:]}.py").write_text(RULES)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    desk\n    race\n    process\n")
    settings = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "-c", str(folder / "pytest.ini")]
    order = [sys.executable, "-m", "pytest", *settings, *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **bytecode()}
    told = subprocess.run(order, cwd=folder, env=environment, capture_output=True, text=True)
    return told.stdout.splitlines()


def passed(lines: list[str]) -> int:
    return int(lines[-1].split()[0])


def todays(day: str) -> int:
    """Return how many of the sample's rules are asked on PostgreSQL on a day."""
    turn = date.fromisoformat(day).toordinal() % PARTS
    ids = [f"tests/handlers/test_in_handlers.py::test_a_rule[postgresql-{number}]" for number in range(20)]
    return sum(part_of(one) == turn for one in ids)


@pytest.mark.process
def test_a_fifth_of_the_rules_runs_on_postgresql_and_the_day_is_told(tmp_path: Path) -> None:
    lines = run(tmp_path, "--day", DAY, "-n", "1")
    left = 20 - todays(DAY)
    assert 0 < left < 20
    assert passed(lines) == 2 * (40 + 2 + 2) - left
    assert lines[-2].startswith(f"{left} not asked for (on PostgreSQL on {DAY};")


RULE = "tests/handlers/own/test_claim.py::test_a_rule"


def asked(
    *names: str, tier: str = "usual", marks: str = "", nodeid: str = RULE, day: str = DAY, **item: object
) -> bool:
    """Return whether a run of ``names`` has a test, which takes PostgreSQL unless ``item`` says otherwise."""
    option = SimpleNamespace(tier=tier, markexpr=marks, day=day)
    values = {"fixturenames": (), "callspec": SimpleNamespace(params={"database_url": "postgresql"}), "own": ()} | item
    test = SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda name: name in values["own"], **values)  # type: ignore[operator]
    return not why_left_out(test, SimpleNamespace(option=option, args=names))  # type: ignore[arg-type]


def another_days() -> str:
    """Return the id of a rule that has its turn on another day."""
    today = date.fromisoformat(DAY).toordinal() % PARTS
    return next(one for one in (f"{RULE}_{number}[postgresql]" for number in range(20)) if part_of(one) != today)


def test_what_is_named_by_file_or_by_mark_is_asked_whatever_the_day() -> None:
    other = another_days()
    assert not asked("tests", nodeid=other)
    assert not asked("tests/handlers/own", nodeid=other)
    assert asked("tests", nodeid=other, tier="full")
    assert asked("tests/handlers/own/test_claim.py", nodeid=other)
    assert asked(other, nodeid=other)
    assert asked("tests", nodeid=other, marks="race")
    assert asked("tests", nodeid=other, own=("race",))


def test_of_many_of_a_kind_a_third_runs_a_day_and_all_within_three() -> None:
    def runs(number: int, day: int, tier: str = "usual") -> bool:
        name = f"tests/end_to_end/test_faults.py::test_a_kill[{number}]"
        return asked("tests", tier=tier, nodeid=name, day=f"2026-03-0{day}", own=("turns",), callspec=None)

    assert all(sum(runs(number, day) for day in (2, 3, 4)) == 1 for number in range(9))
    assert all(any(runs(number, day) for number in range(9)) for day in (2, 3, 4))
    assert all(runs(number, 2, tier="full") for number in range(9))


def test_the_fast_tier_has_neither_postgresql_nor_a_process_nor_a_browser() -> None:
    on_sqlite = SimpleNamespace(params={"database_url": "sqlite"})
    assert asked("tests", tier="fast", callspec=on_sqlite)
    assert asked("tests", tier="fast", callspec=None)
    assert not asked("tests", tier="fast")
    assert not asked("tests", tier="fast", callspec=SimpleNamespace(params={"kind": "postgresql"}))
    assert not asked("tests", tier="fast", callspec=None, fixturenames=("cluster",))
    assert not asked("tests", tier="fast", callspec=None, own=("process",))
    assert not asked("tests", tier="fast", callspec=None, nodeid="tests/end_to_end/test_hostile.py::test_one")


@pytest.mark.parametrize("written", ["monday", "2026-13-01", ""])
def test_a_day_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a date such as 2026-03-02 is asked for"):
        a_day(written)


def test_in_five_days_every_rule_had_its_turn_on_postgresql_once() -> None:
    ids = [f"tests/handlers/test_x.py::test_{number}[postgresql]" for number in range(200)]
    first = date.fromisoformat(DAY).toordinal()
    for one in ids:
        assert [part_of(one) == (first + day) % PARTS for day in range(PARTS)].count(True) == 1
    by_day = [sum(part_of(one) == (first + day) % PARTS for one in ids) for day in range(PARTS)]
    assert min(by_day) > 20
    assert (date.fromisoformat(DAY) + timedelta(days=PARTS)).toordinal() % PARTS == first % PARTS


@pytest.mark.parametrize(
    ("nodeid", "rule"),
    [
        ("tests/handlers/own/test_claim.py::test_one[postgresql]", True),
        ("tests/bot/test_delivery.py::test_one[postgresql]", True),
        ("tests/handlers/own/test_claim_race.py::test_one[postgresql]", False),
        ("tests/handlers/own/test_meeting.py::test_one[postgresql]", False),
        ("tests/storage/test_board.py::test_one[postgresql]", False),
        ("tests/end_to_end/test_faults.py::test_one[postgresql]", False),
    ],
)
def test_a_rule_is_told_by_its_place(nodeid: str, rule: bool) -> None:
    assert is_rule(nodeid) is rule


def test_workers_share_modules_by_the_names_that_pytest_gives_them(request: pytest.FixtureRequest) -> None:
    names = list(module_names(request.config.rootpath, ["tests"]))
    assert __name__ in names
    assert len(names) == len(set(names))
