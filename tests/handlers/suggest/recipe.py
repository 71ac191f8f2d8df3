"""A recipe of posts: ten departments, of which the first hears most, and few words that tell them apart.

Departments come by Zipf, and a post is twelve words of two thousand, the n-th of them as often as 1/n. Two of the
twelve are, with a chance of 0.6 each, from five words that are the department's own. Every fifth ends anywhere, and the
last department is new when 1,500 posts have come.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from handlers.suggest.centroid import Example
from handlers.suggest.features import written
from handlers.suggest.model import Model

DEPARTMENTS, WORDS, LENGTH, NEW_AT = 10, 2_000, 12, 1_500
_OWN, _TWO, _CHANCE, _ANYWHERE = 5, 2, 0.6, 0.2
_BY_ZIPF = list(accumulate(1 / (n + 1) for n in range(DEPARTMENTS)))
_BY_RANK = list(accumulate(1 / (n + 1) for n in range(WORDS)))


def word(number: int) -> str:
    """Return a word that looks like one, and is like no other."""
    chance, letters = Random(number), ("bdfgklmnprstvz", "aeiou")
    return "".join(chance.choice(some) for _ in range(chance.choice((2, 3, 3, 4))) for some in letters)


def posts(seed: int, number: int, *, anywhere: float = _ANYWHERE, called: Callable[[int], str] = word) -> list[Example]:
    """Return posts, the oldest first, each with the department where it ended (1 to 10)."""
    chance = Random(seed)
    return [_post(chance, place, anywhere, called) for place in range(number)]


def _post(chance: Random, place: int, anywhere: float, called: Callable[[int], str]) -> Example:
    here = DEPARTMENTS if place >= NEW_AT else DEPARTMENTS - 1
    about = chance.choices(range(here), cum_weights=_BY_ZIPF[:here])[0]
    said = chance.choices(range(WORDS), cum_weights=_BY_RANK, k=LENGTH)
    for spot in chance.sample(range(LENGTH), _TWO):
        if chance.random() < _CHANCE:
            said[spot] = WORDS + about * _OWN + chance.randrange(_OWN)
    ended = chance.randrange(here) if chance.random() < anywhere else about
    return Example(place + 1, f"t{place:04}", " ".join(map(called, said)), ended + 1, 1.0, 0)


def first_three(model: Model, asked: Sequence[Example]) -> float:
    """Return of which share of posts the department was among the first three."""
    return share(asked, lambda text: [one.department_id for one in model.rank(written(text))])


def share(asked: Sequence[Example], ranked: Callable[[str], Sequence[int]]) -> float:
    """Return of which share of posts the department was among the first three of a ranking."""
    return sum(one.department_id in ranked(one.text)[:3] for one in asked) / len(asked)
