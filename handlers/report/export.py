"""Export of the ownership log, as JSON lines or CSV; times in ISO 8601, UTC.

Beside each id stands what it means, so that nobody needs another table to read it. ``raw`` leaves that out: then it is
the columns of the log as they are, which is what its hashes cover. Rows are read and written a thousand at a time.
"""

import csv
import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from handlers.base.actions import called
from handlers.report.log import sentence
from storage.engine.database import Session
from storage.own import ownership
from storage.own.named import named_rows

# What an id means stands right behind it, and the row in words at the end.
_BESIDE = {
    "mention_id": ("token", "source", "url"),
    "actor_id": ("actor",),
    "actor_department_id": ("actor_department",),
    "from_owner_id": ("from_owner",),
    "to_owner_id": ("to_owner",),
    "from_department_id": ("from_department",),
    "to_department_id": ("to_department",),
}
NAMED = tuple(name for column in ownership.FIELDS for name in (column, *_BESIDE.get(column, ())))
FIELDS = (*NAMED, "what")
_PEOPLE = ("actor", "from_owner", "to_owner")
_BEGINS_FORMULA = ("=", "+", "-", "@")
# What others chose the words of.
_WORDS = ("source", "url", *_PEOPLE, "actor_department", "from_department", "to_department", "what")


def write_json_lines(session: Session, out: TextIO, *, raw: bool = False) -> None:
    """Write one JSON object a row."""
    for row in _rows(session, raw=raw):
        out.write(json.dumps(row) + "\n")


def write_csv(session: Session, out: TextIO, *, raw: bool = False) -> None:
    """Write a header and one line a row.

    A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab for a formula. In the columns that
    hold words of others such a cell begins with an apostrophe, which spreadsheets do not show.
    """
    writer = csv.DictWriter(out, ownership.FIELDS if raw else FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in _rows(session, raw=raw):
        writer.writerow(row if raw else row | {name: _inert(row[name]) for name in _WORDS})


def _rows(session: Session, *, raw: bool) -> Iterator[dict[str, Any]]:
    for row in ownership.rows(session) if raw else named_rows(session):
        read = {
            name: value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        yield read if raw else _readable(read)


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    named = row | {name: called(row[name]) for name in _PEOPLE} | {"what": _what(row)}
    return {name: named[name] for name in FIELDS}


def _what(row: dict[str, Any]) -> str:
    return sentence(
        row,
        people={name: row[name] for name in _PEOPLE},
        from_department=row["from_department_name"],
        to_department=row["to_department_name"],
    )


def _inert(cell: str | None) -> str | None:
    if not cell:
        return cell
    first = unicodedata.normalize("NFKC", cell.lstrip()[:1])  # some take the wide ones for the same
    return f"'{cell}" if cell[0] in "\t\r\n" or first in _BEGINS_FORMULA else cell
