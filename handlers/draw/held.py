"""Held back, as the desk shows it: by reason, each as a card with *Show*; and what is muted, until when and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.base.cards import Card
from handlers.base.organisation import Organisation
from handlers.draw.card import draw_cards
from handlers.own import unmute
from handlers.own.mutes import said_of, say_mute, what_it_held
from handlers.report.kept_back import REASONS, address
from storage.engine.database import Session
from storage.listen import mutes
from storage.own import kept_back
from storage.own.kept_back import Kept
from storage.people import people
from storage.people.people import DepartmentRow
from storage.tables.states import KEPT_BACK, Held

PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of what is held to show; what is empty does not narrow.

    Attributes:
        day: A date of the department: what was held then, whatever became of it since.
        held_by: The number of the mute or storm.
    """

    department: str = ""
    reason: Held | None = None
    held_by: int | None = None
    day: date | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A number, and where the mentions are that it counts."""

    label: str
    number: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Muted:
    """A mute in force."""

    token: str
    said: str
    held: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """One page of what is held.

    Attributes:
        why: By what the ones that are shown are muted, where one mute was asked for.
        next: Where the next page is; empty where there is none.
        ends: The verb that ends a mute, and ``asks`` its field.
    """

    title: str
    parts: tuple[Part, ...]
    departments: tuple[Part, ...]
    cards: tuple[Card, ...]
    why: str
    next: str
    here: str
    mutes: tuple[Muted, ...]
    ends: str = unmute.VERB.name
    asks: str = unmute.VERB.fields[0].name


def read_held(session: Session, organisation: Organisation, wanted: Wanted, person_id: int, now: datetime) -> HeldPage:
    """Read a page of what is held, for one person."""
    known = people.departments(session)
    department = next((one for one in known if one.key == wanted.department), None)
    zone = ZoneInfo(department.timezone if department is not None else organisation.timezone)
    kept = _kept(wanted, department, zone)
    found = kept_back.counts(session, replace(kept, reason=None, held_by=None))
    by_reason = {one: sum(number for (why, _), number in found.items() if why == one) for one in KEPT_BACK}
    rows = kept_back.page(session, kept, after=wanted.after, limit=PAGE + 1)
    cards = draw_cards(session, [row.id for row in rows[:PAGE]], organisation, viewer_id=person_id)
    said = said_of(session, [wanted.held_by], zone) if wanted.reason == Held.MUTED else {}
    return HeldPage(
        title=_title(wanted, department),
        parts=_parts(wanted, by_reason),
        departments=tuple(
            Part(one.name, 0, _url(replace(wanted, department=one.key)), one.key == wanted.department) for one in known
        ),
        cards=tuple(cards[row.id] for row in rows[:PAGE]),
        why=said.get(wanted.held_by or 0, ""),
        next=_url(wanted, rows[PAGE - 1].id) if len(rows) > PAGE else "",
        here=_url(wanted),
        mutes=_muted(session, zone, now),
    )


def _kept(wanted: Wanted, department: DepartmentRow | None, zone: ZoneInfo) -> Kept:
    since = until = None
    if wanted.day is not None:
        since, until = (
            datetime.combine(day, time(), zone).astimezone(UTC) for day in (wanted.day, wanted.day + timedelta(days=1))
        )
    return Kept(
        department_id=department.id if department is not None else None,
        reason=wanted.reason,
        held_by=wanted.held_by,
        since=since,
        until=until,
    )


def _title(wanted: Wanted, department: DepartmentRow | None) -> str:
    where = f" from {department.name}" if department is not None else ""
    when = f" on {wanted.day:%A} {wanted.day.day} {wanted.day:%B}" if wanted.day is not None else ""
    return f"Held back{where}{when}"


def _parts(wanted: Wanted, by_reason: Mapping[Held, int]) -> tuple[Part, ...]:
    every = replace(wanted, reason=None, held_by=None)
    parts = [Part("All", sum(by_reason.values()), _url(every), wanted.reason is None)]
    for one, number in by_reason.items():
        parts.append(Part(REASONS[one].capitalize(), number, _url(replace(every, reason=one)), wanted.reason == one))
    return tuple(parts)


def _url(wanted: Wanted, after: int | None = None) -> str:
    day = wanted.day.isoformat() if wanted.day is not None else ""
    return address(department=wanted.department, reason=wanted.reason, held_by=wanted.held_by, day=day, after=after)


def _muted(session: Session, zone: ZoneInfo, now: datetime) -> tuple[Muted, ...]:
    rows = mutes.in_force(session, now)
    names = people.names(session, [one.by_id for one in rows])
    departments = {one.id: one.name for one in people.departments(session, removed=True)}
    return tuple(
        Muted(
            one.token,
            f"{say_mute(one, names, zone)}, for {departments.get(one.department_id or 0, 'all departments')}",
            what_it_held(one, zone),
            address(reason=Held.MUTED, held_by=one.id),
        )
        for one in rows
    )
