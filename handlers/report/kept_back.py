"""Kept back: how much is held, and why, in words that lead to just those mentions."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from handlers.base.cards import Line, Link, Section, section
from handlers.base.organisation import Organisation
from handlers.own.mutes import said_of, say_mute, what_it_held
from storage.engine.database import Session
from storage.listen import mutes
from storage.own import kept_back
from storage.own.kept_back import Kept
from storage.people import people
from storage.people.people import DepartmentRow
from storage.tables.states import KEPT_BACK, Held

REASONS = {
    Held.BELOW: "below the line",
    Held.MUTED: "muted",
    Held.STORM: "in a storm",
    Held.THREAD: "on the card of a thread",
}


def address(
    *,
    department: str = "",
    reason: Held | None = None,
    held_by: int | None = None,
    day: str = "",
    after: int | None = None,
) -> str:
    """Return the address on the desk of what is held."""
    said = {
        "department": department,
        "reason": str(reason or ""),
        "by": "" if held_by is None else str(held_by),
        "day": day,
        "after": "" if after is None else str(after),
    }
    values = {name: value for name, value in said.items() if value}
    return f"/held?{urlencode(values)}" if values else "/held"


def held_lines(
    session: Session, organisation: Organisation, department: DepartmentRow, since: datetime, until: datetime
) -> list[tuple[int, Line]]:
    """Return how many were held between two moments, by reason, each with the line that says it and leads there."""
    zone = ZoneInfo(department.timezone)
    found = kept_back.counts(session, Kept(department_id=department.id, since=since, until=until))
    said = said_of(session, [by for reason, by in found if reason == Held.MUTED], zone)
    totals: dict[tuple[Held, int | None], int] = {}
    for (reason, by), number in found.items():
        key = (reason, by if reason == Held.MUTED else None)  # of storms and lines there is one number
        totals[key] = totals.get(key, 0) + number
    desk, day = organisation.desk_url.rstrip("/"), since.astimezone(zone).date().isoformat()
    lines = []
    for (reason, by), number in sorted(totals.items(), key=lambda one: (KEPT_BACK.index(one[0][0]), -one[1])):
        text = f"{number} {REASONS[reason]}{f': {said[by]}' if by in said else ''}"
        where = address(department=department.key, reason=reason, held_by=by, day=day)
        link = Link(label="Look", url=f"{desk}{where}") if desk else None
        lines.append((number, Line(text=text, link=link)))
    return lines


def held_section(
    session: Session, organisation: Organisation, department: DepartmentRow, since: datetime, until: datetime
) -> Section | None:
    """Say what was held between two moments, and why; None where nothing was."""
    lines = held_lines(session, organisation, department, since, until)
    total = sum(number for number, _ in lines)
    return section(f"Held back yesterday: {total}", [line for _, line in lines]) if lines else None


def ending_section(
    session: Session, organisation: Organisation, department: DepartmentRow, now: datetime
) -> Section | None:
    """Say which mutes of a department end today, and how much each held; None where none does."""
    zone = ZoneInfo(department.timezone)
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)
    ending = [one for one in mutes.in_force(session, now) if one.until < tomorrow]
    rows = [one for one in ending if one.department_id in (None, department.id)]
    if not rows:
        return None
    names, desk = people.names(session, [one.by_id for one in rows]), organisation.desk_url.rstrip("/")
    lines = []
    for one in rows:
        link = Link(label="Look", url=f"{desk}{address(reason=Held.MUTED, held_by=one.id)}") if desk else None
        lines.append(Line(text=f"{say_mute(one, names, zone)}: {what_it_held(one, zone)}", link=link))
    return section(f"Mutes that end today: {len(rows)}", lines, len(rows))
