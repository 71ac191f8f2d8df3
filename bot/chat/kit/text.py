"""Foreign text made calm: nothing in it may hide, reorder or flood what stands beside it, on any platform.

What no platform does for us: controls that reorder a line, letters of no width by the thousand, piles of combining
marks, and links to what is no web page. What is markup on one platform alone is that platform's own business.
"""

import re
import unicodedata

from handlers.text.addresses import read_web_address

# What somebody is told whose button or form carries what we never wrote, or no longer know.
GONE = "This button is not one of Dibs' any more. Nothing was done."
MAX_URL = 3_000
_REORDER = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]")
_NO_WIDTH = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0]"
)
_NO_WIDTH_RUN = re.compile(f"(?:{_NO_WIDTH.pattern}){{2,}}")
_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_SPACES = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]{9,}")
_FLOOD = " " * 9
# Letters and signs of Western languages on one line, none of which hides, reorders or stacks.
_PLAIN = re.compile("[ -~\xa1-\xac\xae-\xff\u2013\u2014\u2018-\u201e\u2026\u20ac]*")
_MARKS = 4
_LINE_LIMIT = 80


def calm(text: str, limit: int, *, lines: int = _LINE_LIMIT) -> str:
    """Return foreign text for a place of its own: in its own order, without floods, at most ``limit`` characters.

    Text that shows nothing comes back empty.
    """
    if len(text) <= limit and _PLAIN.fullmatch(text) and _FLOOD not in text:
        return text.strip()  # most lines by far, and nothing below would change them
    clean = text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n")
    clean = _CONTROL.sub("", _REORDER.sub("", clean))
    clean = _NO_WIDTH_RUN.sub("", clean)
    clean = _SPACES.sub(" ", _LINES.sub("\n\n", _thin(clean)))
    if not shows_something(clean):
        return ""
    kept = clean.strip().split("\n")
    short = len(kept) > lines or len(text) > limit * 4
    return shorten("\n".join(kept[:lines]).rstrip(), limit, force=short)


def calm_line(text: str, limit: int) -> str:
    """Return foreign text on one line."""
    return calm(" ".join(text[: limit * 8].split()), limit)


def shorten(text: str, limit: int, *, force: bool = False, mark: str = "…") -> str:
    """Cut text that is longer than ``limit`` and say so."""
    if len(text) <= limit and not force:
        return text
    return text[: max(0, limit - len(mark))].rstrip() + mark


def shows_something(text: str) -> bool:
    """Say whether anything in the text can be seen."""
    return any(not letter.isspace() and not _NO_WIDTH.match(letter) for letter in text)


def isolate(text: str) -> str:
    """Wrap foreign text that shares a line with our own, so that its direction ends with it."""
    return f"\u2068{text}\u2069" if text else text


def web_address(url: str) -> str:
    """Return the address as a browser opens it, percent-encoded, if it may be a link; else nothing."""
    address = read_web_address(url)
    return address.href if address is not None and len(address.href) <= MAX_URL else ""


def _thin(text: str) -> str:
    """Keep at most four combining marks on a letter."""
    if text.isascii():
        return text
    # A text has few letters, each of them often, and most texts have no mark at all.
    combining = {letter for letter in set(text) if unicodedata.category(letter) in ("Mn", "Me")}
    if not combining:
        return text
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if letter in combining else 0
        if marks <= _MARKS:
            kept.append(letter)
    return "".join(kept)
