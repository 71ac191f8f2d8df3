"""Turns: in which order a lane says what waits in it, so that no source's flood holds up another's mention.

Messages would otherwise go by age, and whoever brings ten thousand at once has the lane for hours. So the sources take
turns (start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996). Each message bears the number of its turn: one
more than the last of its own source, or than the turn at which the lane is, whichever is later. A flood so reaches far
ahead, and what is rare goes at once; of one turn the newest goes first, and nobody has two of the same, so that nobody
who is always new keeps the others waiting. What no source brought, such as a notice of ours, counts as one source.
"""

from sqlalchemy import ScalarSelect, bindparam, case, func, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.messages import Lane, Message
from storage.tables.states import MessageState

_message = table_of(Message)
_lane = table_of(Lane)
_other = _message.alias()


def _only(column: str) -> ScalarSelect[int]:
    """Return the lane or the turn of one message."""
    return select(_message.c[column]).where(_message.c.id == bindparam("message")).scalar_subquery()


# At which turn a lane is, and the last that a source has in it.
_WHERE = Compiled(
    select(
        _lane.c.turn,
        select(func.max(_message.c.turn))
        .where(_message.c.lane_id == bindparam("lane"), _message.c.source == bindparam("source"))
        .scalar_subquery(),
    ).where(_lane.c.id == bindparam("lane"))
)
# The lane is at the turn of what is being said.
_ADVANCE = Compiled(
    update(_lane).where(_lane.c.id == _only("lane_id"), _lane.c.turn < _only("turn")).values(turn=_only("turn"))
)
_LAST = (
    select(func.max(_other.c.turn))
    .where(_other.c.lane_id == _message.c.lane_id, _other.c.source == _message.c.source)
    .scalar_subquery()
)
_NOW = select(_lane.c.turn).where(_lane.c.id == _message.c.lane_id).scalar_subquery()
# The turn of a message that stood and is due again, within an UPDATE of it; one that waits already keeps its own.
ANOTHER = case(
    (_message.c.state != str(MessageState.SHOWN), _message.c.turn), (_LAST > _NOW, _LAST + 1), else_=_NOW + 1
)


def next_turn(session: Session, lane_id: int, source: str) -> int:
    """Return the turn of the next message of a source in a lane."""
    now, last = _WHERE.first(session, lane=lane_id, source=source) or (0, None)
    return max(int(now), int(last or 0)) + 1


def advance(session: Session, message_id: int) -> None:
    """Write down that a lane has come to the turn of this message."""
    _ADVANCE.run(session, message=message_id)
