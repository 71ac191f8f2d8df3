"""Commands: from what a gesture says to what is asked of the backend."""

from collections.abc import Mapping

from bot.chat.kit.form_values import of_form
from bot.chat.teams.draw.text import read_permalink
from bot.chat.teams.receive.reactions import Reacted
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.payloads import PEOPLE_FIELDS, Press, picked, read_typed, request_key
from handlers.base.command import Command, Who
from handlers.dispatch.react import ReactToCard
from handlers.dispatch.text_commands import Typed
from handlers.verbs import BY_NAME
from storage.tables.states import Via


def of_press(press: Press, who: Who) -> Command:
    """Return what a button or a form means; not for ``show``, which asks for nothing but a look."""
    verb = BY_NAME[press.verb]
    people = PEOPLE_FIELDS[verb.command]
    given = {name: picked(value, who) if name in people else value for name, value in press.values.items()}
    return of_form(verb, press.reference, given, who, press.request_key)


def of_message(incoming: Incoming, who: Who, known: Mapping[str, str]) -> Typed:
    """Return what was typed; ``known`` holds the ids in the directory of those whom it names."""
    return Typed(
        text=read_typed(incoming, known),
        who=who,
        request_key=request_key(incoming),
        permalink=read_permalink,
    )


def of_reaction(reacted: Reacted, who: Who) -> Command:
    """Return what an emoji on a card means."""
    return ReactToCard(
        card=reacted.card,
        verb=reacted.verb,
        emoji=reacted.emoji,
        added=reacted.added,
        at=reacted.at,
        who=who,
        via=Via.EMOJI,
        request_key=reacted.request_key,
    )
