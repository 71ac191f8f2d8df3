"""A report: what is said of one period, in sentences and in figures, the same for every way in which it is shown.

Nobody is named in it, and departments stand in it as ``privacy`` allows.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.report.counting.days import local_day
from handlers.report.figures import figures
from handlers.report.figures.before import Before, before_of, read_before
from handlers.report.figures.chartered import charter_figures
from handlers.report.figures.headcount import COMPANY, NOBODY, Headcount, read_heads
from handlers.report.figures.parts import OTHERS_KEY, Part, company_part, days, department_part, matrices
from handlers.report.figures.periods import Period
from handlers.report.figures.privacy import Grouping
from handlers.report.figures.product import NOT_OF_ONE, NOTE, find_product
from handlers.report.figures.sentences import sentences
from handlers.report.figures.shown import Figure
from handlers.report.figures.statistics import rate
from handlers.report.figures.told import Told, read_product, read_told
from handlers.report.figures.value import read_worth, value_figures
from storage.engine.collector import collector_rests
from storage.engine.database import Session
from storage.people.people import DepartmentRow
from storage.report import asking, of_product


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is said of a period.

    Attributes:
        seq: Up to which row of the log it speaks.
        counting: So many rows of the log are not counted yet.
        company: None where one department was asked for.
        departments: Those with figures of their own, and the others as one.
        matrices: What goes between departments, or from departments to sources.
        days: What arrived on each day, or in each week, and what of it was answered.
        earlier: How often each department replied in the period before.
        note: Why something is not told, or empty.
        product: The one that it is about alone; empty = it is about everything.
    """

    period: Period
    organisation: str
    now: datetime
    seq: int
    counting: int
    sentences: tuple[str, ...]
    company: Part | None
    departments: tuple[Part, ...]
    matrices: tuple[Figure, ...]
    days: tuple[Figure, ...] = ()
    earlier: tuple[Figure, ...] = ()
    note: str = ""
    product: str = ""

    @property
    def title(self) -> str:
        """What it is of, and of when."""
        about = f", {self.product}" if self.product else ""
        return f"{self.organisation}, {self.period.spoken}{about}"

    @property
    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure of the period, with the key of whose it is; the company's have none."""
        for part in (*([self.company] if self.company else []), *self.departments):
            yield from ((part.key, one) for one in part.figures)
        yield from (("", one) for one in (*self.days, *self.matrices))


@collector_rests()
def build_report(
    session: Session, organisation: Organisation, period: Period, now: datetime, department: str = "", product: str = ""
) -> Report:
    """Build the report of a period, or of one department or product in it.

    Raises:
        WrongInput: There is no such department or product, or it has no figures of its own.
    """
    if product and department:
        raise _wrong(f"Ask for a department or for a product, and not for both: {NOTE}")
    if product:
        return _of_product(session, organisation, period, now, find_product(session, organisation, product))
    told = read_told(session, organisation, period, now)
    wanted = find_department(told.names.known, told.grouping.shown, period, department).id if department else None
    # What waits stands in the company's figures alone.
    waiting, oldest = (0, None) if wanted else asking.waiting(session)
    heads = read_heads(session, organisation, told.grouping, told.names.known)
    departments = _departments(told, wanted, heads)
    report = Report(
        period=period,
        organisation=organisation.name,
        now=now,
        seq=told.whole.seq,
        counting=told.whole.counting,
        sentences=(),
        company=None if wanted else _company(session, organisation, told, heads[COMPANY], waiting),
        departments=departments,
        matrices=() if wanted or not told.grouping.has_table else matrices(told.by_group, told.names),
        note=_note(organisation, told.grouping, departments),
    )
    if wanted:
        return of_department(report, departments[0])
    before = read_before(session, organisation, period.before(), now)
    said = _sentences(told, before)
    if waiting:
        said += (_waiting(waiting, oldest, period),)
    return replace(report, sentences=said, days=days(told.whole), earlier=before.replies)


