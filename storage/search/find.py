"""Find: how a question is put to either database, by the index or row by row."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, Text, and_, cast, column, func, literal, select, table
from sqlalchemy.types import UserDefinedType

from storage.search.tables import mention_words
from storage.text.cut import Needle

_index = table("mention_words_index", column("rowid"), column("mention_words_index", Text))


class _TsQuery(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "TSQUERY"


def by_index(needles: Sequence[Needle], dialect: str) -> Select[int]:
    """Select the ids of the mentions that have all these words, from the index."""
    if dialect == "sqlite":
        asked = " AND ".join(f'"{one.token}"{" *" if one.prefix else ""}' for one in needles)
        return select(_index.c.rowid).where(_index.c.mention_words_index.op("MATCH")(asked))
    return select(mention_words.c.mention_id).where(_matches(needles))


def by_row(needles: Sequence[Needle], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a row of ``mention_words`` has all these words, which no index answers."""
    words = mention_words.c.words
    if dialect == "sqlite":
        return and_(*(func.instr(words, f" {one.token}{'' if one.prefix else ' '}") > 0 for one in needles))
    return _matches(needles).is_(True)


def _matches(needles: Sequence[Needle]) -> ColumnElement[bool]:
    asked = " & ".join(f"'{one.token}'{':*' if one.prefix else ''}" for one in needles)
    return mention_words.c.words.op("@@", is_comparison=True)(cast(literal(asked), _TsQuery()))
