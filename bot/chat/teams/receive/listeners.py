"""Listeners: each takes an activity, asks the backend, and answers; no rule stands here.

An invoke waits for its answer. Whatever else is said goes out as an errand, after the commit and the acknowledgement.
"""

from contextlib import suppress

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed
from bot.chat.kit.background import Errands
from bot.chat.teams.directory import People
from bot.chat.teams.draw.card import Drawn
from bot.chat.teams.receive.card_actions import Presses
from bot.chat.teams.receive.commands import of_message, of_reaction
from bot.chat.teams.receive.duplicates import Copies
from bot.chat.teams.receive.reactions import Reacted, read_reactions
from bot.chat.teams.receive.responses import as_message, reply
from bot.chat.teams.room_facts import TEAMS
from bot.chat.teams.rooms import Came, Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import SETTINGS, TeamsSettings
from bot.chat.teams.wire.activity import Incoming, Kind
from bot.chat.teams.wire.connector import Conversation
from bot.chat.teams.wire.invoke import InvokeAnswer, is_action
from bot.chat.teams.wire.payloads import PERSONAL, is_press, spoken_to, who_of
from handlers.base.command import Answer, ByCard, Who
from handlers.base.errors import WrongInput
from handlers.dispatch.react import CardPresence, what_stands
from handlers.dispatch.text_commands import Typed, read_command
from handlers.report.welcome import welcome
from storage.channels.rooms import RoomFacts
from storage.tables.states import IdentityKind, RoomKind

ELSEWHERE = "I have told you in our own chat."


class Listeners:
    """What happens when something comes from Teams."""

    def __init__(
        self,
        *,
        backend: Backend,
        wall: Wall,
        rooms: Rooms,
        people: People,
        errands: Errands,
        settings: TeamsSettings,
        patience: float,
    ) -> None:
        self._patience = patience
        self._backend = backend
        self._wall = wall
        self._rooms = rooms
        self._people = people
        self._errands = errands
        self._settings = settings
        self._presses = Presses(backend, people, Copies(wall, rooms, errands))

    async def hear(self, incoming: Incoming) -> InvokeAnswer | None:
        """Handle one activity; what means nothing to us is acknowledged all the same."""
        came = await self._rooms.hear(incoming)
        if came is not None:
            await self._on_came(incoming, came)
        if is_action(incoming):
            return await self._presses.answer(incoming)
        if incoming.kind == Kind.CONVERSATION_UPDATE and incoming.members_added:
            self._errands.later(self._people.meet(incoming))
        elif is_press(incoming):
            await self._on_press_by_message(incoming)
        elif incoming.kind == Kind.MESSAGE and spoken_to(incoming):
            await self._on_typed(incoming)
        elif incoming.kind == Kind.REACTION:
            await self._on_reaction(incoming)
        return None

    async def _on_press_by_message(self, incoming: Incoming) -> None:
        """A button of a client that knows no Action.Execute; answered in the thread."""
        if who_of(incoming).kind == IdentityKind.BOT:  # two bots that answer each other would never end
            return
        if (answer := await self._presses.answer(incoming)) is not None:
            self._errands.later(self._post(incoming, as_message(answer)))

    async def _on_typed(self, incoming: Incoming) -> None:
        """A command that was typed to us; answered where it was typed, but for what one person alone is to know."""
        who = await self._people.who(incoming)
        if isinstance(who, str):
            self._errands.later(self._refuse(incoming, who_of(incoming), Answer(text=who, ok=False)))
            return
        if who.kind == IdentityKind.BOT:  # as above
            return
        known = await self._people.named(incoming)
        typed = of_message(incoming, who, known)
        answer = await self._stranger(incoming, typed) or await self._backend.run_typed(typed)
        if answer.repeated:
            return
        if not answer.ok and answer.form is None:
            self._errands.later(self._refuse(incoming, who, answer))
        elif answer.secret and incoming.conversation_type != PERSONAL:
            self._errands.later(self._tell_apart(incoming, who, answer))
        else:
            self._errands.later(self._post(incoming, reply(answer, incoming.tenant)))

    async def _stranger(self, incoming: Incoming, typed: Typed) -> Answer | None:
        try:
            return await self._people.stranger(incoming, read_command(typed))
        except WrongInput:  # the backend says what is wrong
            return None

    async def _on_reaction(self, incoming: Incoming) -> None:
        """Emoji on a card, set or taken away; on anything else they are none of our business."""
        for reacted in read_reactions(incoming, self._settings.emoji, self._backend.clock.now()):
            if await self._is_card(reacted.card):
                await self._react(incoming, reacted)

    async def _react(self, incoming: Incoming, reacted: Reacted) -> None:
        seen = await self._people.who(incoming)
        who = who_of(incoming) if isinstance(seen, str) else seen
        told = Answer(text=seen, ok=False) if isinstance(seen, str) else None
        answer = told or await self._backend.run(of_reaction(reacted, who))
        if reacted.added and not answer.ok and not answer.repeated and who.kind != IdentityKind.BOT:
            self._errands.later(self._tell(who, answer, incoming.tenant))

    async def _is_card(self, card: ByCard) -> bool:
        """Say whether a card stands there; one that is being posted gets a moment to have its place written down."""
        deadline = self._backend.clock.monotonic() + self._patience
        while True:
            stands = await self._backend.read(lambda session: what_stands(session, card))
            if stands != CardPresence.PERHAPS or self._backend.clock.monotonic() > deadline:
                return stands == CardPresence.CARD
            await self._backend.clock.sleep(0.1)

    async def _on_came(self, incoming: Incoming, came: Came) -> None:
        """We came into a place, or left it: say once what a card is, and learn who and what is there."""
        alone = came.room.kind == RoomKind.DIRECT
        channel = f"@{came.room.account}" if alone else incoming.place
        if not came.into or channel == "@":
            return
        types, now = "" if alone else SETTINGS.types, self._backend.clock.now()
        await self._backend.tx(lambda session: welcome(session, TEAMS, channel, types, now))
        if came.room.kind == RoomKind.TEAM:
            self._errands.later(self._learn_team(came.room))

    async def _learn_team(self, room: RoomFacts) -> None:
        team = Conversation(service_url=room.address, id=room.external_id, tenant=room.tenant)
        await self._rooms.learn_channels_of(team)
        await self._people.learn_members(team)
        await self._people.sync()

    async def _post(self, incoming: Incoming, drawn: Drawn) -> None:
        """Answer where something was said, in its thread."""
        place = Conversation(service_url=incoming.service_url, id=incoming.conversation, tenant=incoming.tenant)
        await self._wall.post(place, drawn.activity(), in_thread=True)

    async def _tell(self, who: Who, answer: Answer, tenant: str) -> None:
        """Tell one person alone."""
        place = await self._rooms.conversation(f"@{who.external_id}")
        await self._wall.post(place, reply(answer, tenant).activity())

    async def _refuse(self, incoming: Incoming, who: Who, answer: Answer) -> None:
        """Tell one person why nothing was done: alone, or where they said it if Teams opens no chat with them."""
        drawn = reply(answer, incoming.tenant)
        if incoming.conversation_type != PERSONAL:
            with suppress(DeliveryFailed):
                await self._tell(who, answer, incoming.tenant)
                drawn = Drawn(ELSEWHERE, text=ELSEWHERE)
        await self._post(incoming, drawn)

    async def _tell_apart(self, incoming: Incoming, who: Who, answer: Answer) -> None:
        await self._tell(who, answer, incoming.tenant)
        await self._post(incoming, Drawn(ELSEWHERE, text=ELSEWHERE))
