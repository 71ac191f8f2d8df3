"""Streamed: the rows of an answer of any length, of which a thousand at most are held at once."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, Table
from sqlmodel import Session

_CHUNK = 1_000


def rows_of(session: Session, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """Yield rows by the names of their columns."""
    for row in session.connection().execute(query.execution_options(yield_per=_CHUNK)):
        yield dict(row._mapping)


def all_but(table: Table, *left_out: str) -> list[ColumnElement[Any]]:
    """Return the columns of a table, but for some."""
    return [column for column in table.c if column.name not in left_out]
