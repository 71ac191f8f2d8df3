"""Parts: which mentions stand in a part of the board, as conditions on their rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, literal_column, or_, select

from storage.own import left
from storage.own.to_review import ANYBODY, Reader, is_to_review
from storage.search.facets import of_department, of_product, of_source
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.states import MEANINGS, OPEN, ClockKind, Held, Tab
from storage.text.cut import Needle

_mention = table_of(Mention)
_clock = table_of(Clock)
_department = table_of(Department)
# Whatever is held or not: said where the index by department is to be asked for a status, which it has behind that.
_HELD_OR_NOT = [str(reason) for reason in Held]
_SHOWN = {tab: [str(status) for status, meaning in MEANINGS.items() if tab in meaning.tabs] for tab in Tab}
# Tabs that grow for as long as Dibs is in use; the others show what waits.
LARGE = (Tab.DONE, Tab.ALL)


class Whose(StrEnum):
    """Who has a mention, seen by one person; what an owner left who is not here any more is nobody's."""

    NOBODY = "nobody"
    ME = "me"
    OTHERS = "others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due first of a mention before a moment, and not before another; or ``asked``: its owner is."""

    before: datetime | None = None
    since: datetime | None = None
    asked: bool = False


# Tabs that show what some have.
_WHOSE = {Tab.MINE: Whose.ME, Tab.HANDS: Whose.OTHERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the board, as one person sees it; what is None or empty does not narrow.

    Attributes:
        reader: What follows for them from the charters: whose drafts they may read.
        sources: Names of sources.
        product: What it is about.
        tier: Who its author was to us.
        risk: What may come of it, as somebody judged it.
        since: When a mention came to us, at the earliest.
        before: When it came, and not later.
        due: What has to be due.
        needles: Words that it has to have.
        facets: Words of the index for its source, department, product, where it pays to ask for them (``with_facets``).
    """

    tab: Tab
    person_id: int
    reader: Reader = ANYBODY
    department_id: int | None = None
    sources: frozenset[str] | None = None
    product: str = ""
    tier: str = ""
    risk: str = ""
    status: str = ""
    whose: Whose | None = None
    since: datetime | None = None
    before: datetime | None = None
    due: Due | None = None
    needles: tuple[Needle, ...] = ()
    facets: tuple[Needle, ...] = ()

    @property
    def asked(self) -> tuple[Needle, ...]:
        """What the index is asked for."""
        return (*self.needles, *self.facets)


def with_facets(part: Part) -> Part:
    """Let the index be asked for source, department and product too, where it has to find what they have in common."""
    found: list[Needle] = []
    if part.sources is not None:
        first, *others = sorted(map(of_source, part.sources))
        found.append(Needle(first, others=tuple(others)))
    if part.department_id is not None:
        found.append(Needle(of_department(part.department_id)))
    if part.product:
        found.append(Needle(of_product(part.product)))
    return replace(part, facets=tuple(found)) if len(found) + len(part.needles) > 1 else part


def _in_tab(part: Part) -> ColumnElement[bool]:
    if part.tab == Tab.REVIEW:
        return is_to_review(part.reader)
    shown: ColumnElement[bool] = _mention.c.status.in_(_SHOWN[part.tab])
    if part.tab == Tab.UNCLAIMED:  # what was left is unclaimed, whatever its owner made of it
        waits = _mention.c.status.in_([str(status) for status in left.NEEDS_OWNER])
        shown = and_(waits, or_(and_(_mention.c.owner_id.is_(None), shown), left.is_left()))
    if part.tab not in LARGE:
        shown = and_(_mention.c.held == str(Held.NO), shown)
    if part.tab not in LARGE and part.department_id is None:
        # By department, though it is none of the matter: so an index finds the few that wait among all that ever came.
        shown = and_(_somewhere(), shown)
    return and_(shown, _owned(_WHOSE[part.tab], part)) if part.tab in _WHOSE else shown


def _somewhere() -> ColumnElement[bool]:
    return _mention.c.department_id.in_(select(_department.c.id))


def _owned(whose: Whose, part: Part) -> ColumnElement[bool]:
    owner = _mention.c.owner_id
    if whose == Whose.NOBODY:
        return or_(owner.is_(None), left.is_left())
    if whose == Whose.ME:
        return owner == part.person_id
    return and_(owner.is_not(None), owner != part.person_id, ~left.is_left())


def conditions(part: Part) -> list[ColumnElement[bool]]:
    """Return what holds of each mention of a part, but for its words."""
    return [*places(part), *narrowing(part)]


def places(part: Part) -> list[ColumnElement[bool]]:
    """Return what makes it stand in the tab and the department; of what waits an index finds all by that."""
    found = [] if part.tab == Tab.ALL else [_in_tab(part)]
    if part.department_id is not None:
        found.append(_mention.c.department_id == part.department_id)
    return found


def narrowing(part: Part) -> list[ColumnElement[bool]]:
    """Return what else it has to be."""
    found: list[ColumnElement[bool]] = []
    if part.sources is not None:
        found.append(_mention.c.source.in_(sorted(part.sources)))
    if part.product:
        found.append(_mention.c.product == part.product)
    found += _standing(part)
    if part.status:
        found.append(_in_state(part))
    if part.whose is not None:
        found.append(_owned(part.whose, part))
    if part.since is not None:
        found.append(_mention.c.ingested_at >= part.since)
    if part.before is not None:
        found.append(_mention.c.ingested_at < part.before)
    if part.due is not None:
        found.append(_is_due(part.due))
    return found


def _is_due(wanted: Due) -> ColumnElement[bool]:
    running = select(_clock.c.mention_id).where(_clock.c.running_since.is_not(None))
    if wanted.asked:
        asked = running.where(_clock.c.kind == str(ClockKind.LEASE), _clock.c.warned_at.is_not(None))
        return _mention.c.id.in_(asked)
    waits = _mention.c.status.in_([str(status) for status in OPEN])
    found = and_(waits, _mention.c.id.in_(running.where(_clock.c.due_at < wanted.before)))
    if wanted.since is None:
        return found
    return and_(found, _mention.c.id.not_in(running.where(_clock.c.due_at < wanted.since)))


def _standing(part: Part) -> list[ColumnElement[bool]]:
    """Return what its author is to be, and what may come of it; each says what its index holds, which is not all."""
    found: list[ColumnElement[bool]] = []
    if part.tier:
        found.append(and_(literal_column("mention.tier <> 'none'"), _mention.c.tier == part.tier))
    if part.risk:
        found.append(and_(literal_column("mention.risk <> ''"), _mention.c.risk == part.risk))
    return found


def _in_state(part: Part) -> ColumnElement[bool]:
    state = and_(_mention.c.held.in_(_HELD_OR_NOT), _mention.c.status == part.status)
    return state if part.department_id is not None else and_(state, _somewhere())


def indexed(part: Part) -> Iterator[ColumnElement[bool]]:
    """Yield those conditions of a large part that an index answers, each by itself; it lists what it finds."""
    if part.sources is not None:
        yield _mention.c.source.in_(sorted(part.sources))
    if part.product:
        yield _mention.c.product == part.product
    yield from _standing(part)
    if part.due is not None:
        yield _is_due(part.due)
    if part.whose == Whose.ME:
        yield _owned(part.whose, part)
    if part.department_id is not None:
        here = _mention.c.department_id == part.department_id
        yield and_(here, _in_state(part)) if part.status else here
    elif part.status:
        yield _in_state(part)
    if part.since is not None:
        yield _mention.c.ingested_at >= part.since
    if part.before is not None:
        yield _mention.c.ingested_at < part.before
