"""Gestures that were handled: platforms deliver the same one up to eleven times."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, dialect_of
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.work import IdempotencyKey

KEPT = timedelta(days=2)

_key = table_of(IdempotencyKey)
# What was answered, kept for a repeat.
_ANSWER = Compiled(update(_key).where(_key.c.key == bindparam("request")).values(answer=bindparam("given")))
# What a repeat is answered.
_READ = Compiled(select(_key.c.answer).where(_key.c.key == bindparam("request")))
# A gesture taken by the first who brings it.
_INSERT = InsertOrIgnore(_key, _key.c.key)


@cache
def _take(dialect: str) -> Compiled:
    return Compiled(_INSERT.statement(dialect), "key", "at", "answer")


def begin(session: Session, key: str, now: datetime) -> str | None:
    """Take the key, or return the answer that was given to it before.

    A second delivery that comes while the first is still at work waits for its commit, on both databases.
    """
    take = _take(dialect_of(session))
    if take.first(session, key=key, at=now, answer="") is not None:
        return None
    earlier = _READ.first(session, request=key)
    return str(earlier[0]) if earlier else ""


def answered(session: Session, key: str, answer: str) -> None:
    """Keep what was answered, for repeats."""
    _ANSWER.run(session, request=key, given=answer)


def forget(session: Session, key: str) -> None:
    """Give the key back: a form with a validation error may be sent again."""
    session.connection().execute(delete(_key).where(_key.c.key == key))


def clean(session: Session, now: datetime) -> None:
    """Delete keys older than two days; the platforms repeat for minutes."""
    session.connection().execute(delete(_key).where(_key.c.at < now - KEPT))
