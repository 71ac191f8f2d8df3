"""Product: the figures of what is about one product, counted from its own rows of the log by the same rules.

Nobody is measured by others here either. A product has figures from so many acting people on, and none that tells by
what the others leave how one of those did that are not told. Departments have none of a product: five of ten people of
a department on one product leave five on all else, and sooner or later one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.report.counting.take import Take
from handlers.report.figures.material import Material, as_one
from handlers.report.figures.periods import Period
from handlers.report.figures.privacy import told_apart
from storage.engine.database import Session
from storage.own import heard
from storage.people import people
from storage.report import asking, of_product
from storage.report.folding import Tables
from storage.report.shapes import PersonDayRow, StayedRow, StayRow
from storage.report.timed import clocks
from storage.tables.states import Action

_Key = TypeVar("_Key", bound=tuple[Any, ...])
_Value = TypeVar("_Value")
# What is of all that is heard, and of no product.
NOT_OF_ONE = frozenset({"heard", "first_time"})
NOTE = "Of one product there are the company’s figures alone: those of a department would soon be those of a person."


def find_product(session: Session, organisation: Organisation, wanted: str) -> str:
    """Return the product that is meant, whatever its case.

    Raises:
        WrongInput: There is none of that name.
    """
    if (found := product_called(session, organisation, wanted)) is not None:
        return found
    known = _products(session, organisation)
    there = f"There are: {', '.join(known)}." if known else "No topic in dibs.toml names one (product)."
    raise _wrong(f"There is no product “{wanted.strip()[:60]}”. {there}")


def product_called(session: Session, organisation: Organisation, wanted: str) -> str | None:
    """Return the product of that name, whatever its case; None where there is none."""
    called = wanted.strip().casefold()
    return next((one for one in _products(session, organisation) if one.casefold() == called), None)


def _products(session: Session, organisation: Organisation) -> list[str]:
    """Return the products that topics name, and those that mentions are about."""
    return sorted({one.product for one in organisation.topics if one.product} | set(heard.products(session)))


def require_told(session: Session, organisation: Organisation, period: Period, product: str) -> None:
    """Refuse a product of which so few acted that its figures are theirs.

    Raises:
        WrongInput: Too few people acted on it, or on what is left when it is told.
    """
    one_is = people.joined(session)
    found = of_product.acting(session, period.since, period.end)
    acting = {name: {one_is.get(one, one) for one in some} for name, some in found.items()}
    shown, _ = told_apart(acting, acting, organisation.reports.least_people)
    if acting.get(product) and product not in shown:
        raise _wrong(
            f"{product} has no figures of its own in {period.spoken}: too few people acted on it, or on what is told "
            "together with it. It is counted in the report of all."
        )


def _wrong(sentence: str) -> WrongInput:
    return WrongInput(sentence, {"product": sentence})


def _within(period: Period, found: Iterable[tuple[_Key, _Value]]) -> Iterator[tuple[_Key, _Value]]:
    """Yield what was counted on the days of a period."""
    first, until = period.first.isoformat(), period.until.isoformat()
    yield from ((key, value) for key, value in found if first <= key[0] < until)


def product_material(material: Material, session: Session, product: str) -> tuple[Material, frozenset[int]]:
    """Return what figures are made from, of one product alone, and the mentions that it is about."""
    period = material.period
    ids = of_product.concerned(session, product, period.since, period.end)
    rows = [row for row in asking.of_mentions(session, ids) if row.seq <= material.seq]
    tables = Tables()
    take = Take(tables, period.zone)
    for row in rows:
        take(row)
    facts = [one for _, one in sorted(tables.facts.items()) if period.since <= one.arrived < period.end]
    only = frozenset(ids)
    counts: dict[str, dict[tuple[int, str], int]] = {}
    for (_, what, a, b), n in _within(period, tables.counts.items()):
        into = counts.setdefault(what, {})
        into[a, b] = into.get((a, b), 0) + n
    days = [PersonDayRow(who, where, *did) for (_, who, where), did in _within(period, tables.days.items())]
    refused = [row for row in rows if row.action == Action.REFUSED and period.since <= row.at < period.end]
    told = replace(
        material,
        facts=facts,
        stays={one.mention_id: [_told(stay) for stay in tables.stays[one.mention_id]] for one in facts},
        counts=counts,
        days=as_one(days, people.joined(session)),
        reviews=[one for one in asking.reviews(session, period.since, period.end) if one.mention_id in only],
        clocks=[one for one in clocks(session, period.since, period.end) if one.mention_id in only],
        refused=len(refused),
    )
    return told, only


def _told(stay: StayRow) -> StayedRow:
    return StayedRow(stay.mention_id, stay.n, stay.department_id, stay.claim, stay.reply, stay.left is not None)
