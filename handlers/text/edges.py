"""Edges: whether what stands at a place in folded text is a whole word, hashtag, handle or host, or begins one.

- Only letters and digits of one script hold a word together (``normalise.joined``): "acme" is in "acmeが好き" and
  "株式会社acme", not in "acmeology" or "acme2". Chinese, Japanese, Thai, Lao, Khmer, Burmese and the like put no space
  between words, so nothing is asked there.
- Korean asks at the start alone: particles grow at a noun's end ("환불" in "환불을"), so asking at the end would miss
  nearly every use; asking at the start keeps "배" out of "담배".
- Arabic and Hebrew write their article and prepositions onto the word: "فاتورة" is in "بالفاتورة". These are looked
  past where they are all that stands before it (``spellings.is_written_on``), so "ספר" is in "הספר", not in "מספר".
- A combining mark behind the needle means that its last letter is another one.
- A hashtag goes on over letters, digits and "_" of any script, as the platforms link it. A handle goes on over letters
  and digits of its script, over "_", and over "." and "-" when more follows, so "@acme" is neither
  "@acme.example" nor the end of an e-mail address, but it is in "@acme@mastodon.example".
- A host begins behind a dot too, since hosts below it count, and goes on over a dot or hyphen that leads to more of a
  name: "acme.example" is in "blog.acme.example" and "acme.example-Konto", not in "acme.example.evil.test",
  "not-acme.example" or "acme.example@evil.test".
"""

import re

from handlers.text.terms import Kind, Term
from storage.text.normalise import FLOATING, HANGUL, fold, is_mark, joined, kind
from storage.text.spellings import MOST_WRITTEN_ON, WRITTEN_ON, is_written_on

_BLANK = " \n"
_COMPOUND = re.compile(r"[-_][\w-]{0,63}\.\w")


def stands_apart(haystack: str, start: int, end: int) -> bool:
    """Tell whether there is a blank or nothing on either side, so that whatever was found there stands."""
    return (not start or haystack[start - 1] in _BLANK) and (end == len(haystack) or haystack[end] in _BLANK)


def stands(term: Term, haystack: str, start: int, end: int) -> bool:
    """Tell whether what was found at ``start`` is a whole word, hashtag, handle or host, or begins one for a prefix."""
    if start and not _begins(term.kind, haystack, start, end):
        return False
    if end == len(haystack):
        return True
    last, following = haystack[end - 1], haystack[end]
    if is_mark(following) and (not term.prefix or kind(following) == FLOATING):
        return False
    if term.prefix:
        return True
    if term.kind is Kind.HASHTAG:
        return not kind(following) and following != "_"
    if term.kind is Kind.HANDLE and not _handle_ends(haystack, end):
        return False
    if term.kind is Kind.HOST and not _host_ends(haystack, end):
        return False
    return not joined(last, following) or kind(last) == kind(following) == HANGUL


def stands_literally(text: str, start: int, end: int) -> bool:
    """Tell whether no letter or digit stands beside a letter or digit that begins or ends what was found as it is.

    Letters of two scripts do not stand beside each other, as with words: `SAP` is in "SAPの導入" and "SAP는".
    """
    if start and _joined(text[start - 1], text[start]):
        return False
    return end == len(text) or not (is_mark(text[end]) or _joined(text[end - 1], text[end]))


def _joined(left: str, right: str) -> bool:
    if not (left.isalnum() or is_mark(left)) or not right.isalnum():
        return False
    return joined(fold(left)[-1:] or left, fold(right)[:1] or right)


def _begins(term_kind: Kind, haystack: str, start: int, end: int) -> bool:
    previous = haystack[start - 1]
    if term_kind is Kind.WORD:
        return not joined(previous, haystack[start]) or _is_behind_an_article(haystack, start, end)
    if term_kind is Kind.LITERAL:
        return not joined(previous, haystack[start])
    if term_kind is Kind.HOST:
        return _host_begins(haystack, start)
    if term_kind is Kind.HASHTAG and previous == "/":  # an address's fragment
        return False
    return previous != "_" and not _is_alphabetic(previous)


def _is_behind_an_article(haystack: str, start: int, end: int) -> bool:
    """Tell whether all that stands before a word, in one with it, is what its script writes onto words."""
    script = kind(haystack[start])
    if script not in WRITTEN_ON:
        return False
    first = start - 1
    while first and start - first <= MOST_WRITTEN_ON and joined(haystack[first - 1], haystack[first]):
        first -= 1
    return is_written_on(script, haystack[first:start], haystack[start:end].partition(" ")[0])


def _handle_ends(haystack: str, end: int) -> bool:
    following = haystack[end]
    if following in ".-" and end + 1 < len(haystack):
        return not _is_alphabetic(haystack[end + 1])
    return following != "_"


def _host_begins(haystack: str, start: int) -> bool:
    previous = haystack[start - 1]
    if previous in "-_":
        return start < 2 or not _is_alphabetic(haystack[start - 2])
    # an address within an address: "?u=https%3A%2F%2Facme.example"
    return not joined(previous, haystack[start]) or haystack.endswith("%2f", 0, start)


def _host_ends(haystack: str, end: int) -> bool:
    following = haystack[end]
    if following in ".@":
        return end + 1 == len(haystack) or not _is_alphabetic(haystack[end + 1])
    return following not in "-_" or not _COMPOUND.match(haystack, end)


def _is_alphabetic(character: str) -> bool:
    """Tell whether this is a digit, or a letter of a script that puts spaces between words (digits join them all)."""
    return joined(character, "0")
