"""Digest: what a department should know each morning, built from a tuple of sections.

To add a section: write a function of ``Scope`` and name it in SECTIONS.

A digest is stored as it was in the morning, and drawn with its lines as they stand at the moment of sending, so that
a press on one of its buttons shows in the digest too.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from handlers.base.actions import ActionKind, of_kind
from handlers.base.cards import MAX_LINES, Line, Link, Notice, Section, section
from handlers.base.organisation import DepartmentConfig, DigestTime, Organisation
from handlers.base.stored import to_json
from handlers.channels.placement import lane_of_home
from handlers.own import claim
from handlers.own.clocks import promises
from handlers.privacy.by_age import TELL_FIRST, aged
from handlers.reply import review
from handlers.report.kept_back import ending_section, held_section
from handlers.report.lines import draw_lines, in_which_order
from handlers.report.news import new_here
from handlers.report.spending import read_spending
from handlers.text.times import midnight
from storage.channels import messages
from storage.engine.database import Session
from storage.listen import sources
from storage.own import clocks, left, mentions, ownership
from storage.own.mentions import Filter
from storage.own.to_review import ANYBODY
from storage.people import people
from storage.people.people import DepartmentRow
from storage.tables.states import HELD, Action, MessageKind

SILENT = timedelta(hours=24)
# How many owners are named in the first sentence.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a section is built from; ``due`` are the mentions with what is due until tomorrow, the longest due first."""

    session: Session
    organisation: Organisation
    department: DepartmentRow
    now: datetime
    due: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def department_id(self) -> int:
        """The key of the department."""
        return self.department.id


def _in_a_sentence(scope: Scope) -> str:
    """Say what there is to do: "5 wait, the oldest since yesterday 16:10; Ana has 3; nothing to review"."""
    unclaimed = Filter(department_id=scope.department_id, unowned=True)
    waiting, reading = (mentions.count(scope.session, one) for one in (unclaimed, _to_read(scope)))
    owners = _owners(scope)
    parts = ["Nothing waits"]
    if waiting:
        (oldest,) = mentions.listed(scope.session, unclaimed, limit=1)
        since = said_of(oldest.ingested_at, scope.now, ZoneInfo(scope.department.timezone))
        parts = [f"{waiting} wait, the oldest since {since}" if waiting > 1 else f"1 waits, since {since}"]
    shown = [f"{name} has {number}" for name, number in owners[:_NAMED]]
    more = len(owners) - len(shown)
    said = [*shown, *([f"{more} {'others have' if more > 1 else 'other has'} some"] if more else [])]
    parts += [", ".join(said)] if said else []
    parts.append(f"{reading} to review" if reading else "nothing to review")
    return f"{'; '.join(parts)}."


def _to_read(scope: Scope) -> Filter:
    return Filter(department_id=scope.department_id, reader=ANYBODY)


def _to_review(scope: Scope) -> Section | None:
    total = mentions.count(scope.session, _to_read(scope))
    if not total:
        return None
    rows = mentions.listed(scope.session, _to_read(scope))
    return section(f"To review: {total}", draw_lines(scope.session, rows, verb=review.VERB), total)


def _unclaimed(scope: Scope) -> Section | None:
    wanted = Filter(department_id=scope.department_id, unowned=True)
    total = mentions.count(scope.session, wanted)
    if not total:
        return None
    rows = mentions.listed(scope.session, wanted, urgent_first=True)
    return section(f"Unclaimed: {total}{in_which_order(rows)}", draw_lines(scope.session, rows, verb=claim.VERB), total)


def _late(scope: Scope) -> Section | None:
    return _due_lines(scope, "Late", {key: due for key, due in scope.due.items() if due < scope.now}, "due=late")


def _due_today(scope: Scope) -> Section | None:
    return _due_lines(scope, "Due today", {key: due for key, due in scope.due.items() if due >= scope.now}, "due=today")


def _asked(scope: Scope) -> Section | None:
    """List what went unconfirmed so far, with the moments at which it goes back."""
    if not promises(scope.organisation):
        return None
    return _due_lines(scope, "Asked, not confirmed", clocks.asked(scope.session, scope.department_id), "due=asked")


