"""Put off: mentions with which something failed that was due by time; each is left alone for a while.

Whoever asks for what is due leaves those out by ``waits``, so that they hold nothing else up.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlmodel import Session

from storage.engine.upsert import insert_into
from storage.tables.base import table_of
from storage.tables.clocks import PutOff
from storage.tables.mentions import Mention

_put_off = table_of(PutOff)
_mention = table_of(Mention)


@dataclass(frozen=True, slots=True)
class PutOffRow:
    """What of a job is put off: how many mentions, and which comes first, when, and what failed with it."""

    job: str
    number: int
    token: str
    until: datetime
    trouble: str

    @property
    def sentence(self) -> str:
        """Say so, such as "It fails for #k7f2x and 2 more (KeyError), and is tried again at 10:40 UTC"."""
        more = f" and {self.number - 1} more" if self.number > 1 else ""
        return f"It fails for #{self.token}{more} ({self.trouble}), and is tried again at {self.until:%H:%M} UTC"


def waits(job: str, mention_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a mention is put off; the statement binds ``now``."""
    now = bindparam("now", type_=_put_off.c.until.type)
    query = select(_put_off.c.job).where(_put_off.c.job == job, _put_off.c.until > now)
    return query.where(_put_off.c.mention_id == mention_id).exists()


def tries(session: Session, job: str) -> dict[int, int]:
    """Return how often a job failed with each mention with which it did not go well since."""
    query = select(_put_off.c.mention_id, _put_off.c.tries).where(_put_off.c.job == job)
    return {int(mention_id): int(number) for mention_id, number in session.connection().execute(query)}


def put(session: Session, job: str, mention_id: int, number: int, until: datetime, trouble: str) -> None:
    """Leave a mention alone until a moment; ``number`` is how often it failed by now."""
    connection = session.connection()
    values = {"tries": number, "until": until, "trouble": trouble}
    statement = insert_into(_put_off, connection.dialect.name).values(job=job, mention_id=mention_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["job", "mention_id"], set_=values))


def forget(session: Session, job: str, mention_ids: Collection[int]) -> None:
    """Forget what failed with mentions with which it went well now."""
    theirs = (_put_off.c.job == job, _put_off.c.mention_id.in_(mention_ids))
    session.connection().execute(delete(_put_off).where(*theirs))


def try_again(session: Session, now: datetime) -> None:
    """Let all be tried again at once."""
    session.connection().execute(update(_put_off).where(_put_off.c.until > now).values(until=now))


def clean(session: Session, before: datetime) -> None:
    """Forget what nobody asked for again since a moment: it was done otherwise."""
    session.connection().execute(delete(_put_off).where(_put_off.c.until < before))


def by_job(session: Session, now: datetime) -> list[PutOffRow]:
    """Return what is put off now, a row for each job: how many mentions, and one that is tried again first."""
    here = select(_put_off.c.job, func.count(), func.min(_put_off.c.until)).where(_put_off.c.until > now)
    found = []
    for job, number, until in session.connection().execute(here.group_by(_put_off.c.job).order_by(_put_off.c.job)):
        first = select(_mention.c.token, _put_off.c.trouble).join(_mention, _mention.c.id == _put_off.c.mention_id)
        row = session.connection().execute(first.where(_put_off.c.job == job, _put_off.c.until == until)).first()
        if row is not None:
            found.append(PutOffRow(job, int(number), row.token, until, row.trouble))
    return found
