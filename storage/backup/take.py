"""Take: write all that stands in a database into a file, as of one moment, while others go on writing.

Everything is read in one snapshot, so what belongs together is together. The file is made for its owner alone, gets
its name when it is whole and was read back, and never takes the place of another. Who may come in by which session is
left out: whoever ended one after the backup would find it open again. So are leases, which are of the moment, and the
index of words, which a restored Dibs makes anew.
"""

import gzip
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from sqlalchemy import Table, func, null, select
from sqlmodel import Session

from storage.backup.form import FORMAT, BackupError, Lines, kinds_of, pack, read_header, read_lines, readable
from storage.engine.database import Database
from storage.engine.files import reserve
from storage.engine.schema import VERSIONS
from storage.own import ownership
from storage.search.tables import SearchDue
from storage.tables.base import table_of
from storage.tables.everything import all_tables
from storage.tables.people import DeskSession
from storage.tables.replicas import Replica, SchemaFloor
from storage.tables.report import CountDay, Fact, Folded, PersonDay, PersonFirst, Stay

# What nobody may come in by, who works on a database, and what is made from the rest.
REPORT = tuple(table_of(one) for one in (Fact, Stay, CountDay, PersonDay, PersonFirst, Folded))
_LEFT_OUT = (table_of(DeskSession), table_of(Replica), table_of(SchemaFloor), table_of(SearchDue), *REPORT)
_LEASE = ("lease", "leased_until")
_PORTION = 1_000
_LEVEL = 6
TOLD_EVERY = 50_000

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was written: how many rows, how long the log was, its head, and what is wrong with it (or empty)."""

    rows: int
    events: int
    head: str
    trouble: str


def tables() -> list[Table]:
    """Return the tables of a backup, those first to which others point."""
    return [one for one in all_tables() if one not in _LEFT_OUT]


def take(database: Database, path: Path, now: datetime, tell: Tell) -> Taken:
    """Write a backup.

    Raises:
        BackupError: There is such a file already, or what was written cannot be read back.
    """
    if path.exists():
        raise BackupError(f"{path} is there already; it was left as it is.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    reserve(part)
    try:
        taken = database.read(lambda session: _write(session, part, now, tell))
        tell("Reading it back…")
        _read_back(part, path, taken)
        os.link(part, path)  # where another took the name meanwhile, it keeps it
    except FileExistsError as error:
        raise BackupError(f"{path} is there already; it was left as it is.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return taken


def _write(session: Session, part: Path, now: datetime, tell: Tell) -> Taken:
    verdict = ownership.verify(session)
    with part.open("wb") as raw:
        with (
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
            TextIOWrapper(packed, encoding="ascii", newline="\n") as stream,
        ):
            lines = Lines(stream)
            lines.write(
                {
                    "dibs": "backup",
                    "format": FORMAT,
                    "schema": VERSIONS[-1],
                    "at": now.isoformat(),
                    "head": verdict.head,
                    "events": verdict.rows,
                    "columns": {one.name: kinds_of(one) for one in tables()},
                }
            )
            for table in tables():
                _write_table(session, table, lines, tell)
            lines.end()
        os.fsync(raw.fileno())
    return Taken(rows=lines.rows, events=verdict.rows, head=verdict.head, trouble=verdict.trouble)


def _write_table(session: Session, table: Table, lines: Lines, tell: Tell) -> None:
    connection = session.connection()
    total = connection.execute(select(func.count()).select_from(table)).scalar_one()
    lines.write({"table": table.name})
    columns = [null().label(one.name) if one.name in _LEASE else one for one in table.columns]
    key = list(table.primary_key.columns)
    result = connection.execution_options(stream_results=True, max_row_buffer=_PORTION).execute(
        select(*columns).order_by(*key)
    )
    for number, row in enumerate(result, start=1):
        lines.write([pack(value) for value in row])
        if number % TOLD_EVERY == 0:
            tell(f"{table.name}: {number:,} of {total:,} rows")


def _read_back(part: Path, path: Path, taken: Taken) -> None:
    with readable(path):
        lines = read_lines(part)
        header = read_header(next(lines))
        rows = sum(isinstance(line, list) for line in lines)
    if (header.head, rows) != (taken.head, taken.rows):
        raise BackupError(f"What was written to {path} cannot be read back. Is the disk full, or broken?")
