"""Lists: what PostgreSQL reads of a column's list is what was in it, whatever was in it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, String, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.engine.compiled import dialect_of
from storage.engine.database import Database, Session
from storage.engine.lists import Lists, list_of

COLUMNS: list[Column[Any]] = [
    Column("n", BigInteger),
    Column("at", UTCDateTime()),
    Column("so", Boolean),
    Column("word", String),
]
ROWS: list[tuple[object, ...]] = [
    (1, datetime(2026, 3, 2, 8, 58, 0, 7, tzinfo=UTC), True, "plain"),
    (None, None, None, None),
    (-(2**62), datetime(1969, 12, 31, 23, 59, tzinfo=UTC), False, ""),
    (0, datetime(2026, 3, 2, tzinfo=UTC), False, 'a "b" \\ {c,d}, NULL'),
    (0, datetime(2026, 3, 2, tzinfo=UTC), False, "NULL"),
    (0, datetime(2026, 3, 2, tzinfo=UTC), False, " 返金\n🙂 "),
]


def test_a_list_holds_what_was_in_it(database: Database) -> None:
    def look(session: Session) -> list[tuple[object, ...]]:
        if dialect_of(session) == "sqlite":
            return ROWS  # which takes rows one by one
        names = [one.name for one in COLUMNS]
        given = func.unnest(*map(list_of, COLUMNS)).table_valued(*names).render_derived()
        return [tuple(row) for row in session.connection().execute(select(given), Lists(COLUMNS)(ROWS))]

    assert database.read(look) == ROWS
