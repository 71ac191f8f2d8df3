"""Own: what a person sees of themselves, and nobody else sees of them."""

from collections.abc import Iterator
from datetime import datetime

from handlers.report.counting.days import microseconds
from handlers.report.counting.take import OWNED
from handlers.report.figures.periods import Period
from handlers.report.figures.shown import NO_DATA, say_seconds
from handlers.report.figures.statistics import times
from storage.engine.database import Session
from storage.people import people
from storage.report import asking
from storage.tables.states import Action


def own_lines(session: Session, person_id: int, period: Period, now: datetime) -> Iterator[str]:
    """Yield what a person did in a period, line by line; all accounts that turned out to be theirs count."""
    accounts = {person_id, *people.formerly(session, person_id)}
    rows = asking.done_by(session, period.since, period.end, (*OWNED, Action.RESPONDED), accounts)
    replies = [row for row in rows if row.action == Action.RESPONDED]
    taken = {row.mention_id for row in rows if row.action != Action.RESPONDED}
    yield f"You took {_mentions(len(taken))} and sent {_replies(len(replies))}."
    answered = {row.mention_id: row.at for row in reversed(replies)}
    came = asking.came_at(session, answered)
    found = times([microseconds(came[one], at) for one, at in answered.items() if one in came])
    half = NO_DATA if found.median is None else say_seconds(found.median)
    if found.n:
        yield f"Half of what you answered had your reply within {half} of its arrival ({_mentions(found.n)})."
    first = min((one.spoke for one in asking.firsts(session) if one.person_id in accounts and one.spoke), default=None)
    if first is not None:
        yield f"You spoke for us first on {first.astimezone(period.zone):%d %B %Y}."
    if period.goes_on(now):
        yield "The period goes on."


def _mentions(number: int) -> str:
    return f"{number:,} mention{'' if number == 1 else 's'}"


def _replies(number: int) -> str:
    return f"{number:,} {'reply' if number == 1 else 'replies'}"
