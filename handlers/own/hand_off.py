"""Hand off: pass a mention to the department that can really help.

The card moves to that department's home and says there who passed it on and why; the old one stays, without buttons,
and says where it went.
"""

from dataclasses import dataclass, replace

from handlers.base.actions import tell
from handlers.base.cards import Field, Form, Rank
from handlers.base.command import Answer, Asking, Context, MentionCommand
from handlers.base.errors import WrongInput
from handlers.base.forms import draw_fields
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_open
from handlers.base.verb import Verb
from handlers.channels.placement import place_cards
from handlers.own.transition import (
    REMARK,
    Transition,
    own_department,
    require_current,
    require_open,
    require_right,
    transition,
)
from handlers.people.people import department_and_note
from handlers.suggest.shown import Advice, advice_for
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffMention(MentionCommand):
    """Ask to pass a mention to another department.

    Attributes:
        department: Its key or name.
    """

    department: str
    note: str = ""


def hand_off_mention(command: HandOffMention, context: Context) -> Answer:
    """Move the mention to another department; nobody owns it there yet.

    Raises:
        NotYours: Somebody else owns it.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The form is older than the last change.
        WrongInput: There is no such department, or it is there already.
    """
    target, note = department_and_note(context, command.department, command.note, unsplit=command.unsplit)

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        require_right(context, seen)
        if seen.department_id == target.id:
            sentence = f"#{seen.token} is with {target.name} already."
            raise WrongInput(sentence, {"department": sentence})
        values = {"owner_id": None, "status": str(Status.NEW), "snoozed_until": None, "department_id": target.id}
        return Transition(action=Action.HANDED_OFF, values=values, remark=note)

    changed = transition(context, decide)
    why = tell(Action.HANDED_OFF, context.person.name, department=own_department(context), remark=note)
    place_cards(context.session, [changed], context.organisation, context.now, revive=True, why=why)
    return Answer(text=f"#{changed.token} is with {target.name} now.")


def draw_hand_off(asking: Asking) -> Form:
    """Draw the form: the departments that are suggested stand first, and what the card names is chosen.

    That is what was written down as the mention came, so a press shows what its card said, whatever was learnt since.
    """
    form, row = draw_fields(VERB, asking), asking.mention
    departments = {one.id: one for one in people.departments(asking.session)}
    advice = advice_for(asking.session, [row], departments).get(row.id) if asking.organisation.suggests else None
    return replace(form, fields=tuple(_advised(one, advice) for one in form.fields)) if advice is not None else form


def _advised(field: Field, advice: Advice) -> Field:
    if field.name != "department":
        return field
    first = [one.key for one in advice.choices]
    places = {key: place for place, key in enumerate(first)}
    choices = sorted(field.choices, key=lambda one: places.get(one.value, len(first)))
    return replace(
        field,
        choices=tuple(choices),
        initial=advice.named.key if advice.named is not None else field.initial,
        hint=advice.why or field.hint,
    )


VERB = Verb(
    name="handoff",
    label="Hand off",
    help="pass it to another department",
    command=HandOffMention,
    handler=hand_off_mention,
    when=is_open,
    may=owner_if_any,
    ranks={Step.NEW: Rank.BUTTON},
    elsewhere=Rank.MENU,
    form=True,
    draw=draw_hand_off,
    advised=True,
    key="h",
    several=True,
    fields=(Field(name="department", label="Department", kind="choice"), REMARK),
)
