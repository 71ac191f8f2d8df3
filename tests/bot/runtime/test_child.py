"""Work in a child: what it did stays, what it loaded goes, and what went wrong is told."""

import os
import signal
import sys
from pathlib import Path

import pytest

from bot.runtime.child import ChildEnded, in_child


def test_what_a_child_did_stays_and_what_it_loaded_goes(tmp_path: Path) -> None:
    def work() -> None:
        sys.modules["loaded by the child"] = sys
        (tmp_path / "done").write_text(str(os.getpid()))

    in_child(work)
    assert "loaded by the child" not in sys.modules
    assert (tmp_path / "done").read_text() != str(os.getpid())


def test_what_goes_wrong_in_a_child_is_raised_here() -> None:
    def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        in_child(work)


def test_a_child_that_was_killed_is_told() -> None:
    with pytest.raises(ChildEnded, match="-9"):
        in_child(lambda: os.kill(os.getpid(), signal.SIGKILL))
