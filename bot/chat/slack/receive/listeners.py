"""Listeners: each parses a gesture, asks the backend, and answers; no rule stands here.

What is told to the actor beyond the acknowledgement goes out later, so after the commit and outside the answer.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.backend import Backend
from bot.chat.kit.background import Errands
from bot.chat.kit.text import GONE
from bot.chat.slack.directory import People
from bot.chat.slack.draw import form as forms
from bot.chat.slack.emoji import names as emoji_names
from bot.chat.slack.receive import commands, responses
from bot.chat.slack.receive.bring_in import read_brought
from bot.chat.slack.receive.responses import Telling
from bot.chat.slack.settings import SETTINGS
from bot.chat.slack.wire.client import Json
from bot.chat.slack.wire.forms import NotOurs, Picked, mark, read_picked, read_submission
from bot.chat.slack.wire.payloads import (
    Person,
    Press,
    read_press,
    read_reaction,
    read_shortcut,
    read_slasher,
    shortcut_of,
    string,
)
from bot.chat.slack.wire.typed import neutral, read_permalink
from bot.chat.slack.wire.workspace import Workspace
from handlers.base.cards import Form
from handlers.base.command import Answer, ByCard, Who
from handlers.base.verb import On, Verb
from handlers.channels.placement import try_again
from handlers.dispatch.react import CardPresence, what_stands
from handlers.dispatch.text_commands import Typed
from handlers.report.welcome import welcome
from handlers.verbs import BY_NAME
from storage.engine.database import Session
from storage.tables.states import IdentityKind

_TYPED = 4_000
_MOST_NAMED = 5


class NotYet(Exception):
    """A card may be just being posted where somebody reacted; Slack will tell us again."""


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledgement, with a body where Slack shows one."""

    body: Json | None = None


