"""Storms: which there are, under which card each is folded, and what is folded there.

A department has one storm on a topic at a time, which a partial unique index says: of two replicas that see it begin,
one writes it down.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import CLOSED, Held
from storage.tables.storms import Storm

_mention = table_of(Mention)
_storm = table_of(Storm)


@dataclass(frozen=True, slots=True)
class StormRow:
    """One storm, as it was read; the fields are the columns, in their order."""

    id: int
    department_id: int
    topic: str
    lead_id: int
    began_at: datetime
    ended_at: datetime | None
    usual: int
    peak: int
    voices: int
    listed_id: int
    rest_by_id: int | None
    rest_reason: str


# Those that are on; asked wherever posts arrive.
_ON = Compiled(select(_storm).where(_storm.c.ended_at.is_(None)).order_by(_storm.c.id))
# Those of the cards that are drawn.
_LED_BY = CompiledIn(select(_storm).order_by(_storm.c.id), _storm.c.lead_id)
_BEGIN = InsertOrIgnore(_storm, _storm.c.id)


def on(session: Session) -> list[StormRow]:
    """Return the storms that are on."""
    return [StormRow(*row) for row in _ON.rows(session)]


def get(session: Session, storm_id: int) -> StormRow:
    """Return a storm as it stands now; it must exist."""
    return StormRow(*session.connection().execute(select(_storm).where(_storm.c.id == storm_id)).one())


def led_by(session: Session, mention_ids: Collection[int]) -> dict[int, StormRow]:
    """Return the storms of which these mentions are the leads, the newest of each."""
    return {row.lead_id: row for row in (StormRow(*one) for one in _LED_BY.rows(session, mention_ids))}


def led_one() -> ColumnElement[bool]:
    """Return the condition that a mention is the lead of a storm that is over."""
    over = select(_storm.c.id).where(_storm.c.lead_id == _mention.c.id, _storm.c.ended_at.is_not(None))
    return over.correlate(_mention).exists()


def with_rest(session: Session) -> StormRow | None:
    """Return a storm of which somebody dismisses the rest, and there may be some; None where there is none."""
    row = session.connection().execute(select(_storm).where(_storm.c.rest_by_id.is_not(None)).limit(1)).first()
    return StormRow(*row) if row else None


def spans(session: Session, topic: str, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the storms on a topic began and ended that ended since a moment."""
    query = (
        select(_storm.c.began_at, _storm.c.ended_at)
        .where(_storm.c.topic == topic, _storm.c.ended_at >= since)
        .order_by(_storm.c.ended_at)
    )
    return [(row.began_at, row.ended_at) for row in session.connection().execute(query)]


def first_card(session: Session, department_id: int, topic: str, since: datetime) -> int | None:
    """Return the first mention of a topic that came since a moment and still waits in its department."""
    query = (
        select(_mention.c.id)
        .where(_mention.c.topic == topic, _mention.c.ingested_at >= since, _mention.c.department_id == department_id)
        .where(_mention.c.held == str(Held.NO), _mention.c.status.not_in([str(status) for status in CLOSED]))
        .order_by(_mention.c.ingested_at, _mention.c.id)
        .limit(1)
    )
    return session.connection().scalar(query)


def begin(session: Session, **values: Any) -> int | None:
    """Write down that a storm began; None where it was written down already."""
    found = _BEGIN.run(session, {"listed_id": 0, "rest_reason": "", **values}).scalar()
    return None if found is None else int(found)


def change(session: Session, storm_id: int, **values: Any) -> None:
    """Write down how a storm goes on."""
    session.connection().execute(update(_storm).where(_storm.c.id == storm_id).values(**values))


def listed(session: Session, seen: StormRow, last_id: int) -> bool:
    """Write down up to which mention what is folded was listed; False where somebody else did it meanwhile."""
    said = (
        update(_storm)
        .where(_storm.c.id == seen.id, _storm.c.listed_id == seen.listed_id)
        .values(listed_id=last_id)
        .returning(_storm.c.id)
    )
    return session.connection().execute(said).first() is not None


def end(session: Session, storm_id: int, now: datetime) -> bool:
    """Write down that a storm is over; False where it was already."""
    over = update(_storm).where(_storm.c.id == storm_id, _storm.c.ended_at.is_(None)).values(ended_at=now)
    return session.connection().execute(over.returning(_storm.c.id)).first() is not None
