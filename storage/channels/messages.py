"""Messages and lanes: what should stand in which channel, and how far the channel is behind.

Handlers only raise a message's version; delivery posts what has no reference yet and updates what is shown in an
older version, so ten changes in a second become one update and a repeat does no harm.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlmodel import Session

from storage.channels.turns import ANOTHER, next_turn
from storage.engine.compiled import Compiled, CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Lane, Message, MessageMention
from storage.tables.states import ONLY_WORKSPACE, Held, LaneState, MessageKind, MessageState

_message = table_of(Message)
_lane = table_of(Lane)
_named = table_of(MessageMention)
_mention = table_of(Mention)
_COLUMNS = ("key", "lane_id", "kind", "mention_id", "body", "created_at", "source", "turn")
# A message that should stand; its key says whether it does already.
_PUT = InsertOrIgnore(_message, _message.c.id)
# The cards of a batch of mentions.
_PUT_CARDS = InsertOrIgnore(_message)
# A channel in which nothing was said before.
_OPEN_LANE = InsertOrIgnore(_lane)
_RAISED: dict[str, Any] = {
    "version": _message.c.version + 1,
    "by_person": or_(_message.c.by_person, bindparam("by_person", type_=_message.c.by_person.type)),
    "state": case((_message.c.state == str(MessageState.SHOWN), str(MessageState.DUE)), else_=_message.c.state),
}
# The lane of a channel.
_LANE = Compiled(
    select(_lane.c.id, _lane.c.name).where(
        _lane.c.platform == bindparam("platform"),
        _lane.c.workspace == bindparam("workspace"),
        _lane.c.channel == bindparam("channel"),
    )
)
# What a lane that is made after a restore looks for, as all others do (``storage.channels.restored``).
_LOOKS = select(func.max(_lane.c.look_since), func.max(_lane.c.look_until))
# The channels whose cards stand elsewhere meanwhile.
_PARKED = Compiled(
    select(_lane.c.workspace, _lane.c.channel).where(
        _lane.c.platform == bindparam("platform"), _lane.c.state == str(LaneState.PARKED)
    )
)
_shows = select(_message.c.id).where(
    _message.c.mention_id == bindparam("mention"), _message.c.kind == str(MessageKind.CARD)
)
_names = select(_named.c.message_id).where(_named.c.mention_id == bindparam("mention"))
# The card of another one on which it stands, since they are of one public thread.
_stands_on = (
    select(_message.c.id)
    .join_from(_mention, _message, _message.c.mention_id == _mention.c.held_by)
    .where(_mention.c.id == bindparam("mention"), _mention.c.held == str(Held.THREAD))
    .where(_message.c.kind == str(MessageKind.CARD))
)
_ALL_OF_IT = union_all(_shows, _stands_on, _names)
# All that shows a mention is behind from now on: its cards, or that on which it stands, and the notices that name it.
# What a person caused goes before all else anyway.
_TOUCH = Compiled(update(_message).where(_message.c.id.in_(_ALL_OF_IT)).values(**_RAISED))
_TOUCH_IN_TURN = Compiled(update(_message).where(_message.c.id.in_(_ALL_OF_IT)).values(**_RAISED, turn=ANOTHER))
# The same, so that they say less than they did: what stands and is up to date is posted in no other place for that.
_TOUCH_TO_SAY_LESS = Compiled(
    update(_message)
    .where(_message.c.id.in_(_ALL_OF_IT))
    .values(
        **_RAISED,
        turn=ANOTHER,
        says_less=or_(_message.c.says_less, _message.c.state == str(MessageState.SHOWN)),
    )
)

_PREFIX = bindparam("prefix", type_=_message.c.key.type)
# The notices about a mention that have to say something else now.
_TOUCH_NOTICES = Compiled(
    update(_message)
    .where(_message.c.mention_id == bindparam("mention"), _message.c.kind == str(MessageKind.NOTICE))
    .where(func.substr(_message.c.key, 1, func.length(_PREFIX)) == _PREFIX)
    .values(**_RAISED)
)

# The cards that a mention left behind on a platform: where its new one stands is known only once that was posted.
_left_behind = (
    select(_lane.c.id)
    .where(_lane.c.platform == bindparam("platform"), _lane.c.id != bindparam("lane"))
    .scalar_subquery()
)
_TOUCH_LEFT_BEHIND = Compiled(
    update(_message)
    .where(
        _message.c.mention_id == bindparam("mention"),
        _message.c.kind == str(MessageKind.CARD),
        _message.c.reference.is_not(None),
        _message.c.lane_id.in_(_left_behind),
    )
    .values(**_RAISED)
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as delivery needs it; ``thread`` is where the message stands to which it is a reply, if it is one."""

    id: int
    key: str
    lane_id: int
    kind: str
    mention_id: int | None
    body: str | None
    version: int
    shown_version: int
    reference: str | None
    state: str
    by_person: bool
    plain: bool
    attempts: int
    sending_at: datetime | None
    thread: str | None


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """A lane, and whether it moves; ``trouble`` says why not, ``next_at`` when it may post or is tried again."""

    id: int
    platform: str
    workspace: str
    channel: str
    name: str
    state: str
    trouble: str
    next_at: datetime | None


