"""Mine: what the actor has, oldest first, and the replies of others that wait for them to be read."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Notice, section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb
from handlers.own import resolve
from handlers.reply import review, rights
from handlers.report.lines import draw_due_lines, draw_lines
from storage.own import mentions
from storage.own.mentions import Filter
from storage.tables.states import HELD, Tab


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMine(Command):
    """Ask what the actor has, and what waits for them."""

    asks: ClassVar[bool] = True


def answer_mine(command: AskMine, context: Context) -> Answer:
    """List what the actor has, oldest first, and below it what they may review."""
    session = context.session
    wanted = Filter(owner_id=context.person.id, statuses=HELD)
    reading = Filter(reader=rights.reader(session, context.organisation, context.person.id))
    total, waiting = mentions.count(session, wanted), mentions.count(session, reading)
    title = f"Yours: {total}" if total else "You have nothing at the moment."
    sections = []
    if total:
        lines = draw_due_lines(session, mentions.listed(session, wanted), resolve.VERB, context.now)
        sections.append(section("Yours" if waiting else "", lines, total))
    if waiting:
        lines = draw_lines(session, mentions.listed(session, reading), verb=review.VERB)
        sections.append(section(f"To review: {waiting}", lines, waiting))
        title = f"{title.rstrip('.')}; to review: {waiting}"
    return Answer(text=title, notice=Notice(title=title, text=title, sections=tuple(sections)))


VERB = Verb(
    name="mine",
    label="Mine",
    help="what you have, and what you may review",
    command=AskMine,
    handler=answer_mine,
    on=On.NOTHING,
    tab=Tab.MINE,
)
