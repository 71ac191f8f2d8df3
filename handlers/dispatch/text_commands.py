"""Typed commands: ``<verb> <reference> …`` on every platform, read with the verbs' own table.

A platform first turns its own tokens into neutral ones: people into ``<platform>:<workspace>:<account>``, links into
bare addresses, permalinks of cards into a reference (see ``Reading.permalink``). Without a reference the candidates
are listed; it never guesses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.base.command import ByToken, ByUrl, Command, Reference, Who
from handlers.base.errors import WrongInput
from handlers.base.verb import Verb, usage
from handlers.dispatch.add import ADD, AddPost
from handlers.dispatch.questions import AskDigest, AskHelp, AskHome, AskList, AskLog, AskMine
from handlers.people.sign_in import AskDesk
from handlers.text.nearest import nearest
from handlers.verbs import BY_NAME, QUESTIONS
from storage.tables.states import Via

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
    words = typed.text.split()
    name = words[0].lower() if words else "help"
    common: dict[str, Any] = {"who": typed.who, "via": typed.via, "request_key": typed.request_key}
    if name in BY_NAME:
        return _verb_command(BY_NAME[name], words[1:], typed, common)
    rest = " ".join(words[1:])
    if name == "list":
        return AskList(department=rest, **common)
    if name == ADD:
        return AddPost(url="".join(words[1:2]), text=" ".join(words[2:]), **common)
    if name == "mine":
        return AskMine(**common)
    if name == "digest":
        return AskDigest(department=rest, **common)
    if name == "log":
        reference = read_reference(words[1], typed) if len(words) > 1 else None
        if reference is None:
            raise WrongInput("Which mention? Type: log REF, for example log #k7f2.")
        return AskLog(reference=reference, **common)
    if name in ("help", "?"):
        return AskHelp(**common)
    if name == "desk":
        return AskDesk(**common)
    if name == "home":
        return AskHome(**common)
    known = [*BY_NAME, *(one.name for one in QUESTIONS)]
    guess = nearest(name[:40], known)
    hint = f" Did you mean {guess}?" if guess else ""
    raise WrongInput(f"I do not know {name[:40]!r}.{hint} Type help to see what I understand.")


def _verb_command(verb: Verb, words: list[str], typed: Typed, common: dict[str, Any]) -> Command:
    reference = read_reference(words[0], typed) if words else None
    if reference is None:
        intro = f"Which mention? Type {usage(verb)}, with one of these references."
        return AskList(verb=verb.name, intro=intro, **common)
    arguments: dict[str, Any] = {**read_arguments(verb, words[1:]), **common}
    return verb.command(reference=reference, **arguments)


def read_reference(word: str, typed: Typed) -> Reference | None:
    """Return the mention that a word names: ``#k7f2``, the link of its card, or the address of its post."""
    if word.lower().startswith(("http://", "https://")):
        return typed.permalink(word) or ByUrl(word)
    token = _TOKEN.fullmatch(word.lower())
    return ByToken(token[1]) if token else None


def read_arguments(verb: Verb, words: list[str]) -> dict[str, str]:
    """Give the words behind the reference to the fields of the verb, in their order; the last text takes the rest.

    Raises:
        WrongInput: A required field got nothing.
    """
    values: dict[str, str] = {}
    left = list(words)
    for position, field in enumerate(verb.fields):
        last = position == len(verb.fields) - 1
        if field.kind in ("person", "choice") and not last:
            taken, left = left[:1], left[1:]
        else:
            taken, left = left, []
        if taken:
            values[field.name] = " ".join(taken)[: field.limit]
        elif field.required:
            raise WrongInput(f"Type: {usage(verb)}. {field.label}: {field.hint or 'it is missing.'}")
    return values
