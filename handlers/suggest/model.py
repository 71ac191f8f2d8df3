"""Model: what was learnt of where posts end, as a few arrays of numbers and the words that may be named.

A post is as near to a department as the cosine between its words (TF-IDF) and the middle of that department's posts,
and what is more frequent is likelier: ``SHARPNESS · cosine + log(share)``. What is equally near stands by its id.
"""

import json
import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from handlers.suggest.features import features, of_word

SHARPNESS = 40.0
_ARRAYS = (("numbers", "I"), ("idf", "f"), ("starts", "I"), ("labels", "H"), ("weights", "f"))


class Reason(NamedTuple):
    """A word that speaks for a department: how many of its mentions have it, and the newest of them."""

    word: str
    support: int
    example: str


class Ranked(NamedTuple):
    """A department, and how near a post is to it, in log units."""

    department_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt.

    Attributes:
        departments: Their ids, the most frequent first.
        priors: The logarithm of how often each was right.
        reasons: By word and department, the support and the newest example.
        rarest: The IDF of what is in no post.
        columns: The numbers of all features, in order; of each its IDF, and where its weights begin; and the weights.
    """

    departments: tuple[int, ...]
    priors: tuple[float, ...]
    reasons: dict[str, dict[int, tuple[int, str]]]
    rarest: float
    columns: dict[str, "array[Any]"]

    def rank(self, said: Sequence[str]) -> list[Ranked]:
        """Return the departments by how near some words are to them."""
        scores = list(self.priors)
        near, length = self._values(said)
        starts, labels, weights = (self.columns[name] for name in ("starts", "labels", "weights"))
        for place, value in near:
            first, last, value = starts[place], starts[place + 1], SHARPNESS * value / length
            for label, weight in zip(labels[first:last], weights[first:last], strict=True):
                scores[label] += value * weight
        ranked = map(Ranked, self.departments, scores)
        return sorted(ranked, key=lambda one: (-one.score, one.department_id))

    def reason(self, said: Sequence[str], department_id: int) -> Reason | None:
        """Return the word that speaks most for a department; None where none does."""
        label, best = self.departments.index(department_id), (0.0, "")
        for word in dict.fromkeys(said):
            if department_id in self.reasons.get(word, {}):
                best = max(best, (self._weight(word, label), word))
        if not best[1]:
            return None
        return Reason(best[1], *self.reasons[best[1]][department_id])

    def _values(self, said: Sequence[str]) -> tuple[list[tuple[int, float]], float]:
        """Return what is known of some words, and how long all of them are, known or not.

        What nobody ever wrote counts as rare: one known word in a post of a strange language says little of it.
        """
        idf, near, square = self.columns["idf"], list[tuple[int, float]](), 0.0
        for number, weight in features(list(said)).items():
            place = self._place(number)
            value = weight * (idf[place] if place is not None else self.rarest)
            square += value * value
            if place is not None:
                near.append((place, value))
        return near, math.sqrt(square) or 1.0

    def _place(self, number: int) -> int | None:
        numbers = self.columns["numbers"]
        place = bisect_left(numbers, number)
        return place if place < len(numbers) and numbers[place] == number else None

    def _weight(self, word: str, label: int) -> float:
        place = self._place(of_word(word))
        if place is None:
            return 0.0
        starts, labels, weights = (self.columns[name] for name in ("starts", "labels", "weights"))
        entries = range(starts[place], starts[place + 1])
        return float(self.columns["idf"][place] * sum(weights[one] for one in entries if labels[one] == label))

    def write(self) -> bytes:
        """Return the model as it goes from one process to another."""
        head = {
            "departments": self.departments,
            "priors": self.priors,
            "rarest": self.rarest,
            "reasons": [[word, list(of.items())] for word, of in self.reasons.items()],
            "lengths": [len(self.columns[name]) for name, _ in _ARRAYS],
        }
        told = json.dumps(head).encode()
        return b"".join((len(told).to_bytes(4, "big"), told, *(self.columns[name].tobytes() for name, _ in _ARRAYS)))


def read_model(written_down: bytes) -> Model:
    """Read a model that another process wrote on this machine."""
    at = 4 + int.from_bytes(written_down[:4], "big")
    head = json.loads(written_down[4:at])
    columns: dict[str, array[Any]] = {}
    for (name, kind), length in zip(_ARRAYS, head["lengths"], strict=True):
        column: array[Any] = array(kind)
        end = at + length * column.itemsize
        column.frombytes(written_down[at:end])
        columns[name], at = column, end
    reasons = {word: {key: (support, token) for key, (support, token) in of} for word, of in head["reasons"]}
    return Model(tuple(head["departments"]), tuple(head["priors"]), reasons, head["rarest"], columns)
