"""Assign: give a mention to a colleague, who is told with a link to the card."""

from dataclasses import dataclass
from typing import Any

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import WrongInput
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_open
from handlers.base.verb import Verb, button
from handlers.channels.notify import tell_person
from handlers.own import release
from handlers.own.transition import REMARK, Transition, require_current, require_open, require_right, transition
from handlers.people.people import person_and_note
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignMention(MentionCommand):
    """Ask to make somebody the owner.

    Attributes:
        person: ``person:<id>``, ``<platform>:<workspace>:<account>``, an e-mail address or a full name.
        note: A remark for the log, and for the new owner.
    """

    person: str
    note: str = ""


def assign_mention(command: AssignMention, context: Context) -> Answer:
    """Make a colleague the owner and tell them, unless it is the actor.

    Raises:
        NotYours: Somebody else owns it: it has to be taken over first.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The form is older than the last change.
        WrongInput: Nobody is known under that name.
    """
    target, note = person_and_note(context, command.person, command.note, unsplit=command.unsplit)

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        require_right(context, seen)
        if seen.owner_id == target.id:
            raise WrongInput(f"{target.name} has #{seen.token} already.", {"person": f"{target.name} has it already."})
        values: dict[str, Any] = {"owner_id": target.id, "status": str(Status.CLAIMED), "snoozed_until": None}
        if seen.first_claimed_at is None:
            values["first_claimed_at"] = context.now
        return Transition(action=Action.ASSIGNED, values=values, remark=note)

    changed = transition(context, decide)
    if changed.owner_id is not None and changed.owner_id != context.person.id:
        words = f"{context.person.name} gave you #{changed.token}"
        back = button(release.VERB, changed)
        tell_person(context, changed.owner_id, changed, f"{words}: {note}" if note else f"{words}.", back)
    return Answer(text=f"{target.name} has #{changed.token} now.")


VERB = Verb(
    name="assign",
    label="Assign",
    help="give it to a colleague, who is told",
    command=AssignMention,
    handler=assign_mention,
    when=is_open,
    may=owner_if_any,
    ranks={Step.NEW: Rank.MENU, Step.CLAIMED: Rank.MENU, Step.SETTLED: Rank.MENU},
    form=True,
    several=True,
    fields=(Field(name="person", label="Colleague", kind="person", example="@colleague"), REMARK),
)
