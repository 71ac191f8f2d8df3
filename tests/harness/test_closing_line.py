"""The last lines of a run tell what ran, what did not, and why."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.patience import HANG_SECONDS
from tests.harness.processes import bytecode

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.process

SAMPLE = """
import pytest

def test_right():
    pass

def test_wrong():
    assert False

def test_without_its_tool():
    pytest.skip("the tool is not installed")

@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.skipif(True, reason="not on this machine")
def test_elsewhere(number):
    pass

@pytest.fixture
def broken():
    raise RuntimeError

def test_that_cannot_start(broken):
    pass

@pytest.mark.slow
def test_slow():
    pass

@pytest.mark.desk
def test_desk(chromium_path):
    pass
"""


def run(tmp_path: Path, *arguments: str) -> list[str]:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    desk\n")
    settings = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "-c", str(tmp_path / "pytest.ini")]
    order = [sys.executable, "-m", "pytest", *settings, *arguments, str(tmp_path / "test_sample.py")]
    # A PATH of its own, so that this machine's Chromium is out of sight.
    environment = {"PATH": str(tmp_path), **bytecode()}
    told = subprocess.run(order, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)
    return told.stdout.splitlines()


def test_the_last_line_holds_the_figures_and_the_reasons_stand_above(tmp_path: Path) -> None:
    assert run(tmp_path, "-n", "2")[-5:] == [
        "2 skipped: not on this machine",
        "1 skipped: the tool is not installed",
        "1 skipped: Chromium is not installed (make test-desk installs it)",
        "1 not asked for (make test-slow runs the slow ones)",
        "1 passed, 2 failed, 4 skipped",
    ]


def test_what_is_slow_runs_when_it_is_asked_for_and_what_needs_a_browser_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "chromium").write_text("")
    (tmp_path / "chromium").chmod(0o755)
    assert run(tmp_path, "-m", "slow or desk")[-1] == "2 passed, 0 failed, 0 skipped"
