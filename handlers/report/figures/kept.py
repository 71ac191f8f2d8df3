"""Kept: the report of a quarter or a year as it was made at night, since making it takes longer than a page may.

What it says is of when it was made, and says so. It is no report any more once dibs.toml tells otherwise who may be
told apart, and is then made anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.report.counting.days import local_day
from handlers.report.figures.parts import Part
from handlers.report.figures.periods import Period
from handlers.report.figures.report import Report, build_report, find_department, of_department
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import require_few
from storage.engine.database import Session
from storage.people import people
from storage.report import kept

_TOLD = ("seq", "counting", "sentences", "note", "matrices", "days", "earlier", "company", "departments")
_SHAPE = [[one.name for one in fields(of)] for of in (Report, Part, Figure)]
_NOT_YET = (
    "{0} is not made yet. A quarter or a year is made within minutes of its first post, and anew each night. "
    "Come back then, or ask for a month."
)


def grounds_of(organisation: Organisation) -> str:
    """Return what decides how a report is told, and how it is kept, as one short word."""
    rules, heads = organisation.reports, [(one.key, one.headcount) for one in organisation.departments]
    told = (organisation.timezone, rules.least_people, rules.value, heads, _SHAPE)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def to_kept(report: Report) -> str:
    """Write a report as it is kept."""
    told = {name: getattr(report, name) for name in _TOLD}
    return json.dumps(told, default=asdict, ensure_ascii=False, separators=(",", ":"))


def read_kept(session: Session, organisation: Organisation, period: Period) -> Report | None:
    """Read the report of a long period; None where none is made that still is one."""
    row = kept.find(session, period.label)
    if row is None or row.grounds != grounds_of(organisation):
        return None
    told = json.loads(row.told)
    return Report(
        period=period,
        organisation=organisation.name,
        now=row.at,
        sentences=tuple(told["sentences"]),
        company=_part(told["company"]),
        departments=tuple(_part(one) for one in told["departments"]),
        matrices=_figures(told["matrices"]),
        days=_figures(told["days"]),
        earlier=_figures(told["earlier"]),
        seq=told["seq"],
        counting=told["counting"],
        note=told["note"],
    )


def _part(told: Mapping[str, Any]) -> Part:
    return Part(key=told["key"], name=told["name"], figures=_figures(told["figures"]))


def _figures(told: Iterable[Mapping[str, Any]]) -> tuple[Figure, ...]:
    return tuple(Figure(**{**one, "of": tuple(one["of"])}) for one in told)


def _why_there_is_none(session: Session, period: Period) -> str:
    first = kept.begins(session)
    if first is not None and first >= period.end:
        day = local_day(first, period.zone)
        return f"Nothing arrived in {period.spoken}: the first post came on {day.day} {day:%B %Y}."
    return _NOT_YET.format(f"{period.spoken[:1].upper()}{period.spoken[1:]}")


def read_report(
    session: Session, organisation: Organisation, period: Period, now: datetime, department: str = "", product: str = ""
) -> Report:
    """Read the report of a period, or of one department or product in it: a long one as it was made, else as of now.

    Raises:
        WrongInput: There is no such department or product, it has no figures of its own, it is not made yet, or more
            arrived than can be told of a product at once.
    """
    if product and period.is_long:
        require_few(session, period)
    if product or not period.is_long:
        return build_report(session, organisation, period, now, department, product)
    report = read_kept(session, organisation, period)
    if report is None:
        sentence = _why_there_is_none(session, period)
        raise WrongInput(sentence, {"period": sentence})
    if not department:
        return report
    known = {one.id: one for one in people.departments(session, removed=True)}
    keys = {one.key for one in report.departments}
    row = find_department(known, [key for key, one in known.items() if one.key in keys], period, department)
    return of_department(report, next(one for one in report.departments if one.key == row.key))
