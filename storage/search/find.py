"""Find: how a question is put to either database, by the index or row by row."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, column, func, literal, select, table
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
        asked = " AND ".join(f'"{one.token}"{" *" if one.prefix else ""}' for one in needles)
        key: ColumnElement[int] = _index.c.rowid
        return select(key).where(_index.c.mention_words_index.op("MATCH")(asked)), key
    key = mention_words.c.mention_id
    return select(key).where(_matches(needles)), key


def by_row(needles: Sequence[Needle], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a row of ``mention_words`` has all these words, which no index answers."""
    words = mention_words.c.words
    if dialect == "sqlite":
        return and_(*(func.instr(words, f" {one.token}{'' if one.prefix else ' '}") > 0 for one in needles))
    return _matches(needles).is_(True)


def _matches(needles: Sequence[Needle]) -> ColumnElement[bool]:
    asked = " & ".join(f"'{one.token}'{':*' if one.prefix else ''}" for one in needles)
    return mention_words.c.words.op("@@", is_comparison=True)(cast(literal(asked), _TsQuery()))
