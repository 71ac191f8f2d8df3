"""Clocks: what mentions wait for; what moves them is decided elsewhere.

Whoever writes one holds its mention, which every change of hands and every step does: so a row is written whole, and of
two replicas one takes a step.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.own import put_off
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.replies import Publication
from storage.tables.states import CLOSED, FOLDED, IN_FLIGHT, OPEN, ClockKind, ClockOutcome, Held

_clock = table_of(Clock)
_department = table_of(Department)
_mention = table_of(Mention)
_publication = table_of(Publication)


class ClockRow(NamedTuple):
    """One clock, as it was read; the fields are the columns, in their order, and spans are whole microseconds.

    It is a tuple, for a claim makes four of them: of a class with as many fields that takes as long as a statement.

    Attributes:
        cycle: Which one it is, from 1; a claim that was given back begins the next.
        target_us: The time within which; 0 = it only takes steps. Of a lease, that after which its owner is asked.
        business: Whether opening hours count, or all.
        mark_us: The rungs up to this much used time are taken.
        shift_us: By how much the last of them came late, which those after it do too.
        used_us: Opening time that is banked.
        used_wall_us: All time that is banked.
        running_since: When it went on; None = paused or ended.
        due_at: The earliest instant at which its target is used up; None while it is paused, or where that never comes.
        next_at: When its next step is due; None where there is none.
        warned_at: When somebody was warned; of a lease, when its owner was asked.
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
    shift_us: int = 0
    used_us: int = 0
    used_wall_us: int = 0
    running_since: datetime | None = None
    due_at: datetime | None = None
    next_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ClockOutcome.OPEN


class _Writes:
    """The statement that writes some columns of clocks that there are."""

    def __init__(self, names: Sequence[str]) -> None:
        self._bound = ("of_mention", "of_kind", *(f"new_{name}" for name in names))
        self._values = attrgetter("mention_id", "kind", *names)
        self._statement = Compiled(
            update(_clock)
            .where(_clock.c.mention_id == bindparam("of_mention"), _clock.c.kind == bindparam("of_kind"))
            .values({name: bindparam(f"new_{name}", type_=_clock.c[name].type) for name in names})
        )

    def many(self, session: Session, rows: Sequence[ClockRow]) -> None:
        """Write these clocks."""
        self._statement.many(session, [dict(zip(self._bound, self._values(row), strict=True)) for row in rows])


