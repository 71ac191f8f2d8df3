"""Graphemes: how long a reply is in the unit that its platform counts in.

A grapheme is what a reader takes for one character: an emoji family, a flag, a letter with its marks. They are
counted by the rules of Unicode's extended grapheme clusters (https://www.unicode.org/reports/tr29/, GB3 to GB13).
Python knows the general categories but neither of the three properties that those rules need beside them, so what
no category tells is written out here.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from enum import Enum, auto
from functools import lru_cache

LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
AFTER_LINK = ".,;:!?'*_~…)]"

ZWJ = "\u200d"
_KEYCAP = "\u20e3"


class _Kind(Enum):
    """What a character does at a boundary (Grapheme_Cluster_Break, with the pictures and the Indic letters)."""

    OTHER = auto()
    CONTROL = auto()
    EXTEND = auto()
    LINKER = auto()  # an Indic virama: extends, and joins two consonants
    ZWJ = auto()
    MARK = auto()
    PREPEND = auto()
    FLAG = auto()
    PICTURE = auto()
    CONSONANT = auto()
    HANGUL_L = auto()
    HANGUL_V = auto()
    HANGUL_T = auto()
    HANGUL_LV = auto()
    HANGUL_LVT = auto()


_JOINING = frozenset({_Kind.EXTEND, _Kind.LINKER, _Kind.ZWJ, _Kind.MARK})
_HANGUL = frozenset(
    {
        (_Kind.HANGUL_L, _Kind.HANGUL_L),
        (_Kind.HANGUL_L, _Kind.HANGUL_V),
        (_Kind.HANGUL_L, _Kind.HANGUL_LV),
        (_Kind.HANGUL_L, _Kind.HANGUL_LVT),
        (_Kind.HANGUL_LV, _Kind.HANGUL_V),
        (_Kind.HANGUL_LV, _Kind.HANGUL_T),
        (_Kind.HANGUL_V, _Kind.HANGUL_V),
        (_Kind.HANGUL_V, _Kind.HANGUL_T),
        (_Kind.HANGUL_LVT, _Kind.HANGUL_T),
        (_Kind.HANGUL_T, _Kind.HANGUL_T),
    }
)


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Read "A9 2194-2199" as code points in hexadecimal."""
    pairs = (part.partition("-") for part in text.split())
    return tuple((int(first, 16), int(last or first, 16)) for first, _, last in pairs)


# Extended_Pictographic, https://www.unicode.org/Public/UCD/latest/ucd/emoji/emoji-data.txt
_PICTURES = _ranges(
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 2388 23CF 23E9-23F3 23F8-23FA 24C2 25AA-25AB 25B6 "
    "25C0 25FB-25FE 2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271D 2721 2728 2733-2734 2744 2747 "
    "274C 274E 2753-2755 2757 2763-2767 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55 3030 303D "
    "3297 3299 1F000-1F0FF 1F10D-1F10F 1F12F 1F16C-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F1AD-1F1E5 1F201-1F20F 1F21A "
    "1F22F 1F232-1F23A 1F23C-1F23F 1F249-1F3FA 1F400-1F53D 1F546-1F64F 1F680-1F6FF 1F774-1F77F 1F7D5-1F7FF "
    "1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1FAFF 1FC00-1FFFD"
)
# Indic_Conjunct_Break, https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_LINKERS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
_CONSONANTS = _ranges(
    "915-939 958-95F 978-97F 995-9A8 9AA-9B0 9B2 9B6-9B9 9DC-9DD 9DF 9F0-9F1 A95-AA8 AAA-AB0 AB2-AB3 AB5-AB9 AF9 "
    "B15-B28 B2A-B30 B32-B33 B35-B39 B5C-B5D B5F B71 C15-C28 C2A-C39 C58-C5A D15-D3A"
)
# Grapheme_Cluster_Break, https://www.unicode.org/Public/UCD/latest/ucd/auxiliary/GraphemeBreakProperty.txt
_PREPENDED = _ranges(
    "600-605 6DD 70F 890-891 8E2 D4E 110BD 110CD 111C2-111C3 113D1 1193F 11941 11A3A 11A84-11A89 11D46 11F02"
)
_EXTENDING = _ranges("200C FF9E-FF9F 1F3FB-1F3FF E0020-E007F")  # none of them is of category Mn, Me or Mc
_STANDALONE = _ranges(  # of category Mc, and characters of their own all the same
    "102B-102C 1038 1062-1064 1067-106D 1083 1087-108C 108F 109A-109C 1A61 1A63-1A64 AA7B AA7D 11720-11721"
)
_BY_CATEGORY = {
    "Mn": _Kind.EXTEND,
    "Me": _Kind.EXTEND,
    "Mc": _Kind.MARK,
    "Cc": _Kind.CONTROL,
    "Cf": _Kind.CONTROL,
    "Cs": _Kind.CONTROL,
    "Zl": _Kind.CONTROL,
    "Zp": _Kind.CONTROL,
}


