"""Copies: a second card of a mention, which stands where nobody can see it but the people in the channel.

A process may die between Teams' taking a card and our writing its id down, and Teams cannot be asked what it shows; so
the card is sent again, and the first one stays, with an id that nobody told us. Its buttons carry the mention's token,
so a press on it does what it says. That press also tells us the id, and the copy retires: it becomes a card without
buttons that says what it is, and the mention goes on in its own.

A card that we know is no copy, wherever it stands: at home, in the fallback home, or where the mention moved away from.
"""

from dataclasses import replace

from bot.chat.kit.background import Errands
from bot.chat.teams.draw.card import draw
from bot.chat.teams.room_facts import TEAMS
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.payloads import Press
from handlers.base.cards import Card
from handlers.draw.card import MOVED
from storage.channels import messages
from storage.engine.database import Session

SECOND = "This is a second copy. The mention goes on in its own card, which stands in this channel too."


class Copies:
    """Lets second copies retire."""

    def __init__(self, wall: Wall, rooms: Rooms, errands: Errands) -> None:
        self._wall = wall
        self._rooms = rooms
        self._errands = errands

    def retire(self, press: Press, card: Card) -> Card:
        """Let the copy that was pressed retire; returns what who pressed is to see. ``card`` is the mention's own.

        Call it when what the press asks for is done, with the card as it stands then. Should the change fail, the
        copy stays as it was, and the next press on it comes here again.
        """
        retired = replace(
            card, brief=True, moved=True, mark="", sign=MOVED, state=SECOND, details=(), buttons=(), text=SECOND
        )
        self._errands.later(self._change(press, retired))
        return replace(retired, mark=card.state)  # who pressed is told what came of it, which others need not read here

    async def _change(self, press: Press, retired: Card) -> None:
        to = await self._rooms.conversation(press.card.channel)
        await self._wall.update(to, press.card.reference, draw(retired, to.tenant).activity())


def is_copy(session: Session, incoming: Incoming, press: Press, mention_id: int) -> bool:
    """Say whether what was pressed is a card of a mention that has another one in this channel, whose id we know.

    A card begins a thread; what was said in one, such as a form that somebody asked for, is none.
    """
    here = press.card
    if incoming.conversation != f"{here.channel};messageid={here.reference}":
        return False
    own = messages.by_key(session, f"card:{mention_id}:{here.channel}")
    if own is None or own.reference is None:
        return False
    return messages.by_reference(session, TEAMS, here.channel, here.reference) is None
