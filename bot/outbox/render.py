"""What a message shows, drawn at the moment of sending, in one read with the version that it settles."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.base import Content
from handlers.base.cards import Card
from handlers.base.organisation import Organisation
from handlers.base.stored import from_json
from handlers.draw.card import Seen, draw_card, draw_cards
from handlers.draw.refresh import refresh
from storage.channels import messages
from storage.channels.messages import MessageRow
from storage.engine.database import Session
from storage.tables.states import MessageKind

log = logging.getLogger("dibs.delivery")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to show, and the version that it shows: read in one snapshot."""

    version: int
    content: Content


def draw_all(
    session: Session, rows: Sequence[MessageRow], organisation: Organisation, platform: str, channel: str
) -> list[Drawn | None]:
    """Draw messages as of now; one that cannot be drawn is None, is logged, and stops nothing but itself."""
    now = messages.several(session, [row.id for row in rows])
    seen = Seen(platform=platform, channel=channel)
    wanted = [one.mention_id for one in now.values() if one.kind == MessageKind.CARD and one.mention_id is not None]
    try:
        cards = draw_cards(session, wanted, organisation, seen) if wanted else {}
    except Exception:
        log.exception("Cards cannot be drawn together; each is drawn alone.", extra={"lane": channel})
        cards = {}
    # What was withdrawn meanwhile is not there any more.
    return [_draw(session, now[row.id], cards, organisation, seen) if row.id in now else None for row in rows]


def _draw(
    session: Session, row: MessageRow, cards: dict[int, Card], organisation: Organisation, seen: Seen
) -> Drawn | None:
    try:
        if row.kind != MessageKind.CARD or row.mention_id is None:
            return Drawn(row.version, refresh(session, organisation, from_json(row.body or "")))
        card = cards.get(row.mention_id)
        return Drawn(row.version, card or draw_card(session, row.mention_id, organisation, seen))
    except Exception:
        log.exception("A message cannot be drawn and is parked.", extra={"lane": seen.channel})
        return None
