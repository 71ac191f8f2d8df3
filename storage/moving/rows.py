"""Rows: how they are read from an SQLite file, in the order of their keys, and how they are written to PostgreSQL.

The tables come in an order in which no row points to one that is not there yet. None points into itself; a test holds
that. The rows of the log go in as all others: what keeps it append-only refuses to change and to delete, and neither is
done. The index of search differs by kind, but not what it knows: the words of a mention, each once.
"""

import json
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Select, String, Table, func, select, tuple_
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from storage.search.tables import mention_words
from storage.tables.everything import all_tables as stored_tables

_READ_AHEAD = 1_000
Row = Sequence[Any]


def all_tables() -> list[Table]:
    """Return all tables, those first to which others point."""
    return [*stored_tables(), mention_words]


def count(connection: Connection) -> int:
    """Return how many rows there are in all tables."""
    counts = (connection.scalar(select(func.count()).select_from(table)) for table in all_tables())
    return sum(one or 0 for one in counts)


def portion(source: Connection, table: Table, after: Sequence[Any], most: int) -> list[Row]:
    """Return the next rows of a table after the one with that key; no key = from the first on."""
    query = in_order(table)
    if after:
        query = query.where(tuple_(*table.primary_key.columns) > tuple_(*after))
    return [tuple(row) for row in source.execute(query.limit(most))]


def key_of(table: Table, row: Row) -> list[Any]:
    """Return the key of a row."""
    return [value for column, value in zip(table.columns, row, strict=True) if column.primary_key]


def key_to_text(key: Sequence[Any]) -> str:
    """Return a key as it is written down."""
    return json.dumps(key, default=datetime.isoformat)


def key_from_text(table: Table, text: str) -> list[Any]:
    """Return a key as it was before it was written down."""
    pairs = zip(table.primary_key.columns, json.loads(text), strict=False)  # none before the first row
    return [datetime.fromisoformat(value) if isinstance(column.type, UTCDateTime) else value for column, value in pairs]


def in_order(table: Table, collation: str = "") -> Select[Any]:
    """Return the query for all rows by their keys, and texts by their bytes, as SQLite has them by itself."""
    keys = table.primary_key.columns
    return select(table).order_by(
        *(one.collate(collation) if collation and isinstance(one.type, String | AutoString) else one for one in keys)
    )


def write(target: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Write rows by COPY, in the transaction that is open."""
    names = ", ".join(quoted(target, one.name) for one in table.columns)
    driver: Any = target.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {quoted(target, table.name)} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(_as_vector(row) if table is mention_words else row)


def known_to_source(source: Connection, table: Table) -> Generator[Row, None, None]:
    """Yield the rows of the source in order, as they are to be compared."""
    with source.execute(in_order(table).execution_options(yield_per=_READ_AHEAD)) as found:
        for row in found:
            yield (row[0], sorted(_words(row))) if table is mention_words else tuple(row)


def known_to_target(target: Connection, table: Table) -> Generator[Row, None, None]:
    """Yield the rows of the target in the same order."""
    query = in_order(table, "C")
    if table is mention_words:
        words = func.tsvector_to_array(mention_words.c.words)
        query = select(mention_words.c.mention_id, words).order_by(mention_words.c.mention_id)
    with target.execute(query.execution_options(yield_per=_READ_AHEAD)) as found:
        for row in found:
            yield (row[0], sorted(row[1])) if table is mention_words else tuple(row)


def number_on(target: Connection) -> None:
    """Let PostgreSQL number on after what was written."""
    for table in all_tables():
        for column in table.primary_key.columns:
            if isinstance(column.type, Integer):
                sequence = func.pg_get_serial_sequence(quoted(target, table.name), column.name)
                last = func.max(column)
                target.execute(select(func.setval(sequence, last)).having(last.is_not(None)))


def quoted(connection: Connection, name: str) -> str:
    """Return a name as it may stand in a statement."""
    return connection.dialect.identifier_preparer.quote(name)


def _words(row: Row) -> set[str]:
    return {word for word in row[1].split(" ") if word}


def _as_vector(row: Row) -> Row:
    """Return a row of the index with its words as a ``tsvector`` is written."""
    marked = (word.replace("\\", "\\\\").replace("'", "''") for word in sorted(_words(row)))
    return row[0], " ".join(f"'{word}'" for word in marked)
