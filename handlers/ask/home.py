"""Home: what a person finds on their own page of a chat platform; nobody has to type it, so help is silent on it."""

from dataclasses import dataclass

from handlers.base.cards import Notice, Section, section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb
from handlers.own import claim, resolve
from handlers.report.lines import department_name, draw_lines
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import Filter
from storage.tables.states import HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHome(Command):
    """Ask for the home page of a person: what they have, and what nobody has in their department."""


def answer_home(command: AskHome, context: Context) -> Answer:
    """Show what the actor has, and what nobody has in their department."""
    session, person = context.session, context.person
    mine = Filter(owner_id=person.id, statuses=HELD)
    free = Filter(department_id=person.department_id, unowned=True)
    name = department_name(context, person.department_id)
    sections = (
        _listed(session, "Mine", mine, resolve.VERB),
        _listed(session, f"Unclaimed in {name}", free, claim.VERB),
    )
    return Answer(text="Your mentions", notice=Notice(title="Your mentions", text="Your mentions", sections=sections))


def _listed(session: Session, title: str, wanted: Filter, verb: Verb) -> Section:
    lines = draw_lines(session, mentions.listed(session, wanted), verb=verb)
    return section(title, lines, mentions.count(session, wanted))


VERB = Verb(name="home", help="", command=AskHome, handler=answer_home, on=On.NOTHING)
