"""Export of the ownership log: its columns as they are, as JSON lines or CSV; times in ISO 8601, UTC."""

import csv
import json
from datetime import UTC, datetime
from typing import Any, TextIO

from storage.engine.database import Session
from storage.own import ownership


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def write_json_lines(session: Session, out: TextIO) -> None:
    """Write one JSON object a row."""
    for row in ownership.rows(session):
        out.write(json.dumps(_plain(row)) + "\n")


def write_csv(session: Session, out: TextIO) -> None:
    """Write a header and one line a row."""
    writer = csv.DictWriter(out, ownership.FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(row) for row in ownership.rows(session))
