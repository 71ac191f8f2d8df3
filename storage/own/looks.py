"""Looks: by which way the mentions of a large part of the board are found, so that few have to be looked at.

Three ways find the same. *One by one*, from the newest (or the oldest) on: soon done where many of them fit. *From a
list* that an index has, such as all with the words, all of a source or all of an owner, where it is short: whether it
is, is seen at ``FEW``. *By the words*: FTS5 of SQLite yields mentions by their number, the newest first, as long as one
wants some. It reads all that it has of a beginning of words, though, and GIN of PostgreSQL has no order and yields all:
so one looks ``FAR`` one by one before.

Mentions are in the order of their number, which is that of arrival: arrivals stand in one line, whatever a clock says.
Where two conditions hold of many mentions each and both of hardly any, the index finds those few: it has words, and
facets for language, source, department and product (``storage.search.facets``). The weak case is what has no facet: a
state or an owner. Their verbs are the frequent ones, and each would write the words anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlmodel import Session

from storage.engine.compiled import dialect_of
from storage.own.parts import Part, conditions, indexed, narrowing, places
from storage.search.find import by_index, by_row
from storage.search.tables import mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.text.cut import Needle

_mention = table_of(Mention)
# So many mentions are looked at one by one before a list is asked for, and so many times as many with each step on.
WALKED, STEP = 1_000, 8
# At so many before all that have the words, where lists are long.
FAR = 50_000
# A list of so many is short: each of them can be looked at.
FEW = 4_000


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked for: so many of these columns of mentions in a part, in one order, behind one of them.

    Of a small part, what is urgent may stand before all others (``urgent_first``).
    """

    session: Session
    part: Part
    columns: Select[Any]
    limit: int
    newest: bool = True
    after: int | None = None
    urgent_first: bool = False

    @property
    def dialect(self) -> str:
        """Which database it is."""
        return dialect_of(self.session)

    def run(self, query: Select[Any], key: Any = _mention.c.id) -> Sequence[Any]:
        """Return what a query finds."""
        put = _behind_urgent if self.urgent_first else _behind
        query = put(query, key, self.newest, self.after).limit(self.limit)
        return self.session.connection().execute(query).all()


def one_by_one(look: Look) -> Sequence[Any]:
    """Look at all mentions of a small part, to which an index leads."""
    return look.run(each(look.columns, look.part, look.dialect))


def walk(look: Look, far: int = 0) -> Sequence[Any]:
    """Look at mentions one by one, a stretch at a time, until there are enough; at about so many at most, if told."""
    connection, key, newest = look.session.connection(), _mention.c.id, look.newest
    # Each by itself: SQLite looks at all mentions to have both of one query.
    first, last = (connection.scalar(select(end(key))) for end in (func.min, func.max))
    if first is None:
        return []
    found: list[Any] = []
    edge = min(look.after, last + 1) if look.after is not None else last + 1 if newest else first - 1
    stretch, walked = WALKED, 0
    while len(found) < look.limit and (edge > first if newest else edge < last):
        end = edge - stretch if newest else edge + stretch
        here = and_(key >= end, key < edge) if newest else and_(key > edge, key <= end)
        query = each(look.columns, look.part, look.dialect, plainly=True).where(here)
        found += replace(look, limit=look.limit - len(found), after=None).run(query)
        edge, walked, stretch = end, walked + stretch, stretch * STEP
        if far and walked >= far:
            break
    return found


def is_soon_done(look: Look, near: int) -> bool:
    """Say whether enough should be found ``FAR`` on, where so many were found among the first ``WALKED``."""
    return near * FAR >= look.limit * WALKED


def from_list(look: Look, ids: Sequence[int], *, have_words: bool) -> Sequence[Any]:
    """Look at the mentions of a list in their order; ``have_words`` where it was made by the words."""
    part, found = replace(look.part, needles=()) if have_words else look.part, list[Any]()
    ordered = sorted((one for one in ids if _is_behind(look, one)), reverse=look.newest)
    for some in (ordered[:WALKED], ordered[WALKED:]):
        if some and len(found) < look.limit:
            query = each(look.columns, part, look.dialect, plainly=True).where(among(some))
            found += replace(look, limit=look.limit - len(found)).run(query)
    return found


