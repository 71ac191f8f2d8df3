"""Phrases: what a post says in one to three words, or in pieces of two to six signs where a script has no spaces.

No phrase goes over a sign of punctuation, and none begins or ends with a word that says nothing of its subject. Names
of accounts and addresses are no words. Korean has spaces, but its particles cling to words, so it is taken in pieces.
"""

import re
from collections.abc import Container, Iterator, Sequence

from handlers.text.languages import LANGUAGES
from storage.text.normalise import fold

# So much of a post is looked through.
MOST_SIGNS = 600
_LONGEST, _MOST_IN_A_PIECE = 3, 6
_LEAST_LETTERS = 3
_LINE_BREAK = re.compile(r"[\r\n]+")
_PARTS = re.compile(
    r"(?P<aside>https?://\S+|@[\w.@-]+)"
    r"|(?P<run>[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3々]+)"
    r"|(?P<word>[^\W_\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+(?:['-][^\W_]+)*)"
    r"|(?P<sign>[^\s])"
)
# What stands in a sentence for its grammar alone.
_HIRAGANA = re.compile(r"[\u3041-\u309f]+")
_SAYS_NOTHING = frozenset(
    word for one in LANGUAGES.values() for words in (one.small, one.first) for word in words
) | frozenset({"i'm", "it's", "i've", "don't", "can't", "won't", "didn't", "doesn't", "isn't", "that's", "rt", "via"})


def phrases_of(text: str, pairs: Container[str] | None = None) -> set[str]:
    """Return the phrases of a text, folded; each once, however often it says them.

    Args:
        text: As it was written.
        pairs: Of scripts without spaces only what consists of these pairs of signs; None = whatever there is.
    """
    found: set[str] = set()
    for run in _runs(_folded(text)):
        found.update(_pieces(run, pairs) if isinstance(run, str) else _of_words(run))
    return found


def pairs_of(text: str) -> set[str]:
    """Return the pairs of signs that stand side by side where a script has no spaces.

    A longer piece is as rare as the rarest of its pairs, or rarer: so these say what need not be looked at.
    """
    runs = (run for run in _runs(_folded(text)) if isinstance(run, str))
    return {run[start : start + 2] for run in runs for start in range(len(run) - 1)}


def _folded(text: str) -> str:
    return fold(_LINE_BREAK.sub(" . ", text[:MOST_SIGNS]))


def _runs(text: str) -> Iterator[str | Sequence[str]]:
    """Yield the words that stand together, and each run of signs without spaces."""
    words: list[str] = []
    for part in _PARTS.finditer(text):
        if part.lastgroup == "word":
            words.append(part[0])
            continue
        if words:
            yield words
            words = []
        if part.lastgroup == "run":
            yield part[0]
    if words:
        yield words


def _of_words(words: Sequence[str]) -> Iterator[str]:
    for start, first in enumerate(words):
        if first in _SAYS_NOTHING:
            continue
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            if words[end - 1] not in _SAYS_NOTHING:
                phrase = " ".join(words[start:end])
                if len(phrase) >= _LEAST_LETTERS and not phrase.replace(" ", "").isdecimal():
                    yield phrase


def _pieces(run: str, pairs: Container[str] | None) -> Iterator[str]:
    for start in range(len(run) - 1):
        for end in range(start + 2, min(start + _MOST_IN_A_PIECE, len(run)) + 1):
            if pairs is not None and run[end - 2 : end] not in pairs:
                break
            piece = run[start:end]
            if not _HIRAGANA.fullmatch(piece):
                yield piece
