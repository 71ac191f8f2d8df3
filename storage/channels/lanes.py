"""What the delivery worker writes: leases of lanes, ``sending`` before a send, and outcomes after it.

A lease carries a token, and every write of the worker is bound to it: one whose lease ran out while it slept can no
longer settle anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlmodel import Session

from storage.channels.messages import MESSAGE_ROW, WAITS, MessageRow
from storage.channels.turns import advance
from storage.engine.compiled import Compiled
from storage.engine.leases import Leases
from storage.tables.base import table_of
from storage.tables.messages import Lane, Message
from storage.tables.states import LaneState, MessageState

_message = table_of(Message)
_lane = table_of(Lane)
_moment = _message.c.created_at.type
_DUE, _SENDING, _SHOWN = (str(state) for state in (MessageState.DUE, MessageState.SENDING, MessageState.SHOWN))
_NOW = bindparam("now", type_=_moment)
_top = _message.alias("top")
# A reply waits for what it is a reply to, as long as that is to stand.
_TOP_IS_COMING = (
    select(_top.c.id)
    .where(_top.c.key == _message.c.below, _top.c.reference.is_(None))
    .where(or_(_top.c.state == _DUE, _top.c.state == _SENDING))
    .correlate(_message)
    .exists()
)
_IS_DUE = and_(
    or_(_message.c.state == _DUE, _message.c.state == _SENDING),
    or_(_message.c.next_at.is_(None), _message.c.next_at <= _NOW),
    or_(_message.c.below == "", ~_TOP_IS_COMING),
)
_HELD = (_lane.c.state, _lane.c.next_at, _lane.c.look_since, _lane.c.look_until)
leases = Leases(_lane, when=_lane.c.state == str(LaneState.OPEN), shows=_HELD)
# A lane that was asked to wait posts nothing new, but may change what stands: a person is looking at it.
_MAY_POST = or_(_lane.c.next_at.is_(None), _lane.c.next_at <= _NOW)
_LANE_ROW = (_lane.c.id, _lane.c.platform, _lane.c.channel)
# Lanes that nobody holds and that have something to say.
_LANES_WITH_WORK = Compiled(
    select(*_LANE_ROW).where(
        _lane.c.state == str(LaneState.OPEN),
        leases.free,
        select(_message.c.id)
        .where(_message.c.lane_id == _lane.c.id, _IS_DUE, or_(_message.c.reference.is_not(None), _MAY_POST))
        .exists(),
    )
)
# Parked lanes whose hour to be tried again has come.
_TO_PROBE = Compiled(
    select(*_LANE_ROW).where(
        _lane.c.state == str(LaneState.PARKED), or_(_lane.c.next_at.is_(None), _lane.c.next_at <= _NOW)
    )
)
# What a lane says next.
_NEXT = Compiled(
    select(*MESSAGE_ROW)
    .where(_message.c.lane_id == bindparam("lane"), _IS_DUE)
    .where(or_(_message.c.reference.is_not(None), bindparam("may_post", type_=_message.c.plain.type)))
    .where(or_(_message.c.reference.is_(None), bindparam("may_update", type_=_message.c.plain.type)))
    # What a person waits for goes first: updates that somebody caused, then the sources by turns.
    .order_by((_message.c.reference.is_not(None) & _message.c.by_person).desc(), _message.c.turn, _message.c.id.desc())
    .limit(bindparam("size"))
)
# What may or may not stand in a channel.
_MARKED_ROWS = (
    select(_message.c.id, _message.c.sending_at)
    .join(_lane, _lane.c.id == _message.c.lane_id)
    .where(WAITS, _message.c.state == _SENDING, _message.c.reference.is_(None))
)
_MARKED = Compiled(_MARKED_ROWS)
# It is about to be sent: after a crash it is looked for.
_MARK = Compiled(
    update(_message)
    .where(_message.c.id == bindparam("message"))
    .values(
        state=_SENDING,
        sending_at=_NOW,
        attempts=_message.c.attempts + 1,
        next_at=None,
    )
)


_BEHIND = _message.c.version > bindparam("shown", type_=_message.c.version.type)
# It stands there, in this version.
_SHOW = Compiled(
    update(_message)
    .where(_message.c.id == bindparam("message"))
    .values(
        shown_version=bindparam("shown"),
        reference=bindparam("place"),
        state=case((_BEHIND, _DUE), else_=_SHOWN),
        by_person=_message.c.by_person & _BEHIND,
        says_less=_message.c.says_less & _BEHIND,
        attempts=0,
        next_at=None,
        trouble="",
    )
)


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane that has something to do."""

    id: int
    platform: str
    channel: str


def lanes_with_work(session: Session, now: datetime) -> list[LaneRow]:
    """Return open lanes that nobody holds and that have something due."""
    return [LaneRow(*row) for row in _LANES_WITH_WORK.rows(session, now=now)]


@dataclass(frozen=True, slots=True)
class Held:
    """A lane that we hold.

    Attributes:
        ours: Whether we still do.
        posts_at: Before then it may not post anything new.
        look_since: Since then something may stand there that we do not know, because the database was restored.
    """

    ours: bool
    posts_at: datetime | None = None
    look_since: datetime | None = None


