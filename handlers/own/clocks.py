"""Keeping time: what befalls a mention moves its clocks, in the transaction in which it is logged.

There are clocks only where a department promises something; without that nothing is read or written here. What moves
which clock is decided by ``handlers.base.clocks``. Whoever calls this holds the mention, so a clock is written whole.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from handlers.base.clocks import NOTHING, Move, Targets, is_late, moved, moves
from handlers.base.command import Context
from handlers.base.hours import AROUND_THE_CLOCK, Hours
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.base.standing import is_high
from storage.engine.database import Session
from storage.own import clocks
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import CLOSED, FOLDED, Action, ClockKind, ClockOutcome, Status

# Where an answer of ours leaves it in these, its author had written before our answer was written down.
_WAITS_STILL = (Status.NEW, Status.CLAIMED, Status.SNOOZED)


def promises(organisation: Organisation) -> bool:
    """Say whether any department promises anything, so that there may be clocks."""
    return any(one.targets for one in organisation.departments)


def begin_clocks(session: Session, organisation: Organisation, rows: Sequence[MentionRow], now: datetime) -> None:
    """Begin the clocks of mentions that have just arrived."""
    if not promises(organisation):
        return
    configured = configured_by_id(session, organisation)
    begun: list[ClockRow] = []
    for row in rows:
        hours, targets = kept_by(configured.get(row.department_id), row)
        for kind, move in moves(Action.ARRIVED, owned=row.owner_id is not None, their_turn=False).items():
            clock = moved(None, row.id, kind, move, now, hours=hours, targets=targets)
            begun += [clock] if clock is not None else []
    clocks.add(session, begun)


def keep_time(context: Context, seen: MentionRow, changed: MentionRow, action: Action) -> list[ClockRow]:
    """Move the clocks of a mention by what befell it; returns those that ended late, of which no step has told."""
    if not promises(context.organisation):
        return []
    their_turn = changed.status not in _WAITS_STILL
    wanted = moves(action, owned=changed.owner_id is not None, their_turn=their_turn)
    if not wanted:
        return []
    before, key = clocks.with_department(context.session, changed.id)
    former = None
    if key and seen.department_id == changed.department_id:
        hours, targets = kept_by(context.organisation.configured(key), changed)
    else:
        configured = configured_by_id(context.session, context.organisation)
        hours, targets = kept_by(configured.get(changed.department_id), changed)
        former = kept_by(configured.get(seen.department_id), seen)[0]
    new: list[ClockRow] = []
    other: list[ClockRow] = []
    late: list[ClockRow] = []
    promised = _promised_now(changed, action, hours, targets, context.now)
    for kind, move in wanted.items():
        clock = before.get(kind)
        after = moved(clock, changed.id, kind, move, context.now, hours=hours, targets=targets, former=former)
        if kind in promised and clock is not None and clock.outcome == ClockOutcome.DROPPED:
            after = moved(after, changed.id, kind, Move.RESUME, context.now, hours=hours, targets=targets)
        if after is None or after == clock:
            continue
        (new if clock is None else other).append(after)
        if clock is not None and clock.breached_at is None and is_late(clock, context.now) and not clock.outcome:
            late.append(clock)
    new += [one for kind, one in promised.items() if kind not in before]
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


def configured_by_id(session: Session, organisation: Organisation) -> dict[int, DepartmentConfig]:
    """Return the departments of dibs.toml by the ids of their rows."""
    keys = {one.key: one for one in organisation.departments}
    return {row.id: keys[row.key] for row in people.departments(session) if row.key in keys}


def kept_by(department: DepartmentConfig | None, row: MentionRow) -> tuple[Hours, Targets]:
    """Return the hours by which a department's clocks of a mention run, and what it promises that one.

    A department that is gone promises nothing.
    """
    if department is None:
        return AROUND_THE_CLOCK, NOTHING
    return department.hours, department.targets.of(high=is_high(row.tier, row.risk))


def begun(row: MentionRow, hours: Hours, targets: Targets, now: datetime) -> Iterator[ClockRow]:
    """Yield the clocks of a mention that begin now, though it arrived before, and is not closed."""
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


_WAITED_FOR = {
    ClockKind.CLAIM: "somebody to claim it",
    ClockKind.FIRST_REPLY: "our first reply",
    ClockKind.NEXT_REPLY: "our next reply",
    ClockKind.RESOLUTION: "it to be resolved",
}


def since_when(clock: ClockRow) -> str:
    """Say for the log what was waited for, and when it was due."""
    due = f", due {clock.due_at:%Y-%m-%d %H:%M} UTC" if clock.due_at is not None else ""
    return f"Waiting for {_WAITED_FOR[ClockKind(clock.kind)]}{due}"