def _went_back(scope: Scope) -> Section | None:
    """List what went back by itself yesterday, with the moments at which it did."""
    if not promises(scope.organisation):
        return None
    since, until = yesterday(scope.now, scope.department.timezone)
    rows = ownership.changes_between(scope.session, since, until, scope.department_id)
    back = {row["mention_id"]: row["at"] for row in rows if row["action"] == Action.RETURNED}
    return _due_lines(scope, "Went back by itself yesterday", back, f"action={Action.RETURNED}", page="log")


def _until_tomorrow(
    session: Session, organisation: Organisation, department: DepartmentRow, now: datetime
) -> Mapping[int, datetime]:
    """Return what was due, or is until midnight where the department is."""
    if not promises(organisation):
        return {}
    return clocks.due_before(session, department.id, midnight(now, ZoneInfo(department.timezone)))


def _due_lines(scope: Scope, title: str, due: Mapping[int, datetime], query: str, *, page: str = "") -> Section | None:
    """Return mentions with the moments at which they are, or were, due; where there are more, the desk has all."""
    if not due:
        return None
    first = list(due)[:MAX_LINES]
    rows = {row.id: row for row in mentions.several(scope.session, first)}
    lines = draw_lines(scope.session, [rows[one] for one in first], verb=claim.VERB)
    timed = [replace(line, at=due[one]) for one, line in zip(first, lines, strict=True)]
    desk = scope.organisation.desk_url.rstrip("/")
    if len(due) > len(timed) and desk:
        key = urlencode({"department": scope.department.key})
        whole = Link(label="all of them", url=f"{desk}/{page}?{query}&{key}")
        timed[-1:] = [Line(text=f"Here are {len(timed) - 1} of {len(due)}", link=whole)]
        return section(f"{title}: {len(due)}", timed)
    return section(f"{title}: {len(due)}", timed, len(due))


def _owners(scope: Scope) -> list[tuple[str, int]]:
    """Return who has how many, the most first."""
    counts = left.count_by_owner(scope.session, scope.department_id, HELD)
    names = people.names(scope.session, counts)
    return sorted(((names[person], number) for person, number in counts.items()), key=lambda one: (-one[1], one[0]))


def _by_person(scope: Scope) -> Section | None:
    owners = _owners(scope)
    return section("Who has what", [Line(text=f"{name}: {number}") for name, number in owners]) if owners else None


# All else counts, also what a newer Dibs wrote and this one does not know.
_ASIDE = (ActionKind.DRAFT, ActionKind.REMARK, ActionKind.ACCOUNT, ActionKind.TIME, ActionKind.ASIDE)
_NO_CHANGE = (
    *of_kind(ActionKind.DRAFT, ActionKind.REMARK, ActionKind.ACCOUNT, ActionKind.TIME, ActionKind.ASIDE),
    Action.HELD,
)


def _changes(scope: Scope) -> Section | None:
    since, until = yesterday(scope.now, scope.department.timezone)
    departments = {one.id: one.name for one in people.departments(scope.session, removed=True)}
    rows = ownership.changes_between(scope.session, since, until, scope.department_id)
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["action"] not in _NO_CHANGE:
            counts[departments.get(row["actor_department_id"], "Dibs"), row["action"]] += 1
    if not counts:
        return None
    lines = []
    for department in sorted({name for name, _ in counts}):
        own = sorted((action, number) for (name, action), number in counts.items() if name == department)
        said = ", ".join(f"{action.replace('_', ' ')} {number}" for action, number in own)
        lines.append(Line(text=f"{department}: {said}"))
    return section("Yesterday's changes of hands", lines)


def _held(scope: Scope) -> Section | None:
    since, until = yesterday(scope.now, scope.department.timezone)
    return held_section(scope.session, scope.organisation, scope.department, since, until)


def _mutes_that_end(scope: Scope) -> Section | None:
    return ending_section(scope.session, scope.organisation, scope.department, scope.now)


def _silent_sources(scope: Scope) -> Section | None:
    lines = []
    for state in sources.states(scope.session, [one.name for one in scope.organisation.sources]):
        if state.down_since is not None:
            lines.append(Line(text=f"{state.name} is down: {state.trouble}", at=state.down_since))
        elif state.last_post_at is not None and scope.now - state.last_post_at > SILENT:
            lines.append(Line(text=f"{state.name} has shown nothing new", at=state.last_post_at))
    return section("Silent sources", lines) if lines else None


def _budgets(scope: Scope) -> Section | None:
    near = [one for one in read_spending(scope.session, scope.organisation.sources, scope.now) if one.near]
    lines = [Line(text=f"{one.source}: {one.said}; there is more", at=one.ends) for one in near]
    return section("Budgets near their end", lines) if lines else None


