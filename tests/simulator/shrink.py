"""Shrinking: of a day on which a promise breaks, leave out all without which it breaks as well."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from tests.simulator.plan import Plan

Breaks = Callable[[Plan], bool]


def shrink(plan: Plan, breaks: Breaks) -> Plan:
    """Return the smallest day that delta debugging finds, on which it still breaks.

    Halves are left out, then quarters, and so on, until no single entry can go any more (Zeller, Hildebrandt:
    Simplifying and isolating failure-inducing input, 2002).
    """
    numbers = [one.number for one in plan.entries]
    parts = 2
    while len(numbers) > 1:
        for part in _cut(numbers, parts):
            left = [one for one in numbers if one not in part]
            if breaks(plan.only(left)):
                numbers, parts = left, max(parts - 1, 2)
                break
        else:
            if parts >= len(numbers):
                break
            parts = min(2 * parts, len(numbers))
    return plan.only(numbers)


def _cut(numbers: Sequence[int], parts: int) -> list[Sequence[int]]:
    bounds = [len(numbers) * part // parts for part in range(parts + 1)]
    return [numbers[first:last] for first, last in pairwise(bounds) if last > first]
