"""Wake: what was snoozed comes back when its time has come. A timer asks, not a person."""

from dataclasses import dataclass

from handlers.base.command import Answer, Context, TimedCommand, as_system
from handlers.base.errors import BotError
from handlers.channels.notify import tell_person
from handlers.own.transition import Transition, back_to_work, transition
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeSnoozed(TimedCommand):
    """Ask for every snoozed mention whose time has come."""


def wake_snoozed(command: WakeSnoozed, context: Context) -> Answer:
    """Wake up to a hundred mentions; says so only when it woke some. Owners get a direct message.

    No slot is needed: a mention wakes by compare and swap, and what another replica woke meanwhile is passed over.
    """
    woken = sum(_wake(context, row) for row in mentions.due_to_wake(context.session, context.now))
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
