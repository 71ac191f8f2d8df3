"""Timed: of the mentions that arrived in a span, what their clocks say of the opening hours that things took."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.report import Fact
from storage.tables.states import ClockKind, ClockOutcome

_fact, _clock = table_of(Fact), table_of(Clock)
KINDS = (ClockKind.CLAIM, ClockKind.FIRST_REPLY, ClockKind.RESOLUTION)


@dataclass(frozen=True, slots=True)
class TimedRow:
    """One clock that has a target, as far as it is counted.

    Attributes:
        department_id: Where its mention lies now.
        took: How many microseconds of opening hours it took; None = what it waits for has not come yet.
        late: The target was used up before that, or is by now.
    """

    mention_id: int
    kind: str
    department_id: int
    took: int | None
    late: bool


def clocks(session: Session, since: datetime, until: datetime) -> list[TimedRow]:
    """Return the clocks that have a target, of what arrived in a span; none that was closed without what it waits for.

    They stand by mention and kind; each is in its latest cycle.
    """
    named = (_clock.c.kind, _fact.c.department_id, _clock.c.used_us, _clock.c.outcome, _clock.c.breached_at)
    query = select(_fact.c.mention_id, *named).join_from(_fact, _clock, _clock.c.mention_id == _fact.c.mention_id)
    query = query.where(_fact.c.arrived >= since, _fact.c.arrived < until, _clock.c.target_us > 0)
    query = query.where(_clock.c.kind.in_(list(KINDS)), _clock.c.outcome != str(ClockOutcome.DROPPED))
    rows = session.connection().execute(query.order_by(_fact.c.mention_id, _clock.c.kind))
    return [
        TimedRow(mention_id, kind, department_id, used if outcome else None, breached is not None)
        for mention_id, kind, department_id, used, outcome, breached in rows
    ]
