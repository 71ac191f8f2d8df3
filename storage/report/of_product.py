"""Of a product: which mentions about one product something befell in a span, who acted on each, and what waits."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from storage.report.asking import WAITS
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.report import Fact
from storage.tables.states import Action

_event, _fact, _mention = table_of(OwnershipEvent), table_of(Fact), table_of(Mention)


def concerned(session: Session, product: str, since: datetime, until: datetime) -> list[int]:
    """Return the mentions about a product to which anything happened in a span, as which arriving counts."""
    query = select(_event.c.mention_id).distinct().join_from(_event, _mention, _mention.c.id == _event.c.mention_id)
    query = query.where(_mention.c.product == product, _event.c.at >= since, _event.c.at < until)
    return sorted(session.connection().scalars(query))


def acting(session: Session, since: datetime, until: datetime) -> dict[str, set[int]]:
    """Return who acted in a span, by the product that it was about; what is about none has no name."""
    query = select(_mention.c.product, _event.c.actor_id).distinct()
    query = query.join_from(_event, _mention, _mention.c.id == _event.c.mention_id)
    query = query.where(_event.c.at >= since, _event.c.at < until, _event.c.actor_id.is_not(None))
    found: dict[str, set[int]] = {}
    for product, person_id in session.connection().execute(query.where(_event.c.action != str(Action.JOINED))):
        found.setdefault(product, set()).add(person_id)
    return found


def waiting(session: Session, product: str) -> tuple[int, datetime | None]:
    """Return how many mentions about a product wait for an answer now, and since when the oldest does."""
    query = select(func.count(), func.min(_fact.c.arrived)).join_from(
        _fact, _mention, _mention.c.id == _fact.c.mention_id
    )
    number, oldest = session.connection().execute(query.where(_mention.c.product == product, *WAITS)).one()
    return int(number), oldest


def waiting_ids(session: Session, product: str) -> list[int]:
    """Return them, the oldest first."""
    query = select(_fact.c.mention_id).join_from(_fact, _mention, _mention.c.id == _fact.c.mention_id)
    query = query.where(_mention.c.product == product, *WAITS)
    return list(session.connection().scalars(query.order_by(_fact.c.arrived, _fact.c.mention_id)))
