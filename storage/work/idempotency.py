"""Gestures and deliveries that were handled: platforms deliver the same one up to eleven times.

The key is written with its answer, at the end of the transaction. If somebody else wrote it meanwhile, all that was
done for this delivery is undone, and it runs again (``storage.engine.group``): then it finds their answer.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlmodel import Session

from storage.engine import deferred
from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.work import IdempotencyKey

KEPT = timedelta(days=2)

_key = table_of(IdempotencyKey)
# What was answered to a gesture.
_READ = Compiled(select(_key.c.answer).where(_key.c.key == bindparam("request")))
# A gesture with its answer.
_KEEP = Compiled(insert(_key), "key", "at", "answer")


def earlier(session: Session, key: str) -> str | None:
    """Return the answer that was given to a gesture before, or None."""
    for one in deferred.waiting(session):
        if one.write is _keep and one.thing["key"] == key:
            return str(one.thing["answer"])
    found = _READ.first(session, request=key)
    return str(found[0]) if found else None


def answered(session: Session, key: str, answer: str, now: datetime) -> None:
    """Keep what was answered, for repeats."""
    deferred.defer(session, _keep, {"key": key, "at": now, "answer": answer})


def _keep(session: Session, *rows: dict[str, Any]) -> None:
    _KEEP.many(session, rows)


def forget_answers(session: Session, words: Collection[str]) -> None:
    """Let no answer stand that holds one of these words; a repeat is known all the same, and is answered nothing."""
    holds = or_(*(_key.c.answer.contains(one, autoescape=True) for one in sorted(words)))
    session.connection().execute(update(_key).where(holds).values(answer=""))


def clean(session: Session, now: datetime) -> None:
    """Delete keys older than two days; the platforms repeat for minutes."""
    session.connection().execute(delete(_key).where(_key.c.at < now - KEPT))
