"""Come back: what somebody had who left is free again, an hour after their last account ended.

People are deactivated by mistake, and accounts are moved from one platform to another; so for an hour the owner stays
who it was, and whoever is restored within it has lost nothing. Meanwhile it counts as unclaimed wherever it is listed,
and anybody may take it. While a reply of it is on its way, or may be, it stays as it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from handlers.base.command import Answer, Context, TimedCommand, as_system
from handlers.base.each import with_each
from handlers.base.errors import BotError
from handlers.own.transition import Transition, transition
from storage.own import left, mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Action, Status

AFTER = timedelta(hours=1)
JOB = "come back"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeWhatWasLeft(TimedCommand):
    """Ask for every mention whose owner has been gone for an hour."""


def prepare_come_back(context: Context) -> FreeWhatWasLeft | None:
    """Return the command when there is one."""
    found = left.due(context.session, context.now, AFTER, JOB, limit=1)
    return FreeWhatWasLeft(job=JOB) if found else None


def free_what_was_left(_command: FreeWhatWasLeft, context: Context) -> Answer:
    """Free up to a hundred mentions; says so only when it freed some.

    No slot is needed: each is freed by compare and swap, and what changed meanwhile is passed over.
    """
    due = left.due(context.session, context.now, AFTER, JOB)
    freed = with_each(context, JOB, {one: one for one in due}, partial(_free, context))
    return Answer(text=f"{freed} free again.", ok=freed > 0)


def _free(timer: Context, mention_id: int) -> bool:
    held = _hold(timer, mention_id)
    context = as_system(timer.session, timer.organisation, timer.now, timer.random, via=timer.via, found=held)

    def decide(seen: MentionRow) -> Transition:
        if not left.is_due(context.session, seen.id, context.now - AFTER):
            raise BotError("It was taken, or its owner came back, or a reply is on its way.")
        values = {"owner_id": None, "status": str(Status.NEW), "snoozed_until": None}
        return Transition(action=Action.CAME_BACK, values=values)

    try:
        transition(context, decide)
    except BotError:
        return False
    return True


def _hold(timer: Context, mention_id: int) -> MentionRow:
    """Keep the owner from coming back, and a reply from being sent on its way, until the commit."""
    owner_id = mentions.get(timer.session, mention_id).owner_id
    if owner_id is not None:
        people.hold(timer.session, owner_id)
    return mentions.hold(timer.session, mention_id)
