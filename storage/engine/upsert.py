"""Insert or ignore: whoever is first writes the row, and who comes later finds it there, in one statement.

Both databases say ON CONFLICT DO NOTHING, but SQLAlchemy has an INSERT of its own for each of them. It is imported
when a database speaks that dialect: PostgreSQL's takes 2 MB and 30 ms, which a start on SQLite does not need.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import CursorResult
from sqlmodel import Session

from storage.engine.compiled import Compiled, dialect_of


def insert_into(table: Any, dialect: str) -> Any:
    """Begin an INSERT that may say what to do ON CONFLICT, in the words of ``dialect``."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


class InsertOrIgnore:
    """The statement for one table, in each dialect."""

    __slots__ = ("_hot", "_returning", "_statements", "_table")

    def __init__(self, table: Any, *returning: Any) -> None:
        """Take the table; ``returning`` are columns that come back for a row that was written, and only then."""
        self._table, self._returning = table, returning
        self._statements: dict[str, Any] = {}
        self._hot: dict[str, Compiled] = {}

    def statement(self, dialect: str) -> Any:
        """Return the statement as ``dialect`` has it, for who runs it in another way."""
        if dialect not in self._statements:
            plain = insert_into(self._table, dialect).on_conflict_do_nothing()
            self._statements[dialect] = plain.returning(*self._returning) if self._returning else plain
        return self._statements[dialect]

    def run(self, session: Session, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Write a row, or several; those that exist already stay as they are."""
        connection = session.connection()
        found: CursorResult[Any] = connection.execute(self.statement(connection.dialect.name), values)
        return found

    def first(self, session: Session, values: Mapping[str, Any]) -> int | None:
        """Write a row of one and the same shape, on a hot path; returns its key, None where it existed already."""
        found = self._as_compiled(session, values).first(session, **values)
        return int(found[0]) if found else None

    def many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write many rows of one and the same shape, on a hot path; those that exist already stay as they are."""
        if rows:
            self._as_compiled(session, rows[0]).many(session, rows)

    def _as_compiled(self, session: Session, shape: Mapping[str, Any]) -> Compiled:
        dialect = dialect_of(session)
        hot = self._hot.get(dialect) or Compiled(self.statement(dialect), *shape)
        self._hot[dialect] = hot
        return hot
