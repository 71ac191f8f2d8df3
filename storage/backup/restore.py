"""Restore: put a backup into an empty database, all of it or nothing.

The tables are made as they were when the backup was taken, filled, and then brought to the schema of this release, in
one transaction. The log has to verify against the head that the backup names. What happened after the backup is not
known any more, but stands in channels and in public: so every lane looks before it posts, and a person is asked of each
reply that was on its way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, delete, insert, inspect, table
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError
from sqlmodel import Session

from storage.backup.form import MOMENT, TYPES, BackupError, Header, read_header, read_lines, readable
from storage.backup.take import TOLD_EVERY, Tell
from storage.channels import restored as channels
from storage.engine.schema import VERSIONS, look
from storage.own import ownership
from storage.reply import restored as replies
from storage.search import due

LOOKS_FOR = timedelta(days=1)
WHY = "Dibs was restored from a backup that was taken while this reply was on its way, so it may stand there."
_PORTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back: rows, the moment of the backup, the log, and the replies of which a person is asked."""

    rows: int
    at: datetime
    schema: str
    events: int
    head: str
    asked: int


def restore(engine: Engine, path: Path, now: datetime, tell: Tell) -> Restored:
    """Fill an empty database.

    Raises:
        BackupError: The database is not empty, or the file is no backup, is spoilt, or is of a later release.
    """
    from storage.engine.upgrade import Filling, migrate  # noqa: PLC0415 - Alembic takes long to import

    if look(engine).state != "empty" or _filled(engine):
        raise BackupError(
            "The database is not empty, and a backup is put into an empty one only. Nothing was changed. Name another "
            "database in DIBS_DATABASE_URL, or move the file away first."
        )
    header = _header(path)
    engine.dispose()
    written, asked = 0, 0

    def rows(connection: Connection) -> None:
        nonlocal written
        written = _fill(connection, path, header, tell)

    def after(connection: Connection) -> None:
        nonlocal asked
        session = Session(connection, join_transaction_mode="rollback_only")
        tell("Verifying the ownership log…")
        _verify(session, path, header)
        channels.look_first(session, header.at, now + LOOKS_FOR)
        asked = replies.doubt(session, header.at, WHY)
        due.begin_anew(session)

    if not migrate(engine, Filling(schema=header.schema, rows=rows, after=after)):
        raise BackupError(f"{path} is damaged: rows of it point to others that are not there. Nothing was changed.")
    return Restored(
        rows=written, at=header.at, schema=header.schema, events=header.events, head=header.head, asked=asked
    )


def _header(path: Path) -> Header:
    with readable(path):
        header = read_header(next(read_lines(path)))
    if header.schema not in VERSIONS:
        raise BackupError(
            f"{path} has schema {header.schema}, which this release of Dibs does not know (it knows {VERSIONS[-1]}). "
            "Restore it with the release that wrote it, or a later one."
        )
    return header


def _filled(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(set(inspect(connection).get_table_names()) - {"alembic_version"})


def _fill(connection: Connection, path: Path, header: Header, tell: Tell) -> int:
    """Write the rows; what the steps themselves put there, such as the first head of the log, goes first."""
    total = 0
    there = inspect(connection)
    for name, kinds in header.columns.items():
        known = {one["name"] for one in there.get_columns(name)} if there.has_table(name) else set()
        if not known or not kinds.keys() <= known:
            raise BackupError(f"{path} is damaged: it names what schema {header.schema} has not. Nothing was changed.")
    for name in reversed(list(header.columns)):
        connection.execute(delete(table(name)))
    for name, rows in _portions(path, header):
        kinds = header.columns[name]
        target = table(name, *(column(one, TYPES[kind]) for one, kind in kinds.items()))
        with readable(path):
            values = [_unpack(row, kinds) for row in rows]
        try:
            connection.execute(insert(target), values)
        except (IntegrityError, DataError, StatementError) as error:
            if isinstance(error, OperationalError):
                raise
            raise BackupError(f"{path} is damaged: {name} takes no such rows. Nothing was changed.") from error
        total += len(rows)
        if total % TOLD_EVERY < len(rows):
            tell(f"{name}: {total:,} rows so far")
    if connection.dialect.name == "postgresql":
        _count_on(connection, header)
    return total


def _portions(path: Path, header: Header) -> Iterator[tuple[str, list[list[Any]]]]:
    with readable(path):
        lines = read_lines(path)
        next(lines)
        name, waiting = "", list[list[Any]]()
        for line in lines:
            if isinstance(line, list):
                waiting.append(line)
            if waiting and (not isinstance(line, list) or len(waiting) == _PORTION):
                yield name, waiting
                waiting = []
            if isinstance(line, dict):
                name = line["table"]
                if name not in header.columns:
                    raise ValueError(name)
        if waiting:
            yield name, waiting


def _unpack(row: list[Any], kinds: Any) -> dict[str, Any]:
    pairs = zip(kinds.items(), row, strict=True)
    return {
        name: datetime.fromisoformat(value) if kind == MOMENT and value is not None else value
        for (name, kind), value in pairs
    }


def _count_on(connection: Connection, header: Header) -> None:
    """Let PostgreSQL number on after what was put back."""
    for name, kinds in header.columns.items():
        if kinds.get("id") == "integer":
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) IS NOT NULL"  # noqa: S608
            )


def _verify(session: Session, path: Path, header: Header) -> None:
    verdict = ownership.verify(session, header.head)
    if verdict.trouble or verdict.rows != header.events:
        why = verdict.trouble or f"It has {verdict.rows} rows, and there were {header.events}."
        raise BackupError(f"The ownership log in {path} is broken: {why} Nothing was changed.")
