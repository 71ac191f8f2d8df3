"""Release: the owner puts a mention back, so that somebody else can take it."""

from dataclasses import dataclass

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import NotYours
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_owned
from handlers.base.verb import Verb
from handlers.own.transition import REMARK, Transition, owner_name, require_current, require_open, transition
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMention(MentionCommand):
    """Ask to give a mention back to everybody."""

    note: str = ""


def release_mention(command: ReleaseMention, context: Context) -> Answer:
    """Clear the owner; the mention is new again.

    Raises:
        NotYours: Somebody else, or nobody, owns it.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The button is older than the last change.
    """

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        if seen.owner_id is None:
            raise NotYours(f"Nobody has #{seen.token}, so there is nothing to release.")
        if seen.owner_id != context.person.id:
            raise NotYours(f"{owner_name(context, seen)} has #{seen.token}; only the owner can release it.")
        values = {"owner_id": None, "status": str(Status.NEW), "snoozed_until": None}
        return Transition(action=Action.RELEASED, values=values, remark=command.note)

    changed = transition(context, decide)
    return Answer(text=f"#{changed.token} is free again.")


VERB = Verb(
    name="release",
    label="Release",
    help="put it back, so that somebody else can take it",
    command=ReleaseMention,
    handler=release_mention,
    when=is_owned,
    may=owner_if_any,
    ranks={Step.CLAIMED: Rank.MENU, Step.ANSWERED: Rank.MENU, Step.SNOOZED: Rank.MENU},
    fields=(REMARK,),
)
