"""What people leave behind: the mentions that name a person, and those whose owner is not here any more.

An owner who left keeps what they had for a while, because accounts are restored; meanwhile it counts as nobody's. What
is answered waits for its author and not for its owner, so it is left alone: it comes back when the author answers.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.own import put_off
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.people import Person
from storage.tables.replies import Draft, Publication
from storage.tables.states import CLOSED, IN_FLIGHT, LIVING, OPEN, Status

# What needs somebody who is here: what waits for us, and what one person alone put off.
NEEDS_OWNER = (*OPEN, Status.SNOOZED)
_NEEDS_OWNER = [str(status) for status in NEEDS_OWNER]
_mention = table_of(Mention)
_person = table_of(Person)
_draft = table_of(Draft)
_publication = table_of(Publication)
_living = (
    select(_draft.c.id)
    .where(_draft.c.mention_id == _mention.c.id, _draft.c.state.in_([str(state) for state in LIVING]))
    .correlate(_mention)
)
_in_flight = (
    select(_publication.c.id)
    .where(_publication.c.mention_id == _mention.c.id)
    .where(_publication.c.state.in_([str(state) for state in IN_FLIGHT]))
    .correlate(_mention)
)


def is_left() -> ColumnElement[bool]:
    """Return the condition that a mention's owner is not here any more, and that it needs one who is."""
    gone = select(_person.c.id).where(_person.c.active.is_(False))
    return and_(_mention.c.status.in_(_NEEDS_OWNER), _mention.c.owner_id.in_(gone))


_AMONG = CompiledIn(
    select(_mention.c.id)
    .join_from(_mention, _person, _mention.c.owner_id == _person.c.id)
    .where(_person.c.active.is_(False), or_(*(_mention.c.status == status for status in _NEEDS_OWNER))),
    _mention.c.id,
)


def naming(session: Session, person_id: int) -> list[int]:
    """Return the mentions that are not closed and whose cards name a person: as owner, or as writer of a draft."""
    query = (
        select(_mention.c.id)
        .where(_mention.c.status.not_in([str(status) for status in CLOSED]))
        .where(or_(_mention.c.owner_id == person_id, _living.where(_draft.c.person_id == person_id).exists()))
        .order_by(_mention.c.id)
    )
    return list(session.connection().scalars(query))


def among(session: Session, mention_ids: Collection[int]) -> set[int]:
    """Return those of these mentions whose owner is not here any more, and which need one who is."""
    return {found for (found,) in _AMONG.rows(session, mention_ids)} if mention_ids else set()


def is_due(session: Session, mention_id: int, before: datetime) -> bool:
    """Say whether one mention is among those that are due."""
    return session.connection().scalar(_due(before).where(_mention.c.id == mention_id)) is not None


def due(session: Session, now: datetime, after: timedelta, job: str, limit: int = 100) -> list[int]:
    """Return the mentions whose owner left so long ago, but for those of which a reply is on its way, and those that
    the job put off.
    """
    query = _due(now - after).where(~put_off.waits(job, _mention.c.id)).order_by(_mention.c.id).limit(limit)
    return list(session.connection().scalars(query, {"now": now}))


def _due(before: datetime) -> Select[tuple[int]]:
    return (
        select(_mention.c.id)
        .join_from(_mention, _person, _mention.c.owner_id == _person.c.id)
        .where(_person.c.active.is_(False), _person.c.left_at <= before, _mention.c.status.in_(_NEEDS_OWNER))
        .where(~_in_flight.exists())
    )
