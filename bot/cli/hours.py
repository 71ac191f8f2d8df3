"""`dibs hours`: when a department is there, and when so much of its time will be over; holidays as lines for dibs.toml.

Holidays are never worked out while Dibs runs: what a country observes changes with each release of any list, and a
deadline must not. So a person reads them here, once a year, and pastes what is so for their house.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from zoneinfo import ZoneInfo

from bot.cli.people import Outcome
from bot.settings.targets import read_span
from bot.toml.problems import did_you_mean
from handlers.base.hours import MOST_CLOSED
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.text.times import UnknownTime, read_time, say_span, say_time
from storage.tables.states import ClockKind

SHOWN = 5
# The extra package, by the version that was looked at.
INSTALL_HOLIDAYS = "pip install 'holidays>=0.109,<1'"
_WALL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]?(\d{2}:\d{2})?", re.ASCII)
_REGION = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,10}))?", re.ASCII)


def say_hours(organisation: Organisation, key: str, when: str, how_long: str, now: datetime) -> Outcome:
    """Say whether a department is open at a moment, when so much open time is over from then on, and what follows."""
    known = [one.key for one in organisation.departments]
    if key not in known:
        near = did_you_mean(key, known, otherwise=f". There are: {', '.join(known)}.")
        return Outcome(f"There is no department {key!r}{near}", 2)
    department = organisation.department(key)
    zone = _zone(department)
    try:
        at = _moment(when, now, zone) if when else now
        span = read_span(how_long) if how_long else None
        return Outcome("\n".join(_told(department, at, span, zone)))
    except (ValueError, UnknownTime) as error:
        return Outcome(str(error), 2)
    except OverflowError:
        return Outcome(f"{when!r} is outside the years that calendars hold.", 2)


def _zone(department: DepartmentConfig) -> ZoneInfo:
    return ZoneInfo(department.calendar.timezone if department.calendar else department.timezone)


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read a date, with or without a time, of any year, or whatever else people type of what is to come."""
    if found := _WALL.fullmatch(text.strip()):
        try:
            return datetime.fromisoformat(f"{found[1]} {found[2] or '00:00'}").replace(tzinfo=zone)
        except ValueError:
            raise ValueError(
                f"There is no {text.strip()}: write a date and a time, such as 2026-10-24 21:00."
            ) from None
    return read_time(text, now, zone).at


def _told(department: DepartmentConfig, at: datetime, span: timedelta | None, zone: ZoneInfo) -> Iterator[str]:
    hours = department.hours
    if department.calendar is None:
        yield f"{department.name} has no calendar: it is open around the clock."
    else:
        state = "open" if hours.is_open(at) else "closed"
        yield f"{department.name} is {state} on {say_time(at, zone)}, by the calendar {department.calendar.name}."
    if span is not None:
        over = hours.add(at, span)
        spoken = say_span(span)
        if over is None:
            yield f"{spoken} of its opening hours never come: it does not open in {MOST_CLOSED.days} days."
        else:
            yield f"{spoken} of its opening hours are over on {say_time(over, zone)}."
    for begin, end in islice(hours.openings(at), SHOWN):
        yield f"  {_interval(begin, end, zone)}"


def _interval(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Say when an opening begins and ends, with the day of its end where that is another one."""
    until = end.astimezone(zone)
    last = (
        f"{until:%H:%M}"
        if until.date() == begin.astimezone(zone).date()
        else f"{until:%a} {until.day} {until:%b} {until:%H:%M}"
    )
    return f"{_day(begin, zone)} to {last}"


def next_openings(department: DepartmentConfig, now: datetime, most: int = 2) -> str:
    """Say when a department is there next; empty where that is always."""
    zone, hours = _zone(department), department.hours
    return ", ".join(_interval(begin, end, zone) for begin, end in islice(hours.openings(now), most))


def dues(department: DepartmentConfig, now: datetime, *, high: bool = False) -> str:
    """Say until when a mention that arrives now wants what was promised; empty where nothing was."""
    zone, told = _zone(department), []
    for kind, target in department.targets.of(high=high).by_kind.items():
        due = department.hours.add(now, target.within) if target.business else now + target.within
        if kind != ClockKind.NEXT_REPLY:  # that one begins with an answer of its author
            told.append(f"{kind.replace('_', ' ')} due {_day(due, zone) if due is not None else 'never'}")
    return ", ".join(told)


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local.year}, {local:%H:%M}"


def say_holidays(region: str, year: str) -> Outcome:
    """Say the public holidays of a country or a part of it, "DE" or "DE-BE", as lines for ``dates`` of a calendar."""
    found = _REGION.fullmatch(region.strip().upper())
    if found is None or not re.fullmatch(r"(?:19|20|21)\d\d", year):
        return Outcome("Name a country or a part of it, and a year: dibs hours holidays DE-BE 2027", 2)
    if find_spec("holidays") is None:
        return Outcome(f"The list of holidays is a package of its own. Install it: {INSTALL_HOLIDAYS}", 2)
    listed = import_module("holidays")
    try:
        days: dict[date, str] = listed.country_holidays(found[1], subdiv=found[2], years=int(year))
    except NotImplementedError as error:
        return Outcome(str(error), 2)
    if not days:
        return Outcome(f"The list holds no holiday of {region.upper()} in {year}.", 2)
    lines = [f"{day.isoformat()} = []    # {day:%a} {' '.join(days[day].split())}" for day in sorted(days)]
    head = f"# {region.upper()} {year}. Read them: which of these days you close is yours to say."
    return Outcome("\n".join((head, "[calendars.NAME.dates]", *lines)))
