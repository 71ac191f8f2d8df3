"""The board: mentions by tab and department, counted and paged, and what the log has after some row.

Mentions stand in the order of their arrival, which is that of their numbers; a page begins behind the last number of
the one before. What nobody has yet stands so, too, but behind customers and what is at risk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select, true, union_all
from sqlmodel import Session

from storage.engine.compiled import dialect_of
from storage.own import looks
from storage.own.looks import Look
from storage.own.mentions import MentionRow
from storage.own.parts import LARGE, Due, conditions, narrowing, with_facets
from storage.own.parts import Part as Part
from storage.own.parts import Whose as Whose
from storage.search import due
from storage.search.find import by_index
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.states import ClockKind, Tab

_clock = table_of(Clock)
_mention = table_of(Mention)
_event = table_of(OwnershipEvent)
# Nobody counts further than that.
COUNTED = 1_000
# So many counts stand in one statement.
_TOGETHER = 50


def page(session: Session, part: Part, *, newest: bool, after: int | None, limit: int) -> list[MentionRow]:
    """Return the mentions of a part by arrival, those behind the mention ``after``; unclaimed urgent ones first.

    Where something has to be due, they stand by that, what is due first before all.
    """
    if part.due is not None:
        return _by_due(session, part, part.due, after, limit)
    urgent_first = part.tab == Tab.UNCLAIMED
    look = Look(session, _as_known(session, part), select(_mention), limit, newest, after, urgent_first)
    return [MentionRow(*row) for row in _found(look)]


def _by_due(session: Session, part: Part, wanted: Due, after: int | None, limit: int) -> list[MentionRow]:
    """Return the mentions of a part by when they are due, or of leases, by when they go back."""
    at = func.coalesce(_clock.c.due_at, _clock.c.next_at)
    first = (
        select(_clock.c.mention_id, func.min(at).label("at"))
        .where(_clock.c.running_since.is_not(None), (_clock.c.kind == str(ClockKind.LEASE)) == wanted.asked)
        .group_by(_clock.c.mention_id)
        .subquery()
    )
    each = looks.each(select(*_mention.c, first.c.at), part, dialect_of(session))
    query = each.join(first, first.c.mention_id == _mention.c.id)
    if after is not None:
        then = select(first.c.at).where(first.c.mention_id == after).scalar_subquery()
        query = query.where(or_(first.c.at > then, and_(first.c.at == then, _mention.c.id > after)))
    rows = session.connection().execute(query.order_by(first.c.at, _mention.c.id).limit(limit))
    return [MentionRow(*row[:-1]) for row in rows]


def _as_known(session: Session, part: Part) -> Part:
    """Have facets asked for, if the index knows those of all that can be found."""
    asking = with_facets(part)
    if not asking.facets:
        return part
    # Who asks for no word finds what is not in the index, too.
    known = due.knows_facets(session) if part.needles else due.left(session) is None
    return asking if known else part


def _found(look: Look) -> Sequence[Any]:
    """Find them by the way that looks at the fewest."""
    session, part = look.session, look.part
    if part.tab not in LARGE:
        return looks.one_by_one(look)
    found = looks.walk(look, looks.WALKED)
    if len(found) < look.limit and looks.is_soon_done(look, len(found)):
        found = looks.walk(look, looks.FAR)
    if len(found) == look.limit:
        return found
    common = bool(part.asked) and looks.are_common(session, part.asked)
    if not common and (ids := looks.words_list(session, part)) is not None:
        return looks.from_list(look, ids, have_words=True)
    ids = looks.own_list(session, part)
    if ids is not None:
        return looks.from_list(look, ids, have_words=False)
    if not part.asked:
        return looks.walk(look)
    if common or look.dialect != "sqlite":
        found = looks.walk(look, looks.FAR)
    return found if len(found) == look.limit else looks.by_words(look)


def holds(session: Session, part: Part, mention_id: int) -> bool:
    """Say whether a mention stands in a part."""
    query = looks.each(select(_mention.c.id), part, dialect_of(session)).where(_mention.c.id == mention_id)
    return session.connection().scalar(query) is not None


def counts(session: Session, parts: Sequence[Part]) -> list[int]:
    """Count each of these parts, as far as one more than ``COUNTED``."""
    parts = [_as_known(session, part) for part in parts]
    dialect, first = dialect_of(session), parts[0]
    alike = bool(first.asked) and all(part.asked == first.asked for part in parts)
    # By the words alone: SQLite reads all that it has of a beginning, whatever it meets.
    listing = alike and not (first.needles and looks.are_common(session, first.needles))
    if listing and (ids := looks.words_list(session, first)) is not None:
        return _count_listed(session, parts, ids)
    found: dict[Part, int] = {}
    together: list[Part] = []
    for part in parts:
        if part.tab not in LARGE or not (part.needles or narrowing(part)):
            together.append(part)
        elif found.get(replace(part, tab=Tab.DONE), 0) <= COUNTED:  # else there are more than that, too
            found[part] = _count_large(session, part)
        else:
            found[part] = COUNTED + 1
    for start in range(0, len(together), _TOGETHER):
        some = together[start : start + _TOGETHER]
        each = [looks.each(select(_mention.c.id), part, dialect) for part in some]
        rows = session.connection().execute(union_all(*(_counting(query, n) for n, query in enumerate(each))))
        found |= {some[number]: int(counted) for number, counted in rows}
    return [found[part] for part in parts]


def _count_listed(session: Session, parts: Sequence[Part], ids: Sequence[int]) -> list[int]:
    """Count all parts in one look at each mention of a list that has the words."""
    each = (func.count(case((and_(true(), *conditions(part)), 1))) for part in parts)
    (row,) = session.connection().execute(select(*each).where(looks.among(ids)))
    return [min(int(number), COUNTED + 1) for number in row]


def _count_large(session: Session, part: Part) -> int:
    """Count the mentions of a large part that is narrowed, if by words by such as have no short list."""
    look = Look(session, part, select(_mention.c.id), COUNTED + 1)
    ids = looks.own_list(session, part)
    if ids is not None:
        return len(looks.from_list(look, ids, have_words=False))
    if not part.asked:
        return len(looks.walk(look))
    near = len(looks.walk(look, looks.WALKED))
    far = looks.is_soon_done(look, near) if near else looks.are_common(session, part.asked)
    if far and len(looks.walk(look, looks.FAR)) == look.limit:
        return look.limit
    found, key = by_index(part.asked, look.dialect)
    return int(session.connection().execute(_counting(found.where(looks.stands(part, key)), 0)).one()[1])


def _counting(query: Select[Any], number: int) -> Select[int, int]:
    return select(literal(number), func.count()).select_from(query.limit(COUNTED + 1).subquery())


def log_since(session: Session, seq: int, limit: int) -> list[dict[str, Any]]:
    """Return the rows of the log after row ``seq``, in order."""
    query = select(_event).where(_event.c.seq > seq).order_by(_event.c.seq).limit(limit)
    return [dict(row._mapping) for row in session.connection().execute(query)]


def tokens(session: Session, mention_ids: Iterable[int]) -> dict[int, str]:
    """Return the tokens of mentions, by mention."""
    query = select(_mention.c.id, _mention.c.token).where(_mention.c.id.in_(set(mention_ids)))
    return {int(row.id): str(row.token) for row in session.connection().execute(query)}
