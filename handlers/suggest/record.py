"""Record: whether suggestions were worth more than the most frequent departments would have been, by what came of them.

Each mention was ranked as it came, and is judged by where it ended. It has to be ahead by five points of a hundred over
the last hundred. Whoever looks often enough sees that by chance, too; so a gambler bets against chance, from an even
purse, each time that exactly one of both was right, and has to have become a thousand times as rich: by chance, no more
than one of a thousand ever does, however often one looks (Ville's inequality).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

LAST = 100
AHEAD = 0.05
_STAKE, _RICH = 0.3, log(1_000)
_MOST, _A_THIRD = 3, 3


@dataclass(frozen=True, slots=True)
class Rated:
    """What was suggested for a mention, what the most frequent departments were then, and where it ended."""

    names: tuple[int, ...]
    usual: tuple[int, ...]
    ended: int


@dataclass(frozen=True, slots=True)
class Record:
    """How often the suggested, and the most frequent, were right, of how many; and whether that is enough to speak."""

    hits: int
    usual: int
    of: int
    earned: bool


def among(departments: int) -> int:
    """Return among how many of the suggested a department has to be: the first three, or the first third of few.

    Of three departments any is among three.
    """
    return min(_MOST, max(1, departments // _A_THIRD))


def judge(rated: Sequence[Rated], departments: int) -> Record:
    """Judge by what was rated, the oldest first."""
    most = among(departments)
    hits = [one.ended in one.names[:most] for one in rated]
    usual = [one.ended in one.usual[:most] for one in rated]
    ours, theirs, of = sum(hits[-LAST:]), sum(usual[-LAST:]), min(len(rated), LAST)
    ahead = of == LAST and ours - theirs >= AHEAD * of
    return Record(ours, theirs, of, ahead and _is_no_chance(hits, usual))


def _is_no_chance(hits: Sequence[bool], usual: Sequence[bool]) -> bool:
    purse, richest = 0.0, 0.0
    for ours, theirs in zip(hits, usual, strict=True):
        if ours != theirs:
            purse += log(1 + _STAKE) if ours else log(1 - _STAKE)
            richest = max(richest, purse)
    return richest >= _RICH
