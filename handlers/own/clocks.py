"""Keeping time: what befalls a mention moves its clocks, in the transaction in which it is logged.

There are clocks only where a department promises something; without that nothing is read or written here. What moves
which clock is decided by ``handlers.base.clocks``. Whoever calls this holds the mention, so a clock is written whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from handlers.base.clocks import NOTHING, Move, Targets, is_late, moved
from handlers.base.command import Context
from handlers.base.hours import AROUND_THE_CLOCK, Calendar, Hours
from handlers.base.moves import HELD, MOVES, Stand, moves
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.base.standing import is_high
from storage.channels.withdraw import withdraw
from storage.engine.database import Session
from storage.own import clocks
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import people
from storage.people.people import DepartmentRow
from storage.tables.states import CLOSED, FOLDED, Action, ClockKind, ClockOutcome, Status


def promises(organisation: Organisation) -> bool:
    """Say whether any department promises anything, so that there may be clocks."""
    return any(one.targets for one in organisation.departments)


def begin_clocks(session: Session, organisation: Organisation, rows: Sequence[MentionRow], now: datetime) -> None:
    """Begin the clocks of mentions that have just arrived."""
    if not rows or not promises(organisation):
        return
    configured = configured_by_id(session, organisation)
    kept = ((row, *kept_by(configured.get(row.department_id), row)) for row in rows)
    clocks.add(session, [one for row, hours, targets in kept for one in begun(row, hours, targets, now)])


def keep_time(context: Context, seen: MentionRow, changed: MentionRow, action: Action) -> list[ClockRow]:
    """Move the clocks of a mention by what befell it; returns those that ended late, of which no step has told."""
    if not promises(context.organisation) or not _moves_any(context.organisation, action):
        return []
    found = clocks.with_department(context.session, changed.id, gets=action in HELD)
    actor = context.actor
    stand = Stand(
        status=Status(changed.status),
        owned=changed.owner_id is not None,
        by_owner=actor is not None and actor.id == changed.owner_id,
        in_flight=found.in_flight,
    )
    former = None
    if seen.department_id == changed.department_id:
        hours, targets = kept_by(context.organisation.configured(found.department), changed)
    else:
        configured = configured_by_id(context.session, context.organisation)
        hours, targets = kept_by(configured.get(changed.department_id), changed)
        former = _former(context.session, configured, seen.department_id)
    new: list[ClockRow] = []
    other: list[ClockRow] = []
    late: list[ClockRow] = []
    promised = _promised_now(changed, action, hours, targets, context.now)
    for kind, move in moves(action, stand).items():
        clock = _late_by_now(found.clocks.get(kind), context.now)
        after = moved(clock, changed.id, kind, move, context.now, hours=hours, targets=targets, former=former)
        if kind in promised and clock is not None and clock.outcome == ClockOutcome.DROPPED:
            after = moved(after, changed.id, kind, Move.RESUME, context.now, hours=hours, targets=targets)
        if after is None or after == clock:
            continue
        (new if clock is None else other).append(after)
        if clock is not None and clock != found.clocks[kind]:
            late.append(clock)
    new += [one for kind, one in promised.items() if kind not in found.clocks]
    _withdraw(context.session, seen, changed, found.clocks, other)
    clocks.add(context.session, new)
    clocks.write(context.session, other)
    return late


def _promised_now(
    changed: MentionRow, action: Action, hours: Hours, targets: Targets, now: datetime
) -> dict[ClockKind, ClockRow]:
    """Return the clocks of what a judgement lets a department promise: they begin now, and not when it arrived.

    What is kept back has none before it is brought forth.
    """
    kept_back = changed.held and changed.held not in FOLDED
    if action != Action.JUDGED or changed.status in CLOSED or kept_back:
        return {}
    return {ClockKind(one.kind): one for one in begun(changed, hours, targets, now)}


def _late_by_now(clock: ClockRow | None, now: datetime) -> ClockRow | None:
    """Return a clock with the moment at which it is found to be late, where no step had found it."""
    if clock is None or clock.outcome or clock.breached_at is not None or not is_late(clock, now):
        return clock
    return clock._replace(breached_at=now)


def _moves_any(organisation: Organisation, action: Action) -> bool:
    """Say whether an action may move a clock: many move a lease alone, which few departments have."""
    wanted = MOVES.get(action)
    if not wanted:
        return False
    return (
        len(wanted) > 1 or ClockKind.LEASE not in wanted or any(one.targets.lease for one in organisation.departments)
    )


def asked_in(found: Iterable[ClockRow]) -> int:
    """Return the cycle of the lease in which the owner is asked whether they are still on it; 0 = they are not."""
    asked = (one for one in found if one.kind == ClockKind.LEASE and not one.outcome and one.warned_at is not None)
    return next((one.cycle for one in asked), 0)


def step_key(clock: ClockRow, at_us: int) -> str:
    """Return how the keys of the messages of a step begin."""
    return f"clock:{clock.mention_id}:{clock.kind}:{clock.cycle}:{at_us}:"


def _withdraw(
    session: Session,
    seen: MentionRow,
    changed: MentionRow,
    before: Mapping[str, ClockRow],
    after: Sequence[ClockRow],
) -> None:
    """Take back what clocks have said and what does not stand yet, where it is not so any more.

    That is all of it where the mention is somebody else's, and else what was said of clocks that are over.
    """
    told = {one.kind for one in before.values() if one.warned_at or one.breached_at or one.mark_us}
    if not told:
        return
    if (seen.owner_id, seen.department_id) != (changed.owner_id, changed.department_id):
        withdraw(session, changed.id, f"clock:{changed.id}:")
        return
    for one in after:
        if one.kind in told and (one.outcome or one.cycle != before[one.kind].cycle):
            withdraw(session, changed.id, f"clock:{changed.id}:{one.kind}:")


def configured_by_id(session: Session, organisation: Organisation) -> dict[int, DepartmentConfig]:
    """Return the departments of dibs.toml by the ids of their rows."""
    keys = {one.key: one for one in organisation.departments}
    return {row.id: keys[row.key] for row in people.departments(session) if row.key in keys}


def _former(session: Session, configured: Mapping[int, DepartmentConfig], department_id: int) -> Hours:
    """Return the hours by which a department's clocks ran: of one that is gone, those that it had."""
    if department_id in configured:
        return configured[department_id].hours
    return stored_hours(people.department_of(session, department_id))


