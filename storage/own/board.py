"""The board: mentions by tab and department, counted and paged, and what the log has after some row.

Pages go by row values, ``(ingested_at, id) < (…)``, which an index answers; an offset would count all rows before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true, tuple_, union_all
from sqlmodel import Session

from storage.engine.compiled import dialect_of
from storage.own import left
from storage.own.mentions import MentionRow
from storage.own.to_review import ANYBODY, Reader, is_to_review
from storage.search.find import by_index, by_row
from storage.search.tables import mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.people import Department
from storage.tables.states import MEANINGS, Tab
from storage.text.cut import Needle

_mention = table_of(Mention)
_event = table_of(OwnershipEvent)
_department = table_of(Department)
_SHOWN = {tab: [str(status) for status, meaning in MEANINGS.items() if tab in meaning.tabs] for tab in Tab}
# Nobody counts further than that.
COUNTED = 1_000
# So many counts stand in one statement.
_TOGETHER = 50
# So many mentions are looked at one by one before an index is asked for their words.
WALKED = 1_000
# So many mentions have a word that is rare: all of them can be looked at.
FEW = 2_000
# Tabs that grow for as long as Dibs is in use; the others show what waits.
_LARGE = (Tab.DONE, Tab.ALL)


class Whose(StrEnum):
    """Who has a mention, seen by one person; what an owner left who is not here any more is nobody's."""

    NOBODY = "nobody"
    ME = "me"
    OTHERS = "others"


