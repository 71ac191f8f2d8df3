"""Resolve: the matter is done; the owner stays in the record. How it ended may be said by one press more."""

from dataclasses import dataclass

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_open
from handlers.base.verb import Verb, button
from handlers.own import outcome
from handlers.own.transition import REMARK, Transition, require_current, require_open, require_right, transition
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveMention(MentionCommand):
    """Ask to close a mention as done."""

    note: str = ""


def resolve_mention(command: ResolveMention, context: Context) -> Answer:
    """Close the mention as done.

    Raises:
        NotYours: Somebody else owns it.
        MentionClosed: It is closed already.
        OutOfDate: The button is older than the last change.
    """

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        require_right(context, seen)
        values = {"status": str(Status.RESOLVED), "snoozed_until": None, "resolved_at": context.now}
        return Transition(action=Action.RESOLVED, values=values, remark=command.note)

    changed = transition(context, decide)
    return Answer(text=f"#{changed.token} is resolved.", offer=button(outcome.VERB, changed))


VERB = Verb(
    name="resolve",
    label="Resolve",
    help="it is done",
    command=ResolveMention,
    handler=resolve_mention,
    when=is_open,
    may=owner_if_any,
    ranks={
        Step.NEW: Rank.MENU,
        Step.CLAIMED: Rank.BUTTON,
        Step.ANSWERED: Rank.BUTTON,
        Step.SNOOZED: Rank.MENU,
    },
    emoji="white_check_mark",
    fields=(REMARK,),
    key="e",
    undone_by="reopen",
)
