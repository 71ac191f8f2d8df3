"""Threads: what stands on the card of its public thread, under the mention that has that card.

A mention that stands there is nobody's and has no card of its own; ``held_by`` is the one that has. Where that one is
closed, or goes elsewhere, those under it are adrift, and one of them gets the card.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, update
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.own.clocks import IS_LATE
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.states import CLOSED, Held

_mention, _department = table_of(Mention), table_of(Department)
_lead = _mention.alias("lead")
_CLOSED = [str(status) for status in CLOSED]
_STANDS: ColumnElement[bool] = and_(
    _mention.c.held == str(Held.THREAD), *(_mention.c.status != status for status in _CLOSED)
)


@dataclass(frozen=True, slots=True)
class Under:
    """A mention that stands on the card of another, and whether it is late."""

    mention_id: int
    late: bool


# Under each of the cards that are drawn, the newest first.
_UNDER = CompiledIn(
    select(_mention.c.held_by, _mention.c.id, IS_LATE).where(_STANDS).order_by(_mention.c.id.desc()), _mention.c.held_by
)


def under(session: Session, lead_ids: Collection[int]) -> dict[int, list[Under]]:
    """Return what stands under these mentions and is not closed, the newest first; without any it is left out."""
    found: dict[int, list[Under]] = {}
    for lead_id, mention_id, late in _UNDER.rows(session, lead_ids):
        found.setdefault(int(lead_id), []).append(Under(int(mention_id), bool(late)))
    return found


def has_any_under() -> ColumnElement[bool]:
    """Return the condition that something stands under a mention."""
    other = _mention.alias("other")
    there = other.c.held_by == _mention.c.id, other.c.held == str(Held.THREAD), other.c.status.not_in(_CLOSED)
    return select(other.c.id).where(*there).correlate(_mention).exists()


def adrift(session: Session, limit: int) -> list[tuple[int, int]]:
    """Return mentions whose card is closed, or stands in another department, each behind the one that has that card."""
    has_card = (
        select(_lead.c.id)
        .where(_lead.c.id == _mention.c.held_by, _lead.c.department_id == _mention.c.department_id)
        .where(_lead.c.held == str(Held.NO), _lead.c.status.not_in(_CLOSED))
        .correlate(_mention)
        .exists()
    )
    query = (
        select(_mention.c.held_by, _mention.c.id)
        .where(_mention.c.department_id.in_(select(_department.c.id)))  # so that an index finds them
        .where(_STANDS, ~has_card)
        .order_by(_mention.c.held_by, _mention.c.id)
        .limit(limit)
    )
    return [(int(lead_id), int(mention_id)) for lead_id, mention_id in session.connection().execute(query)]


def put_under(session: Session, lead_id: int, mention_ids: Sequence[int]) -> None:
    """Let those of these mentions that stand on a card stand on that of another one."""
    here = _mention.c.id.in_(list(mention_ids)), _STANDS
    session.connection().execute(update(_mention).where(*here).values(held_by=lead_id))
