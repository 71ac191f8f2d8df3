"""Unseen: marks in a text that no reader sees, and that yet are part of what goes out.

Letters of no width, controls that turn the direction of a line, fillers and tags come along when people paste; some
hide or reorder what stands beside them. What has its reason is not named: joiners within an emoji or a script that
writes with them, and what chooses how an emoji looks.
"""

import re
import unicodedata
from collections import Counter

# Not of the category "format", and yet nothing to see; https://www.unicode.org/reports/tr44/#Default_Ignorable
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_MAYBE = re.compile(f"[^\\x20-\\x7e\\n\\t]|[{_BLANK}]")
_JOINERS = "\u200c\u200d"
_CHOOSES_LOOK = "\ufe0e\ufe0f"
_FLAG, _TAGS = "\U0001f3f4", range(0xE0020, 0xE0080)
_WESTERN = ("LATIN", "GREEK", "CYRILLIC")
_MOST = 5
_BEFORE = 20


def unseen_marks(text: str) -> tuple[str, ...]:
    """Name what nobody sees in a text, in sentences, the first found first; at most five kinds."""
    found: Counter[str] = Counter()
    places: dict[str, int] = {}
    for match in _MAYBE.finditer(text):
        if _is_unseen(text, match.start()):
            found[match[0]] += 1
            places.setdefault(match[0], match.start())
    said = [_sentence(mark, number, text[: places[mark]]) for mark, number in found.items()]
    more = len(said) - _MOST
    return (*said[:_MOST], f"and {more} more kinds of them.") if more > 0 else tuple(said)


def _is_unseen(text: str, at: int) -> bool:
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if mark in _BLANK:
        return True
    if mark in _CHOOSES_LOOK:
        return not before or before.isspace() or unicodedata.category(before) in ("Lu", "Ll", "Cf")
    if unicodedata.category(mark) not in ("Cf", "Cc", "Zl", "Zp"):
        return 0xFE00 <= ord(mark) <= 0xFE0D or 0xE0100 <= ord(mark) <= 0xE01EF
    if mark in _JOINERS and before and after:
        return not (_joins(before) and (_joins(after) or unicodedata.category(after).startswith("L")))
    return not (ord(mark) in _TAGS and _FLAG in text[max(0, at - 8) : at])


def _joins(letter: str) -> bool:
    """Say whether a joiner beside it changes what is seen: of an emoji, or in a script whose letters join."""
    category = unicodedata.category(letter)
    if category in ("So", "Sk") or letter in _CHOOSES_LOOK:
        return True
    return category[0] in "LM" and not unicodedata.name(letter, "").startswith(_WESTERN)


def _sentence(mark: str, number: int, before: str) -> str:
    name = (unicodedata.name(mark, "") or "control character").lower()
    times = "," if number == 1 else f", {number} times, first"
    seen = " ".join(before.split())[-_BEFORE:].strip()
    place = f"after \u201c{'…' if len(before) > len(seen) else ''}{_shown(seen)}\u201d" if seen else "at the beginning"
    return f"{name[0].upper()}{name[1:]} (U+{ord(mark):04X}){times} {place}."


def _shown(text: str) -> str:
    return "".join(letter for at, letter in enumerate(text) if not _is_unseen(text, at))
