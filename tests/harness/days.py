"""Random days: a stateful test of hypothesis, played as often as is asked for."""

import time
from collections.abc import Collection

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play(
    machine: type[RuleBasedStateMachine],
    days: int,
    steps: int,
    *,
    same: bool = False,
    phases: Collection[Phase] = tuple(Phase),
) -> float:
    """Play this many days of so many steps, the ``same`` ones each time or others; returns the seconds that it took."""
    chosen = settings(
        max_examples=days,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        derandomize=same,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    began = time.monotonic()
    run_state_machine_as_test(machine, settings=chosen)
    return time.monotonic() - began
