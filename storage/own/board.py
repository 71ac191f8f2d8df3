"""The board: mentions by tab and department, counted and paged, and the log a page at a time.

Pages go by row values, ``(ingested_at, id) < (…)``, which an index answers; an offset would count all rows before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_
from sqlmodel import Session

from storage.own import left
from storage.own.mentions import MentionRow
from storage.own.to_review import ANYBODY, Reader, is_to_review
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.states import CLOSED, MEANINGS, Tab

_mention = table_of(Mention)
_event = table_of(OwnershipEvent)
_CLOSED = [str(status) for status in CLOSED]
_SHOWN = {tab: [str(status) for status, meaning in MEANINGS.items() if tab in meaning.tabs] for tab in Tab}


class Whose(StrEnum):
    """Who has a mention, seen by one person; ``left`` is what an owner left who is not here any more."""

    NOBODY = "nobody"
    ME = "me"
    OTHER = "other"
    LEFT = "left"


# Whose mentions a tab shows; the others show everybody's.
_WHOSE = {Tab.UNCLAIMED: Whose.NOBODY, Tab.MINE: Whose.ME, Tab.HANDS: Whose.OTHER}


def belongs(tab: Tab, status: str, whose: Whose) -> bool:
    """Say whether a mention stands in a tab; what was left is unclaimed, whatever its owner made of it.

    For *To review* that is only half of it: whether a draft waits for who looks, ``storage.own.to_review`` says.
    """
    if whose == Whose.LEFT and tab in _WHOSE:
        return tab == Tab.UNCLAIMED
    return status in _SHOWN[tab] and _WHOSE.get(tab, whose) == whose


def whose(session: Session, row: MentionRow, person_id: int) -> Whose:
    """Say who has a mention, seen by ``person_id``."""
    if row.owner_id is None:
        return Whose.NOBODY
    if row.owner_id == person_id:
        return Whose.ME
    return Whose.LEFT if left.among(session, [row.id]) else Whose.OTHER


def _condition(tab: Tab, person_id: int, reader: Reader) -> ColumnElement[bool]:
    if tab == Tab.REVIEW:
        return is_to_review(reader)
    owner, shown = _mention.c.owner_id, _mention.c.status.in_(_SHOWN[tab])
    owned: dict[Whose, ColumnElement[bool]] = {
        Whose.NOBODY: or_(and_(owner.is_(None), shown), left.is_left()),
        Whose.ME: and_(owner == person_id, shown),
        Whose.OTHER: and_(owner.is_not(None), owner != person_id, shown, ~left.is_left()),
    }
    return owned[_WHOSE[tab]] if tab in _WHOSE else shown


@dataclass(frozen=True, slots=True)
class Cell:
    """How many mentions of one department have one status and one kind of owner."""

    department_id: int
    status: str
    whose: Whose
    number: int


def cells(session: Session, person_id: int) -> list[Cell]:
    """Count all mentions by department, status and whose they are; closed ones only by department."""
    owner = _mention.c.owner_id
    who = case((owner.is_(None), "nobody"), (owner == person_id, "me"), (left.is_left(), "left"), else_="other")
    groups = (_mention.c.department_id, _mention.c.status)
    live = select(*groups, who, func.count()).where(_mention.c.status.not_in(_CLOSED)).group_by(*groups, who)
    done = select(*groups, literal("other"), func.count()).where(_mention.c.status.in_(_CLOSED)).group_by(*groups)
    connection = session.connection()
    rows = [*connection.execute(live), *connection.execute(done)]
    return [Cell(row[0], row[1], Whose(row[2]), row[3]) for row in rows]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page."""

    ingested_at: datetime
    id: int


def page(
    session: Session,
    tab: Tab,
    person_id: int,
    *,
    department_id: int | None,
    newest: bool,
    after: Cursor | None,
    limit: int,
    reader: Reader = ANYBODY,
) -> list[MentionRow]:
    """Return the mentions of a tab by arrival, those behind ``after``; ``reader`` is who looks at what is to review."""
    key = (_mention.c.ingested_at, _mention.c.id)
    query = select(_mention).where(_condition(tab, person_id, reader))
    if department_id is not None:
        query = query.where(_mention.c.department_id == department_id)
    if after is not None:
        # Typed literals: a bare datetime in a row value would reach SQLite in another form than the column's.
        edge = tuple_(literal(after.ingested_at, _mention.c.ingested_at.type), literal(after.id))
        query = query.where(tuple_(*key) < edge if newest else tuple_(*key) > edge)
    query = query.order_by(*(one.desc() if newest else one for one in key)).limit(limit)
    return [MentionRow(*row) for row in session.connection().execute(query)]


def log_page(session: Session, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Return rows of the whole log, newest first, those before row ``before``."""
    query = select(_event).order_by(_event.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(_event.c.seq < before)
    return [dict(row._mapping) for row in session.connection().execute(query)]


def log_since(session: Session, seq: int, limit: int) -> list[dict[str, Any]]:
    """Return the rows of the log after row ``seq``, in order."""
    query = select(_event).where(_event.c.seq > seq).order_by(_event.c.seq).limit(limit)
    return [dict(row._mapping) for row in session.connection().execute(query)]


def tokens(session: Session, mention_ids: Iterable[int]) -> dict[int, str]:
    """Return the tokens of mentions, by mention."""
    query = select(_mention.c.id, _mention.c.token).where(_mention.c.id.in_(set(mention_ids)))
    return {int(row.id): str(row.token) for row in session.connection().execute(query)}
