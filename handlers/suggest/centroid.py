"""Centroid: for each department the middle of the posts that ended there, and how many did.

It is plain arithmetic in the order of the posts, so that the same posts give the same model. It is made anew from the
posts each time, and no table holds its weights: what was forgotten is in none of them.
"""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from handlers.suggest.features import features, may_be_reason, written
from handlers.suggest.model import Model

# A word is named if so many people used it there, and it is so many times as frequent there as everywhere.
LEAST_SUPPORT, TIMES = 5, 2.0


class Example(NamedTuple):
    """A post that ended somewhere, and how much it counts; the newest come first.

    ``who`` is its author, so that what one person repeats is no reason; 0 = nobody knows.
    """

    mention_id: int
    token: str
    text: str
    department_id: int
    weight: float
    who: int


@dataclass(slots=True)
class _Use:
    """Where a word was used: the newest mention, how many there are, and by whom they were written."""

    newest: str
    times: int = 0
    people: set[int] = field(default_factory=set)


def fit(examples: Sequence[Example]) -> Model:
    """Learn from posts that ended somewhere, the newest first."""
    often = Counter(one.department_id for one in examples)
    departments = tuple(sorted(often, key=lambda one: (-often[one], one)))
    label_of = {department_id: label for label, department_id in enumerate(departments)}
    said = [written(one.text) for one in examples]
    known = Counter(number for some in said for number in features(some))
    several = {number for some in said for number, weight in features(some).items() if weight == 1 or known[number] > 1}
    numbers = array("I", sorted(several))
    idf = {number: math.log((1 + len(examples)) / (1 + known[number])) for number in numbers}
    del known, several
    middles: list[dict[int, float]] = [{} for _ in departments]
    mass = [0.0] * len(departments)
    for one, some in zip(examples, said, strict=True):
        label = label_of[one.department_id]
        mass[label] += one.weight
        values = {number: value * idf[number] for number, value in features(some).items() if number in idf}
        _add(middles[label], values, one.weight)
    total = sum(mass) + len(departments)
    return Model(
        departments,
        tuple(math.log((one + 1) / total) for one in mass),
        _reasons(examples, said, often),
        math.log(1 + len(examples)),
        _columns(numbers, idf, middles),
    )


def _add(middle: dict[int, float], values: dict[int, float], weight: float) -> None:
    length = math.sqrt(sum(value * value for value in values.values())) or 1.0
    for number, value in values.items():
        middle[number] = middle.get(number, 0.0) + weight * value / length


def _columns(
    numbers: "array[int]", idf: dict[int, float], middles: Sequence[dict[int, float]]
) -> dict[str, "array[Any]"]:
    lengths = [math.sqrt(sum(value * value for value in one.values())) or 1.0 for one in middles]
    starts, labels, weights = array("I"), array("H"), array("f")
    for number in numbers:
        starts.append(len(labels))
        for label, middle in enumerate(middles):
            if number in middle:
                labels.append(label)
                weights.append(middle[number] / lengths[label])
    starts.append(len(labels))
    known = array("f", (idf[one] for one in numbers))
    return {"numbers": numbers, "idf": known, "starts": starts, "labels": labels, "weights": weights}


def _reasons(
    examples: Sequence[Example], said: Sequence[list[str]], often: Counter[int]
) -> dict[str, dict[int, tuple[int, str]]]:
    """Return the words that may be named, with how many people used each, and the newest mention that has it."""
    times = Counter(word for some in said for word in set(some))
    common = {word for word, number in times.items() if number >= LEAST_SUPPORT and may_be_reason(word)}
    found: dict[str, dict[int, _Use]] = {}
    for place, (one, some) in enumerate(zip(examples, said, strict=True)):
        for word in dict.fromkeys(filter(common.__contains__, some)):
            use = found.setdefault(word, {}).setdefault(one.department_id, _Use(one.token))
            use.times += 1
            use.people.add(one.who or -1 - place)
    reasons: dict[str, dict[int, tuple[int, str]]] = {}
    for word, uses in found.items():
        everywhere = TIMES * sum(len(use.people) for use in uses.values()) / len(examples)
        for department_id, use in uses.items():
            if len(use.people) >= LEAST_SUPPORT and len(use.people) / often[department_id] >= everywhere:
                reasons.setdefault(word, {})[department_id] = use.times, use.newest
    return reasons
