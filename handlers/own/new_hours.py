"""New hours: at a start, clocks go on by what dibs.toml says now, and what was counted by the former hours stays.

So nothing is late by a change alone. Clocks of what a department promises no more are over and count for nobody; what
it promises from now on begins now, for what is open, and not when that arrived.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from handlers.base.clocks import Move, Targets, moved, moves
from handlers.base.hours import AROUND_THE_CLOCK, Calendar, Hours
from handlers.base.organisation import Organisation
from handlers.own.clocks import configured_by_id, kept_by
from storage.engine.database import Session
from storage.own import clocks, mentions
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import departments, people
from storage.tables.states import Action, ClockKind, Status


def take_up_hours(session: Session, organisation: Organisation, now: datetime) -> None:
    """Bring the clocks of every department to its hours and to what it promises."""
    configured = configured_by_id(session, organisation)
    for department in people.departments(session):
        hours, targets = kept_by(configured.get(department.id))
        written = hours.calendar.text if hours.calendar is not None else ""
        former = Hours(Calendar.read(department.hours)) if department.hours else AROUND_THE_CLOCK
        is_new = written != department.hours
        running = clocks.running(session, department.id)
        clocks.write(session, [*_gone_on(running, hours, targets, former if is_new else None, now)])
        if is_new:
            departments.set_hours(session, department.id, written)
        if targets:
            waiting = mentions.several(session, clocks.without(session, department.id))
            clocks.add(session, [*_begun(waiting, hours, targets, now)])


def _gone_on(
    running: Sequence[ClockRow], hours: Hours, targets: Targets, former: Hours | None, now: datetime
) -> Iterator[ClockRow]:
    """Yield what becomes of clocks that run; ``former`` are the hours until now, where they were others."""
    for clock in running:
        kind = ClockKind(clock.kind)
        move = Move.REBASE if kind in targets.by_kind else Move.DROP
        after = moved(clock, clock.mention_id, kind, move, now, hours=hours, targets=targets, former=former)
        if after is not None and after != clock:
            yield after


def _begun(waiting: Sequence[MentionRow], hours: Hours, targets: Targets, now: datetime) -> Iterator[ClockRow]:
    """Yield the clocks of mentions that had none."""
    for row in waiting:
        for kind, move in moves(Action.ARRIVED, owned=row.owner_id is not None, their_turn=False).items():
            if kind == ClockKind.FIRST_REPLY and row.first_response_at is not None:
                continue
            clock = moved(None, row.id, kind, move, now, hours=hours, targets=targets)
            if clock is not None and _stands_still(row, kind):
                clock = moved(clock, row.id, kind, Move.PAUSE, now, hours=hours, targets=targets)
            if clock is not None:
                yield clock


def _stands_still(row: MentionRow, kind: ClockKind) -> bool:
    """Say whether it is the author's turn, or somebody put it off."""
    if kind == ClockKind.RESOLUTION:
        return row.status == Status.RESPONDED
    return kind == ClockKind.CLAIM and row.status == Status.SNOOZED
