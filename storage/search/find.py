"""Find: how a question is put to either database, by the index or row by row."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, column, func, literal, or_, select, table
from sqlalchemy.types import UserDefinedType

from storage.search.tables import mention_words
from storage.text.cut import Needle

_index = table("mention_words_index", column("rowid", Integer), column("mention_words_index", Text))


class _TsQuery(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "TSQUERY"


def by_index(needles: Sequence[Needle], dialect: str) -> tuple[Select[int], ColumnElement[int]]:
    """Select the ids of the mentions that have all these words, from the index; returns the id's column, too."""
    if dialect == "sqlite":
        key: ColumnElement[int] = _index.c.rowid
        asked = _question(needles, '"', "AND", "OR", " *")
        return select(key).where(_index.c.mention_words_index.op("MATCH")(asked)), key
    key = mention_words.c.mention_id
    return select(key).where(_matches(needles)), key


def by_row(needles: Sequence[Needle], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a row of ``mention_words`` has all these words, which no index answers."""
    words = mention_words.c.words
    if dialect == "sqlite":
        return and_(*(or_(*(func.instr(words, begun) > 0 for begun in _begun(one))) for one in needles))
    return _matches(needles).is_(True)


def _begun(needle: Needle) -> list[str]:
    return [f" {token}{'' if needle.prefix else ' '}" for token in needle.tokens]


def _matches(needles: Sequence[Needle]) -> ColumnElement[bool]:
    asked = cast(literal(_question(needles, "'", "&", "|", ":*")), _TsQuery())
    return mention_words.c.words.op("@@", is_comparison=True)(asked)


def _question(needles: Sequence[Needle], quote: str, both: str, either: str, goes_on: str) -> str:
    """Write a question as a database reads it; words have no sign that needs care (``storage.text.cut``)."""
    found = []
    for one in needles:
        words = (f"{quote}{token}{quote}{goes_on if one.prefix else ''}" for token in one.tokens)
        found.append(f"({f' {either} '.join(words)})")
    return f" {both} ".join(found)