def _goes_by_age(scope: Scope) -> Section | None:
    """Say, where it is everybody's, what was told last night that it will be removed tonight."""
    if scope.department.key != scope.organisation.fallback:
        return None

    def last_night(told_at: datetime | None) -> bool:
        return told_at is not None and scope.now - told_at < TELL_FIRST

    lines = [Line(text=one.said) for one in aged(scope.session, scope.organisation, scope.now, last_night)]
    return section("Removed by age from tonight on", lines) if lines else None


def _new_here(scope: Scope) -> Section | None:
    configured = scope.organisation.configured(scope.department.key)
    return new_here(scope.session, configured) if configured is not None else None


SECTIONS: tuple[Callable[[Scope], Section | None], ...] = (
    _to_review,
    _late,
    _due_today,
    _asked,
    _went_back,
    _unclaimed,
    _by_person,
    _changes,
    _held,
    _mutes_that_end,
    _silent_sources,
    _budgets,
    _goes_by_age,
    _new_here,
)


def build_digest(session: Session, organisation: Organisation, department_id: int, now: datetime) -> Notice:
    """Build the digest of a department as of ``now``; an empty day is one line. It ends with the log's head.

    A head that proves something is all of its 64 digits. Where there is a desk, the link to its log holds them, and
    twelve are enough to be read.
    """
    department = people.department_of(session, department_id)
    due = _until_tomorrow(session, organisation, department, now)
    scope = Scope(session=session, organisation=organisation, department=department, now=now, due=due)
    built = tuple(one for one in (make(scope) for make in SECTIONS) if one is not None)
    seq, head = ownership.head(session)
    local = now.astimezone(ZoneInfo(department.timezone))
    title = f"{department.name}, {local:%A} {local.day} {local:%B}"
    first = _in_a_sentence(scope) if built else "Nothing is waiting, and nothing changed hands yesterday."
    built = (Section(title="", lines=(Line(text=first),)), *built)
    desk = organisation.desk_url.rstrip("/")
    if desk:
        there = Link(label="the log", url=f"{desk}/log?{urlencode({'head': head})}")
        ends = Line(text=f"Log: row {seq}, head {head[:12]}…", link=there)
        built = (*built, Section(title="", lines=(ends,)))
    footer = "" if desk else f"Log: row {seq}, head {head}"
    return Notice(title=title, text=f"{title}. {first}", sections=built, footer=footer)


def said_of(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say when something was: "today 08:12", "yesterday 16:10", "Monday 12 October"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (today - local.date()).days
    if days > 1:
        return f"{local:%A} {local.day} {local:%B}"
    return f"{'yesterday' if days == 1 else 'today'} {local:%H:%M}"


def yesterday(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """Return when the local day before today began and ended."""
    zone = ZoneInfo(timezone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    before = (midnight - timedelta(hours=12)).replace(hour=0)  # a local day may have 23 or 25 hours
    return before, midnight


def due_date(department: DepartmentConfig, now: datetime) -> date | None:
    """Return today's local date when the department's digest is due and its hour has come, else None."""
    return due_on(department.digest, department.timezone, now)


def due_on(when: DigestTime | None, timezone: str, now: datetime) -> date | None:
    """Return today's date there when something is due today and its hour has come, else None.

    An hour that comes twice counts the first time; one that is skipped in spring counts as if the clock had gone on.
    """
    if when is None:
        return None
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    # In UTC, for two moments of one zone are compared by what the clock on the wall shows.
    moment = datetime.combine(today, when.at, zone).astimezone(UTC)
    return today if today.weekday() in when.days and now >= moment else None


def put_digest(session: Session, department: DepartmentRow, notice: Notice, day: date, now: datetime) -> int:
    """Say that a digest should stand in each home of a department; returns in how many. The same day is put once."""
    tokens = dict.fromkeys(line.token for part in notice.sections for line in part.lines if line.token)
    rows = [mentions.by_token(session, token) for token in tokens]
    put = 0
    for home in people.homes(session, department.id):
        message = messages.put(
            session,
            key=f"digest:{department.key}:{home.channel}:{day.isoformat()}",
            lane_id=lane_of_home(session, home),
            kind=MessageKind.DIGEST,
            body=to_json(notice),
            names=[row.id for row in rows if row is not None],
            now=now,
        )
        put += message is not None
    return put
