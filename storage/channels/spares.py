"""Spares: the cards that stood elsewhere while a lane was parked, and are left behind once it moves again."""

from datetime import datetime

from sqlalchemy import bindparam, case, select, update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Lane, Message
from storage.tables.states import MessageKind, MessageState

_message = table_of(Message)
_lane = table_of(Lane)
_mention = table_of(Mention)
_others = (
    select(_lane.c.id)
    .where(_lane.c.platform == bindparam("platform"), _lane.c.id != bindparam("lane"))
    .scalar_subquery()
)
# The cards of a department's mentions, of closed ones too, that were drawn in other lanes since some moment.
_TOUCH_SPARES = (
    update(_message)
    .where(
        _message.c.mention_id.in_(
            select(_mention.c.id).where(_mention.c.department_id == bindparam("department")).scalar_subquery()
        ),
        _message.c.kind == str(MessageKind.CARD),
        _message.c.sending_at >= bindparam("since", type_=_message.c.sending_at.type),
        _message.c.lane_id.in_(_others),
    )
    .values(
        version=_message.c.version + 1,
        state=case((_message.c.state == str(MessageState.SHOWN), str(MessageState.DUE)), else_=_message.c.state),
    )
)


def touch_spares(session: Session, department_id: int, since: datetime, *, platform: str, lane_id: int) -> None:
    """Raise the version of a department's cards that were drawn in other lanes of a platform since a moment."""
    values = {"department": department_id, "since": since, "platform": platform, "lane": lane_id}
    session.connection().execute(_TOUCH_SPARES, values)
