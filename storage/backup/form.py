"""The form of a backup: JSON lines, compressed; the same whichever database it was taken of.

The first line says what it is, of which schema, and which columns of which tables follow; then comes a line for each
row, and before the rows of a table one that names it. The last line counts the rows and holds a hash over all lines
before it, so that a file that was cut, or that a disk spoilt, is found out before anything is made of it.
"""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Boolean, Float, Integer, String, Table
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from storage.engine.schema import SchemaError

FORMAT = 1
LONGEST_LINE = 32 * 1024 * 1024
MOMENT = "moment"
TYPES: Mapping[str, TypeEngine[Any]] = {
    MOMENT: UTCDateTime(),
    "flag": Boolean(),
    "integer": Integer(),
    "number": Float(),
    "text": String(),
}
_NAME = re.compile(r"[a-z_]{1,60}")


class BackupError(SchemaError):
    """A backup cannot be taken or put back; the sentence says why, and that nothing was changed where that is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup says of itself.

    Attributes:
        columns: Of each table, in the order in which they were written: the names and kinds of its columns.
    """

    schema: str
    at: datetime
    head: str
    events: int
    columns: Mapping[str, Mapping[str, str]]


def kinds_of(table: Table) -> dict[str, str]:
    """Return which kind each column of a table is of.

    Raises:
        LookupError: A column is of none that a backup can hold.
    """
    return {column.name: _kind(column.type) for column in table.columns}


def _kind(given: TypeEngine[Any]) -> str:
    bare = given.impl_instance if isinstance(given, AutoString) else given
    for kind, known in TYPES.items():
        if isinstance(bare, type(known)):
            return kind
    raise LookupError(f"No backup can hold a column of {given!r}.")


def pack(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


class Lines:
    """The lines of a backup that is being written, and the hash over them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.rows = 0

    def write(self, line: Any) -> None:
        """Write a line; a list is a row."""
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n"
        self._hash.update(text.encode())
        self._stream.write(text)
        self.rows += isinstance(line, list)

    def end(self) -> None:
        """Write the last line."""
        self._stream.write(json.dumps({"rows": self.rows, "sha256": self._hash.hexdigest()}) + "\n")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in a sentence that a file is no backup, or is spoilt."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BackupError(f"{path} is no backup of Dibs, or it is damaged.") from error
    except (KeyError, TypeError, ValueError, LookupError) as error:
        raise BackupError(f"{path} is damaged: it does not hold what a backup of Dibs holds.") from error


def read_lines(path: Path) -> Iterator[Any]:
    """Yield the lines of a backup but the last, which must be right by then.

    Raises:
        BackupError: It was cut or changed.
    """
    seen, rows = hashlib.sha256(), 0
    with gzip.open(path, "rt", encoding="ascii", newline="\n") as stream:
        text = stream.readline(LONGEST_LINE)
        while following := stream.readline(LONGEST_LINE):
            line = json.loads(text)
            seen.update(text.encode())
            rows += isinstance(line, list)
            yield line
            text = following
        if json.loads(text) != {"rows": rows, "sha256": seen.hexdigest()}:
            raise BackupError(f"{path} is damaged: it was cut, or changed after it was written.")


def read_header(line: Any) -> Header:
    """Read the first line.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(line, dict) or line["dibs"] != "backup" or line["format"] != FORMAT:
        raise ValueError("no header")
    for table, columns in line["columns"].items():  # they will stand in statements
        if not all(map(_NAME.fullmatch, (table, *columns))) or not TYPES.keys() >= set(columns.values()):
            raise ValueError("no column of ours")
    at = datetime.fromisoformat(line["at"])
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return Header(
        schema=str(line["schema"]), at=at, head=str(line["head"]), events=int(line["events"]), columns=line["columns"]
    )
