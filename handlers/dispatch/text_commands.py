"""Typed commands: ``<verb> <reference> …`` on every platform, read with the verbs' own table.

What stands behind the verb says what it is about: a mention's reference, the address of a post, or nothing.

A platform first turns its own tokens into neutral ones: people into ``<platform>:<workspace>:<account>``, links into
bare addresses, permalinks of cards into a reference (see ``Reading.permalink``). Without a reference the candidates
are listed; it never guesses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from handlers.ask.list_unclaimed import AskList
from handlers.base.command import ByToken, ByUrl, Command, Reference, Who
from handlers.base.errors import WrongInput
from handlers.base.verb import ADDRESS, On, Verb, ask, usage
from handlers.text.nearest import nearest
from handlers.verbs import VERBS
from storage.tables.states import Via

_BY_WORD: dict[str, Verb] = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
_TOKEN = re.compile(r"#?([0-9a-z]{4,12})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What came in, and from whom.

    Attributes:
        permalink: Turns the link of a card on this platform into a reference, or returns None.
    """

    text: str
    who: Who
    request_key: str
    via: Via = Via.COMMAND
    permalink: Callable[[str], Reference | None] = lambda _url: None


def read_command(typed: Typed) -> Command:
    """Return the command that the text means.

    Raises:
        WrongInput: No such verb, or an argument is missing; the sentence shows how it is typed.
    """
    words = typed.text.split() or [""]
    name, rest = words[0].lower(), words[1:]
    verb = _BY_WORD.get(name)
    if verb is None:
        raise WrongInput(_unknown(name[:40]))
    if verb.on == On.MENTION:
        return _about_mention(verb, rest, typed)
    if verb.on == On.POST:  # an address that is missing is asked for by the form
        address = {ADDRESS.name: "".join(rest[:1])}
        return _ask(verb, None, address | read_arguments(verb, rest[1:]), typed)
    return _ask(verb, None, read_arguments(verb, rest), typed)


def _ask(verb: Verb, about: Reference | None, given: dict[str, str], typed: Typed) -> Command:
    return ask(verb, about, given, who=typed.who, via=typed.via, request_key=typed.request_key)


def _unknown(name: str) -> str:
    guess = nearest(name, [verb.name for verb in VERBS if verb.help])
    hint = f" Did you mean {guess}?" if guess else ""
    return f"I do not know {name!r}.{hint} Type help to see what I understand."


def _about_mention(verb: Verb, words: list[str], typed: Typed) -> Command:
    """Return the command about the mention that is named; without one, list those for which the verb makes sense."""
    reference = read_reference(words[0], typed) if words else None
    if reference is not None:
        return _ask(verb, reference, read_arguments(verb, words[1:]), typed)
    if not verb.on_cards:
        raise WrongInput(f"Which mention? Type: {usage(verb)}, for example {verb.name} #k7f2.")
    intro = f"Which mention? Type {usage(verb)}, with one of these references."
    return AskList(verb=verb, intro=intro, who=typed.who, via=typed.via, request_key=typed.request_key)


def read_reference(word: str, typed: Typed) -> Reference | None:
    """Return the mention that a word names: ``#k7f2``, the link of its card, or the address of its post."""
    if word.lower().startswith(("http://", "https://")):
        return typed.permalink(word) or ByUrl(word)
    token = _TOKEN.fullmatch(word.lower())
    return ByToken(token[1]) if token else None


def read_arguments(verb: Verb, words: list[str]) -> dict[str, str]:
    """Give the words behind what it is about to the fields of the verb, in their order; the last text takes the rest.

    Raises:
        WrongInput: A required field got nothing.
    """
    values: dict[str, str] = {}
    left = list(words)
    asked = [field for field in verb.fields if field is not ADDRESS]
    for position, field in enumerate(asked):
        last = position == len(asked) - 1
        if field.kind in ("person", "choice") and not last:
            taken, left = left[:1], left[1:]
        else:
            taken, left = left, []
        if taken:
            values[field.name] = " ".join(taken)[: field.limit]
        elif field.required:
            raise WrongInput(f"Type: {usage(verb)}. {field.label}: {field.hint or 'it is missing.'}")
    return values
