"""Presses: from a button or a form that was sent to what who pressed is shown; no rule stands here.

A press is answered with the fresh card, drawn for where it was pressed; everybody else's copy follows by delivery's
update. Looking is a right of our own people, too: what stands in a button comes from the client.
"""

from dataclasses import dataclass

from bot.chat.backend import Backend
from bot.chat.kit.text import GONE
from bot.chat.teams.directory import People
from bot.chat.teams.draw.elements import SHOW
from bot.chat.teams.receive.commands import of_press
from bot.chat.teams.receive.duplicates import Copies, is_copy
from bot.chat.teams.receive.responses import REPEATED, answered, noticed, opened, told_only
from bot.chat.teams.room_facts import TEAMS
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.invoke import InvokeAnswer
from bot.chat.teams.wire.payloads import PERSONAL, Malformed, Press, read_press
from handlers.base.cards import Card, Form
from handlers.base.command import Answer, Who
from handlers.base.errors import BotError
from handlers.dispatch.dispatch import find_mention
from handlers.draw.card import Seen, draw_card
from handlers.people.people import require_employee
from handlers.verbs import OFFERED
from storage.channels import messages
from storage.engine.database import Session

CANCELLED = "Nothing was done."
APART = "That is for you alone: ask for it in our own chat."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """The card of a mention as it stands now, and whether what was pressed is a second copy of it."""

    card: Card
    copy: bool


class Presses:
    """Answers presses."""

    def __init__(self, backend: Backend, people: People, copies: Copies) -> None:
        self._backend = backend
        self._people = people
        self._copies = copies

    async def answer(self, incoming: Incoming) -> InvokeAnswer | None:
        """Do what a press asks for; whatever it was, there is an answer, but to a message that was answered before."""
        try:
            press = read_press(incoming)
        except Malformed:
            return told_only(GONE)
        who = await self._people.who(incoming)
        if isinstance(who, str):
            return told_only(who)
        if press.verb == SHOW:
            return await self._shown(incoming, press, who)
        if OFFERED[press.verb].form and not press.sent:
            return await self._opened(incoming, press, who)
        command = of_press(press, who)
        answer = await self._people.stranger(incoming, command) or await self._backend.run(command)
        if answer.repeated and press.by_message:
            return None
        if answer.secret and press.by_message and incoming.conversation_type != PERSONAL:
            return told_only(APART)  # it would be answered in the thread, for all to read
        return await self._answered(incoming, press, who, answer)

    async def _shown(self, incoming: Incoming, press: Press, who: Who) -> InvokeAnswer:
        """Draw a card anew, as "Refresh" and "Cancel" ask for."""
        if press.by_message:
            return told_only(CANCELLED)
        seen = await self._look(incoming, press, who)
        if isinstance(seen, str):
            return told_only(seen)
        return answered(press, Answer(text=""), incoming.tenant, card=self._retired(press, seen))

    async def _opened(self, incoming: Incoming, press: Press, who: Who) -> InvokeAnswer:
        """Open the form of a verb; reads only."""
        seen = await self._look(incoming, press, who) if press.reference is not None else None
        if isinstance(seen, str):
            return told_only(seen)
        return opened(await self._backend.form(press.verb, press.reference, who))

    async def _answered(self, incoming: Incoming, press: Press, who: Who, answer: Answer) -> InvokeAnswer:
        if answer.ok and answer.notice is not None and answer.form is None:
            return noticed(press, answer.notice, incoming.tenant)
        if press.listed and not press.sent and answer.form is None and not answer.fields:
            return told_only(answer.text or REPEATED)
        form: Form | Answer | None = None
        if answer.fields and answer.form is None and press.reference is not None:
            form = await self._backend.form(press.verb, press.reference, who)
        seen = "" if press.by_message else await self._look(incoming, press, who)
        card = None if isinstance(seen, str) else seen.card
        if not isinstance(seen, str) and answer.form is None and not answer.fields:
            card = self._retired(press, seen)
        again = form if isinstance(form, Form) else None
        return answered(press, answer, incoming.tenant, card=card, form=again)

    def _retired(self, press: Press, seen: _Looked) -> Card:
        return self._copies.retire(press, seen.card) if seen.copy else seen.card

    async def _look(self, incoming: Incoming, press: Press, who: Who) -> _Looked | str:
        """Look at the mention of a press, in one read."""
        return await self._backend.read(lambda session: self._see(session, incoming, press, who))

    def _see(self, session: Session, incoming: Incoming, press: Press, who: Who) -> _Looked | str:
        """Draw the card of a press for where it stands, or say why not; in a chat, it is nobody's home."""
        if press.reference is None:
            return GONE
        here = press.card.channel
        try:
            require_employee(session, who, self._backend.organisation)
            row = find_mention(session, press.reference)
        except BotError as error:
            return error.sentence
        place = Seen(platform=TEAMS, channel=here) if messages.has_lane(session, TEAMS, here) else None
        card = draw_card(session, row.id, self._backend.organisation, place)
        return _Looked(card=card, copy=is_copy(session, incoming, press, row.id))
