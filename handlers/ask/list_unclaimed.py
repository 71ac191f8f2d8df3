"""List: what nobody has yet, customers and risks first; or the mentions for which some other verb makes sense.

Whoever types a verb without a reference gets these candidates, each with its button: nothing is guessed.
"""

from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from handlers.base.cards import Field, Notice, section
from handlers.base.command import Answer, Command, Context, as_typed
from handlers.base.situation import Situation
from handlers.base.usage import example
from handlers.base.verb import On, Verb
from handlers.own import claim
from handlers.people.people import find_department
from handlers.report.lines import department_name, draw_lines, in_which_order
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import CLOSED, HELD, KEPT_BACK, LIVING, DraftState, Held, PublicationState, Status, Tab

DEPARTMENT = Field(name="department", label="Department", kind="choice", required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskList(Command):
    """Ask what nobody has; without a department, that of the actor.

    Attributes:
        verb: What to offer on each line.
        which: It was typed, and what is missing is the mention that it is about.
    """

    asks: ClassVar[bool] = True
    department: str = ""
    verb: Verb = claim.VERB
    which: bool = False


def answer_list(command: AskList, context: Context) -> Answer:
    """List what nobody has: customers and risks first, then the oldest."""
    department_id = context.person.department_id
    if command.department:
        department_id = find_department(context, command.department, field="department").id
    wanted = Filter(department_id=department_id, unowned=True)
    claiming = command.verb is claim.VERB
    if not claiming:
        wanted = Filter(
            department_id=department_id,
            statuses=_candidates(command.verb),
            drafted=_wants_draft(command.verb),
            held=_held(command.verb),
            leads=_leads(command.verb),
        )
    newest = Status.RESOLVED in wanted.statuses
    rows = mentions.listed(context.session, wanted, newest=newest, urgent_first=claiming)
    total = mentions.count(context.session, wanted)
    name = department_name(context, department_id)
    title = f"Unclaimed in {name}: {total}{in_which_order(rows) if claiming else ''}"
    if command.which:
        title = _which(command, context, rows)
    lines = draw_lines(context.session, rows, verb=command.verb)
    notice = Notice(title=title, text=title, sections=(section("", lines, total),) if lines else ())
    return Answer(text=title, notice=notice)


def _which(command: AskList, context: Context, rows: list[MentionRow]) -> str:
    """Say how the verb is typed, of the first of the mentions for which it makes sense."""
    about = f"#{rows[0].token}" if rows else "REFERENCE"
    typed = as_typed(context.types, example(command.verb, about))
    if not rows:
        return f"Which mention? There is none here for which that makes sense. Its card has the reference: {typed}"
    others = ", or the same with another one of these:" if len(rows) > 1 else ""
    return f"Which mention? Type {typed}{others}"


def _candidates(verb: Verb) -> tuple[Status, ...]:
    """Return the statuses in which a verb may make sense: the closed ones for reopening, any for a question."""
    if not verb.on_cards:
        return HELD
    held = tuple(status for status in HELD if any(verb.when(one) for one in _situations(status)))
    return held or CLOSED


def _wants_draft(verb: Verb) -> bool:
    """Say whether a verb makes sense only where somebody drafted something."""
    return verb.on_cards and not any(
        verb.when(one) for status in Status for one in _situations(status) if not one.drafts
    )


def _held(verb: Verb) -> tuple[Held, ...]:
    """Return why mentions may be held for which a verb makes sense, where it makes sense for these alone."""
    fits = {(one.kept_back, one.on_a_card) for status in Status for one in _situations(status) if verb.when(one)}
    if not verb.on_cards or (False, False) in fits:
        return (Held.NO,)
    return tuple(reason for reason in KEPT_BACK if (True, reason == Held.THREAD) in fits)


def _leads(verb: Verb) -> tuple[Held, ...]:
    """Return why others are held under mentions for which a verb makes sense, where it makes sense for these alone."""
    fits = {(bool(one.folded), bool(one.under)) for status in Status for one in _situations(status) if verb.when(one)}
    if not verb.on_cards or (False, False) in fits:
        return ()
    reasons = {Held.STORM: (True, False), Held.THREAD: (False, True)}
    return tuple(reason for reason, fit in reasons.items() if fit in fits)


def _situations(status: Status) -> list[Situation]:
    drafts = [frozenset[DraftState](), *(frozenset({state}) for state in LIVING)]
    return [
        Situation(
            status=status,
            owned=owned,
            drafts=some,
            by_api=by_api,
            waits=PublicationState.UNCLEAR if DraftState.UNCLEAR in some else None,
            kept_back=kept_back,
            on_a_card=on_a_card,
            split_off=split_off,
            asked=int(owned),
            folded=folded,
            under=under,
        )
        for owned, some, by_api, (kept_back, on_a_card, split_off), (folded, under) in product(
            (True, False),
            drafts,
            (True, False),
            ((False, False, False), (True, False, False), (True, True, False), (False, False, True)),
            ((0, 0), (1, 0), (0, 1)),
        )
    ]


VERB = Verb(
    name="list",
    label="Unclaimed",
    help="what nobody has yet: customers and risks first, then the oldest",
    command=AskList,
    handler=answer_list,
    on=On.NOTHING,
    fields=(DEPARTMENT,),
    tab=Tab.UNCLAIMED,
)
