"""How long tests wait: for as long as it takes, since a busy machine is no fault of what is tested.

``HANG_SECONDS`` costs nothing unless a test hangs anyway; it only has to end before pytest's own time-out does, which
cannot say what was waited for. Whether something came in time is told by ``tests.harness.bare``, never by a wait.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

HANG_SECONDS = 240.0
LOOK_SECONDS = 0.02

T = TypeVar("T")


def wait_until(look: Callable[[], T], told: Callable[[], object] = lambda: "") -> T:
    """Wait until ``look`` gives something true, and return it; what ``told`` says goes into the failure."""
    deadline = time.monotonic() + HANG_SECONDS
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not so after {HANG_SECONDS:.0f} s. {told()}"
        time.sleep(LOOK_SECONDS)
    return answer


async def until(look: Callable[[], T], told: Callable[[], object] = lambda: "") -> T:
    """Wait as ``wait_until`` does, in a loop."""
    deadline = time.monotonic() + HANG_SECONDS
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not so after {HANG_SECONDS:.0f} s. {told()}"
        await asyncio.sleep(LOOK_SECONDS)
    return answer