# Whatever else is held has not arrived yet.
_ARRIVED = [str(reason) for reason in (Held.NO, *FOLDED)]
_COLUMNS = tuple(ClockRow._fields)
_MOVED = _COLUMNS[2:]
_in_flight = (
    select(_publication.c.id)
    .where(_publication.c.mention_id == _mention.c.id)
    .where(or_(*(_publication.c.state == str(state) for state in IN_FLIGHT)))
    .correlate(_mention)
)
# The clocks of a mention that changes hands, the key of the department that has it, and whether a reply is on its way.
_of_mention = (
    select(*_clock.c, _department.c.key, _in_flight.exists())
    .select_from(_mention)
    .join(_department, _department.c.id == _mention.c.department_id)
    .where(_mention.c.id == bindparam("mention_id"))
)
_OF_MENTION = Compiled(_of_mention.outerjoin(_clock, _clock.c.mention_id == _mention.c.id))
# What matters when somebody gets it: the clocks that this moves, and those of which something was told.
_ITS_OWN = or_(
    *(_clock.c.kind == str(kind) for kind in (ClockKind.CLAIM, ClockKind.LEASE)),
    *(_clock.c.warned_at.is_not(None), _clock.c.breached_at.is_not(None), _clock.c.mark_us > 0),
)
_OF_HANDS = Compiled(_of_mention.outerjoin(_clock, and_(_clock.c.mention_id == _mention.c.id, _ITS_OWN)))
# Those of the cards that are drawn.
_OF_MENTIONS = CompiledIn(select(_clock).order_by(_clock.c.mention_id, _clock.c.kind), _clock.c.mention_id)
# Of a mention of another query: something of it is late.
IS_LATE = (
    select(_clock.c.kind)
    .where(_clock.c.mention_id == _mention.c.id, _clock.c.breached_at.is_not(None), _clock.c.ended_at.is_(None))
    .correlate(_mention)
    .exists()
)
# What begins, and what moved.
_INSERT = Compiled(insert(_clock), *_COLUMNS)
_UPDATE = _Writes(_MOVED)
# What is over: of it less changes, and a claim waits for it.
_ENDED = ("used_us", "used_wall_us", "running_since", "next_at", "breached_at", "ended_at", "outcome")
_END = _Writes(_ENDED)
# What has a step to take now, the longest due first.
_DUE = (
    select(_clock.c.mention_id)
    .where(_clock.c.next_at <= bindparam("now", type_=_clock.c.next_at.type))
    .order_by(_clock.c.next_at)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of the time of one mention.

    Attributes:
        clocks: By their kinds.
        department: The key of the department that has it now.
        in_flight: A reply to it is on its way, or may be.
    """

    clocks: dict[str, ClockRow]
    department: str
    in_flight: bool


def of_mention(session: Session, mention_id: int) -> dict[str, ClockRow]:
    """Return the clocks of a mention, by their kinds."""
    return with_department(session, mention_id).clocks


def with_department(session: Session, mention_id: int, *, gets: bool = False) -> Kept:
    """Return the clocks of a mention, which must exist, with what else decides how they move.

    Where somebody ``gets`` it, only those of their getting it, and those of which something was told.
    """
    found = (_OF_HANDS if gets else _OF_MENTION).rows(session, mention_id=mention_id)
    rows = [ClockRow(*one[:-2]) for one in found if one[0] is not None]
    return Kept({row.kind: row for row in rows}, found[0][-2], bool(found[0][-1]))


def of_mentions(session: Session, mention_ids: Collection[int]) -> dict[int, list[ClockRow]]:
    """Return the clocks of several mentions."""
    found: dict[int, list[ClockRow]] = {}
    for one in _OF_MENTIONS.rows(session, list(mention_ids)) if mention_ids else ():
        row = ClockRow(*one)
        found.setdefault(row.mention_id, []).append(row)
    return found


def add(session: Session, rows: Sequence[ClockRow]) -> None:
    """Write down clocks that begin, of mentions that had none of their kinds."""
    _INSERT.many(session, [row._asdict() for row in rows])


def write(session: Session, rows: Sequence[ClockRow]) -> None:
    """Write down what became of clocks that there are; their mentions are held."""
    _END.many(session, [row for row in rows if row.outcome])
    _UPDATE.many(session, [row for row in rows if not row.outcome])


def due(session: Session, now: datetime, job: str, limit: int = 100) -> list[int]:
    """Return the mentions that have a clock with a step to take, the longest due first; not those put off."""
    theirs = _DUE.where(~put_off.waits(job, _clock.c.mention_id))
    found = session.connection().scalars(theirs.limit(limit), {"now": now})
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


def without(session: Session, department_id: int, kind: ClockKind | None = None) -> list[int]:
    """Return the mentions of a department that arrived and are not closed, and have no clock at all, or no such one."""
    has = select(_clock.c.kind).where(_clock.c.mention_id == _mention.c.id).correlate(_mention)
    if kind is not None:
        has = has.where(_clock.c.kind == str(kind))
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


def asked(session: Session, department_id: int) -> dict[int, datetime]:
    """Return what a department has whose owners are asked whether they are still on it, and when each goes back."""
    query = (
        select(_clock.c.mention_id, _clock.c.next_at)
        .join(_mention, _mention.c.id == _clock.c.mention_id)
        .where(_clock.c.kind == str(ClockKind.LEASE), _clock.c.warned_at.is_not(None))
        .where(_clock.c.running_since.is_not(None), _mention.c.department_id == department_id)
        .order_by(_clock.c.next_at, _clock.c.mention_id)
    )
    return {int(mention_id): at for mention_id, at in session.connection().execute(query) if at is not None}
