"""Strike: a clock takes its step. Somebody is warned when most of the time is used, and told when it is late.

Each step is done once: the mention is held, the clock is looked at again, and its mark rises in the transaction that
writes the log and the message. Of a warning and a deadline that both passed while Dibs stood still, only the latter is
told. Whoever has the mention hears of it directly; where nobody has it, its channel does, below its card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from handlers.base.clocks import banked, counted_us, is_late, stepped, steps_of
from handlers.base.command import Answer, Context, TimedCommand, as_system
from handlers.base.organisation import DepartmentConfig
from handlers.base.stored import to_json
from handlers.channels.notify import notice_about, tell_about
from handlers.channels.placement import Target, targets
from handlers.own.clocks import configured_by_id, kept_by, promises, since_when
from handlers.own.transition import record
from handlers.text.times import say_time
from storage.channels import messages
from storage.own import clocks, left, mentions
from storage.own.clocks import ClockRow
from storage.tables.states import Action, ClockKind, MessageKind

# Of what nobody has: what is said before the moment, and what after it.
_NOBODY = "Nobody has #{token}."
_SAID = {
    ClockKind.CLAIM: ("It is to be claimed by {due}.", "It was to be claimed by {due}."),
    ClockKind.FIRST_REPLY: ("Our first reply is due on {due}.", "Our first reply was due on {due}."),
    ClockKind.NEXT_REPLY: (
        "Its author wrote again; our reply is due on {due}.",
        "Its author wrote again; our reply was due on {due}.",
    ),
    ClockKind.RESOLUTION: ("It is to be resolved by {due}.", "It was to be resolved by {due}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeClocks(TimedCommand):
    """Ask for every clock that has a step to take."""


def prepare_strike(context: Context) -> StrikeClocks | None:
    """Return the command when there is a step to take."""
    waits = promises(context.organisation) and clocks.due(context.session, context.now, limit=1)
    return StrikeClocks(job="clocks") if waits else None


@dataclass(frozen=True, slots=True)
class _Round:
    """What all steps of one look share: the timer, and what is known of departments, by their ids."""

    timer: Context
    configured: Mapping[int, DepartmentConfig]
    lanes: Mapping[int, Sequence[Target]]


def strike_clocks(_command: StrikeClocks, context: Context) -> Answer:
    """Take the steps of up to a hundred mentions; says so only when it took some."""
    configured = configured_by_id(context.session, context.organisation)
    looking = _Round(context, configured, targets(context.session, context.organisation))
    taken = sum(_strike(looking, one) for one in clocks.due(context.session, context.now))
    return Answer(text=f"{taken} steps of clocks.", ok=taken > 0)


def _strike(looking: _Round, mention_id: int) -> int:
    timer = looking.timer
    held = mentions.hold(timer.session, mention_id)
    context = as_system(timer.session, timer.organisation, timer.now, timer.random, via=timer.via, found=held)
    found = clocks.of_mention(timer.session, mention_id).values()
    return sum(_step(context, one, looking) for one in found if one.next_at and one.next_at <= timer.now)


def _step(context: Context, clock: ClockRow, looking: _Round) -> bool:
    """Take the last step that is due; False where it is due at this very instant, in which it can still be met."""
    now, department = context.now, looking.configured.get(context.mention.department_id)
    hours, promised = kept_by(department, context.mention)
    if is_late(clock, now):
        mark, action = clock.target_us, Action.LATE
        after = replace(clock, breached_at=clock.breached_at or now)
    else:
        used = counted_us(banked(clock, now, hours))
        mark = max((one for one in steps_of(clock, promised.warn)[:-1] if one <= used), default=clock.mark_us)
        action, after = Action.WARNED, replace(clock, warned_at=now)
        if mark <= clock.mark_us:
            # Its department warns at another share now: it is looked at again then, and keeps no other from its step.
            clocks.write(context.session, [stepped(clock, hours, promised.warn)])
            return False
    clocks.write(context.session, [stepped(replace(after, mark_us=mark), hours, promised.warn)])
    if clock.breached_at is None:
        record(context, context.mention, context.mention, action, since_when(clock))
        zone = ZoneInfo(department.timezone if department is not None else context.organisation.timezone)
        due = say_time(clock.due_at or now, zone)
        lanes = looking.lanes.get(context.mention.department_id, ())
        _tell(context, clock, mark, due, lanes, late=action == Action.LATE)
    return True


def _tell(context: Context, clock: ClockRow, mark_us: int, due: str, lanes: Sequence[Target], *, late: bool) -> None:
    mention, session = context.mention, context.session
    said = _SAID[ClockKind(clock.kind)][late].format(due=due)
    key = f"clock:{mention.id}:{clock.kind}:{clock.cycle}:{mark_us}"
    if mention.owner_id is not None and not left.among(session, [mention.id]):
        tell_about(session, mention.owner_id, mention, f"You have #{mention.token}. {said}", key, context.now)
        return
    body = to_json(notice_about(session, mention, f"{_NOBODY.format(token=mention.token)} {said}"))
    for target in lanes:
        messages.put(
            session,
            key=f"{key}:{target.channel}",
            lane_id=target.lane_id,
            kind=MessageKind.NOTICE,
            mention_id=mention.id,
            body=body,
            below=f"card:{mention.id}:{target.channel}",
            now=context.now,
        )
