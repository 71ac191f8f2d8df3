"""Folds: what is folded under the card of a storm, and what is to be.

Who folds a mention says its condition in words of ownership, as a claim does: what somebody took at the same moment is
theirs, and what anybody ever laid a hand on stays where it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, select, update
from sqlmodel import Session

from storage.own.clocks import IS_LATE
from storage.own.mentions import MentionRow
from storage.own.storms import StormRow
from storage.own.threads import has_any_under
from storage.tables.base import table_of
from storage.tables.judgements import Risk, Tier
from storage.tables.mentions import Mention
from storage.tables.messages import Message
from storage.tables.ownership import OwnershipEvent
from storage.tables.posts import Post
from storage.tables.states import CLOSED, Action, Held, MessageKind, MessageState, PostRole, Status

_mention = table_of(Mention)
_event = table_of(OwnershipEvent)
_message = table_of(Message)
_post = table_of(Post)
_touched = (
    select(_event.c.seq)
    .where(_event.c.mention_id == _mention.c.id)
    .where(_event.c.actor_id.is_not(None) | (_event.c.action == str(Action.SHOWN)))
    .correlate(_mention)
    .exists()
)
_answer = _post.alias("answer")
_answers_us = (
    select(_answer.c.id)
    .join(_post, and_(_post.c.source == _answer.c.source, _post.c.external_id == _answer.c.reply_to))
    .where(_answer.c.mention_id == _mention.c.id, _answer.c.role == str(PostRole.ORIGINAL), _answer.c.reply_to != "")
    .where(_post.c.role == str(PostRole.OURS))
    .correlate(_mention)
    .exists()
)
_URGENT = (Risk.RISK, Risk.CANCEL)
# What nobody has, and is not held.
_NOBODYS = (
    _mention.c.owner_id.is_(None),
    _mention.c.status == str(Status.NEW),
    _mention.c.held == str(Held.NO),
)
# Of that what nobody ever laid a hand on, but for what is never kept back: of customers, at risk, or to us.
# Neither is what others stand under: they would stand nowhere.
_FREE = (
    *_NOBODYS,
    ~_touched,
    ~_answers_us,
    ~has_any_under(),
    _mention.c.tier != str(Tier.CUSTOMER),
    _mention.c.risk.not_in([str(one) for one in _URGENT]),
    *(~_mention.c.hints.startswith(f"{one}: ") for one in _URGENT),
)


@dataclass(frozen=True, slots=True)
class Folded:
    """How many mentions are folded under a storm, and how many of them are late."""

    number: int
    late: int


def foldable(session: Session, storm: StormRow, limit: int) -> list[int]:
    """Return mentions of a storm that have cards of their own and need none, the oldest first."""
    query = (
        select(_mention.c.id)
        .where(_mention.c.topic == storm.topic, _mention.c.ingested_at >= storm.began_at)
        .where(_mention.c.department_id == storm.department_id, _mention.c.id != storm.lead_id)
        .where(*_FREE)
        .order_by(_mention.c.ingested_at, _mention.c.id)
        .limit(limit)
    )
    return list(session.connection().scalars(query))


def fold(session: Session, storm: StormRow, mention_ids: Collection[int]) -> list[MentionRow]:
    """Fold those of these mentions that are free still; returns them as they are now."""
    query = (
        update(_mention)
        .where(_mention.c.id.in_(list(mention_ids)), _mention.c.department_id == storm.department_id, *_FREE)
        .values(held=str(Held.STORM), held_by=storm.id, version=_mention.c.version + 1)
        .returning(*_mention.c)
    )
    return sorted((MentionRow(*row) for row in session.connection().execute(query)), key=lambda row: row.id)


def join(session: Session, mention_id: int, lead_id: int) -> MentionRow | None:
    """Let a mention that nobody has stand on the card of another; returns it as it is now, None where it changed."""
    query = (
        update(_mention)
        .where(_mention.c.id == mention_id, *_NOBODYS)
        .values(held=str(Held.THREAD), held_by=lead_id, version=_mention.c.version + 1)
        .returning(*_mention.c)
    )
    row = session.connection().execute(query).first()
    return MentionRow(*row) if row else None


def take_unposted(session: Session, mention_ids: Collection[int]) -> None:
    """Let the cards of these mentions not be posted that were not yet; who brings them forth places them again."""
    session.connection().execute(
        delete(_message)
        .where(_message.c.mention_id.in_(list(mention_ids)), _message.c.kind == str(MessageKind.CARD))
        .where(_message.c.reference.is_(None), _message.c.sending_at.is_(None))
        .where(_message.c.state == str(MessageState.DUE))
    )


def _under(storm_ids: Sequence[int]) -> ColumnElement[bool]:
    open_ = _mention.c.status.not_in([str(status) for status in CLOSED])
    return and_(_mention.c.held_by.in_(storm_ids), _mention.c.held == str(Held.STORM), open_)


def _of(storm_id: int, after: int) -> "Select[tuple[int]]":
    return select(_mention.c.id).where(_under([storm_id]), _mention.c.id > after).order_by(_mention.c.id)


def under(session: Session, storm_id: int, *, after: int = 0, limit: int) -> list[int]:
    """Return mentions that are folded under a storm and not closed, those that came first first."""
    return list(session.connection().scalars(_of(storm_id, after).limit(limit)))


def counts(session: Session, storm_ids: Sequence[int]) -> dict[int, Folded]:
    """Count what is folded under each storm and not closed, and what of it is late."""
    query = (
        select(_mention.c.held_by, func.count(), func.count(case((IS_LATE, 1))))
        .where(_under(storm_ids))
        .group_by(_mention.c.held_by)
    )
    found = {storm_id: Folded(number, late) for storm_id, number, late in session.connection().execute(query)}
    return {one: found.get(one, Folded(0, 0)) for one in storm_ids}
