"""Told: what the report of a period, or of one product in it, is made from, and the rows behind its numbers."""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.base.value import Value
from handlers.report.figures.chartered import kept_sources
from handlers.report.figures.material import Material, read_bare, read_material
from handlers.report.figures.parts import Names
from handlers.report.figures.periods import Period
from handlers.report.figures.privacy import Grouping, group, private
from handlers.report.figures.product import product_material, require_told
from storage.engine.database import Session
from storage.people import people
from storage.report import asking

# It takes about a second to read so many.
AT_ONCE = 100_000
_CURE = "Ask for a month or a week of it."


@dataclass(frozen=True, slots=True)
class Told:
    """What a period is told from.

    Attributes:
        whole: All of it.
        by_group: What may be told by department.
        value: By what it is reckoned what it is worth, where that is told at all.
        chartered: The sources that have a charter.
        product: The one that all of it is about; empty = it is about everything.
        only: The mentions that are about that; None = all.
    """

    whole: Material
    by_group: Material
    grouping: Grouping
    names: Names
    value: Value | None = None
    chartered: frozenset[str] = frozenset()
    product: str = ""
    only: frozenset[int] | None = None


def require_few(session: Session, period: Period) -> None:
    """Refuse a period in which more arrived than is read while somebody waits.

    Raises:
        WrongInput: That is so.
    """
    if asking.more_arrived(session, period.since, period.end, AT_ONCE):
        sentence = f"More than {AT_ONCE:,} mentions arrived in {period.spoken}: too many to be opened at once. {_CURE}"
        raise WrongInput(sentence, {"period": sentence})


def read_told(session: Session, organisation: Organisation, period: Period, now: datetime) -> Told:
    """Read what a period is told from."""
    whole = read_material(session, period, now)
    grouping = group(whole, organisation.reports.least_people)
    known = {one.id: one for one in people.departments(session, removed=True)}
    return Told(
        whole=whole,
        by_group=private(whole, grouping),
        grouping=grouping,
        names=Names(known, grouping),
        value=organisation.reports.value,
        chartered=kept_sources(organisation),
    )


def read_product(session: Session, organisation: Organisation, period: Period, now: datetime, product: str) -> Told:
    """Read what is told of one product in a period.

    Raises:
        WrongInput: So few acted on it that its figures would be theirs.
    """
    require_told(session, organisation, period, product)
    whole, only = product_material(read_bare(session, period, now), session, product)
    grouping = Grouping((), frozenset())
    known = {one.id: one for one in people.departments(session, removed=True)}
    return Told(
        whole=whole,
        by_group=whole,
        grouping=grouping,
        names=Names(known, grouping),
        chartered=kept_sources(organisation),
        product=product,
        only=only,
    )
