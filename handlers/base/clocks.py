"""Clocks: how long a mention has waited for what it waits for, and when that is due; nothing is written here.

A clock banks what it has used. Whatever stops it, pausing, another department, other hours, is "bank until now", and
whatever lets it go on counts from there by the hours that hold then: a pause never moves a deadline by its own length,
and a change of hours never judges what was. When it is due is the earliest instant by which its target is used up, and
it is met or breached by instants, never by what was used.

    claim        while nobody has it
    first_reply  from arrival to our first public reply
    next_reply   since its author wrote after a reply of ours
    resolution   from arrival until it is resolved, but for the author's turns
    lease        since its owner last did something with it

Closing a mention without what a clock waits for drops it: it counts neither as met nor as breached, so that nobody
looks better by closing. What moves which clock stands in ``handlers.base.moves``.

A clock takes steps in its own time. What was promised is warned of, and then it is late, by instants. Besides, a claim
that nobody makes has a ladder of whom to tell, and a lease asks its owner and then ends: of these rungs one is taken at
a time, and where one came late, because Dibs stood still, the next keeps its distance from it. So nobody is told four
things at once in the morning, and whoever is asked has the whole time to answer.
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

    ``start`` begins one where none runs; ``begin_anew`` begins the next cycle from zero, whatever there was, and
    ``begin_at_rest`` one that stands still at first; ``rebase`` goes on by the hours that hold now, and ``retarget`` by
    the target, with what is banked.
    """

    START = "start"
    BEGIN_ANEW = "begin anew"
    BEGIN_AT_REST = "begin at rest"
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
class Lease:
    """How long a claim holds unconfirmed: after which time its owner is asked, and how long they have to answer."""

    ask: timedelta
    back: timedelta