def person_in(channel: str) -> str:
    """Return the account to whom alone a lane speaks: it is called "@ACCOUNT"; empty for a channel."""
    return channel.removeprefix("@") if channel.startswith("@") else ""


_LANE_STATUS = [_lane.c[name] for name in LaneStatus.__slots__]
_top = _message.alias("top")
_THREAD = select(_top.c.reference).where(_top.c.key == _message.c.below).correlate(_message).scalar_subquery()
MESSAGE_ROW: list[ColumnElement[Any]] = [
    _THREAD.label(name) if name == "thread" else _message.c[name] for name in MessageRow.__slots__
]
# The messages that a batch of a lane is about to send.
_SEVERAL = CompiledIn(select(*MESSAGE_ROW), _message.c.id)
# The message of a key: a card, at each press on it.
_BY_KEY = Compiled(select(*MESSAGE_ROW).where(_message.c.key == bindparam("message_key")))
# What stands at a place that a platform names.
_BY_REFERENCE = Compiled(
    select(*MESSAGE_ROW)
    .join_from(_message, _lane, _message.c.lane_id == _lane.c.id)
    .where(_message.c.reference == bindparam("place"))
    .where(
        _lane.c.platform == bindparam("platform"),
        _lane.c.workspace == bindparam("workspace"),
        _lane.c.channel == bindparam("channel"),
    )
)


def lane_id(session: Session, platform: str, channel: str, name: str = "", *, workspace: str = ONLY_WORKSPACE) -> int:
    """Return the lane of a channel; made on first use. A name that is given replaces the former one."""
    key = {"platform": platform, "workspace": workspace, "channel": channel}
    row = _LANE.first(session, **key)
    if row is None:
        since, until = session.connection().execute(_LOOKS).one()
        _OPEN_LANE.run(session, key | {"name": name, "look_since": since, "look_until": until})
        row = _LANE.first(session, **key) or ()
    elif name and row[1] != name:
        session.connection().execute(update(_lane).where(_lane.c.id == row[0]).values(name=name))
    return int(row[0])


def lane(session: Session, lane_id: int) -> LaneStatus:
    """Return a lane as it stands now; it must exist."""
    return LaneStatus(*session.connection().execute(select(*_LANE_STATUS).where(_lane.c.id == lane_id)).one())


def has_lane(session: Session, platform: str, channel: str, *, workspace: str = ONLY_WORKSPACE) -> bool:
    """Say whether anything was ever said in a channel."""
    return _LANE.first(session, platform=platform, workspace=workspace, channel=channel) is not None


def lane_of(session: Session, platform: str, channel: str, *, workspace: str = ONLY_WORKSPACE) -> LaneStatus | None:
    """Return the lane of a channel, or None when nothing was ever said there."""
    query = select(*_LANE_STATUS).where(_in_channel(platform, workspace, channel))
    row = session.connection().execute(query).first()
    return LaneStatus(*row) if row else None


def _in_channel(platform: str, workspace: str, channel: str) -> ColumnElement[bool]:
    return and_(_lane.c.platform == platform, _lane.c.workspace == workspace, _lane.c.channel == channel)


def lanes(session: Session) -> list[LaneStatus]:
    """Return all lanes."""
    return [LaneStatus(*row) for row in session.connection().execute(select(*_LANE_STATUS).order_by(_lane.c.id))]


def parked_channels(session: Session, platform: str) -> set[tuple[str, str]]:
    """Return the channels of a platform whose lanes are parked, each with its workspace before it."""
    return {(str(workspace), str(channel)) for workspace, channel in _PARKED.rows(session, platform=platform)}


