"""Sending: draw one message, send it, and say what became of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType

from bot.chat.base import (
    ContentRefused,
    DeliveryFailed,
    HeldBack,
    MessageGone,
    Messenger,
    PersonGone,
    PlaceRefused,
    PlatformRefused,
    Shown,
    TryLater,
    Unclear,
)
from bot.net.permit import permitted
from bot.outbox.rate_limit import Room, rest_after
from bot.outbox.render import Drawn
from bot.outbox.worker import SEND_SECONDS
from bot.runtime.clock import Clock
from handlers.base.cards import Card, origin_of
from storage.channels import messages
from storage.channels.lanes import LaneRow, Outcome
from storage.channels.messages import MessageRow
from storage.engine.database import Session
from storage.own import marks, mentions
from storage.tables.states import MessageKind, MessageState

# Slack may still be at work on what it did not answer.
_AFTER_TIMEOUT = 5.0
_PLATFORM_REST = timedelta(seconds=30)

log = logging.getLogger("dibs.delivery")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message with what it shows."""

    row: MessageRow
    drawn: Drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one message, and what follows for its lane.

    Attributes:
        posts_at: The lane may post nothing new before then.
        updates_at: Nothing that stands there may be changed before then.
        place_refused: Why the lane has to be parked, or empty.
        person_gone: Whom the lane leads to is not there any more, so that it is no trouble.
        platform_refused: Why the platform has to rest, or empty.
        carded: The mention whose card now stands.
        posted: It stands there for the first time.
    """

    outcome: Outcome
    posts_at: datetime | None = None
    updates_at: datetime | None = None
    place_refused: str = ""
    person_gone: bool = False
    platform_refused: str = ""
    carded: int | None = None
    posted: bool = False

    @classmethod
    def later(cls, row: MessageRow, until: datetime) -> "Sent":
        """Nothing was sent: try again at a moment, in the state that it was in."""
        looked_up = row.state == MessageState.SENDING and row.reference is None
        state = MessageState.SENDING if looked_up else MessageState.DUE
        return cls(outcome=Outcome(message_id=row.id, state=state, next_at=until))

    @classmethod
    def broken(cls, row: MessageRow) -> "Sent":
        """It could not even be drawn: it stays alone."""
        return cls(outcome=Outcome(message_id=row.id, state=MessageState.PARKED, trouble="It could not be drawn."))

    @classmethod
    def shown(cls, row: MessageRow, reference: str, version: int) -> "Sent":
        """It stands, in this version."""
        outcome = Outcome(message_id=row.id, state=MessageState.SHOWN, shown=version, reference=reference)
        carded = row.mention_id if row.kind == MessageKind.CARD else None
        return cls(outcome=outcome, carded=carded, posted=row.reference is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a lane does next.

    Attributes:
        send: Messages that were marked as sending.
        look: Messages that may have been shown before.
        restored: The moment of the backup from which the database was restored: what was shown since may be unknown
            to us, and a mark of that moment or before is of no request that could still be on its way.
        wait: Nothing to do for so many seconds; None = nothing to do at all.
        deaf: Until then nothing that may come could be sent either.
        left: The lane is not held any more, or was not to be had.
        marked: When the messages were marked, by the monotonic clock.
    """

    ours: bool = True
    send: tuple[MessageRow, ...] = ()
    look: tuple[MessageRow, ...] = ()
    restored: datetime | None = None
    wait: float | None = None
    deaf: bool = False
    left: bool = False
    marked: float = 0.0


def fitting(rows: list[MessageRow], room: Room) -> list[MessageRow]:
    """Return those for which there is room, as there may be more of it for posts than for updates, or less."""
    if len(rows) <= min(room.posts, room.updates):
        return rows
    posts = [row.id for row in rows if row.reference is None][: room.posts]
    updates = [row.id for row in rows if row.reference is not None][: room.updates]
    return [row for row in rows if row.id in posts or row.id in updates]


async def send(
    messenger: Messenger, channel: str, parcel: Parcel, permit: Callable[[], bool], clock: Clock, random: Random
) -> Sent:
    """Post or update one message within ``SEND_SECONDS``; never raises but for a bug here or a cancellation.

    ``permit`` is asked once more when the first byte is about to be written (``bot.net.permit``).
    """
    row, drawn = parcel.row, parcel.drawn
    try:
        async with asyncio.timeout(SEND_SECONDS):
            with permitted(permit):
                return await _send(messenger, channel, row, drawn)
    except TimeoutError:
        late = Unclear(f"There was no answer within {SEND_SECONDS:g} seconds.", _AFTER_TIMEOUT)
        return _after(row, late, clock.now(), random)
    except DeliveryFailed as failure:
        return _after(row, failure, clock.now(), random)
    except Exception:
        log.exception("A send ended in a bug; it is looked up before it is tried again.", extra={"lane": channel})
        return _after(row, Unclear("a bug on our side"), clock.now(), random)


async def _send(messenger: Messenger, channel: str, row: MessageRow, drawn: Drawn) -> Sent:
    if row.reference is None:
        thread = row.thread or ""
        reference = await messenger.post(channel, drawn.content, row.key, drawn.version, plain=row.plain, thread=thread)
        return Sent.shown(row, reference, drawn.version)
    await messenger.update(channel, row.reference, drawn.content, row.key, drawn.version, plain=row.plain)
    return Sent.shown(row, row.reference, drawn.version)


