"""Typed words: what stands around a word that people mean, and where one argument ends.

People copy references out of messages, with the marks that stood around them; they put names into the quotes of their
language and their telephone; they end sentences with dots. None of that is part of what they name. A text that is to
be kept is not touched: who types three paragraphs means three paragraphs.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.text.bounds import MAX_URL
from storage.text.normalise import fold

T = TypeVar("T")
_MOST_WORDS = 12

# Each opening mark with those that may close it: keyboards, telephones and languages pair them in many ways.
_DOUBLE = '"“”„‟«»〝〞〟＂❝❞″'
_SINGLE = "'‘’‚‛‹›＇❛❜`´"
_CLOSING = {
    **dict.fromkeys(_DOUBLE, _DOUBLE),
    **dict.fromkeys(_SINGLE, _SINGLE),
    **{"「": "」", "『": "』", "《": "》", "〈": "〉", "【": "】"},
}
ENDS = ".,;:!?…。、，．！？：；"
_AROUND = f"{_DOUBLE}{_SINGLE}*~<>」』》〉】）"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_TOKEN = re.compile(r"[\W_]*([0-9a-z]{4,12})[\W_]*")
_ADDRESS = re.compile(r"[\W_]*?(https?://\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that was typed, and what stands behind it.

    Attributes:
        quoted: Quotes say where it ends.
    """

    text: str
    rest: str
    quoted: bool = False


def take_word(text: str) -> tuple[str, str]:
    """Return the first word, and the rest as it stands; both are empty where there is none."""
    parts = text.split(maxsplit=1)
    return (parts[0], parts[1].rstrip() if len(parts) > 1 else "") if parts else ("", "")


def take_argument(text: str) -> Argument:
    """Return the first word, or what stands between quotes; a quote that nothing closes is no part of it."""
    text = text.strip()
    closing = _CLOSING.get(text[:1])
    if closing is None:
        return Argument(*take_word(text))
    end = re.compile(rf"[{re.escape(closing)}](?=[\s{re.escape(ENDS)}]|$)").search(text, 1)
    if end is None:  # "'t Hooft" begins with an apostrophe
        return Argument(*take_word(text if text[0] in _SINGLE else text[1:]))
    return Argument(" ".join(text[1 : end.start()].split()), text[end.end() :].lstrip(ENDS).strip(), quoted=True)


def unquoted(text: str) -> str:
    """Return what quotes hold together, where they hold all of it."""
    whole = take_argument(text)
    return whole.text if whole.quoted and not whole.rest else text


def token_in(word: str) -> str | None:
    """Return the reference that a word is, without the marks around it: "`#k7f2`", "(k7f2)", "#K7F2."."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", word) if unicodedata.category(one) != "Cf")
    found = _TOKEN.fullmatch(plain.lower())
    return found[1] if found else None


def addresses_in(word: str) -> tuple[str, ...]:
    """Return the address that a word is: as it stands, and without the end of a sentence; one between marks is that."""
    found = _ADDRESS.fullmatch(word)
    if not found:
        return ()
    if len(found[1]) > MAX_URL:
        return (found[1],)
    bare = _without(found[1], _AROUND + ENDS)
    return (bare,) if found.start(1) else tuple(dict.fromkeys((_without(found[1], _AROUND), bare)))


def _without(address: str, marks: str) -> str:
    """Take marks from the end of an address; a bracket only where none of its kind was opened in it."""
    while (last := address[-1:]) and (
        last in marks or (last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last]))
    ):
        address = address[:-1]
    return address


def as_line(text: str) -> str:
    """Return a text with one space between its words; its lines stay."""
    lines = (" ".join(line.split()) for line in text.strip().split("\n"))
    return "\n".join(lines).strip()


def longest_name(text: str, called: Mapping[str, T]) -> tuple[T, str] | None:
    """Return what the longest run of words at the beginning of a text is the name of, and what follows it.

    Args:
        text: A name, and what is said besides, in any spelling; marks of a sentence may stand behind the name.
        called: What there is, by its folded name.
    """
    words = list(re.finditer(r"\S+", text))[:_MOST_WORDS]
    for word in reversed(words):
        name = text[: word.end()]
        for one in (name, name.rstrip(ENDS)):
            if one and (found := called.get(fold(one.removeprefix("@")))) is not None:
                return found, text[word.end() :].strip()
    return None