def put(
    session: Session,
    *,
    key: str,
    lane_id: int,
    kind: MessageKind,
    now: datetime,
    mention_id: int | None = None,
    body: str | None = None,
    names: Iterable[int] = (),
    below: str = "",
    not_before: datetime | None = None,
) -> int | None:
    """Say that a message should stand in a lane; None when its key exists already (then nothing changes).

    Args:
        session: The transaction.
        key: What it is called; unique.
        lane_id: Where it should stand.
        kind: What it is.
        now: This moment.
        mention_id: What it is about.
        body: What it shows, where it is no card.
        names: The mentions whose lines it holds: a change of one of them will update it.
        below: The key of the message to which it is a reply: it waits until that stands, and where that never will,
            stands by itself.
        not_before: Until then it waits.
    """
    given = (key, lane_id, str(kind), mention_id, body, now, "", next_turn(session, lane_id, ""))
    values = dict(zip(_COLUMNS, given, strict=True)) | {"below": below, "next_at": not_before}
    message_id = _PUT.first(session, values)
    if message_id is None:
        return None
    rows = [{"message_id": message_id, "mention_id": one} for one in dict.fromkeys(names)]
    if rows:
        session.connection().execute(insert(_named), rows)
    return message_id


def put_cards(session: Session, cards: Sequence[tuple[int, str, int, str]], now: datetime) -> None:
    """Say that cards should stand: (mention, its source, lane, channel); those that exist already stay as they are."""
    turns: dict[tuple[int, str], int] = {}
    rows = []
    for mention, source, lane, channel in cards:
        here = lane, source
        turns[here] = turns[here] + 1 if here in turns else next_turn(session, *here)
        given = (f"card:{mention}:{channel}", lane, str(MessageKind.CARD), mention, None, now, source, turns[here])
        rows.append(dict(zip(_COLUMNS, given, strict=True)))
    _PUT_CARDS.many(session, rows)


def touch(session: Session, mention_id: int, *, by_person: bool) -> None:
    """Raise the version of every card of a mention, and of every notice that names it."""
    (_TOUCH if by_person else _TOUCH_IN_TURN).run(session, mention=mention_id, by_person=by_person)


def say_less(session: Session, mention_id: int) -> None:
    """Raise the version of all that shows a mention, which is to say less; what of it is gone is not posted anew."""
    _TOUCH_TO_SAY_LESS.run(session, mention=mention_id, by_person=False)


def touch_notices(session: Session, mention_id: int, prefix: str) -> None:
    """Raise the version of the notices about a mention whose keys begin so; a person caused it."""
    _TOUCH_NOTICES.run(session, mention=mention_id, prefix=prefix, by_person=True)


def touch_left_behind(session: Session, mention_ids: Iterable[int], *, platform: str, lane_id: int) -> None:
    """Raise the version of the cards that stand on a platform in other lanes, after a new one was posted in this."""
    for one in mention_ids:
        _TOUCH_LEFT_BEHIND.run(session, mention=one, platform=platform, lane=lane_id, by_person=False)


def by_key(session: Session, key: str) -> MessageRow | None:
    """Return the message with this key, or None."""
    row = _BY_KEY.first(session, message_key=key)
    return MessageRow(*row) if row else None


def get(session: Session, message_id: int) -> MessageRow:
    """Return a message as it stands now."""
    return MessageRow(*session.connection().execute(select(*MESSAGE_ROW).where(_message.c.id == message_id)).one())


def several(session: Session, message_ids: Collection[int]) -> dict[int, MessageRow]:
    """Return messages as they stand now, by id."""
    found = (MessageRow(*row) for row in _SEVERAL.rows(session, message_ids))
    return {row.id: row for row in found}


def by_reference(
    session: Session, platform: str, channel: str, reference: str, *, workspace: str = ONLY_WORKSPACE
) -> MessageRow | None:
    """Return the message that stands at this place of a platform, or None."""
    row = _BY_REFERENCE.first(session, place=reference, platform=platform, workspace=workspace, channel=channel)
    return MessageRow(*row) if row else None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in a lane: how many messages, and since when the oldest unposted one that is not held back by us."""

    lane_id: int
    depth: int
    oldest: datetime | None


# What is to be sent or looked up, as its index says it: SQLite knows that again only by values in the statement.
WAITS = _message.c.state.in_([literal_column(f"'{one}'") for one in (MessageState.DUE, MessageState.SENDING)])
_IS_BEHIND = and_(_message.c.reference.is_(None), or_(_message.c.next_at.is_(None), _message.c.attempts > 0))
_BACKLOG = (
    _message.c.lane_id,
    func.count().label("depth"),
    func.min(case((_IS_BEHIND, _message.c.created_at))).label("oldest"),
)


def backlogs(session: Session) -> list[Backlog]:
    """Count what every lane is behind."""
    query = select(*_BACKLOG).where(WAITS).group_by(_message.c.lane_id)
    return [Backlog(*row) for row in session.connection().execute(query)]