def graphemes(text: str) -> int:
    """Count the extended grapheme clusters of a text."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return sum(1 for _ in _boundaries(text))


def clusters(text: str) -> Iterable[str]:
    """Yield the extended grapheme clusters of a text."""
    begins = [*_boundaries(text), len(text)]
    return (text[begin:end] for begin, end in itertools.pairwise(begins))


def is_picture(character: str) -> bool:
    """Say whether a character is a picture, or may be shown as one."""
    return _kind(character) in (_Kind.PICTURE, _Kind.FLAG)


def utf8_bytes(text: str) -> int:
    """Return the length in bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


def emoji_by_bytes(text: str) -> int:
    """Count the characters of a text, and an emoji as its bytes in UTF-8, as Threads does.

    https://developers.facebook.com/docs/threads/posts. Whatever may be shown as an emoji counts as one here.
    """
    if text.isascii():
        return len(text)
    return sum(utf8_bytes(one) if _is_emoji(one) else len(one) for one in clusters(text))


def _is_emoji(cluster: str) -> bool:
    return is_picture(cluster[0]) or cluster[-1] == _KEYCAP


def _boundaries(text: str) -> Iterable[int]:
    """Yield the index at which each cluster begins."""
    before, before_character, run = _Kind.CONTROL, "", _Run()
    for index, character in enumerate(text):
        kind = _kind(character)
        crlf = before_character == "\r" and character == "\n"
        if not crlf and _breaks(before, kind, run):
            yield index
        run.take(kind)
        before, before_character = kind, character


class _Run:
    """What the text just before a boundary is, as far as the rules look back."""

    def __init__(self) -> None:
        self.flags = 0
        self.picture = False
        self.consonant = False
        self.linked = False

    def take(self, kind: _Kind) -> None:
        """Move over one character."""
        extends = kind in (_Kind.EXTEND, _Kind.LINKER, _Kind.ZWJ)
        self.flags = self.flags + 1 if kind is _Kind.FLAG else 0
        self.picture = kind is _Kind.PICTURE or (self.picture and extends)
        self.linked = kind is _Kind.LINKER or (self.linked and extends)
        self.consonant = kind is _Kind.CONSONANT or (self.consonant and extends)
        if kind is _Kind.CONSONANT:
            self.linked = False


def _breaks(before: _Kind, kind: _Kind, run: _Run) -> bool:
    """Say whether a cluster ends between two characters; CR LF aside, which have no kind of their own."""
    if before is _Kind.CONTROL or kind is _Kind.CONTROL:  # GB4, GB5, and the begin of the text
        return True
    if kind in _JOINING or before is _Kind.PREPEND or (before, kind) in _HANGUL:  # GB6 to GB9b
        return False
    if kind is _Kind.CONSONANT and run.consonant and run.linked:  # GB9c
        return False
    if kind is _Kind.PICTURE and before is _Kind.ZWJ and run.picture:  # GB11
        return False
    return not (kind is _Kind.FLAG and run.flags % 2 == 1)  # GB12, GB13


@lru_cache(maxsize=4_096)
def _kind(character: str) -> _Kind:
    point = ord(character)
    if character == ZWJ:
        return _Kind.ZWJ
    if character in _LINKERS:
        return _Kind.LINKER
    if 0x1F1E6 <= point <= 0x1F1FF:
        return _Kind.FLAG
    if hangul := _hangul(point):
        return hangul
    for kind, ranges in (
        (_Kind.PICTURE, _PICTURES),
        (_Kind.CONSONANT, _CONSONANTS),
        (_Kind.PREPEND, _PREPENDED),
        (_Kind.EXTEND, _EXTENDING),
        (_Kind.OTHER, _STANDALONE),
    ):
        if any(first <= point <= last for first, last in ranges):
            return kind
    if point in (0x0E33, 0x0EB3):  # Thai and Lao AM, which the rules count among the marks
        return _Kind.MARK
    return _BY_CATEGORY.get(unicodedata.category(character), _Kind.OTHER)


def _hangul(point: int) -> _Kind | None:
    """Return the part of a Korean syllable that a character is."""
    if 0xAC00 <= point <= 0xD7A3:
        return _Kind.HANGUL_LV if (point - 0xAC00) % 28 == 0 else _Kind.HANGUL_LVT
    if 0x1100 <= point <= 0x115F or 0xA960 <= point <= 0xA97C:
        return _Kind.HANGUL_L
    if 0x1160 <= point <= 0x11A7 or 0xD7B0 <= point <= 0xD7C6:
        return _Kind.HANGUL_V
    if 0x11A8 <= point <= 0x11FF or 0xD7CB <= point <= 0xD7FB:
        return _Kind.HANGUL_T
    return None
