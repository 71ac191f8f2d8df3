"""Wake: what was snoozed comes back: when its time has come, or because somebody asks for it before."""

from dataclasses import dataclass
from functools import partial

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand, TimedCommand, as_system
from handlers.base.each import with_each
from handlers.base.errors import BotError
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_asleep
from handlers.base.verb import Verb
from handlers.channels.notify import tell_person
from handlers.channels.placement import place_cards
from handlers.own.transition import (
    REMARK,
    Transition,
    back_to_work,
    require_current,
    require_open,
    require_right,
    still_there,
    transition,
)
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeMention(MentionCommand):
    """Ask to have a snoozed mention back before its time."""

    note: str = ""


def wake_mention(command: WakeMention, context: Context) -> Answer:
    """Wake the mention: its owner has it again, or it is new.

    Raises:
        BotError: It does not sleep.
        MentionClosed: It was resolved or dismissed.
        NotYours: Somebody else owns it.
        OutOfDate: The button is older than the last change.
    """

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        if seen.status != Status.SNOOZED:
            raise BotError(f"#{seen.token} is awake already.")
        require_right(context, seen)
        values = back_to_work(context, seen) | still_there(context, seen)
        return Transition(action=Action.WOKEN, values=values, remark=command.note)

    changed = transition(context, decide)
    # While it slept, a home may have moved, or its department may have gone.
    place_cards(context.session, [changed], context.organisation, context.now)
    whose = "Nobody has it." if changed.owner_id is None else "It is yours."
    return Answer(text=f"#{changed.token} is awake again. {whose}")


VERB = Verb(
    name="wake",
    label="Wake",
    help="have a snoozed one back now",
    command=WakeMention,
    handler=wake_mention,
    when=is_asleep,
    may=owner_if_any,
    ranks={Step.SNOOZED: Rank.MAIN},
    fields=(REMARK,),
)


WAKING = "wake"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeSnoozed(TimedCommand):
    """Ask for every snoozed mention whose time has come."""


def wake_snoozed(command: WakeSnoozed, context: Context) -> Answer:
    """Wake up to a hundred mentions; says so only when it woke some. Owners get a direct message.

    No slot is needed: a mention wakes by compare and swap, and what another replica woke meanwhile is passed over.
    """
    due = {row.id: row for row in mentions.due_to_wake(context.session, context.now, WAKING)}
    woken = with_each(context, WAKING, due, partial(_wake, context))
    return Answer(text=f"{woken} awake again.", ok=woken > 0)


def _wake(timer: Context, row: MentionRow) -> bool:
    context = as_system(timer.session, timer.organisation, timer.now, timer.random, via=timer.via, found=row)

    def decide(seen: MentionRow) -> Transition:
        if seen.status != Status.SNOOZED:
            raise BotError("It was woken meanwhile.")
        return Transition(action=Action.WOKEN, values=back_to_work(context, seen))

    try:
        changed = transition(context, decide)
    except BotError:
        return False
    if changed.owner_id is not None:
        tell_person(context, changed.owner_id, changed, f"#{changed.token} is awake again.")
    return True