def _after(row: MessageRow, failure: DeliveryFailed, now: datetime, random: Random) -> Sent:
    """Say what follows from a failure."""
    posting = row.reference is None
    rest = now + timedelta(seconds=failure.retry_after or rest_after(row.attempts + 1, random))
    due = Outcome(message_id=row.id, state=MessageState.DUE, trouble=failure.reason)
    match failure:
        case HeldBack():
            return Sent.later(row, now)
        case TryLater():
            if posting:
                return Sent(outcome=due, posts_at=rest)
            return Sent(outcome=_at(due, rest), updates_at=rest)
        case Unclear() if posting:
            outcome = Outcome(message_id=row.id, state=MessageState.SENDING, trouble=failure.reason, next_at=rest)
            return Sent(outcome=outcome)
        case PlaceRefused():
            return Sent(outcome=due, place_refused=failure.reason, person_gone=isinstance(failure, PersonGone))
        case PlatformRefused():
            return Sent(outcome=_at(due, now + _PLATFORM_REST), platform_refused=failure.reason)
        case MessageGone() if not posting:
            outcome = Outcome(message_id=row.id, state=MessageState.DUE, trouble=failure.reason, forget_reference=True)
            return Sent(outcome=outcome)
        case ContentRefused() if not row.plain:
            return Sent(outcome=Outcome(message_id=row.id, state=MessageState.DUE, trouble=failure.reason, plain=True))
        case ContentRefused() | MessageGone():
            log.error("A message is refused even as plain text and is parked: %s", failure.reason)
            return Sent(outcome=Outcome(message_id=row.id, state=MessageState.PARKED, trouble=failure.reason))
        case _:
            return Sent(outcome=_at(due, rest))


def _at(outcome: Outcome, moment: datetime) -> Outcome:
    return Outcome(message_id=outcome.message_id, state=outcome.state, trouble=outcome.trouble, next_at=moment)


async def look_up(
    messenger: Messenger,
    channel: str,
    rows: Sequence[MessageRow],
    now: datetime,
    random: Random,
    names: Mapping[int, str] = MappingProxyType({}),
) -> list[Sent]:
    """See which messages stand in the channel already; those that do not are due again.

    A look-up that fails leaves them as they are; one that is refused parks the lane, which never posts blind. With
    ``names`` (by message) they are looked for by those, and what is found is drawn anew: it shows what we do not know.
    """
    since = min(row.sending_at or now for row in rows)
    keys = {row.id: names.get(row.id, row.key) for row in rows}
    try:
        threads = sorted({row.thread for row in rows if row.thread})
        found = await messenger.find(channel, list(keys.values()), since, threads=threads)
    except (PlaceRefused, PlatformRefused) as failure:
        refusal = f"It cannot be looked up what was shown: {failure.reason}"
        gone = isinstance(failure, PersonGone)
        return [_still(row, now, place_refused=refusal, person_gone=gone) for row in rows]
    except DeliveryFailed as failure:
        rest = now + timedelta(seconds=failure.retry_after or rest_after(rows[0].attempts + 1, random))
        return [_still(row, rest) for row in rows]
    return [_after_look(row, found.get(keys[row.id]), anew=bool(names)) for row in rows]


def _after_look(row: MessageRow, found: Shown | None, *, anew: bool) -> Sent:
    if found is not None:
        return Sent.shown(row, found.reference, 0 if anew else found.version)
    return Sent(outcome=Outcome(message_id=row.id, state=MessageState.DUE))


def origins(session: Session, rows: Sequence[MessageRow]) -> dict[int, str]:
    """Return by what each of these is known to whoever does not know our numbers: a card by its origin."""
    cards = {row.id: row.mention_id for row in rows if row.kind == MessageKind.CARD and row.mention_id is not None}
    began = mentions.originals(session, list(cards.values()))
    known = {message: began[mention] for message, mention in cards.items()}
    names = {message: origin_of(post.source, post.external_id) for message, post in known.items()}
    return {row.id: row.key for row in rows} | names


def _still(row: MessageRow, next_at: datetime, place_refused: str = "", *, person_gone: bool = False) -> Sent:
    outcome = Outcome(message_id=row.id, state=MessageState.SENDING, next_at=next_at)
    return Sent(outcome=outcome, place_refused=place_refused, person_gone=person_gone)


def log_post(channel: str, drawn: Drawn, sent: Sent) -> None:
    """Write the line by which a mention is followed to its card."""
    token = drawn.content.token if isinstance(drawn.content, Card) else ""
    fields = {"lane": channel, "token": token}
    if sent.outcome.shown is not None:
        log.info("It stands in the channel.", extra=fields)
    else:
        log.info("It does not stand yet: %s", sent.outcome.trouble, extra=fields)


def write_cards(session: Session, lane: LaneRow, sent: Sequence[Sent], now: datetime) -> list[datetime]:
    """Write down whose cards stand; returns when those mentions arrived that had none before."""
    carded = [(one.carded, one.posted) for one in sent if one.carded is not None]
    first = marks.mark_carded(session, [mention for mention, _ in carded], now)
    posted = [mention for mention, anew in carded if anew]
    if len(posted) > len(first):  # some had a card before, which says where the new one is
        messages.touch_left_behind(session, posted, platform=lane.platform, lane_id=lane.id)
    return first
