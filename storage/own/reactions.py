"""Reactions that claim: which claim a person's emoji on one card made, and when the emoji was last taken away."""

from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlmodel import Session

from storage.engine.deferred import settle
from storage.engine.upsert import insert_into
from storage.tables.base import table_of
from storage.tables.messages import Message, Reaction
from storage.tables.ownership import OwnershipEvent
from storage.tables.states import Action, MessageState

_reaction = table_of(Reaction)
_event = table_of(OwnershipEvent)
_message = table_of(Message)
_KEY = ["platform", "channel", "message", "external_id", "emoji"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionKey:
    """One person's emoji on one message."""

    platform: str
    channel: str
    message: str
    external_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class ReactionRow:
    """What is remembered: when it was last taken away (0 = never), and the log's row of the claim that it made."""

    removed_at: float
    claim_seq: int | None


def hold(session: Session, key: ReactionKey) -> ReactionRow:
    """Return what is known of a reaction and keep its row locked: setting and taking away stand in one line."""
    connection = session.connection()
    values = {name: getattr(key, name) for name in _KEY}
    statement = insert_into(_reaction, connection.dialect.name).values(**values, removed_at=0.0)
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_={"emoji": key.emoji})
    row = connection.execute(statement.returning(_reaction.c.removed_at, _reaction.c.claim_seq)).one()
    return ReactionRow(removed_at=float(row.removed_at), claim_seq=row.claim_seq)


def keep(session: Session, key: ReactionKey, row: ReactionRow) -> None:
    """Write down what is known now."""
    here = [_reaction.c[name] == getattr(key, name) for name in _KEY]
    values = {"removed_at": row.removed_at, "claim_seq": row.claim_seq}
    session.connection().execute(update(_reaction).where(*here).values(**values))


def last_change_of_owner(session: Session, mention_id: int) -> int | None:
    """Return the number of the last row of the log in which a mention got another owner, or none.

    Two accounts that turned out to be one person's are no other owner.
    """
    settle(session)
    query = (
        select(_event.c.seq)
        .where(_event.c.mention_id == mention_id)
        .where(_event.c.from_owner_id.is_distinct_from(_event.c.to_owner_id), _event.c.action != str(Action.JOINED))
        .order_by(_event.c.seq.desc())
        .limit(1)
    )
    found = session.connection().scalar(query)
    return int(found) if found is not None else None


def is_posting(session: Session, lane_id: int) -> bool:
    """Say whether something is under way into a lane whose place there is not known yet."""
    query = select(_message.c.id).where(
        _message.c.lane_id == lane_id,
        _message.c.state == str(MessageState.SENDING),
        or_(_message.c.reference.is_(None), _message.c.reference == ""),
    )
    return session.connection().execute(query.limit(1)).first() is not None
