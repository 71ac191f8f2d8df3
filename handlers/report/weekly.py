"""Weekly: what became of the last whole week, told once to the company, and to each department that has figures.

It says what the page of the report says, in fewer numbers, and leads there; who has too few people for figures of their
own is told nothing. A picture stands beside the sentence that says the same. It is never changed afterwards: what comes
late is on the page, which says of when it is. Without ``[reports]`` there is none.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.base.cards import Line, Link, Notice, Section
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.organisation import Organisation
from handlers.base.stored import to_json
from handlers.channels.placement import lane_of_home
from handlers.report.counting.days import ONE, begins
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
# While the figures are further behind the log than this, as after an upgrade, it waits for them, but not longer.
_BEHIND = 2_000
_PATIENCE = timedelta(hours=1)
_TOO_EARLY = "{:,} rows of the log were not counted yet when this was told: the page of the report says more."
# Of the company and of a department, what is told, by name; a time by its half.
_OF_COMPANY = ("arrived", "coverage", "said", "handed_off", "bounced", "first_time")
_OF_DEPARTMENT = ("came", "claims", "replies", "claim", "reply", "helped")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWeekly(TimedCommand):
    """Ask for the notices of a week, as they were built, where they are to stand.

    Each has a slot of its own, which its handler takes: a channel that is found on that day is told then.

    Attributes:
        day: On which day they are due.
        notices: By department, the company's under no name; None says that there is nothing to tell there this week, so
            that it is not built again.
    """

    day: str
    week: str
    notices: Mapping[str, Notice | None] = field(repr=False)


def due_week(organisation: Organisation, now: datetime) -> tuple[Period, date] | None:
    """Return the week that is to be told now, and on which day it is; None where none is due."""
    today = due_on(organisation.reports.weekly, organisation.timezone, now)
    if today is None:
        return None
    year, week, _ = (today - timedelta(days=7)).isocalendar()
    return read_period(f"{year}-W{week:02}", ZoneInfo(organisation.timezone), now), today


def prepare_weekly(context: Context) -> SendWeekly | None:
    """Return the notices of the last week that are due and were not sent; the week is read once for all. Reads only."""
    session, organisation = context.session, context.organisation
    due = due_week(organisation, context.now)
    if due is None:
        return None
    period, day = due
    keys = (COMPANY, *(one.key for one in organisation.departments))
    told = job_slots.taken(session, [_job(key) for key in keys], day.isoformat())
    wanted = [key for key in keys if _job(key) not in told and _has_place(session, organisation, key)]
    if not wanted or _waits(session, organisation, day, context.now):
        return None
    notices = build_weekly(session, organisation, period, context.now, wanted)
    return SendWeekly(job="weekly", day=day.isoformat(), week=period.label, notices=notices)


def _waits(session: Session, organisation: Organisation, day: date, now: datetime) -> bool:
    """Say whether it waits for the log to be counted: an hour, or half of what is left of the day if that is less."""
    counted, head = folding.position(session)
    weekly, zone = organisation.reports.weekly, ZoneInfo(organisation.timezone)
    if head - counted.seq <= _BEHIND or weekly is None:
        return False
    due = datetime.combine(day, weekly.at, zone).astimezone(UTC)
    return now < due + min(_PATIENCE, (begins(day + ONE, zone) - due) / 2)


def send_weekly(command: SendWeekly, context: Context) -> Answer:
    """Say that each notice should stand in each place that is for it, if nobody else has."""
    session, now = context.session, context.now
    for department, notice in command.notices.items():
        if not job_slots.claim_slot(session, _job(department), command.day, now) or notice is None:
            continue
        for channel, lane_id in _places(session, context.organisation, department).items():
            key, body = f"weekly:{department}:{channel}:{command.week}", to_json(notice)
            messages.put(session, key=key, lane_id=lane_id, kind=MessageKind.NOTICE, body=body, now=now)
    return Answer(text=f"{command.week} is told.")


def _job(department: str) -> str:
    return f"weekly:{department}"


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
    session: Session, organisation: Organisation, period: Period, now: datetime, wanted: Collection[str]
) -> dict[str, Notice | None]:
    """Build the notices of a week for who is wanted; None for a department that has no figures of its own."""
    report = build_report(session, organisation, period, now)
    seq, head = ownership.head(session)
    footer = f"Log to row {report.seq:,} of {seq:,}, head {head[:12]}."
    parts = {one.key: one for one in (*([report.company] if report.company else []), *report.departments)}
    desk = organisation.desk_url.rstrip("/")
    return {key: _notice(report, parts[key], desk, footer) if key in parts else None for key in wanted}


def _notice(report: Report, part: Part, desk: str, footer: str) -> Notice:
    period, of_company = report.period, part.key == COMPANY
    title = f"{part.name}, {period.spoken}"
    late = [_said(_TOO_EARLY.format(report.counting))] if report.counting > _BEHIND else []
    if not any(one.value for one in part.figures if one.name in ("arrived", "said", "came", "replies", "claims")):
        sections = (_said("Nothing happened."), *late)
        return Notice(title=title, text=f"{title}: nothing happened.", sections=sections, footer=footer if late else "")
    told = _OF_COMPANY if of_company else _OF_DEPARTMENT
    sections = (
        *([_said(*report.sentences)] if of_company else []),
        Section(title="", lines=tuple(_lines(part, told, period, desk))),
        *([_who(report)] if of_company and len(report.departments) > 1 else []),
        *([_said(report.note)] if of_company and report.note else []),
        *late,
        *([_page(period, desk, part.key)] if desk else []),
    )
    return Notice(title=title, text=f"{title}: {_first(report, part)}", sections=sections, footer=footer)


def _first(report: Report, part: Part) -> str:
    if part.key == COMPANY:
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
