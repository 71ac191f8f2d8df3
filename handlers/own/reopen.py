"""Reopen: it was not done after all. Anyone may; it goes back to its owner if that person is still there."""

from dataclasses import dataclass
from typing import Any

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError
from handlers.base.verb import Step, Verb, is_closed_or_asleep
from handlers.channels.notify import tell_person
from handlers.channels.placement import place_cards
from handlers.own.transition import (
    REMARK,
    Transition,
    back_to_work,
    owner_name,
    require_current,
    require_right,
    transition,
)
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import CLOSED, Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenMention(MentionCommand):
    """Ask to open a closed mention again, or to wake a snoozed one."""

    note: str = ""


def reopen_mention(command: ReopenMention, context: Context) -> Answer:
    """Open the mention again; a snoozed one wakes, by the rule of right.

    Raises:
        BotError: It is open.
        NotYours: It is snoozed and somebody else owns it.
        OutOfDate: The button is older than the last change.
    """

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        values = back_to_work(context, seen) | still_there(context, seen)
        if seen.status == Status.SNOOZED:
            require_right(context, seen)
            return Transition(action=Action.WOKEN, values=values, remark=command.note)
        if seen.status not in CLOSED:
            raise BotError(f"#{seen.token} is open already.")
        return Transition(action=Action.REOPENED, values=values, remark=command.note)

    changed = transition(context, decide)
    # While it was closed, a home may have moved, or its department may have gone.
    place_cards(context.session, [changed], context.organisation, context.now)
    if changed.owner_id is None:
        return Answer(text=f"#{changed.token} is open again. Nobody has it.")
    if changed.owner_id == context.person.id:
        return Answer(text=f"#{changed.token} is open again. It is yours.")
    words = f"{context.person.name} reopened #{changed.token}. You have it"
    tell_person(context, changed.owner_id, changed, f"{words}: {command.note}" if command.note else f"{words}.")
    return Answer(text=f"#{changed.token} is open again. {owner_name(context, changed)} has it.")


def still_there(context: Context, seen: MentionRow) -> dict[str, Any]:
    """Return the fallback for what a department left behind that is not configured any more."""
    if not people.department_of(context.session, seen.department_id).removed:
        return {}
    fallback = people.department(context.session, context.organisation.fallback)
    return {"department_id": fallback.id} if fallback is not None else {}


VERB = Verb(
    name="reopen",
    label="Reopen",
    help="it is not done after all; wakes a snoozed one too",
    command=ReopenMention,
    handler=reopen_mention,
    when=is_closed_or_asleep,
    ranks={Step.SNOOZED: Rank.MAIN},
    elsewhere=Rank.MENU,
    fields=(REMARK,),
)