def _of_product(session: Session, organisation: Organisation, period: Period, now: datetime, product: str) -> Report:
    told = read_product(session, organisation, period, now, product)
    try:
        before = before_of(read_product(session, organisation, period.before(), now, product))
    except WrongInput:  # and so it is compared with nothing
        before = Before(period.before(), rate(0, 0))
    waiting, oldest = of_product.waiting(session, product)
    heads = read_heads(session, organisation, told.grouping, told.names.known)
    company = _company(session, organisation, told, heads[COMPANY], waiting)
    about = f"All of this is about {product} alone."
    return Report(
        period=period,
        organisation=organisation.name,
        now=now,
        seq=told.whole.seq,
        counting=told.whole.counting,
        sentences=(about, *_sentences(told, before), *([_waiting(waiting, oldest, period)] if waiting else ())),
        company=replace(company, figures=tuple(one for one in company.figures if one.name not in NOT_OF_ONE)),
        departments=(),
        matrices=(),
        days=days(told.whole),
        note=NOTE,
        product=product,
    )


def _company(session: Session, organisation: Organisation, told: Told, heads: Headcount, waiting: int) -> Part:
    part = company_part(organisation.name, told.whole, told.by_group, told.grouping, waiting, heads)
    period = told.whole.period
    value = value_figures(read_worth(session, told.value, period)) if told.value is not None else ()
    return replace(part, figures=(*part.figures, *charter_figures(organisation, told.whole), *value))


def _waiting(number: int, oldest: datetime | None, period: Period) -> str:
    if oldest is None:
        return f"Waiting now: {number:,}."
    since = local_day(oldest, period.zone)
    return f"Waiting now: {number:,}, the oldest since {since.day} {since:%B %Y}."


def _departments(told: Told, wanted: int | None, heads: Mapping[int, Headcount]) -> tuple[Part, ...]:
    if not told.grouping.has_table:
        return ()
    ids = (wanted,) if wanted else told.names.groups
    speeds = figures.speed_by_department(told.by_group)
    found = (
        department_part(told.names, one, told.by_group, heads.get(one, NOBODY), speeds.get(one) or figures.NO_SPEED)
        for one in ids
    )
    return tuple(one for one in found if one.key != OTHERS_KEY or any(figure.value for figure in one.figures))


def _sentences(told: Told, before: Before) -> tuple[str, ...]:
    spread = figures.spread_of_replies(told.by_group) if told.grouping.has_table else None
    return tuple(sentences(told.whole, before, spread, len(told.by_group.departments)))


def of_department(report: Report, part: Part) -> Report:
    """Return of a report what it says of one department."""
    sentence = f"{part.name} in {report.period.spoken}."
    return replace(
        report, sentences=(sentence,), company=None, departments=(part,), matrices=(), days=(), earlier=(), note=""
    )


def find_department(
    known: Mapping[int, DepartmentRow], shown: Collection[int], period: Period, department: str
) -> DepartmentRow:
    """Return the department that is meant by its key or its name, whatever its case.

    Args:
        known: All that there are, or were, by id.
        shown: The ids of those that have figures of their own.
        period: In which.
        department: What was said.

    Raises:
        WrongInput: There is none, or it has no figures of its own.
    """
    wanted = department.strip().casefold()
    called = [one for one in known.values() if wanted in (one.key.casefold(), one.name.casefold())]
    # A key is of one alone; a name may be that of another too, or of one that is gone.
    row = min(called, key=lambda one: (one.key.casefold() != wanted, one.removed), default=None)
    if row is None:
        there = ", ".join(one.key for one in known.values() if not one.removed)
        raise _wrong(f"There is no department “{department.strip()[:60]}”. There are: {there}.")
    if row.id in shown:
        return row
    if row.removed:
        raise _wrong(f"{row.name} is no department any more, and has no figures of {period.spoken}.")
    raise _wrong(
        f"{row.name} has no figures of its own in {period.spoken}: too few people acted for it, or for the "
        "one with which it is counted. It stands under Others in the report of all."
    )


def _wrong(sentence: str) -> WrongInput:
    return WrongInput(sentence, {"department": sentence})


def _note(organisation: Organisation, grouping: Grouping, departments: tuple[Part, ...]) -> str:
    least = organisation.reports.least_people
    if not grouping.has_table:
        return (
            f"There is no table of departments: a department has figures of its own from {least} people on who acted "
            "in the period, and none is told by what the others leave."
        )
    if any(one.key == OTHERS_KEY for one in departments):
        return f"Departments for which fewer than {least} people acted are told as one, Others, and never one alone."
    return ""
