"""Choosing: what is said of a ranking, so that who has much is not given more because they have much.

A model learns from what people did, and people do what it says: left alone, twenty equal departments end with three of
them doing most. So nobody is named who has half as much again as the median; of three choices the third is drawn from
those who had fewest; and what was handed on because it was suggested counts a quarter (``handlers.suggest.material``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from handlers.suggest.model import Ranked

# So far ahead of the next, in log units, a department is named on the card.
MARGIN = 1.5
TOO_MUCH = 1.5
# Below so many open ones nobody has too much.
A_FEW = 4
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Load:
    """What each department has open now, and how many of the latest mentions ended there."""

    open: Mapping[int, int]
    had: Mapping[int, int]

    def has_too_much(self, department_id: int) -> bool:
        """Say whether a department has so much more open than the others that it is not named."""
        usual = median(self.open.values()) if self.open else 0
        return self.open.get(department_id, 0) > TOO_MUCH * max(usual, A_FEW)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is named, if anybody, and the order of the first choices."""

    named: int | None
    choices: tuple[int, ...]


def choose(ranked: Sequence[Ranked], load: Load, random: Random, *, lies: int | None = None) -> Chosen:
    """Choose from a ranking for a mention that ``lies`` with a department; who has too much is left out."""
    free = [one for one in ranked if not load.has_too_much(one.department_id)]
    named = free[0].department_id if free and free[0] == ranked[0] and margin(ranked) >= MARGIN else None
    first = [one.department_id for one in free if one.department_id != lies][:2]
    others = sorted(
        (one for one in load.open if one not in (lies, *first) and not load.has_too_much(one)),
        key=lambda one: (load.had.get(one, 0), one),
    )
    third = [random.choice(others[:FEWEST])] if others else []
    return Chosen(named if named != lies else None, (*first, *third))


def margin(ranked: Sequence[Ranked]) -> float:
    """Return how far the first is ahead of the second."""
    return ranked[0].score - ranked[1].score if len(ranked) > 1 else 0.0
