"""Clocks: how long a mention has waited for what it waits for, and when that is due; nothing is written here.

A clock banks what it has used. Whatever stops it, pausing, another department, other hours, is "bank until now", and
whatever lets it go on counts from there by the hours that hold then: a pause never moves a deadline by its own length,
and a change of hours never judges what was. When it is due is the earliest instant by which its target is used up, and
it is met or breached by instants, never by what was used.

    claim        while nobody has it
    first_reply  from arrival to our first public reply
    next_reply   since its author wrote after a reply of ours
    resolution   from arrival until it is resolved, but for the author's turns

Closing a mention without what a clock waits for drops it: it counts neither as met nor as breached, so that nobody
looks better by closing. What moves which clock stands in one table, by the action of the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from handlers.base.hours import Hours
from storage.own.clocks import ClockRow
from storage.tables.states import Action, ClockKind, ClockOutcome

_MICROSECOND = timedelta(microseconds=1)


class Move(StrEnum):
    """What happens to a clock.

    ``start`` begins one where none runs; ``begin_anew`` begins the next cycle from zero, whatever there was; ``rebase``
    goes on by the hours that hold now; ``retarget`` goes on by the target that holds now, with what is banked.
    """

    START = "start"
    BEGIN_ANEW = "begin anew"
    MEET = "meet"
    PAUSE = "pause"
    RESUME = "resume"
    REBASE = "rebase"
    RETARGET = "retarget"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Within what time something is to be done: of opening hours, or of all hours (``business`` is False)."""

    within: timedelta
    business: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a department promises, and which share of it may be used before somebody is warned.

    ``high`` is what it promises customers, and those who are at risk, where that is another target.
    """

    by_kind: Mapping[ClockKind, Target] = field(default_factory=dict)
    warn: float = 0.75
    high: Mapping[ClockKind, Target] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_kind or self.high)

    def of(self, *, high: bool) -> "Targets":
        """Return what it promises one mention."""
        return replace(self, by_kind={**self.by_kind, **self.high}) if high and self.high else self


def counted_us(clock: ClockRow) -> int:
    """Return what is banked of the time that counts for its target."""
    return clock.used_us if clock.business else clock.used_wall_us


def is_late(clock: ClockRow, now: datetime) -> bool:
    """Say whether it was due before now; at the instant itself it is in time."""
    return clock.due_at is not None and now > clock.due_at


_HELD = (Action.CLAIMED, Action.ASSIGNED, Action.TAKEN_OVER, Action.OWNED_BY_REPLY)
_ALL = tuple(ClockKind)
_REPLIES = (ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY)
# What moves which clock. Of an answer that came before our own was written down, see ``moves``.
MOVES: Mapping[Action, Mapping[ClockKind, Move]] = {
    Action.ARRIVED: dict.fromkeys((ClockKind.CLAIM, ClockKind.FIRST_REPLY, ClockKind.RESOLUTION), Move.START),
    **{action: {ClockKind.CLAIM: Move.MEET} for action in _HELD},
    **{
        action: {ClockKind.CLAIM: Move.BEGIN_ANEW, **dict.fromkeys((*_REPLIES, ClockKind.RESOLUTION), Move.REBASE)}
        for action in (Action.RELEASED, Action.CAME_BACK, Action.HANDED_OFF)
    },
    Action.RESPONDED: {**dict.fromkeys(_REPLIES, Move.MEET), ClockKind.RESOLUTION: Move.PAUSE},
    Action.AUTHOR_ANSWERED: {
        ClockKind.CLAIM: Move.BEGIN_ANEW,
        ClockKind.FIRST_REPLY: Move.RESUME,
        ClockKind.NEXT_REPLY: Move.START,
        ClockKind.RESOLUTION: Move.RESUME,
    },
    Action.SNOOZED: {ClockKind.CLAIM: Move.PAUSE},
    Action.WOKEN: {ClockKind.CLAIM: Move.RESUME},
    Action.RESOLVED: {**dict.fromkeys((ClockKind.CLAIM, *_REPLIES), Move.DROP), ClockKind.RESOLUTION: Move.MEET},
    Action.DISMISSED: dict.fromkeys(_ALL, Move.DROP),
    Action.REOPENED: dict.fromkeys(_ALL, Move.RESUME),
    Action.JUDGED: dict.fromkeys(_ALL, Move.RETARGET),
}


NOTHING = Targets()


def moves(action: Action, *, owned: bool, their_turn: bool) -> Mapping[ClockKind, Move]:
    """Return what an action does to the clocks of a mention.

    Args:
        action: As the log has it.
        owned: Whether somebody has the mention after it: nobody is waited for to claim it then.
        their_turn: Whether its author has said nothing since our last reply; where they were quicker than our writing
            it down, only the first reply is met, for they wait again.
    """
    found = dict(MOVES.get(action, {}))
    if action == Action.RESPONDED and not their_turn:
        return {ClockKind.FIRST_REPLY: Move.MEET}
    if owned and found.get(ClockKind.CLAIM) in (Move.START, Move.BEGIN_ANEW, Move.RESUME):
        del found[ClockKind.CLAIM]
    return found


def moved(
    clock: ClockRow | None,
    mention_id: int,
    kind: ClockKind,
    move: Move,
    now: datetime,
    *,
    hours: Hours,
    targets: Targets,
    former: Hours | None = None,
) -> ClockRow | None:
    """Return a clock after a move; None where there is none, because its department promises nothing of the kind.

    Args:
        clock: As it is; None where there was none yet.
        mention_id: Whose it is.
        kind: Which one it is.
        move: What happens.
        now: When.
        hours: The hours of the department that has the mention from now on.
        targets: What that department promises.
        former: The hours by which it ran until now, where they were others.
    """
    if move == Move.BEGIN_ANEW or (move == Move.START and (clock is None or clock.outcome)):
        return _begun(clock, mention_id, kind, now, hours, targets)
    return None if clock is None else _changed(clock, move, now, hours, targets, former)


def _changed(
    clock: ClockRow, move: Move, now: datetime, hours: Hours, targets: Targets, former: Hours | None
) -> ClockRow:
    until_now = former or hours
    match move:
        case Move.MEET if not clock.outcome:
            return _ended(clock, ClockOutcome.MET, now, until_now)
        case Move.DROP if not clock.outcome:
            return _ended(clock, ClockOutcome.DROPPED, now, until_now)
        case Move.PAUSE if not clock.outcome and clock.running_since is not None:
            return replace(banked(clock, now, until_now), running_since=None, due_at=None, next_at=None)
        case Move.RESUME if _may_resume(clock):
            return going_on(replace(clock, outcome=ClockOutcome.OPEN, ended_at=None), now, hours, targets.warn)
        case Move.REBASE if clock.running_since is not None and former is not None:
            return going_on(banked(clock, now, former), now, hours, targets.warn)
        case Move.RETARGET if clock.outcome != ClockOutcome.MET:
            return _retargeted(clock, now, hours, targets)
    return clock


def _retargeted(clock: ClockRow, now: datetime, hours: Hours, targets: Targets) -> ClockRow:
    """Return a clock by another target: what is used up already is due at once, and what was late is told once.

    So the steps that were done stay done, but for that of being late where it was not.
    """
    target = targets.by_kind.get(ClockKind(clock.kind))
    if target is None:
        return clock if clock.outcome else _ended(clock, ClockOutcome.DROPPED, now, hours)
    wanted = target.within // _MICROSECOND
    if (clock.target_us, clock.business) == (wanted, target.business):
        return clock
    mark = min(clock.mark_us, wanted - 1) if clock.breached_at is None else max(clock.mark_us, wanted)
    after = replace(banked(clock, now, hours), target_us=wanted, business=target.business, mark_us=mark)
    return after if clock.running_since is None else going_on(after, now, hours, targets.warn)


def _may_resume(clock: ClockRow) -> bool:
    """Say whether it goes on: what is paused or was dropped, and a resolution that was none."""
    met = clock.outcome == ClockOutcome.MET and clock.kind != ClockKind.RESOLUTION
    return clock.running_since is None and not met


def _begun(
    clock: ClockRow | None, mention_id: int, kind: ClockKind, now: datetime, hours: Hours, targets: Targets
) -> ClockRow | None:
    target = targets.by_kind.get(kind)
    if target is None:
        # The department that has it now promises nothing: what ran is over, and counts for nobody.
        return clock if clock is None or clock.outcome else _ended(clock, ClockOutcome.DROPPED, now, hours)
    new = ClockRow(
        mention_id=mention_id,
        kind=kind,
        cycle=clock.cycle + 1 if clock is not None else 1,
        target_us=target.within // _MICROSECOND,
        business=target.business,
    )
    return going_on(new, now, hours, targets.warn)


def banked(clock: ClockRow, now: datetime, hours: Hours) -> ClockRow:
    """Return a clock with what it used until now, by the hours by which it ran; one that stands still as it is.

    A clock of the machine that was set back adds nothing.
    """
    if clock.running_since is None:
        return clock
    used, wall = hours.between(clock.running_since, now), max(now - clock.running_since, timedelta())
    return replace(
        clock,
        used_us=clock.used_us + used // _MICROSECOND,
        used_wall_us=clock.used_wall_us + wall // _MICROSECOND,
        running_since=max(now, clock.running_since),
    )


def going_on(clock: ClockRow, now: datetime, hours: Hours, warn: float) -> ClockRow:
    """Return a clock that runs from now on by some hours: when it is due, and when its next step is."""
    return stepped(replace(clock, running_since=now, due_at=_at(clock, clock.target_us, now, hours)), hours, warn)


def stepped(clock: ClockRow, hours: Hours, warn: float) -> ClockRow:
    """Return a running clock with the instant of its next step: what is not past its mark."""
    since = clock.running_since
    if since is None:
        return replace(clock, next_at=None)
    steps = [one for one in steps_of(clock, warn) if one > clock.mark_us]
    return replace(clock, next_at=_at(clock, steps[0], since, hours) if steps else None)


def steps_of(clock: ClockRow, warn: float) -> tuple[int, ...]:
    """Return after how much used time something is done: somebody is warned, and then it is late."""
    warning = int(clock.target_us * warn)
    return (warning, clock.target_us) if 0 < warning < clock.target_us else (clock.target_us,)


def _at(clock: ClockRow, offset_us: int, now: datetime, hours: Hours) -> datetime | None:
    """Return when so much of its time will be used; what was used already is at once."""
    left = timedelta(microseconds=max(offset_us - counted_us(clock), 0))
    return hours.add(now, left) if clock.business else now + left


def _ended(clock: ClockRow, outcome: ClockOutcome, now: datetime, hours: Hours) -> ClockRow:
    """Return a clock that is over; one that is late by then is breached, whether or not a step had said so."""
    breached = clock.breached_at or (now if is_late(clock, now) else None)
    done = banked(clock, now, hours)
    return replace(done, running_since=None, next_at=None, ended_at=now, outcome=outcome, breached_at=breached)
