"""Digest: today's digest of a department, as it would be now, for the actor alone."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.ask.list_unclaimed import DEPARTMENT
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb
from handlers.people.people import find_department
from handlers.report.digest import build_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigest(Command):
    """Ask for the digest of a department as it would be now."""

    asks: ClassVar[bool] = True
    department: str = ""


def answer_digest(command: AskDigest, context: Context) -> Answer:
    """Build the digest as of now, for the actor alone."""
    department_id = context.person.department_id
    if command.department:
        department_id = find_department(context, command.department, field="department").id
    if department_id is None:
        department_id = find_department(context, context.organisation.fallback, field="department").id
    digest = build_digest(context.session, context.organisation, department_id, context.now)
    return Answer(text=digest.text, notice=digest)


VERB = Verb(
    name="digest",
    label="Digest",
    help="today's digest of a department, for you alone",
    command=AskDigest,
    handler=answer_digest,
    on=On.NOTHING,
    fields=(DEPARTMENT,),
)
