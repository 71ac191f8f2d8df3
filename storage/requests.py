"""Gestures that were handled: platforms deliver the same one up to eleven times."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from storage.tables import SeenRequest

KEPT = timedelta(days=2)

_seen = SeenRequest.__table__  # type: ignore[attr-defined]
_ANSWER = update(_seen).where(_seen.c.key == bindparam("request")).values(answer=bindparam("given"))
_READ = select(_seen.c.answer).where(_seen.c.key == bindparam("request"))
_INSERTS = {
    "sqlite": sqlite.insert(_seen).on_conflict_do_nothing().returning(_seen.c.key),
    "postgresql": postgresql.insert(_seen).on_conflict_do_nothing().returning(_seen.c.key),
}


def begin(session: Session, key: str, now: datetime) -> str | None:
    """Take the key, or return the answer that was given to it before.

    A second delivery that comes while the first is still at work waits for its commit, on both databases.
    """
    connection = session.connection()
    row = connection.execute(_INSERTS[connection.dialect.name], {"key": key, "at": now, "answer": ""}).first()
    if row is not None:
        return None
    return str(connection.execute(_READ, {"request": key}).scalar_one())


def answered(session: Session, key: str, answer: str) -> None:
    """Keep what was answered, for repeats."""
    session.connection().execute(_ANSWER, {"request": key, "given": answer})


def forget(session: Session, key: str) -> None:
    """Give the key back: a form with a validation error may be sent again."""
    session.connection().execute(delete(_seen).where(_seen.c.key == key))


def clean(session: Session, now: datetime) -> None:
    """Delete keys older than two days; the platforms repeat for minutes."""
    session.connection().execute(delete(_seen).where(_seen.c.at < now - KEPT))
