"""Features: what of a post's words is counted: the words, pairs of neighbours, and pieces of longer words.

Pieces let "refunded" speak where "refund" was heard, and serve languages that glue words together or put no space
between them. Addresses and handles are left out: they say who, and not about what. A feature is known by a number of
32 bits, so that a model is a few arrays; two that share one are as rare as they are harmless.
"""

import re
from itertools import pairwise
from zlib import crc32

from handlers.text.languages import LANGUAGES, words

# What a post is about stands at its beginning, and a longer look would cost more than it tells.
LOOKED_AT = 700
_PAIR, _PIECE, _LENGTH = 0.5, 0.3, 4
_NO_WORDS = re.compile(r"https?://\S*|[@＠]\S*")
# What says nothing of the subject, in the languages whose small words are known.
STOP_WORDS = frozenset(
    word for one in LANGUAGES.values() for some in (one.first, one.small, one.polite) for word in some
)
_LEAST_LETTERS, _MOST_LETTERS = 3, 30


def written(text: str) -> list[str]:
    """Return the words of a post in their order, folded, as far as they are looked at."""
    return words(_NO_WORDS.sub(" ", text[:LOOKED_AT]))


def features(said: list[str]) -> dict[int, float]:
    """Return what is counted of some words, each with how much it weighs."""
    found = {_number("w", word): 1.0 for word in said}
    found |= {_number("p", f"{one} {other}"): _PAIR for one, other in pairwise(said)}
    for word in dict.fromkeys(said):
        if len(word) >= _LENGTH:
            whole = f"^{word}$"
            pieces = (whole[start : start + _LENGTH] for start in range(len(whole) - _LENGTH + 1))
            found |= {_number("q", piece): _PIECE for piece in pieces}
    return found


def of_word(word: str) -> int:
    """Return the number of a whole word."""
    return _number("w", word)


def may_be_reason(word: str) -> bool:
    """Say whether a word can be named as a reason: it says something, is no number, and has room on a card."""
    fits = len(word) <= _MOST_LETTERS and (len(word) >= _LEAST_LETTERS or not word.isascii())
    return fits and word not in STOP_WORDS and any(map(str.isalpha, word))


def _number(kind: str, text: str) -> int:
    return crc32(f"{kind}{text}".encode())
