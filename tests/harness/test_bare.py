"""A promise in seconds is kept or broken beside a bare server, which is as slow as the machine is."""

import os
import signal
import threading
import time

import pytest

from tests.harness import patience
from tests.harness.bare import ASK_SECONDS, bare, promised
from tests.harness.patience import wait_until


def test_who_is_late_on_a_machine_that_is_not_busy_enough_is_told() -> None:
    with (
        pytest.raises(AssertionError, match=r"an answer: 1\.\d+ s, and 0\.01 s are promised"),
        promised(0.01, "an answer"),
    ):
        time.sleep(1)


def test_who_is_in_time_asks_nobody() -> None:
    before = len(bare()._answers)
    with promised(ASK_SECONDS, "an answer"):
        pass
    assert len(bare()._answers) == before


@pytest.mark.process
def test_a_promise_is_stretched_by_what_the_machine_takes_from_everybody() -> None:
    began = time.monotonic()
    bare().ask()
    os.kill(bare().server.pid, signal.SIGSTOP)
    threading.Timer(1.0, os.kill, (bare().server.pid, signal.SIGCONT)).start()
    assert bare().ask().delay > 0.8
    assert bare().allowed(0.2, began) > 0.8 + 0.2


def test_work_that_is_interrupted_stretches_it_and_work_that_is_not_does_not() -> None:
    began = time.monotonic()
    answer = bare().ask()
    assert answer.stretch >= 1
    assert bare().allowed(2, began) >= 2 * answer.stretch


def test_a_wait_that_is_in_vain_says_what_it_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HANG_SECONDS", 0.05)
    assert wait_until(lambda: "there") == "there"
    with pytest.raises(AssertionError, match=r"not so after 0 s\. The log says nothing."):
        wait_until(lambda: False, lambda: "The log says nothing.")