# Whose mentions a tab shows; the others show everybody's.
_WHOSE = {Tab.UNCLAIMED: Whose.NOBODY, Tab.MINE: Whose.ME, Tab.HANDS: Whose.OTHERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the board, as one person sees it; what is None or empty does not narrow.

    Attributes:
        reader: What follows for them from the charters: whose drafts they may read.
        sources: Names of sources.
        since: When a mention came to us, at the earliest.
        before: When it came, and not later.
        needles: Words that it has to have.
    """

    tab: Tab
    person_id: int
    reader: Reader = ANYBODY
    department_id: int | None = None
    sources: frozenset[str] | None = None
    status: str = ""
    whose: Whose | None = None
    since: datetime | None = None
    before: datetime | None = None
    needles: tuple[Needle, ...] = ()


def _in_tab(part: Part) -> ColumnElement[bool]:
    if part.tab == Tab.REVIEW:
        return is_to_review(part.reader)
    shown: ColumnElement[bool] = _mention.c.status.in_(_SHOWN[part.tab])
    if part.tab == Tab.UNCLAIMED:  # what was left is unclaimed, whatever its owner made of it
        return or_(and_(_mention.c.owner_id.is_(None), shown), left.is_left())
    if part.tab not in _LARGE and part.department_id is None:
        # By department, though it is none of the matter: so an index finds the few that wait among all that ever came.
        shown = and_(shown, _mention.c.department_id.in_(select(_department.c.id)))
    return and_(shown, _owned(_WHOSE[part.tab], part)) if part.tab in _WHOSE else shown


def _owned(whose: Whose, part: Part) -> ColumnElement[bool]:
    owner = _mention.c.owner_id
    if whose == Whose.NOBODY:
        return or_(owner.is_(None), left.is_left())
    if whose == Whose.ME:
        return owner == part.person_id
    return and_(owner.is_not(None), owner != part.person_id, ~left.is_left())


def _conditions(part: Part) -> list[ColumnElement[bool]]:
    found = [] if part.tab == Tab.ALL else [_in_tab(part)]
    if part.department_id is not None:
        found.append(_mention.c.department_id == part.department_id)
    if part.sources is not None:
        found.append(_mention.c.source.in_(sorted(part.sources)))
    if part.status:
        found.append(_mention.c.status == part.status)
    if part.whose is not None:
        found.append(_owned(part.whose, part))
    if part.since is not None:
        found.append(_mention.c.ingested_at >= part.since)
    if part.before is not None:
        found.append(_mention.c.ingested_at < part.before)
    return found


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page."""

    ingested_at: datetime
    id: int


def page(session: Session, part: Part, *, newest: bool, after: Cursor | None, limit: int) -> list[MentionRow]:
    """Return the mentions of a part by arrival, those behind ``after``; what is searched for goes by its number.

    What many mentions have is soon found by looking at the newest ones; what few have is found by the index.
    """
    if part.needles:
        return [MentionRow(*row) for row in _searched(session, part, newest, after, limit)]
    key = (_mention.c.ingested_at, _mention.c.id)
    query = select(_mention).where(*_conditions(part))
    if after is not None:
        # Typed literals: a bare datetime in a row value would reach SQLite in another form than the column's.
        edge = tuple_(literal(after.ingested_at, _mention.c.ingested_at.type), literal(after.id))
        query = query.where(tuple_(*key) < edge if newest else tuple_(*key) > edge)
    query = query.order_by(*(one.desc() if newest else one for one in key)).limit(limit)
    return [MentionRow(*row) for row in session.connection().execute(query)]


def _searched(session: Session, part: Part, newest: bool, after: Cursor | None, limit: int) -> Sequence[Any]:
    connection, key = session.connection(), _mention.c.id
    large = _is_large(session, part)
    if large:
        edge = after.id if after else connection.scalar(select(func.max(key) if newest else func.min(key))) or 0
        near = key >= edge - WALKED if newest else key <= edge + WALKED
        query = _one_by_one(select(_mention), part, dialect_of(session)).where(near).limit(limit)
        found = connection.execute(_behind(query, key, newest, after)).all()
        if len(found) == limit:
            return found
    few = _few(session, part.needles)
    if few is not None:
        query = select(_mention).where(key.in_(few), *_conditions(part))
    elif large:
        return connection.execute(_by_index(part, newest, after, limit, dialect_of(session))).all()
    else:
        query = _one_by_one(select(_mention), part, dialect_of(session))
    return connection.execute(_behind(query, key, newest, after).limit(limit)).all()


def _is_large(session: Session, part: Part) -> bool:
    """Say whether a part has so many mentions, with or without the words, that one cannot look at all of them."""
    if part.tab not in _LARGE:
        return False
    if replace(part, tab=Tab.ALL, needles=()) == Part(tab=Tab.ALL, person_id=part.person_id, reader=part.reader):
        return True
    some = select(_mention.c.id).where(*_conditions(part)).limit(FEW + 1).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one() > FEW


def _one_by_one(query: Select[Any], part: Part, dialect: str) -> Select[Any]:
    """Look at the words of each mention of a part."""
    query = query.join(mention_words, mention_words.c.mention_id == _mention.c.id)
    return query.where(*_conditions(part), by_row(part.needles, dialect))


def _by_index(part: Part, newest: bool, after: Cursor | None, limit: int, dialect: str) -> Select[Any]:
    found, key = by_index(part.needles, dialect)
    here = _behind(found.where(_stands(part, key)), key, newest, after).limit(limit).subquery()
    query = select(_mention).join(here, here.c[0] == _mention.c.id)
    return query.order_by(_mention.c.id.desc() if newest else _mention.c.id)


def _behind(query: Select[Any], key: Any, newest: bool, after: Cursor | None) -> Select[Any]:
    if after is not None:
        query = query.where(key < after.id if newest else key > after.id)
    return query.order_by(key.desc() if newest else key)


def _stands(part: Part, mention_id: Any) -> ColumnElement[bool]:
    """Return the condition that a mention of this id stands in a part, which is asked of each one by itself."""
    return select(_mention.c.id).where(_mention.c.id == mention_id, *_conditions(part)).exists()


def holds(session: Session, part: Part, mention_id: int) -> bool:
    """Say whether a mention stands in a part."""
    query = select(_mention.c.id).where(_mention.c.id == mention_id, *_conditions(part))
    if part.needles:
        query = _one_by_one(query, part, dialect_of(session))
    return session.connection().scalar(query) is not None


def counts(session: Session, parts: Sequence[Part]) -> list[int]:
    """Count each of these parts, as far as one more than ``COUNTED``; all of them want the same words, or none."""
    dialect = dialect_of(session)
    common = bool(parts[0].needles) and _are_common(session, parts[0].needles)
    few = _few(session, parts[0].needles) if parts[0].needles and not common else None
    if few is not None:
        return _count_few(session, parts, few)
    found: list[int] = []
    for start in range(0, len(parts), _TOGETHER):
        some = [
            _counting(part, number, dialect, large=bool(part.needles) and not common and _is_large(session, part))
            for number, part in enumerate(parts[start : start + _TOGETHER])
        ]
        rows = session.connection().execute(union_all(*some)).all()
        found += [int(number) for _, number in sorted(tuple(row) for row in rows)]
    return found


def _are_common(session: Session, needles: tuple[Needle, ...]) -> bool:
    """Say whether a tenth of the newest mentions have these words: then some are soon found without an index."""
    words = mention_words.c
    newest = session.connection().scalar(select(func.max(words.mention_id))) or 0
    near = select(func.count()).where(words.mention_id > newest - WALKED, by_row(needles, dialect_of(session)))
    return session.connection().execute(near).scalar_one() * 10 >= WALKED


def _few(session: Session, needles: tuple[Needle, ...]) -> list[int] | None:
    """Return the mentions that have these words; None where they are so many that one cannot look at all of them."""
    found, _ = by_index(needles, dialect_of(session))
    ids = list(session.connection().scalars(found.limit(FEW + 1)))
    return ids if len(ids) <= FEW else None


def _count_few(session: Session, parts: Sequence[Part], mention_ids: list[int]) -> list[int]:
    each = (func.count(case((and_(true(), *_conditions(part)), 1))) for part in parts)
    (row,) = session.connection().execute(select(*each).where(_mention.c.id.in_(mention_ids)))
    return [min(int(number), COUNTED + 1) for number in row]


def _counting(part: Part, number: int, dialect: str, *, large: bool) -> Select[int, int]:
    query = select(_mention.c.id).where(*_conditions(part))
    if large:
        found, key = by_index(part.needles, dialect)
        query = found.where(_stands(part, key))
    elif part.needles:
        query = _one_by_one(select(_mention.c.id), part, dialect)
        query = query.order_by(_mention.c.id.desc()) if part.tab in _LARGE else query
    return select(literal(number), func.count()).select_from(query.limit(COUNTED + 1).subquery())


def log_since(session: Session, seq: int, limit: int) -> list[dict[str, Any]]:
    """Return the rows of the log after row ``seq``, in order."""
    query = select(_event).where(_event.c.seq > seq).order_by(_event.c.seq).limit(limit)
    return [dict(row._mapping) for row in session.connection().execute(query)]


def tokens(session: Session, mention_ids: Iterable[int]) -> dict[int, str]:
    """Return the tokens of mentions, by mention."""
    query = select(_mention.c.id, _mention.c.token).where(_mention.c.id.in_(set(mention_ids)))
    return {int(row.id): str(row.token) for row in session.connection().execute(query)}
