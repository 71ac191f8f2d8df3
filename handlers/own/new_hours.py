"""New hours: at a start or reload, clocks go on by what dibs.toml says now, and what the former hours counted stays.

So nothing is late by a change alone. Clocks of what a department promises no more are over and count for nobody; what
it promises from now on begins now, for what is open, and not when that arrived.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from handlers.base.clocks import Move, moved
from handlers.base.hours import AROUND_THE_CLOCK, Hours
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.own.clocks import begun, configured_by_id, kept_by, stored_hours
from storage.engine.database import Session
from storage.own import clocks, mentions
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import departments, people
from storage.tables.states import ClockKind

# What an open mention may be without although its department has other clocks: a ladder or a lease is new in dibs.toml.
_CAME_LATER = (ClockKind.CLAIM, ClockKind.LEASE)


def take_up_hours(session: Session, organisation: Organisation, now: datetime) -> None:
    """Bring the clocks of every department to its hours and to what it promises."""
    configured = configured_by_id(session, organisation)
    for department in people.departments(session):
        config = configured.get(department.id)
        hours = config.hours if config is not None else AROUND_THE_CLOCK
        written = hours.calendar.text if hours.calendar is not None else ""
        former = stored_hours(department)
        is_new = written != department.hours
        running = clocks.running(session, department.id)
        clocks.write(session, [*_gone_on(session, config, running, former if is_new else None, now)])
        if is_new:
            departments.set_hours(session, department.id, written)
        if config is not None and config.targets:
            waiting = mentions.several(session, clocks.without(session, department.id))
            clocks.add(session, [*_begun(config, waiting, now)])
            for kind in (one for one in _CAME_LATER if config.targets.target(one) is not None):
                rows = mentions.several(session, clocks.without(session, department.id, kind))
                clocks.add(session, [one for one in _begun(config, rows, now) if one.kind == kind])


def _gone_on(
    session: Session,
    department: DepartmentConfig | None,
    running: Sequence[ClockRow],
    former: Hours | None,
    now: datetime,
) -> Iterator[ClockRow]:
    """Yield what becomes of clocks that run; ``former`` are the hours until now, where they were others."""
    rows = {row.id: row for row in mentions.several(session, sorted({clock.mention_id for clock in running}))}
    for clock in running:
        hours, targets = kept_by(department, rows[clock.mention_id])
        kind = ClockKind(clock.kind)
        move = Move.REBASE if targets.target(kind) is not None else Move.DROP
        after = moved(clock, clock.mention_id, kind, move, now, hours=hours, targets=targets, former=former)
        if after is not None and after != clock:
            yield after


def _begun(department: DepartmentConfig | None, waiting: Sequence[MentionRow], now: datetime) -> Iterator[ClockRow]:
    """Yield the clocks of mentions that had none."""
    for row in waiting:
        hours, targets = kept_by(department, row)
        yield from begun(row, hours, targets, now)
