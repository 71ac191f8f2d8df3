"""Mine: what the actor has, oldest first."""

from dataclasses import dataclass

from handlers.base.cards import Notice, section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb
from handlers.own import resolve
from handlers.report.lines import draw_lines
from storage.own import mentions
from storage.own.mentions import Filter
from storage.tables.states import HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMine(Command):
    """Ask what the actor has."""


def answer_mine(command: AskMine, context: Context) -> Answer:
    """List what the actor has, oldest first."""
    wanted = Filter(owner_id=context.person.id, statuses=HELD)
    rows = mentions.listed(context.session, wanted)
    total = mentions.count(context.session, wanted)
    title = f"Yours: {total}" if total else "You have nothing at the moment."
    notice = Notice(
        title=title,
        text=title,
        sections=(section("", draw_lines(context.session, rows, verb=resolve.VERB), total),) if rows else (),
    )
    return Answer(text=title, notice=notice)


VERB = Verb(name="mine", help="what you have", command=AskMine, handler=answer_mine, on=On.NOTHING)
