"""Normalising: the form in which text is compared. What is stored and shown is never folded.

People write the same word in many ways: REFUND, full-width ｒｅｆｕｎｄ, with soft hyphens or zero-width spaces inside,
"can’t" and "can't", a non-breaking space between two words. Folding maps them to one form: Unicode NFKC and case
folding (Unicode Standard, section 3.13, "caseless matching"), without characters that have no width, with one space
for any run of white space, and with what readers of each script take for the same (``storage.text.spellings``).

Joiners (ZWJ, ZWNJ) go too. Persian, Sinhala and emoji need them to be drawn rightly, but terms and text lose them
alike, so comparing stays right.
"""

import re
import unicodedata
from functools import lru_cache

from storage.text.spellings import SIGNS, mend_raised, parting, respell

SPACELESS = "spaceless"
HANGUL = "HANGUL"
DIGIT = "digit"
FLOATING = "floating"

_MAX_MARKS = 30  # in a row: Unicode's Stream-Safe Text Format, UAX #15 section 13
_SHORT = 300

# These decompose into combining marks without being any themselves, and so would slip past _stream_safe.
_DECOMPOSED = {
    composed: unicodedata.normalize("NFKD", composed).replace("\u0640", "")
    for composed in "\u0f73\u0f75\u0f81\ufcf2\ufcf3\ufcf4\ufe71\ufe77\ufe79\ufe7b\ufe7d\ufe7f\uff9e\uff9f"
}
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Of ASCII small letters and spaces, and for what is no sign to see, or means more beside others, a zero: in one look,
# which is the quickest there is.
_ASCII = (
    bytes(32 if chr(one).isspace() else one if chr(one).isprintable() and chr(one) != "`" else 0 for one in range(128))
    .lower()
    .ljust(256)
)
_REPLACED = SIGNS | _DECOMPOSED
_CLASS = f"[{_INVISIBLE}{re.escape(''.join(_REPLACED))}]"
_ODD = re.compile(f"{_CLASS}{_CLASS}*")
_TOO_MANY_MARKS = re.compile(rb"[^\0]{%d,}" % (_MAX_MARKS + 1))

# First words of the Unicode names of letters in scripts that put no space between words.
_SPACELESS_NAMES = re.compile(
    "CJK|IDEOGRAPHIC|HANGZHOU|VERTICAL|HIRAGANA|HENTAIGANA|KATAKANA(-HIRAGANA)?|BOPOMOFO|YI|NUSHU|TANGUT|KHITAN"
    "|THAI|LAO|KHMER|MYANMAR|TIBETAN|TAI|NEW|JAVANESE|BALINESE|CHAM"
)


def fold(text: str) -> str:
    """Return ``text`` as it is compared; linear in its length, and folding twice changes nothing."""
    if text.isascii():
        plain = text.encode().translate(_ASCII).decode()
        if "\0" in plain or "  " in plain:  # most that is looked at is one line, with single spaces
            folded = " ".join(text.lower().split())
            plain = folded if folded.isprintable() else " ".join(_ODD.sub("", folded).split())
            return respell(plain.strip(" ")) if "`" in plain else plain.strip(" ")
        return plain.strip(" ")
    western = text.encode("latin-1", "ignore")
    if len(western) == len(text):
        plain = western.translate(_western()).decode("latin-1")
        if "\0" not in plain and "  " not in plain:
            return plain.strip(" ").replace("ß", "ss")
    return _fold_any(text)


def _fold_any(text: str) -> str:
    visible = _stream_safe(_ODD.sub(_replace, mend_raised(text)))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return " ".join(respell(folded).split())


@lru_cache(maxsize=1)
def _western() -> bytes:
    """Return the same table for what Latin-1 has, which is nearly all that is written in the west of Europe.

    A letter has its folded one where that is one of Latin-1, whatever stands beside it; for all else there is a zero.
    """
    table = bytearray(_ASCII)
    for one in map(chr, range(128, 256)):
        folded = " " if one.isspace() else _fold_any(one)
        alone = len(folded) == 1 and folded < "\u0100" and not _ODD.match(one)
        table[ord(one)] = ord(one if one == "ß" else folded if alone else "\0")
    return bytes(table)


def composed(text: str) -> str:
    """Return ``text`` letter by letter as it is: only what Unicode writes in two ways (NFC) is written in one."""
    return text if text.isascii() else unicodedata.normalize("NFC", _stream_safe(text))


@lru_cache(maxsize=8192)
def kind(character: str) -> str:
    """Tell what a folded character is to a word: empty when it is no part of one, else what it may join with.

    The answer is a script's name ("LATIN"), HANGUL, SPACELESS, DIGIT, or FLOATING: a mark or modifier that belongs to
    whatever it stands by. The first word of a character's Unicode name is its script, which spares a table of scripts.
    """
    category = unicodedata.category(character)
    script = unicodedata.name(character, "").partition(" ")[0]
    if category[0] not in "LMN" or category == "Me":
        return ""
    if _SPACELESS_NAMES.fullmatch(script) or character in "\u3099\u309a":
        return SPACELESS
    if category[0] == "N":
        return DIGIT
    return FLOATING if script in {"COMBINING", "MODIFIER"} else script


def is_mark(character: str) -> bool:
    """Tell whether the character continues the letter before it."""
    return unicodedata.category(character)[0] == "M"


def joined(left: str, right: str) -> bool:
    """Tell whether two neighbours stand inside one word, so that no word ends between them.

    Only letters and digits of one script join: "acme" ends before "ology", but not in "acmeが" or "acmeом". Scripts
    without spaces never join: who searches there for a word finds it inside longer ones too.
    """
    before, after = kind(left), kind(right)
    if not before or not after or SPACELESS in (before, after):
        return False
    if HANGUL in (before, after):
        return before == after
    return before == after or DIGIT in (before, after) or FLOATING in (before, after)


def _replace(found: re.Match[str]) -> str:
    run = "".join([_REPLACED.get(sign, "") for sign in found[0]])
    return run or parting(found)


def _stream_safe(text: str) -> str:
    """Cut runs of combining marks: normalising sorts them, at a cost that is the square of a run's length."""
    if len(text) <= _SHORT:
        return text
    runs = list(_TOO_MANY_MARKS.finditer(bytes(map(unicodedata.combining, text))))
    if not runs:
        return text
    starts = [0, *(run.end() for run in runs)]
    ends = [*(run.start() + _MAX_MARKS for run in runs), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