class Told(StrEnum):
    """Whom a rung of a ladder tells: the channel, a user group in it, a person, or another department."""

    CHANNEL = "channel"
    GROUP = "group"
    PERSON = "person"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """After which time of nobody having a mention somebody is told of it.

    Attributes:
        name: "@finance", an e-mail address or the key of a department; empty for the channel.
    """

    after: timedelta
    to: Told = Told.CHANNEL
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a department promises, which share of it may be used before somebody is warned, and what else takes time.

    ``high`` is what it promises customers, and those who are at risk, where that is another target.
    """

    by_kind: Mapping[ClockKind, Target] = field(default_factory=dict)
    warn: float = 0.75
    high: Mapping[ClockKind, Target] = field(default_factory=dict)
    lease: Lease | None = None
    ladder: tuple[Rung, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.by_kind or self.high or self.lease or self.ladder)

    def of(self, *, high: bool) -> "Targets":
        """Return what it promises one mention."""
        return replace(self, by_kind={**self.by_kind, **self.high}) if high and self.high else self

    def target(self, kind: ClockKind) -> Target | None:
        """Return within what time a clock of a kind is met, without any where it only takes steps; None = no clock."""
        if kind == ClockKind.LEASE:
            return Target(within=self.lease.ask) if self.lease is not None else None
        found = self.by_kind.get(kind)
        return NO_TARGET if found is None and kind == ClockKind.CLAIM and self.ladder else found

    def rungs(self, clock: ClockRow) -> tuple[int, ...]:
        """Return after how much of its time each rung of a clock is taken."""
        if clock.kind == ClockKind.LEASE and self.lease is not None:
            return clock.target_us, clock.target_us + self.lease.back // _MICROSECOND
        return tuple(one.after // _MICROSECOND for one in self.ladder) if clock.kind == ClockKind.CLAIM else ()

    def rung_at(self, at_us: int) -> Rung:
        """Return the rung of the ladder that is taken after so much time."""
        return next(one for one in self.ladder if one.after // _MICROSECOND == at_us)


NO_TARGET = Target(within=timedelta())
NOTHING = Targets()


def counted_us(clock: ClockRow) -> int:
    """Return what is banked of the time that counts for its target."""
    return clock.used_us if clock.business else clock.used_wall_us


def is_late(clock: ClockRow, now: datetime) -> bool:
    """Say whether it was due before now; at the instant itself it is in time."""
    return clock.due_at is not None and now > clock.due_at


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
    if move in _BEGINS or (move == Move.START and (clock is None or clock.outcome)):
        begun = _begun(clock, mention_id, kind, now, hours, targets)
        if begun is not None and not begun.outcome and move == Move.BEGIN_AT_REST:
            return begun._replace(running_since=None, due_at=None, next_at=None)
        return begun
    return None if clock is None else _changed(clock, move, now, hours, targets, former)


_BEGINS = (Move.BEGIN_ANEW, Move.BEGIN_AT_REST)


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
            return banked(clock, now, until_now)._replace(running_since=None, due_at=None, next_at=None)
        case Move.RESUME if _may_resume(clock):
            return going_on(clock._replace(outcome=ClockOutcome.OPEN, ended_at=None), now, hours, targets)
        case Move.REBASE if clock.running_since is not None:
            if former is None:  # the same hours, and perhaps another ladder
                return stepped(clock, hours, targets)
            return going_on(banked(clock, now, former), now, hours, targets)
        case Move.RETARGET if clock.outcome != ClockOutcome.MET:
            return _retargeted(clock, now, hours, targets)
    return clock


def _retargeted(clock: ClockRow, now: datetime, hours: Hours, targets: Targets) -> ClockRow:
    """Return a clock by another target: what is used up already is due at once, and what was late is told once.

    So the steps that were done stay done, but for that of being late where it was not.
    """
    target = targets.target(ClockKind(clock.kind))
    if target is None:
        return clock if clock.outcome else _ended(clock, ClockOutcome.DROPPED, now, hours)
    wanted = target.within // _MICROSECOND
    if (clock.target_us, clock.business) == (wanted, target.business):
        return clock
    after = banked(clock, now, hours)._replace(target_us=wanted, business=target.business)
    return after if clock.running_since is None else going_on(after, now, hours, targets)


def _may_resume(clock: ClockRow) -> bool:
    """Say whether it goes on: what is paused or was dropped, and a resolution that was none. A lease only begins."""
    if clock.kind == ClockKind.LEASE and clock.outcome:
        return False
    met = clock.outcome == ClockOutcome.MET and clock.kind != ClockKind.RESOLUTION
    return clock.running_since is None and not met


def _begun(
    clock: ClockRow | None, mention_id: int, kind: ClockKind, now: datetime, hours: Hours, targets: Targets
) -> ClockRow | None:
    target = targets.target(kind)
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
    return going_on(new, now, hours, targets)


def banked(clock: ClockRow, now: datetime, hours: Hours) -> ClockRow:
    """Return a clock with what it used until now, by the hours by which it ran; one that stands still as it is.

    A clock of the machine that was set back adds nothing.
    """
    if clock.running_since is None:
        return clock
    used, wall = _used_us(clock, now, hours)
    return clock._replace(used_us=used, used_wall_us=wall, running_since=max(now, clock.running_since))


def _used_us(clock: ClockRow, now: datetime, hours: Hours) -> tuple[int, int]:
    """Return how much a clock used by now, of opening time and of all time."""
    since = clock.running_since
    if since is None:
        return clock.used_us, clock.used_wall_us
    wall = max((now - since) // _MICROSECOND, 0)
    return clock.used_us + hours.micros_between(since, now), clock.used_wall_us + wall


def going_on(clock: ClockRow, now: datetime, hours: Hours, targets: Targets) -> ClockRow:
    """Return a clock that runs from now on by some hours: when it is due, and when its next step is."""
    promised = clock.target_us and clock.kind != ClockKind.LEASE
    due_at = _at(clock, clock.target_us, now, hours) if promised else None
    next_at = _next_at(clock, due_at, now, hours, targets)
    return clock._replace(running_since=now, due_at=due_at, next_at=next_at)


def stepped(clock: ClockRow, hours: Hours, targets: Targets) -> ClockRow:
    """Return a running clock with the instant of its next step."""
    since = clock.running_since
    next_at = _next_at(clock, clock.due_at, since, hours, targets) if since is not None else None
    return clock._replace(next_at=next_at)


def _next_at(
    clock: ClockRow, due_at: datetime | None, since: datetime, hours: Hours, targets: Targets
) -> datetime | None:
    coming: list[datetime | None] = []
    if due_at is not None and clock.breached_at is None:
        warning = warning_us(clock, targets.warn) if clock.warned_at is None else None
        coming.append(_at(clock, warning, since, hours) if warning is not None else due_at)
    if (rung := _next_rung(clock, targets)) is not None:
        coming.append(_at(clock, rung + clock.shift_us, since, hours))
    return min(filter(None, coming), default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """What a clock does at a moment, if anything.

    Attributes:
        clock: As it is after it.
        at_us: The step, by the time after which it is to be taken; together with kind and cycle it names one.
    """

    clock: ClockRow
    action: Action | None = None
    at_us: int = 0


def struck(clock: ClockRow, now: datetime, hours: Hours, targets: Targets) -> Step:
    """Return the one step that a running clock takes now. Of a warning and a deadline only the latter is told."""
    used = counted_us(banked(clock, now, hours))
    if clock.due_at is not None and clock.breached_at is None:
        warning = warning_us(clock, targets.warn)
        if is_late(clock, now):
            return Step(stepped(clock._replace(breached_at=now), hours, targets), Action.LATE, clock.target_us)
        if clock.warned_at is None and warning is not None and warning <= used:
            return Step(stepped(clock._replace(warned_at=now), hours, targets), Action.WARNED, warning)
    rung = _next_rung(clock, targets)
    if rung is None or rung + clock.shift_us > used:
        return Step(stepped(clock, hours, targets))
    after = clock._replace(mark_us=rung, shift_us=used - rung)
    action = Action.ESCALATED
    if clock.kind == ClockKind.LEASE:
        action = Action.ASKED if rung == clock.target_us else Action.RETURNED
        after = after._replace(warned_at=now)
    return Step(stepped(after, hours, targets), action, rung)


def warning_us(clock: ClockRow, warn: float) -> int | None:
    """Return after how much of its time a warning is given; None where there is none before it is late."""
    warning = int(clock.target_us * warn)
    return warning if 0 < warning < clock.target_us else None


def _next_rung(clock: ClockRow, targets: Targets) -> int | None:
    return next((one for one in targets.rungs(clock) if one > clock.mark_us), None)


def _at(clock: ClockRow, offset_us: int, now: datetime, hours: Hours) -> datetime | None:
    """Return when so much of its time will be used; what was used already is at once."""
    left = timedelta(microseconds=max(offset_us - counted_us(clock), 0))
    return hours.add(now, left) if clock.business else now + left


def _ended(clock: ClockRow, outcome: ClockOutcome, now: datetime, hours: Hours) -> ClockRow:
    """Return a clock that is over; one that is late by then is breached, whether or not a step had said so."""
    used, wall = _used_us(clock, now, hours)
    return clock._replace(
        used_us=used,
        used_wall_us=wall,
        running_since=None,
        next_at=None,
        ended_at=now,
        outcome=outcome,
        breached_at=clock.breached_at or (now if is_late(clock, now) else None),
    )
