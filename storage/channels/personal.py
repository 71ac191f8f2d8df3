"""Personal: what channels hold of one colleague: notices that say their name, and what was for them alone."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlmodel import Session

from storage.channels.lanes import direct
from storage.tables.base import table_of
from storage.tables.messages import Lane, Message, MessageMention, Reaction
from storage.tables.rooms import Room
from storage.tables.states import MessageKind, MessageState

_message, _lane, _named = table_of(Message), table_of(Lane), table_of(MessageMention)
_reaction, _room = table_of(Reaction), table_of(Room)


def notices_with(session: Session, words: Collection[str], after: int, limit: int) -> list[tuple[int, str]]:
    """Return the notices behind one of them whose bodies hold any of these words: the number and body of each."""
    holds = or_(*(_message.c.body.contains(one, autoescape=True) for one in sorted(words)))
    query = select(_message.c.id, _message.c.body).where(_message.c.kind != str(MessageKind.CARD), holds)
    found = session.connection().execute(query.where(_message.c.id > after).order_by(_message.c.id).limit(limit))
    return [(row[0], row[1]) for row in found]


def rewrite(session: Session, message_id: int, body: str) -> None:
    """Let a notice say something else, here and where it stands."""
    here = update(_message).where(_message.c.id == message_id)
    session.connection().execute(here.values(body=body, version=_message.c.version + 1))
    shown = _message.c.state == str(MessageState.SHOWN)
    session.connection().execute(here.where(shown).values(state=str(MessageState.DUE), says_less=True))


def count_direct(session: Session, accounts: Sequence[tuple[str, str]]) -> int:
    """Count the direct messages to accounts, each a platform and an id there."""
    if not accounts:
        return 0
    lanes = select(_lane.c.id).where(_theirs(accounts))
    query = select(func.count()).select_from(_message).where(_message.c.lane_id.in_(lanes))
    return int(session.connection().scalar(query) or 0)


def drop_direct(session: Session, accounts: Sequence[tuple[str, str]]) -> None:
    """Let go what was for accounts alone: direct messages and their lanes, where each is spoken to, their reactions."""
    if not accounts:
        return
    connection = session.connection()
    lanes = select(_lane.c.id).where(_theirs(accounts))
    messages = select(_message.c.id).where(_message.c.lane_id.in_(lanes))
    connection.execute(delete(_named).where(_named.c.message_id.in_(messages)))
    connection.execute(delete(_message).where(_message.c.lane_id.in_(lanes)))
    connection.execute(delete(_lane).where(_theirs(accounts)))
    for platform, account in accounts:
        connection.execute(delete(_room).where(_room.c.platform == platform, _room.c.account == account))
        theirs = _reaction.c.platform == platform, _reaction.c.external_id == account
        connection.execute(delete(_reaction).where(*theirs))


def _theirs(accounts: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    return or_(*((_lane.c.platform == platform) & (_lane.c.channel == direct(name)) for platform, name in accounts))
