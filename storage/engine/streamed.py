"""Streamed: the rows of an answer of any length, of which a thousand at most are held at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Table
from sqlmodel import Session

from storage.engine.deferred import settle

_CHUNK = 1_000


def rows_of(session: Session, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """Yield rows by the names of their columns."""
    for row in session.connection().execute(query.execution_options(yield_per=_CHUNK)):
        yield dict(row._mapping)


def parts_of(session: Session, questions: Mapping[str, Select[Any]]) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Yield what each question is called, with its rows; one has to be read before the next is asked for."""
    settle(session)
    for name, query in questions.items():
        yield name, rows_of(session, query)


def all_but(table: Table, *left_out: str) -> list[ColumnElement[Any]]:
    """Return the columns of a table, but for some."""
    return [column for column in table.c if column.name not in left_out]
