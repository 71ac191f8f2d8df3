"""Clocks: what mentions wait for; what moves them is decided elsewhere.

Whoever writes one holds its mention, which every change of hands and every step does: so a row is written whole, and of
two replicas one takes a step.
"""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.states import CLOSED, FOLDED, OPEN, ClockOutcome, Held

_clock = table_of(Clock)
_department = table_of(Department)
_mention = table_of(Mention)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock, as it was read; the fields are the columns, in their order, and spans are whole microseconds.

    Attributes:
        cycle: Which one it is, from 1; a claim that was given back begins the next.
        target_us: The time within which.
        business: Whether opening hours count, or all.
        mark_us: The steps up to this much used time are done.
        used_us: Opening time that is banked.
        used_wall_us: All time that is banked.
        running_since: When it went on; None = paused or ended.
        due_at: The earliest instant at which its target is used up; None while it is paused, or where that never comes.
        next_at: When its next step is due; None where there is none.
        warned_at: When somebody was warned.
        breached_at: When it was found to be late, which it is for good.
        ended_at: When it ended.
        outcome: How; empty as long as it has not.
    """

    mention_id: int
    kind: str
    cycle: int
    target_us: int
    business: bool
    mark_us: int = 0
    used_us: int = 0
    used_wall_us: int = 0
    running_since: datetime | None = None
    due_at: datetime | None = None
    next_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ClockOutcome.OPEN


# Whatever else is held has not arrived yet.
_ARRIVED = [str(reason) for reason in (Held.NO, *FOLDED)]
_COLUMNS = tuple(ClockRow.__slots__)
_MOVED = _COLUMNS[2:]
# The clocks of a mention that changes hands, and the key of the department that has it.
_OF_MENTION = Compiled(
    select(*_clock.c, _department.c.key)
    .join(_mention, _mention.c.id == _clock.c.mention_id)
    .join(_department, _department.c.id == _mention.c.department_id)
    .where(_clock.c.mention_id == bindparam("mention_id"))
)
# Those of the cards that are drawn.
_OF_MENTIONS = CompiledIn(select(_clock).order_by(_clock.c.mention_id, _clock.c.kind), _clock.c.mention_id)
# What begins, and what moved.
_INSERT = Compiled(insert(_clock), *_COLUMNS)
_UPDATE = Compiled(
    update(_clock)
    .where(and_(_clock.c.mention_id == bindparam("of_mention"), _clock.c.kind == bindparam("of_kind")))
    .values({name: bindparam(f"new_{name}", type_=_clock.c[name].type) for name in _MOVED})
)
# What has a step to take now, the longest due first.
_DUE = (
    select(_clock.c.mention_id)
    .where(_clock.c.next_at <= bindparam("now", type_=_clock.c.next_at.type))
    .order_by(_clock.c.next_at)
)


def of_mention(session: Session, mention_id: int) -> dict[str, ClockRow]:
    """Return the clocks of a mention, by their kinds."""
    return with_department(session, mention_id)[0]


def with_department(session: Session, mention_id: int) -> tuple[dict[str, ClockRow], str]:
    """Return the clocks of a mention, and the key of the department that has it now; empty where it has no clock."""
    found = _OF_MENTION.rows(session, mention_id=mention_id)
    rows = [ClockRow(*one[:-1]) for one in found]
    return {row.kind: row for row in rows}, found[0][-1] if found else ""


def of_mentions(session: Session, mention_ids: Collection[int]) -> dict[int, list[ClockRow]]:
    """Return the clocks of several mentions."""
    found: dict[int, list[ClockRow]] = {}
    for one in _OF_MENTIONS.rows(session, list(mention_ids)) if mention_ids else ():
        row = ClockRow(*one)
        found.setdefault(row.mention_id, []).append(row)
    return found


def add(session: Session, rows: Sequence[ClockRow]) -> None:
    """Write down clocks that begin, of mentions that had none of their kinds."""
    _INSERT.many(session, [dict(zip(_COLUMNS, astuple(row), strict=True)) for row in rows])


def write(session: Session, rows: Sequence[ClockRow]) -> None:
    """Write down what became of clocks that there are; their mentions are held."""
    _UPDATE.many(
        session,
        [
            {
                "of_mention": row.mention_id,
                "of_kind": row.kind,
                **{f"new_{name}": getattr(row, name) for name in _MOVED},
            }
            for row in rows
        ],
    )


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Return the mentions that have a clock with a step to take, the longest due first."""
    found = session.connection().scalars(_DUE.limit(limit), {"now": now})
    return list(dict.fromkeys(found))


def running(session: Session, department_id: int) -> list[ClockRow]:
    """Return the clocks that run for a department."""
    query = (
        select(_clock)
        .join(_mention, _mention.c.id == _clock.c.mention_id)
        .where(_mention.c.department_id == department_id, _clock.c.running_since.is_not(None))
        .order_by(_clock.c.mention_id, _clock.c.kind)
    )
    return [ClockRow(*one) for one in session.connection().execute(query)]


def without(session: Session, department_id: int) -> list[int]:
    """Return the mentions of a department that arrived and are not closed, and have no clock at all."""
    has = select(_clock.c.kind).where(_clock.c.mention_id == _mention.c.id).correlate(_mention)
    query = select(_mention.c.id).where(
        _mention.c.department_id == department_id,
        _mention.c.held.in_(_ARRIVED),
        _mention.c.status.not_in([str(status) for status in CLOSED]),
        ~has.exists(),
    )
    return list(session.connection().scalars(query.order_by(_mention.c.id)))


def due_before(session: Session, department_id: int, until: datetime) -> dict[int, datetime]:
    """Return what waits in a department for something that is due before a moment, the longest due first."""
    query = (
        select(_clock.c.mention_id, _clock.c.due_at)
        .join(_mention, _mention.c.id == _clock.c.mention_id)
        .where(_clock.c.running_since.is_not(None), _clock.c.due_at < until)
        .where(_mention.c.department_id == department_id, _mention.c.status.in_([str(status) for status in OPEN]))
        .order_by(_clock.c.due_at, _clock.c.mention_id)
    )
    found: dict[int, datetime] = {}
    for mention_id, due_at in session.connection().execute(query):
        found.setdefault(mention_id, due_at)
    return found
