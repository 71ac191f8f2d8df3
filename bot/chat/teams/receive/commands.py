"""Commands: from what a gesture says to what is asked of the office."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.chat.kit.form_values import addition, filled
from bot.chat.teams.draw.text import read_permalink
from bot.chat.teams.receive.reactions import Reacted
from bot.chat.teams.wire.activity import Incoming
from bot.chat.teams.wire.payloads import Press, read_typed, request_key
from handlers.base.command import Command, Who
from handlers.dispatch.react import ReactToCard
from handlers.dispatch.text_commands import Typed
from handlers.verbs import BY_NAME, VERBS
from storage.tables.states import Via

_ACCOUNT = re.compile(r"teams:[^:\s]+:([^:\s]+)")
_PEOPLE: Mapping[type[Command], tuple[str, ...]] = {
    verb.command: tuple(one.name for one in verb.fields if one.kind == "person") for verb in VERBS
}
_PICKED = re.compile(r"(?:8:orgid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def of_press(press: Press, who: Who) -> Command:
    """Return what a button or a form means; not for ``show``, which asks for nothing but a look."""
    if press.reference is None:
        return addition(press.values, who, press.request_key)
    verb = BY_NAME[press.verb]
    people = _PEOPLE[verb.command]
    given = {name: picked(value, who) if name in people else value for name, value in press.values.items()}
    typed: dict[str, Any] = filled(verb, given)
    return verb.command(reference=press.reference, who=who, via=Via.BUTTON, request_key=press.request_key, **typed)


def picked(value: str, who: Who) -> str:
    """Return whom the search for people found as an account of the actor's tenant; what was typed stays as it is."""
    found = _PICKED.fullmatch(value.strip())
    return f"teams:{who.workspace}:{found[1].lower()}" if found else value.strip()


def named_in(command: Command) -> Iterator[tuple[str, str]]:
    """Yield whom a command names by their id in the directory, with the field; what is typed may be anybody's."""
    for name in _PEOPLE.get(type(command), ()):
        if found := _ACCOUNT.fullmatch(str(getattr(command, name)).strip()):
            yield name, found[1]


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
