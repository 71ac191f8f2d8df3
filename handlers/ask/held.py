"""Held: what is kept back, the newest first, each with its reason and one press from its card."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.ask.list_unclaimed import DEPARTMENT
from handlers.base.cards import Notice, section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb
from handlers.own import show
from handlers.people.people import find_department
from handlers.report.kept_back import REASONS
from handlers.report.lines import department_name, draw_lines
from storage.own import mentions
from storage.own.mentions import Filter
from storage.tables.states import KEPT_BACK, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHeld(Command):
    """Ask what is held back; without a department, that of the actor."""

    asks: ClassVar[bool] = True
    department: str = ""


def answer_held(command: AskHeld, context: Context) -> Answer:
    """List what is held back, by reason."""
    department_id = context.person.department_id
    if command.department:
        department_id = find_department(context, command.department, field="department").id
    sections, total = [], 0
    for reason in KEPT_BACK:
        wanted = Filter(department_id=department_id, statuses=(Status.NEW,), held=(reason,))
        number = mentions.count(context.session, wanted)
        if number:
            total += number
            lines = draw_lines(context.session, mentions.listed(context.session, wanted, newest=True), verb=show.VERB)
            sections.append(section(f"{REASONS[reason].capitalize()}: {number}", lines, number))
    title = f"Held back in {department_name(context, department_id)}: {total or 'nothing'}"
    return Answer(text=title, notice=Notice(title=title, text=title, sections=tuple(sections)))


VERB = Verb(
    name="held",
    help="what is held back, and why",
    command=AskHeld,
    handler=answer_held,
    on=On.NOTHING,
    fields=(DEPARTMENT,),
)
