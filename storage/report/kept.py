"""Kept: reports of long periods as they were made, one of each period."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.report import Fact, KeptReport

_kept, _fact = table_of(KeptReport), table_of(Fact)
_NEW = InsertOrIgnore(_kept, _kept.c.label)


class KeptRow(NamedTuple):
    """One row of ``kept_report``; the fields are the columns, in their order."""

    label: str
    at: datetime
    seq: int
    grounds: str
    told: str


def find(session: Session, label: str) -> KeptRow | None:
    """Return the report of a period, as it was made last."""
    row = session.connection().execute(select(_kept).where(_kept.c.label == label)).one_or_none()
    return KeptRow._make(row) if row is not None else None


def made(session: Session) -> dict[str, KeptRow]:
    """Return which reports were made, and when, by period; what they say is left out."""
    query = select(_kept.c.label, _kept.c.at, _kept.c.seq, _kept.c.grounds)
    return {row.label: KeptRow(*row, "") for row in session.connection().execute(query)}


def keep(session: Session, row: KeptRow, before: datetime | None) -> bool:
    """Keep a report in the place of the one of ``before``; False where somebody else did meanwhile."""
    if before is None:
        return _NEW.run(session, row._asdict()).first() is not None
    query = update(_kept).where(_kept.c.label == row.label, _kept.c.at == before)
    return session.connection().execute(query.values(row._asdict())).rowcount == 1


def begins(session: Session) -> datetime | None:
    """Return when the first mention arrived that is counted."""
    found: datetime | None = session.connection().scalar(select(func.min(_fact.c.arrived)))
    return found
