"""Told: what the report of a period, or of one product in it, is made from, and the rows behind its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.base.organisation import Organisation
from handlers.report.figures.chartered import kept_sources
from handlers.report.figures.headcount import Headcount, read_heads
from handlers.report.figures.material import Material, read_bare, read_material
from handlers.report.figures.parts import Names
from handlers.report.figures.periods import Period
from handlers.report.figures.privacy import Grouping, group, private
from handlers.report.figures.product import product_material, require_told
from handlers.report.figures.value import Worth, read_worth
from storage.engine.database import Session
from storage.people import people


@dataclass(frozen=True, slots=True)
class Told:
    """What a period is told from.

    Attributes:
        whole: All of it.
        by_group: What may be told by department.
        worth: What it is worth, where that is told at all.
        heads: How many people there are, by group.
        chartered: The sources that have a charter.
        product: The one that all of it is about; empty = it is about everything.
        only: The mentions that are about that; None = all.
    """

    whole: Material
    by_group: Material
    grouping: Grouping
    names: Names
    worth: Worth | None = None
    heads: Mapping[int, Headcount] = field(default_factory=dict)
    chartered: frozenset[str] = frozenset()
    product: str = ""
    only: frozenset[int] | None = None


def read_told(session: Session, organisation: Organisation, period: Period, now: datetime) -> Told:
    """Read what a period is told from."""
    whole = read_material(session, period, now)
    grouping = group(whole, organisation.reports.least_people)
    known = {one.id: one for one in people.departments(session, removed=True)}
    value = organisation.reports.value
    worth = read_worth(session, value, period) if value is not None else None
    return Told(
        whole=whole,
        by_group=private(whole, grouping),
        grouping=grouping,
        names=Names(known, grouping),
        worth=worth,
        heads=read_heads(session, organisation, grouping, known),
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
        heads=read_heads(session, organisation, grouping, known),
        chartered=kept_sources(organisation),
        product=product,
        only=only,
    )
