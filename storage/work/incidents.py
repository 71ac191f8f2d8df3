"""What is wrong at the moment, so that the admins hear of it once, and once when it is over."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.work import Trouble

_trouble = table_of(Trouble)
_INSERT = InsertOrIgnore(_trouble, _trouble.c.subject)


def begin(session: Session, subject: str, what: str, now: datetime) -> bool:
    """Write down that something is wrong; False when that was written already."""
    return _INSERT.run(session, {"subject": subject, "what": what, "since": now}).first() is not None


def end(session: Session, subject: str) -> bool:
    """Write down that it is over; False when nothing was wrong."""
    statement = delete(_trouble).where(_trouble.c.subject == subject).returning(_trouble.c.subject)
    return session.connection().execute(statement).first() is not None


def all_of(session: Session) -> list[tuple[str, str, datetime]]:
    """Return (subject, what, since) of everything that is wrong, the oldest first."""
    query = select(_trouble.c.subject, _trouble.c.what, _trouble.c.since).order_by(_trouble.c.since)
    return [(row.subject, row.what, row.since) for row in session.connection().execute(query)]
