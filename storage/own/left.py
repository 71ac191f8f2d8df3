"""What people leave behind: the mentions that name a person, and those whose owner is not here any more.

An owner who left keeps what they had for a while, because accounts are restored; meanwhile it counts as nobody's. What
is answered waits for its author and not for its owner, so it is left alone: it comes back when the author answers.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.own import put_off
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.people import Person
from storage.tables.replies import Draft, Publication, Review
from storage.tables.states import CLOSED, IN_FLIGHT, LIVING, OPEN, Held, Status

# What needs somebody who is here: what waits for us, and what one person alone put off.
NEEDS_OWNER = (*OPEN, Status.SNOOZED)
_NEEDS_OWNER = [str(status) for status in NEEDS_OWNER]
_mention = table_of(Mention)
_person = table_of(Person)
_draft = table_of(Draft)
_publication = table_of(Publication)
_review = table_of(Review)
_event = table_of(OwnershipEvent)
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


def of_owners(session: Session, person_ids: Collection[int], limit: int | None = None) -> list[int]:
    """Return the mentions of these people that need somebody who is here, the oldest first."""
    query = select(_mention.c.id).where(_mention.c.owner_id.in_(person_ids), _mention.c.status.in_(_NEEDS_OWNER))
    return list(session.connection().scalars(query.order_by(_mention.c.id).limit(limit)))


def touched_by(session: Session, person_ids: Collection[int]) -> list[int]:
    """Return every mention of which a row of the log, a draft, a review or a reply names one of these people."""
    log = (_event.c.actor_id, _event.c.from_owner_id, _event.c.to_owner_id)
    named = [select(_event.c.mention_id).where(or_(*(one.in_(person_ids) for one in log)))]
    written = or_(_draft.c.person_id.in_(person_ids), _draft.c.approved_by_id.in_(person_ids))
    named.append(select(_draft.c.mention_id).where(written))
    reviewed = select(_draft.c.mention_id).join_from(_review, _draft, _draft.c.id == _review.c.draft_id)
    named.append(reviewed.where(_review.c.person_id.in_(person_ids)))
    named.append(select(_publication.c.mention_id).where(_publication.c.person_id.in_(person_ids)))
    found = session.connection().scalars(union(*named))
    return sorted(one for one in found if one is not None)


def on_its_way(session: Session, person_ids: Collection[int]) -> int | None:
    """Return a mention of which a reply is on its way that one of these people sent, or who have it; None = none."""
    theirs = or_(_publication.c.person_id.in_(person_ids), _mention.c.owner_id.in_(person_ids))
    query = select(_mention.c.id).join_from(_publication, _mention, _mention.c.id == _publication.c.mention_id)
    query = query.where(theirs, _publication.c.state.in_([str(state) for state in IN_FLIGHT]))
    return session.connection().scalar(query.order_by(_mention.c.id).limit(1))


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


def count_by_owner(session: Session, department_id: int, statuses: Sequence[Status]) -> dict[int, int]:
    """Count the mentions of a department by owner, but for what was left."""
    query = (
        select(_mention.c.owner_id, func.count())
        .where(_mention.c.department_id == department_id, _mention.c.owner_id.is_not(None))
        .where(_mention.c.held == str(Held.NO), _mention.c.status.in_([str(status) for status in statuses]))
        .where(~is_left())
        .group_by(_mention.c.owner_id)
    )
    return {int(owner): int(number) for owner, number in session.connection().execute(query)}
