"""Digest: what a department should know each morning, built from a tuple of sections.

To add a section: write a function of ``Scope`` and name it in SECTIONS.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from handlers.cards import Line, Notice, Section, section
from handlers.drawing import draw_lines
from handlers.organisation import Organisation
from storage import mentions, ownership, people, sources
from storage.mentions import Filter
from storage.tables import Department
from storage.words import OPEN, Action, Status

_HELD = (*OPEN, Status.SNOOZED, Status.RESPONDED)
SILENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a section is built from."""

    session: Session
    organisation: Organisation
    department: Department
    now: datetime

    @property
    def department_id(self) -> int:
        """The key of the department."""
        return people.ident(self.department.id)


def _unclaimed(scope: Scope) -> Section | None:
    wanted = Filter(department_id=scope.department_id, unowned=True)
    total = mentions.count(scope.session, wanted)
    if not total:
        return None
    rows = mentions.listed(scope.session, wanted)
    return section(f"Unclaimed: {total}", draw_lines(scope.session, rows, verb="claim"), total)


def _by_person(scope: Scope) -> Section | None:
    counts = mentions.count_by_owner(scope.session, scope.department_id, _HELD)
    if not counts:
        return None
    names = people.names(scope.session, counts)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], names[one[0]]))
    return section("Who has what", [Line(text=f"{names[person]}: {number}") for person, number in ordered])


def _changes(scope: Scope) -> Section | None:
    since, until = yesterday(scope.now, scope.department.timezone)
    departments = {one.id: one.name for one in people.departments(scope.session, removed=True)}
    rows = ownership.changes_between(scope.session, since, until, scope.department_id)
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["action"] != Action.NOTED:
            counts[departments.get(row["actor_department_id"], "Dibs"), row["action"]] += 1
    if not counts:
        return None
    lines = []
    for department in sorted({name for name, _ in counts}):
        own = sorted((action, number) for (name, action), number in counts.items() if name == department)
        said = ", ".join(f"{action.replace('_', ' ')} {number}" for action, number in own)
        lines.append(Line(text=f"{department}: {said}"))
    return section("Yesterday's changes of hands", lines)


def _silent_sources(scope: Scope) -> Section | None:
    lines = []
    for state in sources.states(scope.session, [one.name for one in scope.organisation.sources]):
        if state.down_since is not None:
            lines.append(Line(text=f"{state.name} is down: {state.trouble}", at=state.down_since))
        elif state.last_post_at is not None and scope.now - state.last_post_at > SILENT:
            lines.append(Line(text=f"{state.name} has shown nothing new", at=state.last_post_at))
    return section("Silent sources", lines) if lines else None


SECTIONS: tuple[Callable[[Scope], Section | None], ...] = (_unclaimed, _by_person, _changes, _silent_sources)


def build_digest(session: Session, organisation: Organisation, department_id: int, now: datetime) -> Notice:
    """Build the digest of a department as of ``now``; an empty day is one line. The footer holds the log's head."""
    department = session.get_one(Department, department_id)
    scope = Scope(session=session, organisation=organisation, department=department, now=now)
    built = tuple(one for one in (make(scope) for make in SECTIONS) if one is not None)
    seq, head = ownership.head(session)
    local = now.astimezone(ZoneInfo(department.timezone))
    title = f"{department.name}, {local:%A} {local.day} {local:%B}"
    summary = "; ".join(one.title for one in built if one.title)
    if not built:
        built = (Section(title="", lines=(Line(text="Nothing is waiting, and nothing changed hands yesterday."),)),)
        summary = "Nothing is waiting."
    return Notice(title=title, text=f"{title}. {summary}", sections=built, footer=f"Log: row {seq}, head {head}")


def yesterday(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """Return when the local day before today began and ended."""
    zone = ZoneInfo(timezone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    before = (midnight - timedelta(hours=12)).replace(hour=0)  # a local day may have 23 or 25 hours
    return before, midnight