class Listeners:
    """What happens when something comes from Slack.

    Attributes:
        emoji: The reaction of each verb that has one.
        came_into: Told of each channel that the bot came into.
    """

    def __init__(
        self,
        *,
        backend: Backend,
        people: People,
        workspace: Workspace,
        telling: Telling,
        errands: Errands,
        emoji: Mapping[str, str],
        patience: float,
        came_into: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        self._came_into = came_into
        self._patience = patience
        self._backend = backend
        self._people = people
        self._workspace = workspace
        self._telling = telling
        self._errands = errands
        self._verbs = {
            name: (verb, chosen)
            for verb, chosen in emoji.items()
            if chosen and verb in BY_NAME
            for name in emoji_names(chosen)
        }

    async def on_press(self, body: Json) -> Ack:
        """A button, a choice in an overflow menu, or one in a form that is open."""
        if (picked := read_picked(body)) is not None:
            return await self._on_picked(picked)
        press = read_press(body)
        if press.strange:
            self._errands.later(self._telling.tell(press.person, press.response_url, Answer(text=GONE, ok=False)))
        if not press.verb:
            return Ack()
        who = await self._people.who(press.person)
        if BY_NAME[press.verb].form:
            await self._open(press, who)
            return Ack()
        answer = await self._backend.run(commands.of_press(press, who))
        if answer.form is not None:
            await self._show(press.person, press.trigger_id, press.response_url, answer)
        # The card itself shows what worked; a private list does not, and what is about no mention has no card.
        elif not answer.repeated and (
            not answer.ok or press.whispered or press.reference is None or answer.notice is not None
        ):
            self._errands.later(self._telling.tell(press.person, press.response_url, answer))
        if press.at_home and not answer.repeated:
            self._errands.later(self._show_home(press.person, who))
        return self._noted(press.person, answer)

    async def _on_picked(self, picked: Picked) -> Ack:
        """Let an open form show what a choice in it means: in its button's words, or in the field that it fills."""
        view = picked.view
        if picked.field.pressed and picked.label:
            view = forms.relabelled(view, picked.label)
        elif picked.field.fills and picked.value:
            given = {picked.field.name: picked.value}
            who = await self._people.who(picked.person)
            drawn = await self._backend.form(picked.verb, picked.reference, who, given)
            fields = drawn.fields if isinstance(drawn, Form) else ()
            text = next((one.initial for one in fields if one.name == picked.field.fills), "")
            view = forms.filled(view, picked.field, text, picked.typed.get(picked.field.fills, ""), mark(picked))
        if view is not picked.view:
            self._errands.later(self._telling.update(picked.view_id, picked.hash, view))
        return Ack()

    async def _open(self, press: Press, who: Who) -> None:
        """Open the form of a verb; reads only, and goes out before the acknowledgement."""
        form = await self._backend.form(press.verb, press.reference, who)
        answer = form if isinstance(form, Answer) else Answer(text="", form=form)
        await self._show(press.person, press.trigger_id, press.response_url, answer)

    async def _show(self, person: Person, trigger_id: str, response_url: str, answer: Answer) -> None:
        """Open the form that an answer holds, while the gesture lets us; else tell the actor what it says."""
        trouble = await self._opened(trigger_id, person, answer.form) if answer.form is not None else ""
        if answer.form is None or trouble:
            said = replace(answer, text=f"{answer.text} {trouble}".strip()) if trouble else answer
            self._errands.later(self._telling.tell(person, response_url, said))

    async def _opened(self, trigger_id: str, person: Person, form: Form) -> str:
        return await self._telling.open(trigger_id, forms.draw_form(form, person.channel))

    async def on_submission(self, body: Json) -> Ack:
        """A form that was sent; what is wrong with it stands beside its fields."""
        if string(body, "view", "callback_id", needed=False) != forms.FORM:
            return Ack()
        try:
            sent = read_submission(body)
        except NotOurs:
            title = string(body, "view", "title", "text", needed=False)
            return Ack({"response_action": "update", "view": forms.draw_told(title, GONE)})
        who = await self._people.who(sent.person)
        await self._people.meet(list(sent.people.values()))
        answer = await self._backend.run(commands.of_submission(sent, who))
        self._noted(sent.person, answer)
        if answer.ok and answer.notice is not None and answer.form is None and not answer.repeated:
            self._errands.later(self._telling.tell(sent.person, "", answer))
        return Ack(responses.answered(sent, answer))

    async def on_slash(self, body: Json) -> Ack:
        """``/dibs …``; answered in the acknowledgement."""
        person, raw = read_slasher(body), body.get("text")
        who = await self._people.who(person)
        text, accounts = neutral(raw[:_TYPED] if isinstance(raw, str) else "", self._workspace.team)
        await self._people.meet(accounts[:_MOST_NAMED])
        typed = Typed(
            text=text,
            who=who,
            request_key=f"slash:{string(body, 'trigger_id')}",
            permalink=lambda url: read_permalink(url, self._workspace.url),
        )
        answer = await self._backend.run_typed(typed)
        self._noted(person, answer)
        if answer.form is not None:
            trouble = await self._opened(string(body, "trigger_id"), person, answer.form)
            if not trouble:
                return Ack()
            answer = replace(answer, text=f"{answer.text} {trouble}")
        return Ack({"response_type": "ephemeral", **self._telling.said(answer)})

    async def on_shortcut(self, body: Json) -> Ack:
        """A message shortcut, on a card or on a message that links to a post."""
        verb = shortcut_of(body)
        if verb is None:
            return Ack()
        return await (self._on_brought(verb, body) if verb.on == On.POST else self._on_pointed(verb, body))

    async def _on_pointed(self, verb: Verb, body: Json) -> Ack:
        pointed = read_shortcut(body)
        await self._is_card(pointed.card)  # what is none is refused in a sentence; one just posted gets its moment
        answer = await self._backend.run(commands.of_pointed(verb, pointed, await self._people.who(pointed.person)))
        if not answer.repeated:
            self._errands.later(self._telling.tell(pointed.person, pointed.response_url, answer))
        return self._noted(pointed.person, answer)

    async def _on_brought(self, verb: Verb, body: Json) -> Ack:
        brought = read_brought(body)
        answer = await self._backend.run(commands.of_brought(verb, brought, await self._people.who(brought.person)))
        if not answer.repeated:
            await self._show(brought.person, brought.trigger_id, brought.response_url, answer)
        return self._noted(brought.person, answer)

    async def on_reaction(self, event: Json, body: Json) -> Ack:
        """An emoji on a card, set or taken away; on anything else it is none of our business."""
        reacted = read_reaction(event)
        meant = self._verbs.get(reacted.emoji) if reacted else None
        if reacted is None or meant is None or not await self._is_card(reacted.card):
            return Ack()
        verb, reacted = meant[0], replace(reacted, emoji=meant[1])
        who = await self._people.who(reacted.person, shared=body.get("is_ext_shared_channel") is True)
        answer = await self._backend.run(commands.of_reaction(reacted, verb, who))
        if reacted.added and not answer.ok and not answer.repeated and who.kind != IdentityKind.BOT:
            self._errands.later(self._telling.whisper(reacted.person, answer))
        return self._noted(reacted.person, answer)

    async def _is_card(self, card: ByCard) -> bool:
        """Say whether a card stands there; one that is being posted gets a moment to have its place written down."""
        deadline = self._backend.clock.monotonic() + self._patience
        while True:
            stands = await self._backend.read(lambda session: what_stands(session, card))
            if stands != CardPresence.PERHAPS:
                return stands == CardPresence.CARD
            if self._backend.clock.monotonic() > deadline:
                raise NotYet
            await self._backend.clock.sleep(0.1)

    async def on_home(self, event: Json) -> Ack:
        """Somebody looks at the App Home."""
        if event.get("tab", "home") == "home":
            person = Person(account=string(event, "user"), retried=True)
            self._errands.later(self._show_home(person, await self._people.who(person)))
        return Ack()

    async def on_joined(self, event: Json) -> Ack:
        """We came into a channel: say once what a card is, and let what waited for us to be there come at once."""
        channel, now = string(event, "channel"), self._backend.clock.now()

        def write(session: Session) -> None:
            welcome(session, "slack", channel, SETTINGS.types, now)
            try_again(session, "slack", channel, now)

        if event.get("user") == self._workspace.bot_user:
            await self._backend.tx(write)
            self._errands.later(self._came_into(channel))
        return Ack()

    async def on_member(self, event: Json) -> Ack:
        """Somebody came, left or changed."""
        user = event.get("user")
        if isinstance(user, dict) and await self._people.learn([user]):
            self._errands.later(self._people.sync())
        return Ack()

    async def on_groups(self) -> Ack:
        """A user group changed."""
        self._errands.later(self._people.learn_groups())
        return Ack()

    async def _show_home(self, person: Person, who: Who) -> None:
        answer = await self._backend.personal_page(who)
        await self._telling.publish(person, answer)
        self._noted(person, answer)

    def _noted(self, person: Person, answer: Answer) -> Ack:
        """Acknowledge, and look up who acted if we had not met before."""
        if answer.unknown_person:
            self._errands.later(self._people.get_to_know(person.account))
        return Ack()