def _is_behind(look: Look, mention_id: int) -> bool:
    return look.after is None or (mention_id < look.after if look.newest else mention_id > look.after)


def among(ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a mention is one of these, of which there may be thousands."""
    return _mention.c.id.in_(bindparam("listed", ids, expanding=True, literal_execute=True))


def by_words(look: Look) -> Sequence[Any]:
    """Look at all mentions that have the words, in their order: at no more than are wanted where an index has that."""
    found, key = by_index(look.part.asked, look.dialect)
    if look.dialect != "sqlite":
        listed = found.cte("listed").prefix_with("MATERIALIZED")
        key = listed.c[0]
        found = select(key)
    here = _behind(found.where(stands(look.part, key)), key, look.newest, look.after).limit(look.limit).subquery()
    return replace(look, after=None).run(look.columns.join(here, here.c[0] == _mention.c.id))


def words_list(session: Session, part: Part) -> Sequence[int] | None:
    """Return all mentions that have the words of a part, if it has some, and they are few."""
    if not part.asked:
        return None
    return _short(session, by_index(part.asked, dialect_of(session))[0])


def own_list(session: Session, part: Part) -> Sequence[int] | None:
    """Return a short list in which all mentions of a part are, with or without the words; None if there is none."""
    lists = (_short(session, select(_mention.c.id).where(condition)) for condition in indexed(part))
    return next((ids for ids in lists if ids is not None), None)


def _short(session: Session, ids: Select[int]) -> Sequence[int] | None:
    found = session.connection().scalars(ids.limit(FEW + 1)).all()
    return found if len(found) <= FEW else None


def are_common(session: Session, needles: tuple[Needle, ...]) -> bool:
    """Say whether a tenth of the newest mentions have these words."""
    words = mention_words.c
    newest = session.connection().scalar(select(func.max(words.mention_id))) or 0
    near = select(func.count()).where(words.mention_id > newest - WALKED, by_row(needles, dialect_of(session)))
    return session.connection().execute(near).scalar_one() * 10 >= WALKED


def each(query: Select[Any], part: Part, dialect: str, *, plainly: bool = False) -> Select[Any]:
    """Look at each mention whether it stands in a part.

    No index is asked for what narrows it, else one may be chosen that has thousands; ``plainly`` asks none at all.
    """
    found = _plain(conditions(part)) if plainly else [*places(part), *_plain(narrowing(part))]
    if part.needles:
        query = query.join(mention_words, mention_words.c.mention_id == _mention.c.id)
        found.append(by_row(part.needles, dialect))
    return query.where(*found)


def _plain(found: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [case((and_(*found), 1), else_=0) == 1] if found else []


def _behind(query: Select[Any], key: Any, newest: bool, after: int | None) -> Select[Any]:
    """Put mentions in their order, those behind one of them."""
    if after is not None:
        query = query.where(key < after if newest else key > after)
    return query.order_by(key.desc() if newest else key)


def _behind_urgent(query: Select[Any], key: Any, newest: bool, after: int | None) -> Select[Any]:
    """Put mentions in their order, what is urgent before all others."""
    urgent = _mention.c.priority
    if after is not None:
        there = select(urgent).where(_mention.c.id == after).scalar_subquery()
        query = query.where(or_(urgent < there, and_(urgent == there, key < after if newest else key > after)))
    return query.order_by(urgent.desc(), key.desc() if newest else key)


def stands(part: Part, mention_id: Any) -> ColumnElement[bool]:
    """Return the condition that a mention of this id stands in a part, which is asked of each one by itself."""
    return select(_mention.c.id).where(_mention.c.id == mention_id, *conditions(part)).exists()
