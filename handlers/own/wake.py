"""Wake: what was snoozed comes back when its time has come. A timer asks, not a person."""

from datetime import datetime

from handlers.base.command import Context
from handlers.base.errors import BotError
from handlers.base.organisation import Organisation
from handlers.channels.notify import tell_person
from handlers.own.transition import Transition, back_to_work, transition
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status, Via


def wake_due(session: Session, organisation: Organisation, now: datetime) -> int:
    """Wake every snoozed mention whose time has come; returns how many. Owners get a direct message."""
    woken = 0
    for row in mentions.due_to_wake(session, now):
        context = Context(session=session, now=now, organisation=organisation, actor=None, via=Via.TIMER, found=row)

        def decide(seen: MentionRow, context: Context = context) -> Transition:
            if seen.status != Status.SNOOZED:
                raise BotError("It was woken meanwhile.")
            return Transition(action=Action.WOKEN, values=back_to_work(context, seen))

        try:
            changed = transition(context, decide)
        except BotError:
            continue
        woken += 1
        if changed.owner_id is not None:
            tell_person(context, changed.owner_id, changed, f"#{changed.token} is awake again.")
    return woken
