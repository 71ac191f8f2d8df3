"""The timeline: rows of the log as sentences, by the day on which they were done, for whoever reads what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from handlers.base.actions import ActionKind, of_kind
from handlers.report.log import LogRow, in_words
from storage.engine.database import Session
from storage.own.log_pages import LogFilter, log_page, newest_of_mention
from storage.people import people

# What there is so much of that changes of hands drown in it.
ARRIVALS = of_kind(ActionKind.ARRIVAL)
PAGE = 50
# So many rows stand on the page of their mention.
MOST_OF_MENTION = 100


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row of the log, and what the clock on the wall showed."""

    row: LogRow
    clock: str


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day, in the order in which it came."""

    name: str
    rows: tuple[TimelineRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks the log for.

    Attributes:
        department: The key of a department, or empty; one that there is not has no rows.
        action: What was done, or empty.
        arrivals: Also what merely arrived.
        before: The row before which the page begins; None = the end of the log.
    """

    department: str = ""
    action: str = ""
    arrivals: bool = True
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it; ``next`` is the row before which the next page begins, None where there is none."""

    days: tuple[Day, ...]
    next: int | None = None
    more: bool = False


def read_timeline(session: Session, wanted: Wanted, zone: ZoneInfo) -> Timeline:
    """Read a page of the whole log, newest first."""
    department = people.department(session, wanted.department) if wanted.department else None
    if wanted.department and department is None:
        return Timeline(())
    asked = LogFilter(
        department_id=department.id if department else None,
        action=wanted.action,
        without=() if wanted.arrivals else ARRIVALS,
    )
    page = log_page(session, asked, before=wanted.before, limit=PAGE)
    return Timeline(by_day(in_words(session, page.rows), zone), page.next)


def mention_timeline(session: Session, mention_id: int, zone: ZoneInfo) -> Timeline:
    """Read the log of a mention, the oldest row first; of a very long one the newest rows."""
    rows, more = newest_of_mention(session, mention_id, MOST_OF_MENTION)
    return Timeline(by_day(in_words(session, rows), zone), more=more)


def by_day(rows: Sequence[LogRow], zone: ZoneInfo) -> tuple[Day, ...]:
    """Group rows by the day that it was in a time zone."""
    local = [(row, row.at.astimezone(zone)) for row in rows]
    return tuple(
        Day(_name(day), tuple(TimelineRow(row, f"{at:%H:%M}") for row, at in group))
        for day, group in groupby(local, key=lambda one: one[1].date())
    )


def _name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"
