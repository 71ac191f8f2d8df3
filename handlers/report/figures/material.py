"""Material: all that the figures of one period are made from, as it is read at one moment.

Who turned out to be whom counts as one person here, and what lies in somebody's hands counts until now.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from handlers.report.counting.days import microseconds
from handlers.report.figures.periods import Period
from storage.engine.database import Session
from storage.listen import sources
from storage.people import people
from storage.report import asking, folding
from storage.report.asking import Reviewed, Standing
from storage.report.shapes import FactRow, PersonDayRow, PersonFirstRow, StayedRow
from storage.report.timed import TimedRow, clocks

# How often something was counted, by what it is and between whom.
Counts = Mapping[str, Mapping[tuple[int, str], int]]
# What is counted by source; all else is counted between departments.
BY_SOURCE = frozenset({"replies", "by_hand", "asked", "unasked", "asked_unknown"})


@dataclass(frozen=True, kw_only=True)  # no slots: what wanted an answer is found once
class Material:
    """What was read.

    Attributes:
        now: Of when it is.
        seq: Up to which row of the log it speaks.
        counting: The tables are behind the log by so many rows.
        facts: The mentions that arrived in the period.
        stays: Where they were, by mention; their departments are never groups.
        came: The departments to which they came.
        counts: What was done in the period. Departments are ids.
        held: For how many microseconds mentions were in the hands of a department, by its id.
        days: Who acted for which department, and how often they made something theirs and spoke.
        firsts: When people did something for the first time ever.
        reviews: The verdicts of the period.
        standing: The tier of the author, how it ended, and its source, by mention.
        own_posts: Posts of our own accounts in the period that answer no mention, as far as sources showed them.
        dropped: How many posts were dropped in the period, which no topic recognised.
        departments: The ids of the departments that there are, or were.
        refused: How often a reply was not let out in the period.
        clocks: What the clocks with a target say of the mentions that arrived; empty where nothing is promised.
        group_of: The group of a department where departments are told by groups, else itself.
    """

    period: Period
    now: datetime
    seq: int
    counting: int
    facts: list[FactRow]
    stays: Mapping[int, list[StayedRow]]
    came: frozenset[int]
    counts: Counts
    held: Mapping[int, int]
    days: list[PersonDayRow]
    firsts: list[PersonFirstRow]
    reviews: list[Reviewed]
    standing: Mapping[int, Standing]
    own_posts: int
    dropped: int
    departments: tuple[int, ...]
    refused: int = 0
    clocks: list[TimedRow] = field(default_factory=list)
    group_of: Callable[[int], int] = int

    @cached_property
    def counted(self) -> list[FactRow]:
        """The mentions that wanted an answer: all but what was dismissed, and never answered."""
        return [one for one in self.facts if one.counts]

    def total(self, what: str) -> int:
        """Return how often something was done, by whomever."""
        return sum(self.counts.get(what, {}).values())

    def by(self, what: str) -> Counter[int]:
        """Return how often something was done, by the department for which people did it."""
        found: Counter[int] = Counter()
        for (department_id, _), number in self.counts.get(what, {}).items():
            found[department_id] += number
        return found


def read_bare(session: Session, period: Period, now: datetime) -> Material:
    """Read what is the same whatever is counted: nothing is counted in it yet."""
    counted, head = folding.position(session)
    return Material(
        period=period,
        now=now,
        seq=counted.seq,
        counting=head - counted.seq,
        facts=[],
        stays={},
        came=frozenset(),
        counts={},
        held={},
        days=[],
        firsts=[],
        reviews=[],
        standing=asking.standing(session, period.since, period.end),
        own_posts=0,
        dropped=0,
        departments=_departments(session, {}),
    )


def read_material(session: Session, period: Period, now: datetime) -> Material:
    """Read all that the figures of a period are made from."""
    one_is, stays = people.joined(session), asking.stays(session, period.since, period.end)
    done = _done(session, period, now, {one.department_id for of in stays.values() for one in of}, one_is)
    return replace(
        done,
        facts=asking.arrived(session, period.since, period.end),
        stays=stays,
        firsts=_first_of_all(asking.firsts(session), one_is),
        reviews=asking.reviews(session, period.since, period.end),
        standing=asking.standing(session, period.since, period.end),
        own_posts=asking.own_posts(session, period.since, period.end),
        dropped=sum(sources.dropped_between(session, period.first, period.until).values()),
        refused=asking.refused(session, period.since, period.end, done.seq),
        clocks=clocks(session, period.since, period.end),
    )


def read_done(session: Session, period: Period, now: datetime) -> Material:
    """Read what was done in a period, and by whom; of the mentions that arrived only where they came, which is all that
    the period after it is compared with.
    """
    return _done(session, period, now, asking.came_to(session, period.since, period.end), people.joined(session))


def _done(session: Session, period: Period, now: datetime, came: Iterable[int], one_is: Mapping[int, int]) -> Material:
    counted, head = folding.position(session)
    counts: dict[str, dict[tuple[int, str], int]] = {}
    for one in asking.counts(session, period.first, period.until):
        counts.setdefault(one.what, {})[one.a, one.b] = one.n
    return Material(
        period=period,
        now=now,
        seq=counted.seq,
        counting=head - counted.seq,
        facts=[],
        stays={},
        came=frozenset(came),
        counts=counts,
        held=_held(session, counts, period, now),
        days=as_one(asking.person_days(session, period.first, period.until), one_is),
        firsts=[],
        reviews=[],
        standing={},
        own_posts=0,
        dropped=0,
        departments=_departments(session, counts),
    )


def _departments(session: Session, counts: Counts) -> tuple[int, ...]:
    """Return the departments that there are, and those that are gone and did something in the period."""
    did = (a for what in ("replies", "claims", "held") for a, _ in counts.get(what, {}) if a)
    return tuple(dict.fromkeys([*(one.id for one in people.departments(session)), *did]))


def _held(session: Session, counts: Counts, period: Period, now: datetime) -> Mapping[int, int]:
    """Return for how long a department had something, with what it has still, up to now."""
    found: Counter[int] = Counter()
    for (department_id, _), span in counts.get("held", {}).items():
        found[department_id] += span
    until = min(period.end, now)
    for fact in asking.in_hands(session, until):
        since = max(fact.since or until, period.since)
        found[fact.holder_department_id or fact.department_id] += microseconds(since, until)
    return found


def as_one(days: list[PersonDayRow], one_is: Mapping[int, int]) -> list[PersonDayRow]:
    """Return what people did on all days together, each as whom they turned out to be."""
    owned: Counter[tuple[int, int]] = Counter()
    spoke: Counter[tuple[int, int]] = Counter()
    for one in days:
        key = one_is.get(one.person_id, one.person_id), one.department_id
        owned[key] += one.owned
        spoke[key] += one.spoke
    return [PersonDayRow(*key, owned[key], spoke[key]) for key in owned]


def _first_of_all(firsts: list[PersonFirstRow], one_is: Mapping[int, int]) -> list[PersonFirstRow]:
    found: dict[int, PersonFirstRow] = {}
    for one in firsts:
        person_id = one_is.get(one.person_id, one.person_id)
        known = found.get(person_id)
        found[person_id] = PersonFirstRow(
            person_id,
            one.department_id,
            min(one.acted, known.acted) if known else one.acted,
            _earlier(one.owned, known.owned if known else None),
            _earlier(one.spoke, known.spoke if known else None),
        )
    return list(found.values())


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def grouped(material: Material, group_of: Callable[[int], int]) -> Material:
    """Return the same with groups in the place of departments; people and times are those of the group."""
    counts: dict[str, Counter[tuple[int, str]]] = {}
    for what, numbers in material.counts.items():
        into = counts.setdefault(what, Counter())
        for (a, b), number in numbers.items():
            where = _where(what, b, group_of)
            into[group_of(a), where] += number
    held: Counter[int] = Counter()
    for department_id, span in material.held.items():
        held[group_of(department_id)] += span
    days = [replace(one, department_id=group_of(one.department_id)) for one in material.days]
    return replace(
        material,
        counts=counts,
        held=held,
        days=as_one(days, {}),
        departments=tuple(dict.fromkeys(map(group_of, material.departments))),
        clocks=[replace(one, department_id=group_of(one.department_id)) for one in material.clocks],
        group_of=group_of,
    )


def _where(what: str, b: str, group_of: Callable[[int], int]) -> str:
    """Return the department that stands second, as a group; of a reply that is its source."""
    return b if not b.isdigit() or what in BY_SOURCE else str(group_of(int(b)))
