"""Whether work grows with the length of its text, or with the square of it: told by the processor time it takes.

Sixteen times the text is sixteen times the work, or 256 times. The bound lies well between, and what a busy machine
adds is taken out: only this thread's own time counts, the least of several rounds, and the long text gets more of them
for as long as it seems to be over the bound.
"""

import time
from collections.abc import Callable

SHORT, LONG = 2_500, 40_000
BOUND = 40
ROUNDS = 12


def assert_linear(work: Callable[[str], object], text_of: Callable[[int], str]) -> None:
    """Fail when ``work`` takes far more for a long text than its length explains; ``text_of`` takes the length."""

    def cost(text: str) -> float:
        started = time.thread_time()
        work(text)
        return time.thread_time() - started

    short, long = text_of(SHORT), text_of(LONG)
    costs = []
    base = min(cost(short) for _ in range(ROUNDS))
    for _ in range(ROUNDS):
        base = min(base, cost(short))
        costs.append(cost(long))
        if min(costs) < BOUND * base:
            return
    raise AssertionError(
        f"{LONG:,} characters cost {min(costs) * 1000:.2f} ms, {min(costs) / base:.0f} times what {SHORT:,} cost"
    )