def stored_hours(department: DepartmentRow) -> Hours:
    """Return the hours that a department had at the last start."""
    return Hours(Calendar.read(department.hours)) if department.hours else AROUND_THE_CLOCK


def kept_by(department: DepartmentConfig | None, row: MentionRow) -> tuple[Hours, Targets]:
    """Return the hours by which a department's clocks of a mention run, and what it promises that one.

    A department that is gone promises nothing.
    """
    if department is None:
        return AROUND_THE_CLOCK, NOTHING
    return department.hours, department.targets.of(high=is_high(row.tier, row.risk))


def begun(row: MentionRow, hours: Hours, targets: Targets, now: datetime) -> Iterator[ClockRow]:
    """Yield the clocks of a mention that begin now, as it arrives or long after, as far as it waits for anything."""
    stand = Stand(status=Status(row.status), owned=row.owner_id is not None)
    for kind, move in moves(Action.ARRIVED, stand).items():
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


_WAITED_FOR = {
    ClockKind.CLAIM: "somebody to claim it",
    ClockKind.FIRST_REPLY: "our first reply",
    ClockKind.NEXT_REPLY: "our next reply",
    ClockKind.RESOLUTION: "it to be resolved",
    ClockKind.LEASE: "a word of its owner",
}


def since_when(clock: ClockRow) -> str:
    """Say for the log what was waited for, and when it was due."""
    due = f", due {clock.due_at:%Y-%m-%d %H:%M} UTC" if clock.due_at is not None else ""
    return f"Waiting for {_WAITED_FOR[ClockKind(clock.kind)]}{due}"
