"""Tokens: a query cut into words, phrases, literals, operators and brackets, each with its place.

What other languages of search write, and what a keyboard makes of quotation marks, is either understood or refused
with what to write here. It is never looked for as a word in silence, since such a topic would match nothing, and
nobody would know.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from handlers.text.query.errors import QueryError, at
from storage.text.normalise import fold

QUOTES = '"“”„‟＂'
TICK = "`"
_OPEN, _CLOSE = "(（", ")）"
_BLANK = re.compile(r"\s+")
_WORD = re.compile(rf"[^\s{re.escape(QUOTES + TICK + _OPEN + _CLOSE)}]+")
_ENDS = re.compile(rf"$|[\s{re.escape(_OPEN + _CLOSE)}]")
_QUOTED = re.compile(f"[{QUOTES}]")
_DOT = re.compile(r"\(\.\)|\[\.\]")
_DEFANGED = re.compile(r"[^\s()\[\]]++(?:\(\.\)|\[\.\])\S++")
_SINGLE = re.compile(r"['‘][^\s'‘’]+(?:\s+[^\s'‘’]+)+['’](?!\w)")
_FIELD = re.compile(r"([^\W\d_]{2,12})[:：](.*)", re.DOTALL)
_OF_OTHERS = {"&&": "AND", "||": "OR", "|": "OR", "!": "NOT"}


class Sort(Enum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    WORD = "word"
    PHRASE = "phrase"
    LITERAL = "literal"
    END = "end"


_OPERATORS = {"AND": Sort.AND, "OR": Sort.OR, "NOT": Sort.NOT}
LEAVES = frozenset({Sort.WORD, Sort.PHRASE, Sort.LITERAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One piece of a query.

    Attributes:
        text: What stands behind its field, without the signs of a phrase or literal.
        written: All of it.
        field: What stands before its colon, folded; or empty.
        start, end: From where to where it stands.
    """

    sort: Sort
    text: str
    written: str
    start: int
    end: int
    field: str = ""


def tokens(query: str) -> Iterator[Token]:
    """Yield the pieces of a query; the last is an END.

    Raises:
        QueryError: Something is not closed, or is no piece of this language.
    """
    position = 0
    while True:
        position = blank.end() if (blank := _BLANK.match(query, position)) else position
        if position == len(query):
            yield Token(sort=Sort.END, text="", written="", start=position, end=position)
            return
        token = _next(query, position)
        yield token
        position = token.end


def _next(query: str, start: int) -> Token:
    sign = query[start]
    if sign in _OPEN:
        return Token(sort=Sort.OPEN, text=sign, written=sign, start=start, end=start + 1)
    if sign in _CLOSE:
        return Token(sort=Sort.CLOSE, text=sign, written=sign, start=start, end=start + 1)
    if sign in QUOTES or sign == TICK:
        return _quoted(query, start, start)
    if fold(sign) == "-" and (minus := _minus(query, start)):
        return minus
    _refuse_look_alikes(query, start)
    found = _WORD.match(query, start)
    end, word = (found.end(), found[0]) if found else (start + 1, sign)
    if query[end : end + 1] and query[end] in QUOTES + TICK:
        return _after_colon(query, start, end)
    return _word(query, word, start, end)


def _word(query: str, word: str, start: int, end: int) -> Token:
    operator = word.upper() if word.upper() in _OPERATORS else ""
    if operator == word:
        return Token(sort=_OPERATORS[word], text=word, written=word, start=start, end=end)
    if operator:
        raise QueryError(f"“{word}” {at(start)} is a small word: write {operator}, or put it in quotes.", query, start)
    name, value = _split(word)
    if not name:
        _refuse_signs(query, word, start)
    return Token(sort=Sort.WORD, text=value, written=word, field=name, start=start, end=end)


def _split(word: str) -> tuple[str, str]:
    found = _FIELD.fullmatch(word)
    return (fold(found[1]), found[2]) if found else ("", word)


def _quoted(query: str, start: int, opening: int, field: str = "") -> Token:
    """Read a phrase or literal whose first sign stands at ``opening``."""
    tick = query[opening] == TICK
    closing = query.find(TICK, opening + 1) if tick else _closing_quote(query, opening + 1)
    called = "backtick" if tick else "quotation mark"
    if closing < 0:
        raise QueryError(f"The {called} {at(opening)} is not closed.", query, opening)
    text, end = query[opening + 1 : closing], closing + 1
    if not text.strip():
        raise QueryError(f"There is nothing between the {called}s {at(opening)}.", query, opening)
    if not _ENDS.match(query, end):
        cure = "put a space behind it"
        if query[end] == "*":
            cure = 'a star stands inside of it, as in "charged tw*"' if not tick else "a literal takes no star"
        raise QueryError(f"Something stands close behind the {called} {at(closing)}; {cure}.", query, end)
    sort = Sort.LITERAL if tick else Sort.PHRASE
    return Token(sort=sort, text=text, written=query[start:end], field=field, start=start, end=end)


def _closing_quote(query: str, start: int) -> int:
    found = _QUOTED.search(query, start)
    return found.start() if found else -1


def _after_colon(query: str, start: int, opening: int) -> Token:
    """Read a field whose value is quoted: ``title:"charged twice"``."""
    name, value = _split(query[start:opening])
    if not name or value:
        raise QueryError(
            f"A quotation mark or backtick {at(opening)} stands inside a word; put a space before it.", query, opening
        )
    return _quoted(query, start, opening, name)


def _minus(query: str, start: int) -> Token | None:
    """Read a minus that is a NOT; a dash of another kind is none, and is refused before somebody waits for it."""
    if _ENDS.match(query, start + 1) and query[start + 1 : start + 2] not in tuple(_OPEN):
        raise QueryError(
            f"The minus {at(start)} stands alone; as NOT it stands directly before a word or bracket.", query, start
        )
    if query[start] not in "-\u2212\uff0d":
        raise QueryError(f"The dash {at(start)} is no minus: write -, or NOT.", query, start)
    return Token(sort=Sort.NOT, text="-", written="-", start=start, end=start + 1)


def _refuse_look_alikes(query: str, start: int) -> None:
    """Refuse what means something elsewhere, and would be a word here that stands in no text."""
    if found := _DEFANGED.match(query, start):
        host = _DOT.sub(".", found[0])
        raise QueryError(f"Write {host} {at(start)}: it is found with brackets round its dots too.", query, start)
    if found := _SINGLE.match(query, start):
        raise QueryError(
            f'Single quotation marks {at(start)} hold no phrase together; write "{found[0][1:-1]}".', query, start
        )


def _refuse_signs(query: str, word: str, start: int) -> None:
    meant = _OF_OTHERS.get(word) or ("NOT" if word[0] == "!" and word[1:2].isalpha() else "")
    if meant:
        raise QueryError(
            f"“{word}” {at(start)} is not understood: write {meant}, or put it in backticks if it is what you look "
            "for.",
            query,
            start,
        )
    if word[0] == "+" and word[1:2].isalpha():
        raise QueryError(
            f"The plus {at(start)} is not needed: words side by side must all be there. Leave it out.", query, start
        )
    if word not in {"#", "@", "*"} and all(_is_punctuation(sign) for sign in word):
        raise QueryError(
            f"“{word}” {at(start)} is only punctuation; put it in backticks if it is what you look for.", query, start
        )


def _is_punctuation(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] == "P" or category in {"Cc", "Cf"}
