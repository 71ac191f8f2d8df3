"""Home: what a person finds on their own page of a chat platform; nobody has to type it, so help is silent on it.

What they can do now comes first: replies that wait for them to be read, what they have, what nobody has.
"""

from dataclasses import dataclass
from typing import ClassVar

from handlers.ask import add
from handlers.base.cards import Line, Notice, Section, section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb, button_alone
from handlers.own import claim, resolve
from handlers.people import sign_in
from handlers.reply import review, rights
from handlers.report.lines import department_name, draw_due_lines, in_which_order
from storage.own import mentions
from storage.own.mentions import Filter
from storage.people import people
from storage.tables.states import OPEN, WAITING

_MOST = 5
# What is about no mention, and has a button on the page.
BUTTONS = (add.VERB, sign_in.VERB)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHome(Command):
    """Ask for the home page of a person: what waits for them, what they have, what nobody has in their department."""

    asks: ClassVar[bool] = True


def answer_home(command: AskHome, context: Context) -> Answer:
    """Show what the actor could do now, with four counts above; one sentence where nothing waits."""
    reader = rights.reader(context.session, context.organisation, context.person.id)
    mine = context.person.id
    reading = _Group(context, "To review", review.VERB, Filter(reader=reader))
    # What waits for its author, or for an hour, is theirs too, but comes behind what waits for them.
    own = _Group(
        context, "Mine", resolve.VERB, Filter(owner_id=mine, statuses=OPEN), Filter(owner_id=mine, statuses=WAITING)
    )
    name = department_name(context, context.person.department_id)
    free = Filter(department_id=context.person.department_id, unowned=True)
    unclaimed = _Group(context, f"Unclaimed in {name}", claim.VERB, free)
    yours, waiting = own.counts
    counts = ((reading.total, "to review"), (yours, "yours"), (unclaimed.total, "unclaimed"), (waiting, "waiting"))
    title = " · ".join(f"{number} {what}" for number, what in counts)
    sections = tuple(one.section() for one in (reading, own, unclaimed) if one.total)
    if not sections:
        title = f"Nothing waits. New cards come into {_channel(context)}."
    buttons = [verb for verb in BUTTONS if verb is not sign_in.VERB or context.organisation.desk_url]
    notice = Notice(title=title, text=title, sections=sections, buttons=tuple(map(button_alone, buttons)))
    return Answer(text=title, notice=notice)


class _Group:
    """Some mentions, under a title, with a button each; those of the first filter before those of the next."""

    def __init__(self, context: Context, title: str, verb: Verb, *wanted: Filter) -> None:
        self._context, self._title, self._verb, self._wanted = context, title, verb, wanted
        self.counts = [mentions.count(context.session, one) for one in wanted]
        self.total = sum(self.counts)

    def section(self) -> Section:
        """Draw the first five."""
        session = self._context.session
        found = (mentions.listed(session, one, limit=_MOST, urgent_first=one.unowned) for one in self._wanted)
        rows = [row for some in found for row in some][:_MOST]
        lines: list[Line] = draw_due_lines(session, rows, self._verb, self._context.now)
        order = in_which_order(rows) if any(one.unowned for one in self._wanted) else ""
        return section(f"{self._title}{order}", lines, self.total)


def _channel(context: Context) -> str:
    """Return where new cards come for the actor: by its name on the platform where they look."""
    platform, department_id = context.who.platform if context.who else "", context.person.department_id
    homes = people.homes(context.session, department_id) if department_id is not None else []
    named = (one.name for one in homes if one.platform == platform and one.name and one.name != one.channel)
    if (found := next(named, "")) or department_id is None:
        return found or "the channels of their departments"
    return f"the channel of {department_name(context, department_id)}"


VERB = Verb(name="home", help="", command=AskHome, handler=answer_home, on=On.NOTHING)
