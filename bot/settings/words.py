"""The words of a department, in dibs.toml: by which of them it supposes what may come of a mention.

A kind that is not named keeps the words that Dibs comes with, which are English; ``[]`` supposes it never.
"""

from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.standing import DEFAULT_WORDS, KINDS, Words
from handlers.text.terms import Kind, TermError, parse_term

MOST_WORDS = 200


def read_words(table: Table) -> Words:
    """Read ``[departments.….words]``."""
    table.only(KINDS)
    kinds = dict.fromkeys((*DEFAULT_WORDS, *KINDS))
    found = {str(kind): _words(table, kind) if kind in table else DEFAULT_WORDS.get(kind, ()) for kind in kinds}
    _tell_twice(table, found)
    return found


def _words(table: Table, kind: str) -> tuple[str, ...]:
    found = table.texts(kind)
    if len(found) > MOST_WORDS:
        table.wrong(kind, f"has {len(found):,} words; there is room for {MOST_WORDS}.")
    for position, text in enumerate(found):
        try:
            silent = parse_term(text).kind is Kind.LANGUAGE
        except TermError as error:
            table.problems.at((*table.path, kind, position), f"{table.label} {kind}: {error}")
        else:
            if silent:
                sentence = f"{table.label} {kind}: {quoted(text)} is no word; a language supposes nothing."
                table.problems.at((*table.path, kind, position), sentence)
    return found[:MOST_WORDS]


def _tell_twice(table: Table, found: Words) -> None:
    """Refuse a word that stands for two things: nobody could say which it makes us suppose."""
    kinds: dict[str, str] = {}
    for kind, words in found.items():
        for word in words:
            before = kinds.setdefault(word.casefold(), kind)
            if before != kind:
                where = kind if kind in table else before
                table.wrong(where, f"has {quoted(word)}, which stands for {before if where == kind else kind} already.")
