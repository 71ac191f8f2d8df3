"""Worth: of the mentions that arrived in a span, which ended well for their author, and what people did for them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.report import Fact
from storage.tables.states import Action

_fact, _mention, _event = table_of(Fact), table_of(Mention), table_of(OwnershipEvent)


def _of(columns: Collection[Any], since: datetime, until: datetime, topics: Collection[str]) -> Select[Any]:
    query = select(*columns).join_from(_fact, _mention, _mention.c.id == _fact.c.mention_id)
    query = query.where(_fact.c.arrived >= since, _fact.c.arrived < until)
    return query.where(_mention.c.topic.in_(list(topics))) if topics else query


def settled(session: Session, since: datetime, until: datetime, topics: Collection[str]) -> list[int]:
    """Return what was answered and stands resolved, and whose author wrote nothing after our last word.

    Only what arrived in the span counts, and only of some topics; none are all.
    """
    last_ours = _last(Action.RESPONDED)
    query = _of((_fact.c.mention_id,), since, until, topics)
    query = query.where(_fact.c.last == str(Action.RESOLVED), _fact.c.reply.is_not(None))
    query = query.where(func.coalesce(_last(Action.AUTHOR_ANSWERED), 0) < last_ours)
    return list(session.connection().scalars(query.order_by(_fact.c.mention_id)))


def _last(action: Action) -> Any:
    query = select(func.max(_event.c.seq)).where(_event.c.mention_id == _fact.c.mention_id)
    return query.where(_event.c.action == str(action)).correlate(_fact).scalar_subquery()


def _deeds(columns: Collection[Any], actions: Collection[str], *span: Any) -> Select[Any]:
    query = _of(columns, *span).join(_event, _event.c.mention_id == _fact.c.mention_id)
    return query.where(_event.c.actor_id.is_not(None), _event.c.action.in_(list(actions)))


def deeds(
    session: Session, since: datetime, until: datetime, topics: Collection[str], actions: Collection[str]
) -> dict[str, int]:
    """Return how often people did something for what arrived in a span, by what it was."""
    query = _deeds((_event.c.action, func.count()), actions, since, until, topics).group_by(_event.c.action)
    return {action: int(number) for action, number in session.connection().execute(query)}


def deed_rows(
    session: Session, since: datetime, until: datetime, topics: Collection[str], actions: Collection[str]
) -> list[tuple[int, int]]:
    """Return each time that they did, as a mention and a row of the log, in order."""
    query = _deeds((_fact.c.mention_id, _event.c.seq), actions, since, until, topics).order_by(_event.c.seq)
    return [(mention_id, seq) for mention_id, seq in session.connection().execute(query)]


def arrived(session: Session, since: datetime, until: datetime, topics: Collection[str]) -> int:
    """Return how many arrived in a span."""
    return int(session.connection().scalar(_of((func.count(),), since, until, topics)) or 0)
