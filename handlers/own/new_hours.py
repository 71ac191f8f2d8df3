"""New hours: at a start, clocks go on by what dibs.toml says now, and what was counted by the former hours stays.

So nothing is late by a change alone. Clocks of what a department promises no more are over and count for nobody; what
it promises from now on begins now, for what is open, and not when that arrived.
"""

from collections.abc import Iterator
from datetime import datetime

from handlers.base.clocks import Move, moved, moves
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
        hours, _ = kept_by(configured.get(department.id))
        written = hours.calendar.text if hours.calendar is not None else ""
        former = Hours(Calendar.read(department.hours)) if department.hours else AROUND_THE_CLOCK
        changed = [*_gone_on(session, organisation, department.id, former, now, is_new=written != department.hours)]
        clocks.write(session, changed)
        if written != department.hours:
            departments.set_hours(session, department.id, written)
        clocks.add(session, [*_begun(session, organisation, department.id, now)])


def _gone_on(
    session: Session, organisation: Organisation, department_id: int, former: Hours, now: datetime, *, is_new: bool
) -> Iterator[ClockRow]:
    hours, targets = kept_by(configured_by_id(session, organisation).get(department_id))
    for clock in clocks.running(session, department_id):
        kind = ClockKind(clock.kind)
        if kind not in targets.by_kind:
            move = Move.DROP
        elif is_new:
            move = Move.REBASE
        else:
            continue
        after = moved(clock, clock.mention_id, kind, move, now, hours=hours, targets=targets, former=former)
        if after is not None:
            yield after


def _begun(session: Session, organisation: Organisation, department_id: int, now: datetime) -> Iterator[ClockRow]:
    hours, targets = kept_by(configured_by_id(session, organisation).get(department_id))
    if not targets:
        return
    for row in mentions.several(session, clocks.without(session, department_id)):
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
