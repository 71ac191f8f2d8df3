"""Similarity: how much two texts are made of the same pieces, in any script.

Texts are compared as sets of their words and pairs of neighbouring words, by Jaccard's index (Broder, "On the
resemblance and containment of documents", 1997). Scripts without spaces count pairs of characters as words.
Addresses, handles and digits are left out: a reply that differs from the last one by those alone is the same.
"""

import itertools
import re
from typing import TypeVar

from handlers.text.languages import words

PieceT = TypeVar("PieceT")

_PASSING = re.compile(r"https?://\S+|(?<!\w)[@#][\w.@-]+|\d+")
_LONGEST = 5_000


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the pieces of a text that likeness is counted by."""
    written = words(_PASSING.sub(" ", text[:_LONGEST]))
    return frozenset([*((word,) for word in written), *itertools.pairwise(written)])


def likeness(one: frozenset[PieceT], other: frozenset[PieceT]) -> float:
    """Return the share of pieces that both have, from 0 to 1; nothing is like nothing."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
