"""Reopen: it was not done after all. Anyone may; it goes back to its owner if that person is still there.

What is snoozed was never closed: it is woken. Who asks to reopen it means that, so it wakes all the same.
"""

from dataclasses import dataclass

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError
from handlers.base.situation import is_closed
from handlers.base.verb import Verb
from handlers.channels.notify import tell_person
from handlers.channels.placement import place_cards
from handlers.own.transition import (
    REMARK,
    Transition,
    back_to_work,
    owner_name,
    require_current,
    still_there,
    transition,
)
from handlers.own.wake import WakeMention, wake_mention
from storage.own.mentions import MentionRow
from storage.tables.states import CLOSED, Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenMention(MentionCommand):
    """Ask to open a closed mention again."""

    note: str = ""


def reopen_mention(command: ReopenMention, context: Context) -> Answer:
    """Open the mention again.

    Raises:
        BotError: It is open.
        OutOfDate: The button is older than the last change.
    """
    if context.mention.status == Status.SNOOZED:
        waking = WakeMention(reference=command.reference, note=command.note, who=command.who, via=command.via)
        return wake_mention(waking, context)

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        if seen.status not in CLOSED:
            raise BotError(f"#{seen.token} is open already.")
        values = back_to_work(context, seen) | still_there(context, seen)
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


VERB = Verb(
    name="reopen",
    label="Reopen",
    help="it is not done after all",
    command=ReopenMention,
    handler=reopen_mention,
    when=is_closed,
    elsewhere=Rank.MENU,
    fields=(REMARK,),
)
