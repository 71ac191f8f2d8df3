"""Restored: what was shown after a backup was taken, and that a database restored from it knows nothing of.

A message of the backup that was not shown yet may have been shown since. A mention that its source shows us again gets
another number, but its card may stand there as well. So until a day is over, a lane looks before it posts: a message of
the backup by its key, a card by what its mention began with (``handlers.base.cards.Card.origin``), a digest by its day,
and what a clock told of a mention of the backup by its step. What is found is taken over and drawn anew, whatever
version it says it shows. Other notices, and those of a mention that came later, are not looked for: their keys are made
of numbers that meant something else then.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import case, or_, select, update
from sqlmodel import Session

from storage.channels.messages import MessageRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Lane, Message
from storage.tables.states import HELD, MessageKind, MessageState

_message = table_of(Message)
_lane = table_of(Lane)
_mention = table_of(Mention)
_LOOKED_FOR = (MessageKind.CARD, MessageKind.DIGEST)
# How the keys begin of what clocks tell: by mention, kind, cycle and step, which mean what they meant.
_OF_CLOCKS = "clock:"


def look_first(session: Session, since: datetime, until: datetime) -> None:
    """Let every lane look before it posts, and draw the cards anew of what is not closed.

    Args:
        session: The transaction, of a database that nobody works on.
        since: The moment of the backup.
        until: From then on nothing is posted that could have been shown before.
    """
    connection, columns = session.connection(), _message.c
    connection.execute(update(_lane).values(look_since=since, look_until=until))
    waiting = columns.state.in_([str(MessageState.DUE), str(MessageState.SENDING)])
    earlier = case((columns.sending_at < since, columns.sending_at), else_=since)
    connection.execute(
        update(_message)
        .where(waiting, columns.reference.is_(None))
        .values(state=str(MessageState.SENDING), sending_at=earlier, next_at=None)
    )
    held = select(_mention.c.id).where(_mention.c.status.in_([str(one) for one in HELD]))
    connection.execute(
        update(_message)
        .where(columns.kind == str(MessageKind.CARD), columns.reference.is_not(None), columns.mention_id.in_(held))
        .where(or_(waiting, columns.state == str(MessageState.SHOWN)))
        .values(state=str(MessageState.DUE), version=columns.version + 1, next_at=None)
    )


def doubt(session: Session, rows: Sequence[MessageRow], since: datetime) -> list[MessageRow]:
    """Write down which of these may have been shown before, and return those that are to be looked for.

    What was looked for once, or sent since, bears the moment of that.
    """
    asked = [row for row in rows if row.reference is None]
    fresh = [row for row in asked if row.sending_at is None]
    known = _of_the_backup(session, [row for row in fresh if row.key.startswith(_OF_CLOCKS)], since)
    doubtful = [row.id for row in fresh if row.kind in _LOOKED_FOR or row.id in known]
    if doubtful:
        session.connection().execute(
            update(_message)
            .where(_message.c.id.in_(doubtful))
            .values(state=str(MessageState.SENDING), sending_at=since, next_at=None)
        )
    unclear = (
        replace(row, state=str(MessageState.SENDING), sending_at=since) if row.id in doubtful else row for row in asked
    )
    return [row for row in unclear if row.state == MessageState.SENDING]


def _of_the_backup(session: Session, rows: Sequence[MessageRow], since: datetime) -> set[int]:
    """Return which of these are about a mention that was there when the backup was taken."""
    named = [row.mention_id for row in rows if row.mention_id is not None]
    if not named:
        return set()
    there = select(_mention.c.id).where(_mention.c.id.in_(named), _mention.c.ingested_at <= since)
    known = set(session.connection().scalars(there))
    return {row.id for row in rows if row.mention_id in known}
