"""Weekly: what many people said in the last whole week, told once to each department that has themes, and to one all
that has no name yet.

It is what the page says, with two quotes, the count of people, and where work on it goes on; each count leads to its
mentions. What is quoted names its mention, so that who forgets a mention forgets the quote. Where nothing was said, and
nothing is proposed, nothing is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from handlers.base.cards import MAX_LINES, Line, Link, Notice, Section
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.organisation import Organisation
from handlers.base.stored import to_json
from handlers.channels.placement import lane_of_home
from handlers.report.digest import due_on
from handlers.report.figures.periods import Period, read_period
from handlers.report.voice.addresses import open_rows, voice_path
from handlers.report.voice.counting import WEEK, Quote, Span
from handlers.report.voice.read import Named, Rising, VoiceOf, read_voice
from storage.channels import messages
from storage.people import people
from storage.people.people import DepartmentRow
from storage.tables.states import MessageKind
from storage.work import job_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class SendVoice(TimedCommand):
    """Ask for the notices of a week, as they were built; each has a slot of its own, by department.

    Attributes:
        day: On which day they are due.
        notices: By department; None says that there is nothing to tell there this week.
    """

    day: str
    week: str
    notices: Mapping[str, Notice | None] = field(repr=False)


def due_voice(organisation: Organisation, context: Context) -> tuple[Period, date] | None:
    """Return the week that is to be told now, and on which day it is; None where none is due."""
    voice = organisation.voice
    today = due_on(voice.when, organisation.timezone, context.now) if voice is not None else None
    if today is None:
        return None
    year, week, _ = (today - timedelta(days=7)).isocalendar()
    return read_period(f"{year}-W{week:02}", ZoneInfo(organisation.timezone), context.now), today


def prepare_voice(context: Context) -> SendVoice | None:
    """Return the notices of the last week that are due and were not sent; reads only."""
    session, organisation = context.session, context.organisation
    due = due_voice(organisation, context)
    if due is None:
        return None
    period, day = due
    keys = [one.key for one in organisation.departments]
    told = job_slots.taken(session, [_job(key) for key in keys], day.isoformat())
    rows = {one.key: one for one in people.departments(session)}
    wanted = [key for key in keys if _job(key) not in told and key in rows and people.homes(session, rows[key].id)]
    if not wanted:
        return None
    span = Span(period.since, period.end, period.since - WEEK)
    found = read_voice(session, organisation, span, context.now)
    notices = {key: build_voice(organisation, found, rows[key], period) for key in wanted}
    return SendVoice(job="voice weekly", day=day.isoformat(), week=period.label, notices=notices)


def send_voice(command: SendVoice, context: Context) -> Answer:
    """Say that each notice should stand in the homes of its department, if nobody else has."""
    session, now = context.session, context.now
    for key, notice in command.notices.items():
        if not job_slots.claim_slot(session, _job(key), command.day, now) or notice is None:
            continue
        row = people.department(session, key)
        for home in people.homes(session, row.id) if row is not None else ():
            called, body = f"voice:{key}:{home.channel}:{command.week}", to_json(notice)
            lane_id = lane_of_home(session, home)
            messages.put(session, key=called, lane_id=lane_id, kind=MessageKind.NOTICE, body=body, now=now)
    return Answer(text=f"The voice of {command.week} is told.")


def _job(key: str) -> str:
    return f"voice:{key}"


def build_voice(organisation: Organisation, found: VoiceOf, department: DepartmentRow, period: Period) -> Notice | None:
    """Build the notice of one department; None where there is nothing to tell it."""
    hears_all = organisation.voice is not None and organisation.voice.department == department.key
    rising = [one for one in found.rising if hears_all or one.department_id == department.id]
    named = [one for one in found.named if one.theme.department_id == department.id]
    if not rising and not any(one.people or (one.asked and one.asked.rest) for one in named):
        return None
    title = f"Voice, {period.spoken}, for {department.name}"
    desk = organisation.desk_url.rstrip("/")
    lines = (
        ("More than usual", [line for one in rising for line in _rising(one, desk)]),
        ("As always", [line for one in named for line in _named(one, period, desk, department.key)]),
    )
    sections = [
        Section(title=name, lines=tuple(some[:MAX_LINES]), more=max(0, len(some) - MAX_LINES))
        for name, some in lines
        if some
    ]
    if desk:
        link = Link(label="Open the page", url=f"{desk}{voice_path(week=period.label, department=department.key)}")
        sections.append(Section(title="", lines=(Line(text="All of it", link=link),)))
    text = f"{title}: {len(rising) or 'nothing'} more than usual, {len(named)} as always."
    return Notice(title=title, text=text, sections=tuple(sections))


def _rising(one: Rising, desk: str) -> Iterator[Line]:
    yield Line(text=f"“{one.label}” — {one.said}", link=open_rows(desk, one.number, one.token))
    yield from _quotes(one.quotes)


def _named(one: Named, period: Period, desk: str, department: str) -> Iterator[Line]:
    link = open_rows(desk, one.number, one.theme.token, week=period.label)
    yield Line(text=f"{one.theme.name} — {one.said}", link=link)
    yield from _quotes(one.quotes)
    if one.asked is not None and one.asked.all:
        page = f"{desk}{voice_path(department=department)}"
        tell = Link(label="Tell them", url=page) if desk and one.asked.rest else None
        yield Line(text=f"Mended. {one.asked.sentence}.", link=tell)
    if one.work:
        yield Line(text=f"Issue {one.work}", link=Link(label="Open the issue", url=one.link) if one.link else None)


def _quotes(quotes: tuple[Quote, ...]) -> Iterator[Line]:
    for one in quotes:
        yield Line(text=one.said, token=one.token)
