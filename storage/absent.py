"""Insert if absent: whoever is first writes the row, and who comes later finds it there, in one statement.

Both databases say ON CONFLICT DO NOTHING, but SQLAlchemy has an INSERT of its own for each of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


class InsertIfAbsent:
    """The statement for one table, in each dialect.

    Attributes:
        statements: By the name of the dialect, for who runs them in another way.
    """

    __slots__ = ("statements",)

    def __init__(self, table: Any, *returning: Any) -> None:
        """Write the statement; ``returning`` are columns that come back for a row that was written, and only then."""
        plain = {
            "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
            "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        }
        self.statements: dict[str, Any] = {
            name: statement.returning(*returning) if returning else statement for name, statement in plain.items()
        }

    def run(self, session: Session, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Write a row, or several; those that exist already stay as they are."""
        connection = session.connection()
        found: CursorResult[Any] = connection.execute(self.statements[connection.dialect.name], values)
        return found
