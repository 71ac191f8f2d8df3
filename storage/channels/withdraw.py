"""Withdraw: what was said and does not stand yet is taken back, because it is not so any more.

It is deleted: nobody ever saw it, and what asks for it again does so under another key.
"""

from sqlalchemy import bindparam, delete, func, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.messages import Message, MessageMention
from storage.tables.states import MessageKind, MessageState

_message = table_of(Message)
_named = table_of(MessageMention)
_PREFIX = bindparam("prefix", type_=_message.c.key.type)
# Notices that were neither sent nor are being sent.
_WAITING = (
    select(_message.c.id)
    .where(_message.c.mention_id == bindparam("mention"), _message.c.kind == str(MessageKind.NOTICE))
    .where(func.substr(_message.c.key, 1, func.length(_PREFIX)) == _PREFIX)
    .where(_message.c.reference.is_(None), _message.c.state == str(MessageState.DUE))
    .with_for_update()
)


def withdraw(session: Session, mention_id: int, prefix: str) -> None:
    """Take back the notices about a mention whose keys begin so, as far as none of them stands or may stand.

    Each is held first, so that on PostgreSQL delivery, which marks it as being sent, is either seen here or finds
    nothing to send.
    """
    connection = session.connection()
    ids = list(connection.scalars(_WAITING, {"mention": mention_id, "prefix": prefix}))
    if ids:
        connection.execute(delete(_named).where(_named.c.message_id.in_(ids)))
        connection.execute(delete(_message).where(_message.c.id.in_(ids)))
