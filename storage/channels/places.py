"""Places: where the cards of mentions stand, to which lines and notices lead."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.tables.base import table_of
from storage.tables.messages import Lane, Message
from storage.tables.states import LaneState, MessageKind

_message, _lane = table_of(Message), table_of(Lane)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: platform, channel, its name, and the platform's reference (None until it was posted)."""

    platform: str
    channel: str
    name: str
    reference: str | None
    parked: bool


# Where the cards stand to which lines and notices lead.
_PLACES = CompiledIn(
    select(_message.c.mention_id, _lane.c.platform, _lane.c.channel, _lane.c.name, _message.c.reference, _lane.c.state)
    .join_from(_message, _lane, _message.c.lane_id == _lane.c.id)
    .where(_message.c.kind == str(MessageKind.CARD))
    .order_by(_message.c.id),
    _message.c.mention_id,
)


def of_cards(session: Session, mention_ids: Iterable[int]) -> dict[int, list[Place]]:
    """Return where the cards of these mentions stand, by mention."""
    found: dict[int, list[Place]] = {}
    wanted = list(mention_ids)
    for mention_id, platform, channel, name, reference, state in _PLACES.rows(session, wanted) if wanted else ():
        place = Place(platform, channel, name, reference, state == LaneState.PARKED)
        found.setdefault(mention_id, []).append(place)
    return found
