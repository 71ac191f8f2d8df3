"""Cut: a text into the words by which it is found. What is stored and what is asked for are cut alike.

Databases cut text each in their own way, so we do it, and hand both the same words. They are plain strings of letters,
digits, and the few signs in ``SIGNS``, so that a database has nothing to fold or to cut any more.

- Text is folded (``normalise``), and letters of Latin lose their accents besides: who looks for "zoe" means "Zoë".
- A word is a run of letters and digits of one script (``normalise.joined``).
- Scripts without spaces give each pair of neighbours, and the last letter alone, so that one letter finds any place in
  which it stands: it is looked for as a beginning.
- What a sign joins, as in "wi-fi", "l'eau", "blog.acme.example", "AT&T" or "kim@acme.example", gives its parts and each
  two neighbours. "-" and "'" join to one word ("wifi"); other signs stay. Asked for, it gives the neighbours only: so
  "acme.example" finds all that ends or begins with it, "wi-fi" finds "wifi", and nothing finds "wi" far from "fi".
- "#refund" and "@acme_help" give the whole of it with its sign besides, so that who writes the sign finds that alone.
- What is one thing to readers of a script (``spellings``) is one here: a text gives every spelling, a question its own.
  Articles and prepositions that Arabic and Hebrew write onto a word are looked past.
- The scheme of an address, and its "www.", say nothing.

The last word of a question may go on ("refun" finds "refunds"), if it has three letters, and so may every word of
Korean, where particles grow at the end. Whatever else is typed beside words has no meaning: no sign is an operator.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from storage.text.normalise import HANGUL, SPACELESS, fold, is_mark, joined, kind
from storage.text.spellings import MOST_WRITTEN_ON, WRITTEN_ON, is_written_on, spellings

# What stands in a word beside letters and digits; "~" marks what no text can say (``facet``).
SIGNS = "#@._&~"
MAX_QUESTION = 200
MAX_NEEDLES = 16
_LONGEST = 40
_GOES_ON = 3

_ASCII = re.compile("[a-z0-9]+")
_TAG = re.compile("[a-z0-9_]+")
_SCHEME = re.compile(r"https?://(?:www\.)?|(?<!\S)www\.")
_JOINERS = {"-": "", "'": "", ".": ".", "_": "_", "&": "&", "@": "@"}
_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_BARE = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "þ": "th", "ŋ": "n"})
_LONG_VOWEL = re.compile("(?<=[ァ-ヺー]{3})ー(?![ァ-ヺー])")
_DOT = re.compile("(?<=[ァ-ヺー])・(?=[ァ-ヺー])")


@dataclass(frozen=True, slots=True)
class Needle:
    """A word that is looked for, whether it may go on, and words that will do as well."""

    token: str
    prefix: bool = False
    others: tuple[str, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """All of which one has to be there."""
        return self.token, *self.others


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one script side by side, and where they stand in what is between two spaces."""

    text: str
    start: int
    end: int

    @property
    def script(self) -> str:
        return "" if self.text.isascii() else kind(self.text[0])


def cut(text: str) -> Iterator[str]:
    """Yield the words of a text, some of them several times."""
    folded = _folded(text)
    if folded.isascii():
        yield from _cut_ascii(folded)
        return
    for chunk in folded.split():
        yield from _cut_ascii(chunk) if chunk.isascii() else _cut_any(chunk)


def _cut_any(chunk: str) -> Iterator[str]:
    runs = _runs(chunk)
    for run in runs:
        if run.script == SPACELESS:
            letters = _letters(run.text)
            yield from _pairs(letters)
            yield letters[-1]
        else:
            yield from _said(run)
        yield from _signed(chunk, run)
    yield from (pair for _, pair in _neighbours(chunk, runs))


def _cut_ascii(text: str) -> Iterator[str]:
    """Yield the same words in a quarter of the time: most text is of this kind."""
    before, end = "", -2
    for found in _ASCII.finditer(text):
        word, start = found[0], found.start()
        yield word[:_LONGEST]
        if start - end == 1 and (sign := _JOINERS.get(text[end])) is not None:
            yield f"{before}{sign}{word}"[:_LONGEST]
        if start and text[start - 1] in "#@" and (start == 1 or not text[start - 2].isalnum()):
            yield f"{text[start - 1]}{_TAG.match(text, start)[0]}"[:_LONGEST]  # type: ignore[index]
        before, end = word, found.end()


