"""Take over: take a mention from its owner, openly: a reason is asked, and the old owner is told."""

from dataclasses import dataclass

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import NotYours, WrongInput
from handlers.base.right import not_the_owner
from handlers.base.situation import is_owned
from handlers.base.verb import Verb
from handlers.channels.notify import tell_person
from handlers.own.transition import Transition, owner_name, require_current, require_open, transition
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverMention(MentionCommand):
    """Ask to become the owner of what somebody else owns."""

    reason: str


def take_over_mention(command: TakeOverMention, context: Context) -> Answer:
    """Make the actor the owner in place of somebody else, and tell the old owner why.

    Raises:
        WrongInput: No reason was given.
        NotYours: Nobody owns it (claim it), or the actor does.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The form is older than the last change.
    """
    actor = context.person
    reason = command.reason.strip()
    if not reason:
        raise WrongInput("Say why: the owner is told.", {"reason": "Say why: the owner is told."})
    former: list[tuple[int, str]] = []

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        if seen.owner_id is None:
            raise NotYours(f"Nobody has #{seen.token}: claim it instead.")
        if seen.owner_id == actor.id:
            raise NotYours(f"#{seen.token} is yours already.")
        former[:] = [(seen.owner_id, owner_name(context, seen))]
        values = {"owner_id": actor.id, "status": str(Status.CLAIMED), "snoozed_until": None}
        return Transition(action=Action.TAKEN_OVER, values=values, remark=reason)

    changed = transition(context, decide)
    old_owner, name = former[0]
    tell_person(context, old_owner, changed, f"{actor.name} took over #{changed.token} from you: {reason}")
    said = f"{name} is told." if people.is_active(context.session, old_owner) else f"{name} is not here any more."
    return Answer(text=f"#{changed.token} is yours now. {said}")


VERB = Verb(
    name="takeover",
    label="Take over",
    help="take it from its owner, openly, with a reason",
    command=TakeOverMention,
    handler=take_over_mention,
    when=is_owned,
    may=not_the_owner,
    alone=Rank.BUTTON,
    form=True,
    fields=(
        Field(
            name="reason",
            label="Reason",
            kind="text",
            hint="The owner is told what you write here.",
            example="they are away",
        ),
    ),
)
