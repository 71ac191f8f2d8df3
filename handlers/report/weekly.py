"""Weekly: what became of the last whole week, told once to the company, and to each department that has figures.

It says what the page of the report says, in fewer numbers, and leads there; who has too few people for figures of their
own is told nothing. A picture stands beside the sentence that says the same. It is never changed afterwards: what comes
late is on the page, which says of when it is. Without ``[reports]`` there is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.base.cards import Line, Link, Notice, Section
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.base.stored import to_json
from handlers.channels.placement import lane_of_home
from handlers.report.digest import due_on
from handlers.report.figures.addresses import report_path, rows_path
from handlers.report.figures.parts import Part
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.pictures import who_replied
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.shown import Figure
from storage.channels import messages
from storage.engine.database import Session
from storage.own import ownership
from storage.people import people
from storage.report import folding
from storage.tables.states import MessageKind
from storage.work import job_slots

COMPANY = ""
# While the figures are further behind the log than this, as after an upgrade, it waits for them.
_BEHIND = 2_000
# Of the company and of a department, what is told, by name; a time by its half.
_OF_COMPANY = ("arrived", "coverage", "said", "handed_off", "bounced", "first_time")
_OF_DEPARTMENT = ("came", "claims", "replies", "claim", "reply", "helped")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWeekly(TimedCommand):
    """Ask for the notice of a week, as it was built, where it is to stand; of the company or of a department.

    One without a notice says that there is none for this department this week, so that it is not built again.
    """

    department: str
    week: str
    notice: Notice | None = field(repr=False)


def due_week(organisation: Organisation, now: datetime) -> tuple[Period, date] | None:
    """Return the week that is to be told now, and on which day it is; None where none is due."""
    today = due_on(organisation.reports.weekly, organisation.timezone, now)
    if today is None:
        return None
    year, week, _ = (today - timedelta(days=7)).isocalendar()
    return read_period(f"{year}-W{week:02}", ZoneInfo(organisation.timezone), now), today


def prepare_weekly(department: str, context: Context) -> SendWeekly | None:
    """Return the notice of the last week when it is due and was not sent; reads only."""
    session, organisation = context.session, context.organisation
    due = due_week(organisation, context.now)
    if due is None:
        return None
    period, day = due
    job = f"weekly:{department}"
    if job_slots.is_taken(session, job, day.isoformat()) or not _has_place(session, organisation, department):
        return None
    counted, head = folding.position(session)
    if head - counted.seq > _BEHIND:
        return None
    notice = build_weekly(session, organisation, period, context.now, department)
    return SendWeekly(job=job, slot=day.isoformat(), department=department, week=period.label, notice=notice)


def send_weekly(command: SendWeekly, context: Context) -> Answer:
    """Say that the notice should stand in each place that is for it."""
    session, now = context.session, context.now
    if command.notice is None:
        return Answer(text=f"There is nothing to tell of {command.week}.")
    for channel, lane_id in _places(session, context.organisation, command.department).items():
        key = f"weekly:{command.department}:{channel}:{command.week}"
        body = to_json(command.notice)
        messages.put(session, key=key, lane_id=lane_id, kind=MessageKind.NOTICE, body=body, now=now)
    return Answer(text=f"{command.week} is told.")


def _has_place(session: Session, organisation: Organisation, department: str) -> bool:
    if department == COMPANY:
        return bool(organisation.reports.homes)
    row = people.department(session, department)
    return row is not None and bool(people.homes(session, row.id))


def _places(session: Session, organisation: Organisation, department: str) -> Mapping[str, int]:
    """Return the channels in which a notice is to stand, each with the lane that leads there."""
    if department == COMPANY:
        homes = organisation.reports.homes.items()
        return {channel: messages.lane_id(session, platform, channel, channel) for platform, channel in homes}
    row = people.department(session, department)
    return {home.channel: lane_of_home(session, home) for home in people.homes(session, row.id)} if row else {}


def build_weekly(
    session: Session, organisation: Organisation, period: Period, now: datetime, department: str = COMPANY
) -> Notice | None:
    """Build the notice of a week; None for a department that has no figures of its own."""
    try:
        report = build_report(session, organisation, period, now, department)
    except WrongInput:
        return None
    of_company = department == COMPANY
    part = report.company if of_company else report.departments[0] if report.departments else None
    if part is None:
        return None
    title = f"{part.name}, {period.spoken}"
    if not any(one.value for one in part.figures if one.name in ("arrived", "said", "came", "replies", "claims")):
        return Notice(title=title, text=f"{title}: nothing happened.", sections=(_said("Nothing happened."),))
    desk = organisation.desk_url.rstrip("/")
    told = _OF_COMPANY if of_company else _OF_DEPARTMENT
    sections = [
        *([_said(*report.sentences)] if of_company else []),
        Section(title="", lines=tuple(_lines(part, told, period, desk))),
        *([_who(report)] if of_company and len(report.departments) > 1 else []),
        *([_said(report.note)] if of_company and report.note else []),
        *([_page(period, desk, department)] if desk else []),
    ]
    seq, head = ownership.head(session)
    footer = f"Log to row {report.seq:,} of {seq:,}, head {head[:12]}."
    return Notice(title=title, text=f"{title}: {_first(report, part)}", sections=tuple(sections), footer=footer)


def _first(report: Report, part: Part) -> str:
    if report.company is not None:
        return report.sentences[0]
    return ", ".join(f"{one.label}: {one.shown}" for one in part.figures if one.name in ("came", "replies"))


def _said(*lines: str) -> Section:
    return Section(title="", lines=tuple(Line(text=one) for one in lines))


def _lines(part: Part, told: tuple[str, ...], period: Period, desk: str) -> Iterator[Line]:
    for name in told:
        one = next(one for one in part.figures if one.name == name)
        yield Line(text=f"{one.label}: {one.shown}", link=_link(period, one, desk))


def _link(period: Period, figure: Figure, desk: str) -> Link | None:
    path = rows_path(period, figure) if desk else ""
    return Link(label="Open", url=f"{desk}{path}") if path else None


def _who(report: Report) -> Section:
    chart = who_replied(report, lambda _: "", lambda _: "")
    numbers = ", ".join(f"{one.label} {one.says}" for one in chart.series[0].points)
    lines = (Line(text=chart.sentence), Line(text=f"{numbers}."))
    return Section(title=chart.title, lines=lines, chart=chart)


def _page(period: Period, desk: str, department: str) -> Section:
    path = report_path(period, **({"department": department} if department else {}))
    return Section(title="", lines=(Line(text="All of it", link=Link(label="Open the report", url=f"{desk}{path}")),))