def needles(question: str) -> tuple[Needle, ...]:
    """Return the words that are asked for; none where there are but signs."""
    found: list[Needle] = []
    for chunk in _folded(question[:MAX_QUESTION]).split():
        found += _asked(chunk)
    if found and len(found[-1].token) >= _GOES_ON and kind(found[-1].token[-1]) != SPACELESS:
        found[-1] = Needle(found[-1].token, prefix=True)
    going_on = {one.token for one in found if one.prefix}
    return tuple(dict.fromkeys(one for one in found if one.prefix or one.token not in going_on))


def facet(name: str) -> str:
    """Return a word that stands for something that is not said, such as a language."""
    return f"~{name[:_LONGEST]}"


def _asked(chunk: str) -> list[Needle]:
    runs = _runs(chunk)
    joints = list(_neighbours(chunk, runs))
    covered = {place for place, _ in joints} | {place + 1 for place, _ in joints}
    found: list[tuple[int, Needle]] = [(place + 1, Needle(pair)) for place, pair in joints]
    for place, run in enumerate(runs):
        whole = next(_signed(chunk, run), "")
        if whole:
            found.append((place, Needle(whole)))
        elif run.script == SPACELESS:
            letters = _letters(run.text)
            found += [(place, Needle(pair)) for pair in _pairs(letters)] or [(place, Needle(letters[0], prefix=True))]
        elif place not in covered:
            found.append((place, Needle(_bare(run.text[:_LONGEST])[:_LONGEST], prefix=run.script == HANGUL)))
    return [needle for _, needle in sorted(found, key=lambda one: one[0])]


def _folded(text: str) -> str:
    folded = fold(text)
    if "://" in folded or "www." in folded:
        folded = _SCHEME.sub(" ", folded)
    return folded if folded.isascii() else _DOT.sub("", _LONG_VOWEL.sub("", folded))


def _runs(chunk: str) -> list[_Run]:
    if chunk.isascii():
        return [_Run(found[0], *found.span()) for found in _ASCII.finditer(chunk)]
    found: list[_Run] = []
    start = 0
    for place, character in enumerate([*chunk, ""]):
        if place and _together(chunk[place - 1], character):
            continue
        text = chunk[start:place].lstrip()
        if text and kind(text[0]) and not is_mark(text[0]):
            found.append(_Run(text, start, place))
        start = place
    return found


def _together(before: str, after: str) -> bool:
    return bool(after) and (kind(before) == kind(after) == SPACELESS or joined(before, after))


def _letters(text: str) -> list[str]:
    letters: list[str] = []
    for character in text:
        if letters and is_mark(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _pairs(letters: list[str]) -> list[str]:
    return [f"{one}{two}"[:_LONGEST] for one, two in itertools.pairwise(letters)]


def _said(run: _Run) -> Iterator[str]:
    """Yield a word in every spelling, and what stands behind letters that are written onto it."""
    word = run.text[:_LONGEST]
    if word.isascii():
        yield word
        return
    for spelling, _ in spellings(word):
        yield _bare(spelling)[:_LONGEST]
    if run.script in WRITTEN_ON:
        for place in range(1, min(MOST_WRITTEN_ON, len(word) - 1) + 1):
            if is_written_on(run.script, word[:place], word[place:]):
                yield word[place:]


def _signed(chunk: str, run: _Run) -> Iterator[str]:
    """Yield a hashtag or handle whole, with its sign, where one begins with this run."""
    sign, before = chunk[run.start - 1 : run.start], chunk[run.start - 2 : run.start - 1] if run.start > 1 else ""
    if sign not in ("#", "@") or (before and kind(before)):
        return
    end = run.end
    while end < len(chunk) and (chunk[end] == "_" or kind(chunk[end])):
        end += 1
    yield f"{sign}{_bare(chunk[run.start : end])}"[:_LONGEST]


def _neighbours(chunk: str, runs: list[_Run]) -> Iterator[tuple[int, str]]:
    """Yield what a sign joins, two by two, with the place of the first."""
    for place, (one, two) in enumerate(itertools.pairwise(runs)):
        sign = _JOINERS.get(chunk[one.end : two.start])
        if sign is not None and SPACELESS not in (one.script, two.script):
            yield place, f"{_bare(one.text)}{sign}{_bare(two.text)}"[:_LONGEST]


def _bare(word: str) -> str:
    """Return a word without the accents of Latin letters."""
    if not _LATIN.search(word):
        return word
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word))).translate(_BARE)
