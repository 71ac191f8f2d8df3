"""Typed commands: ``<verb> <reference> …`` on every platform, read with the verbs' own table.

What stands behind the verb says what it is about: a mention's reference, the address of a post, or nothing.

A platform first turns its own tokens into neutral ones: people into ``<platform>:<workspace>:<account>``, links into
bare addresses, permalinks of cards into a reference (see ``Typed.permalink``). Without a reference the candidates
are listed; it never guesses. Where a name of several words stands before a text, only who knows the names can tell
where it ends: the command says so (``unsplit``), and its handler asks ``handlers.people``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.ask.list_unclaimed import AskList
from handlers.base.command import ByToken, ByUrl, Command, MentionCommand, Reference, Who
from handlers.base.errors import WrongInput
from handlers.base.verb import ADDRESS, On, Verb, ask, usage
from handlers.text.nearest import nearest
from handlers.text.typed import ENDS, addresses_in, as_line, take_argument, take_word, token_in, unquoted
from handlers.verbs import VERBS
from storage.tables.states import Via

_BY_WORD: dict[str, Verb] = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
_MARKS = "`*_~.,:;!…"


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
    word, rest = take_word(typed.text.replace("\r\n", "\n"))
    name = word.lower()
    verb = _BY_WORD.get(name) or _BY_WORD.get(name.strip(_MARKS))
    if verb is None:
        raise WrongInput(_unknown(name[:40]))
    if verb.on == On.MENTION:
        return _about_mention(verb, rest, typed)
    if verb.on == On.POST:  # an address that is missing is asked for by the form
        word, rest = take_word(rest)
        address = {ADDRESS.name: next(iter(addresses_in(word)), word)}
        return _ask(verb, None, address | read_arguments(verb, rest), typed)
    return _ask(verb, None, read_arguments(verb, rest), typed)


def _ask(verb: Verb, about: Reference | None, given: dict[str, str], typed: Typed) -> Command:
    return ask(verb, about, given, who=typed.who, via=typed.via, request_key=typed.request_key)


def _unknown(name: str) -> str:
    guess = nearest(name, [verb.name for verb in VERBS if verb.help])
    hint = f" Did you mean {guess}?" if guess else ""
    return f"I do not know {name!r}.{hint} Type help to see what I understand."


def _about_mention(verb: Verb, text: str, typed: Typed) -> Command:
    """Return the command about the mention that is named; without one, list those for which the verb makes sense."""
    word, rest = take_word(text)
    reference = read_reference(word, typed)
    if reference is not None:
        command = _ask(verb, reference, read_arguments(verb, rest), typed)
        return replace(command, unsplit=_is_unsplit(verb, rest)) if isinstance(command, MentionCommand) else command
    if not verb.on_cards:
        raise WrongInput(f"Which mention? Type: {usage(verb)}, for example {verb.name} #k7f2.")
    intro = f"Which mention? Type {usage(verb)}, with one of these references."
    return AskList(verb=verb, intro=intro, who=typed.who, via=typed.via, request_key=typed.request_key)


def read_reference(word: str, typed: Typed) -> Reference | None:
    """Return the mention that a word names: ``#k7f2``, the link of its card, or the address of its post."""
    addresses = addresses_in(word)
    if addresses:
        cards = (card for one in addresses if (card := typed.permalink(one)) is not None)
        return next(cards, ByUrl(addresses[0]))
    token = token_in(word)
    return ByToken(token) if token else None


def _is_unsplit(verb: Verb, text: str) -> bool:
    """Say whether a name of several words may begin a text: no quotes say where it ends."""
    kinds = [field.kind for field in verb.fields]
    return kinds in (["person", "text"], ["choice", "text"]) and not take_argument(text).quoted


def read_arguments(verb: Verb, text: str) -> dict[str, str]:
    """Give what stands behind what it is about to the fields of the verb, in their order; the last takes the rest.

    A text that begins here is kept as it was typed, with its lines and spaces.

    Raises:
        WrongInput: A required field got nothing.
    """
    values: dict[str, str] = {}
    left = text
    asked = [field for field in verb.fields if field is not ADDRESS]
    for position, field in enumerate(asked):
        if field.kind in ("person", "choice") and position < len(asked) - 1:
            argument = take_argument(left)
            taken, left = argument.text, argument.rest
            if field.kind == "person" and not argument.quoted and (":" in taken or "@" in taken):
                taken = taken.rstrip(ENDS)
        elif field.kind == "text":
            taken, left = (left.strip() if position == 0 else as_line(left)), ""
        else:
            taken, left = unquoted(" ".join(left.split())), ""
        if taken:
            values[field.name] = taken[: field.limit]
        elif field.required:
            raise WrongInput(f"Type: {usage(verb)}. {field.label}: {field.hint or 'it is missing.'}")
    return values