def renew(session: Session, lane_id: int, token: str, now: datetime) -> Held:
    """Keep a lane; not ours any more when the lease was lost or the lane was parked meanwhile."""
    row = leases.renew(session, lane_id, token, now)
    if row is None:
        return Held(False)
    state, posts_at, look_since, look_until = row
    return Held(state == LaneState.OPEN, posts_at, look_since if look_until and now < look_until else None)


def rest(session: Session, lane_id: int, token: str, until: datetime) -> None:
    """Write down that a lane may not post anything new before a moment; a restart respects it too."""
    session.connection().execute(leases.held(lane_id, token).values(next_at=until))


def next_messages(
    session: Session, lane_id: int, now: datetime, size: int, *, may_post: bool = True, may_update: bool = True
) -> list[MessageRow]:
    """Return what is due in a lane: to be sent (state due) or to be looked up (state sending)."""
    rows = _NEXT.rows(session, lane=lane_id, now=now, size=size, may_post=may_post, may_update=may_update)
    return [MessageRow(*row) for row in rows]


def marked(session: Session) -> list[tuple[int, datetime | None]]:
    """Return the marks of what may or may not stand in a channel: which message, and since when."""
    return [(row[0], row[1]) for row in _MARKED.rows(session)]


def mark_sending(session: Session, message_ids: Sequence[int], now: datetime) -> None:
    """Write down that these, of one lane and in their order, are about to be sent."""
    for one in message_ids:
        _MARK.run(session, message=one, now=now)
    if message_ids:
        advance(session, message_ids[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one send ended.

    Attributes:
        shown: The version that now stands in the channel, or None when it is not (yet) known to.
        reference: The platform's name for the place where it stands.
        state: due = send (again), sending = unclear and to be looked up, shown, or parked.
        next_at: Not before this moment.
        plain: From now on as plain text.
        forget_reference: It is gone there: post it anew.
    """

    message_id: int
    state: MessageState
    shown: int | None = None
    reference: str | None = None
    next_at: datetime | None = None
    plain: bool = False
    trouble: str = ""
    forget_reference: bool = False


def settle(session: Session, outcomes: Iterable[Outcome]) -> None:
    """Write down how sends ended; a message that was raised meanwhile stays due."""
    for outcome in outcomes:
        if outcome.shown is not None:
            values = {"message": outcome.message_id, "shown": outcome.shown, "place": outcome.reference}
            _SHOW.run(session, **values)
        else:
            session.connection().execute(_settlement(outcome))


def _settlement(outcome: Outcome) -> Any:
    statement = update(_message).where(_message.c.id == outcome.message_id)
    values: dict[str, Any] = {"next_at": outcome.next_at, "trouble": outcome.trouble[:500], "state": str(outcome.state)}
    if outcome.plain:
        values["plain"] = True
    if outcome.forget_reference:
        # What was only to say less needs nothing in its place; whoever does something with it brings it back.
        enough = and_(_message.c.says_less, ~_message.c.by_person)
        values |= {"reference": None, "says_less": False, "state": case((enough, _SHOWN), else_=str(outcome.state))}
        values["shown_version"] = case((enough, _message.c.version), else_=0)
    return statement.values(**values)


def park(session: Session, lane_id: int, trouble: str, next_at: datetime) -> bool:
    """Stop a lane; False when it was parked already. ``next_at`` is when to see whether it works again."""
    statement = (
        update(_lane)
        .where(_lane.c.id == lane_id, _lane.c.state == str(LaneState.OPEN))
        .values(state=str(LaneState.PARKED), trouble=trouble[:500], next_at=next_at)
        .returning(_lane.c.id)
    )
    return session.connection().execute(statement).first() is not None


def direct(account: str) -> str:
    """Return the channel of the direct conversation with an account."""
    return f"@{account}"


def drop_direct(session: Session, platform: str, account: str) -> None:
    """Drop what waits for an account, for nobody is there any more to whom it could be said."""
    query = select(_lane.c.id).where(_lane.c.platform == platform, _lane.c.channel == direct(account))
    for lane_id in session.connection().scalars(query).all():
        drop(session, lane_id)


def drop(session: Session, lane_id: int) -> None:
    """Drop what waits in a direct lane, and let the lane be no trouble."""
    unpark(session, lane_id)
    session.connection().execute(
        update(_message)
        .where(_message.c.lane_id == lane_id, _message.c.state.in_([_DUE, _SENDING]))
        .values(state=str(MessageState.PARKED), trouble="Whom it was for is not here any more.", next_at=None)
    )


def unpark(session: Session, lane_id: int) -> bool:
    """Let a lane move again; False when it was moving."""
    statement = (
        update(_lane)
        .where(_lane.c.id == lane_id, _lane.c.state == str(LaneState.PARKED))
        .values(state=str(LaneState.OPEN), trouble="", next_at=None)
        .returning(_lane.c.id)
    )
    return session.connection().execute(statement).first() is not None


def parked_to_probe(session: Session, now: datetime) -> list[LaneRow]:
    """Return parked lanes whose time to be tried again has come."""
    return [LaneRow(*row) for row in _TO_PROBE.rows(session, now=now)]


def probe_later(session: Session, lane_id: int, next_at: datetime) -> None:
    """Say when to try a parked lane again."""
    session.connection().execute(update(_lane).where(_lane.c.id == lane_id).values(next_at=next_at))
