"""Strike: a clock takes its step. Somebody is warned when most of the time is used, and told when it is late; of what
nobody has, one after the other is told; who has something is asked whether they still do.

Each step is done once: the mention is held, the clock is looked at again, and what it becomes is written in the
transaction that writes the log and the message. Which step that is, ``handlers.base.clocks.struck`` decides.

Whoever does not say that they are still on it within the time to answer has it no more. That is a change of hands like
any other: whoever says so at the same moment holds the mention too, and one of the two comes first.

A mention whose step fails stops no other: it is left alone for a while (``handlers.base.each``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from handlers.base.clocks import Move, Step, Targets, moved, struck, warning_us
from handlers.base.command import Answer, Context, TimedCommand, as_system
from handlers.base.each import with_each
from handlers.base.hours import Hours
from handlers.base.moves import Stand
from handlers.base.organisation import DepartmentConfig
from handlers.base.timezones import person_zone
from handlers.channels.placement import Target, targets
from handlers.own.clocks import configured_by_id, kept_by, promises, since_when, step_key
from handlers.own.fold import show_lead
from handlers.own.telling import Telling, tell_asked, tell_escalated, tell_promise, tell_returned
from handlers.own.transition import Transition, record, transition
from storage.channels.withdraw import withdraw
from storage.own import clocks, left, mentions
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.tables.states import Action, ClockKind, Held, Status

JOB = "clocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeClocks(TimedCommand):
    """Ask for every clock that has a step to take."""


def prepare_strike(context: Context) -> StrikeClocks | None:
    """Return the command when there is a step to take."""
    waits = promises(context.organisation) and clocks.due(context.session, context.now, JOB, limit=1)
    return StrikeClocks(job=JOB) if waits else None


@dataclass(frozen=True, slots=True)
class _Round:
    """What all steps of one look share: the timer, and what is known of departments, by their ids and keys."""

    timer: Context
    configured: Mapping[int, DepartmentConfig]
    lanes: Mapping[int, Sequence[Target]]
    elsewhere: Mapping[str, Sequence[Target]]


def strike_clocks(_command: StrikeClocks, context: Context) -> Answer:
    """Take the steps of up to a hundred mentions; says so only when it took some."""
    configured = configured_by_id(context.session, context.organisation)
    lanes = targets(context.session, context.organisation)
    elsewhere = {one.key: lanes.get(key, ()) for key, one in configured.items()}
    looking = _Round(context, configured, lanes, elsewhere)
    due = clocks.due(context.session, context.now, JOB)
    taken = with_each(context, JOB, {one: one for one in due}, partial(_strike, looking))
    return Answer(text=f"{taken} steps of clocks.", ok=taken > 0)


def _strike(looking: _Round, mention_id: int) -> int:
    timer = looking.timer
    held = mentions.hold(timer.session, mention_id)
    context = as_system(timer.session, timer.organisation, timer.now, timer.random, via=timer.via, found=held)
    found = clocks.with_department(timer.session, mention_id)
    due = [one for one in found.clocks.values() if one.next_at and one.next_at <= timer.now]
    stand = Stand(status=Status(held.status), owned=held.owner_id is not None, in_flight=found.in_flight)
    if stand.at_rest:  # whatever began it, nobody is asked for what waits for somebody else
        clocks.write(timer.session, [_at_rest(one, context, looking) for one in due if _is_lease(one)])
        due = [one for one in due if not _is_lease(one)]
    # The lease comes last: where it ends, the others move.
    return sum(_step(context, one, looking) for one in sorted(due, key=_is_lease))


def _is_lease(clock: ClockRow) -> bool:
    return clock.kind == ClockKind.LEASE


def _at_rest(clock: ClockRow, context: Context, looking: _Round) -> ClockRow:
    hours, kept = kept_by(looking.configured.get(context.mention.department_id), context.mention)
    paused = moved(clock, clock.mention_id, ClockKind.LEASE, Move.PAUSE, context.now, hours=hours, targets=kept)
    return paused or clock


def _step(context: Context, clock: ClockRow, looking: _Round) -> bool:
    """Take the step that is due; False where there is none, as at the very instant at which it can still be met."""
    department = looking.configured.get(context.mention.department_id)
    hours, promised = kept_by(department, context.mention)
    step = struck(clock, context.now, hours, promised)
    if step.action is None or (step.action == Action.ASKED and _sleeps(context, clock, department)):
        if step.clock != clock and step.action is None:
            clocks.write(context.session, [step.clock])
        return False
    if step.action == Action.RETURNED:
        return _give_back(context, clock, step, looking)
    clocks.write(context.session, [step.clock])
    record(context, context.mention, context.mention, step.action, _remark(clock, step, promised))
    _tell(_telling(context, clock, step, looking), step, hours, promised)
    return True


def _remark(clock: ClockRow, step: Step, promised: Targets) -> str:
    """Say for the log what was waited for, or who is told."""
    if step.action == Action.ESCALATED:
        rung = promised.rung_at(step.at_us)
        return f"Told {rung.name or 'the channel'}"
    return since_when(clock) if step.action != Action.ASKED else ""


def _telling(context: Context, clock: ClockRow, step: Step, looking: _Round) -> Telling:
    department_id = context.mention.department_id
    return Telling(
        context=context,
        clock=clock,
        key=step_key(clock, step.at_us),
        department=looking.configured.get(department_id),
        lanes=looking.lanes.get(department_id, ()),
        elsewhere=looking.elsewhere,
    )


def _tell(telling: Telling, step: Step, hours: Hours, promised: Targets) -> None:
    clock, session = telling.clock, telling.context.session
    show_lead(session, telling.context.mention)
    if telling.context.mention.held == Held.STORM:  # the card of its storm counts it, and that is all
        return
    if step.action == Action.ASKED:
        tell_asked(telling)
    elif step.action == Action.ESCALATED:
        tell_escalated(telling, promised.rung_at(step.at_us), hours)
    else:
        warned = warning_us(clock, promised.warn) if clock.warned_at is not None else None
        if step.action == Action.LATE and warned is not None:
            # A warning that still waits for the morning is none any more.
            withdraw(session, clock.mention_id, step_key(clock, warned))
        tell_promise(telling, hours, late=step.action == Action.LATE)


def _sleeps(context: Context, clock: ClockRow, department: DepartmentConfig | None) -> bool:
    """Say whether the owner is not to be disturbed now; then they are asked when their quiet ends, and not before.

    The step itself waits, so that they have the whole time to answer.
    """
    mention = context.mention
    if department is None or mention.owner_id is None:
        return False
    zone = person_zone(context.session, context.organisation, mention.owner_id, mention.department_id)
    until = department.quiet.ends(context.now, zone)
    if until is not None:
        clocks.write(context.session, [clock._replace(next_at=until)])
    return until is not None


def _give_back(context: Context, clock: ClockRow, step: Step, looking: _Round) -> bool:
    """Give a mention back to its department, because its owner was asked and did not answer."""
    seen, owner_id = context.mention, context.mention.owner_id
    gone = bool(left.among(context.session, [seen.id]))

    def decide(_seen: MentionRow) -> Transition:
        values = {"owner_id": None, "status": str(Status.NEW), "snoozed_until": None}
        return Transition(action=Action.RETURNED, values=values, remark=_asked_at(clock))

    telling = _telling(context, clock, step, looking)
    changed = transition(context, decide)
    if owner_id is not None and not gone:
        tell_returned(telling, changed, owner_id)
    return True


def _asked_at(clock: ClockRow) -> str:
    return f"Asked at {clock.warned_at:%Y-%m-%d %H:%M} UTC, and not answered" if clock.warned_at is not None else ""
