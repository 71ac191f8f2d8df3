"""Weights: how long a text is on X, where a character counts one or two and a link as much as any other.

The rules are those of twitter-text, version 3 (https://docs.x.com/fundamentals/counting-characters): of the text in
normal form C, Latin and its neighbours count one, all else counts two, an emoji two however many code points it has,
and a link 23. X takes "acme.example" for a link, too, where it knows the ending. The list of endings grows, so
whatever has the form of one counts as a link here: such a text is told to be too long rather than refused when it is
sent.
"""

import re
import unicodedata

from handlers.text.graphemes import clusters, is_picture

LINK_WEIGHT = 23
# The characters that count one.
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_LETTERS = "a-z0-9\u00c0-\u024f\u0400-\u04ff"
_INSIDE = rf"[{_LETTERS}!*';:=+,.$/%#\[\]\-–_~@|&?]"
_PATH = rf"/(?:(?:{_INSIDE}|\({_INSIDE}*\))*(?:[{_LETTERS}=_#/+\-]|\({_INSIDE}*\)))?"
_QUERY = rf"\?(?:{_INSIDE}*[{_LETTERS}=_&#/\-])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-z]{{2,24}}"
_LINK = re.compile(
    rf"(?<![a-z0-9@＠$#＃])(?:https?://|(?<![-_./])){_DOMAIN}(?!\.?[a-z0-9]|[@+])(?::\d+)?"
    rf"(?:{_PATH})?(?:{_QUERY})?",
    re.IGNORECASE,
)
_KEYCAP = "\u20e3"
_AS_TEXT, _AS_PICTURE = "\ufe0e", "\ufe0f"


def weighted(text: str) -> int:
    """Return the weighted length of a text."""
    pieces = _LINK.split(unicodedata.normalize("NFC", text))
    return LINK_WEIGHT * (len(pieces) - 1) + sum(_weight(cluster) for piece in pieces for cluster in clusters(piece))


def has_link(text: str) -> bool:
    """Say whether X would make a link of something in a text."""
    return _LINK.search(text) is not None


def without_links(text: str, mark: str) -> str:
    """Return a text with the same mark in the place of each link."""
    return _LINK.sub(mark, text)


def _weight(cluster: str) -> int:
    if len(cluster) > 1 and _is_emoji(cluster):
        return 2
    return sum(1 if any(first <= ord(one) <= last for first, last in _LIGHT) else 2 for one in cluster)


def _is_emoji(cluster: str) -> bool:
    """Say whether several characters are one emoji: of those that count one, only where it is asked for."""
    first, rest = cluster[0], cluster[1:]
    if rest[-1] == _KEYCAP:
        return first in "#*0123456789"
    return is_picture(first) and _AS_TEXT not in rest and (ord(first) > _LIGHT[0][1] or rest[0] == _AS_PICTURE)
