"""Before: what a period is compared with, the period before it; read by itself, since that is little of all it held."""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.organisation import Organisation
from handlers.report.figures import figures
from handlers.report.figures.material import read_done
from handlers.report.figures.parts import Names, replies_by
from handlers.report.figures.periods import Period
from handlers.report.figures.privacy import group, private
from handlers.report.figures.shown import Figure
from handlers.report.figures.statistics import Breadth, Rate, rate
from handlers.report.figures.told import Told
from storage.engine.database import Session
from storage.people import people
from storage.report import asking


@dataclass(frozen=True, slots=True)
class Before:
    """What is told of the period before.

    Attributes:
        answered: How many of those that wanted an answer got one.
        spread: How broadly replies were spread, where that may be told.
        replies: How often each department replied.
    """

    period: Period
    answered: Rate
    spread: Breadth | None = None
    replies: tuple[Figure, ...] = ()


def read_before(session: Session, organisation: Organisation, period: Period, now: datetime) -> Before:
    """Read what the period after this one is compared with."""
    whole = read_done(session, period, now)
    answered = rate(*asking.answered(session, period.since, period.end))
    grouping = group(whole, organisation.reports.least_people)
    if not grouping.has_table:
        return Before(period, answered)
    by_group = private(whole, grouping)
    names = Names({one.id: one for one in people.departments(session, removed=True)}, grouping)
    return Before(period, answered, figures.spread_of_replies(by_group), tuple(replies_by(by_group, names)))


def before_of(told: Told) -> Before:
    """Return what the period after one is compared with that was read as a whole, and tells of no department."""
    return Before(told.whole.period, figures.coverage(told.whole).answered)
