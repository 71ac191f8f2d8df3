"""Whether a text holds the words of a query of Algolia's: all of them, each whole, wherever they stand.

Generous on purpose, since what is left out here is lost: Algolia also finds words that are written together or apart
("acme cloud", "acmecloud", "acme-cloud"), and so does this. "-word" and what it does not understand ask for nothing.
https://www.algolia.com/doc/api-reference/api-parameters/advancedSyntax/
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from storage.text.normalise import fold

_PARTS = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORDS = re.compile(r"[^\W_]+")


def holds(query: str, texts: Sequence[str]) -> bool:
    """Say whether texts hold what a query asks for."""
    together, apart = _patterns(query)
    haystack = "\n".join(map(fold, texts))
    return all(one.search(haystack) for one in apart) or together.search(haystack) is not None


@lru_cache(maxsize=64)
def _patterns(query: str) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    wanted = [phrase or word for minus, phrase, word in _PARTS.findall(query) if not minus]
    words = [word for one in wanted for word in _WORDS.findall(fold(one))]
    return _whole("".join(words)), tuple(map(_whole, words))


def _whole(word: str) -> re.Pattern[str]:
    """Find a word, be it cut by one mark or space; where a script sets none between words, anywhere."""
    letters = r"[\W_]?".join(map(re.escape, word))
    return re.compile(rf"(?<![^\W_]){letters}(?![^\W_])" if word.isascii() else letters)
