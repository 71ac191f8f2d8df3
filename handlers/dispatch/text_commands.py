"""Typed commands: ``<verb> <reference> …`` on every platform, read with the verbs' own table.

What stands behind the verb says what it is about: a mention's reference, the address of a post, or nothing.

A platform first turns its own tokens into neutral ones: people into ``<platform>:<workspace>:<account>``, links into
bare addresses, permalinks of cards into a reference (see ``Typed.permalink``). Without a reference the candidates
are listed; it never guesses. Where a name of several words stands before a text, only who knows the names can tell
where it ends: the command says so (``unsplit``), and its handler asks ``handlers.people``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.ask import show_help
from handlers.ask.list_unclaimed import AskList
from handlers.base.cards import one_line
from handlers.base.command import ByToken, ByUrl, Command, MentionCommand, Reference, Who, as_typed
from handlers.base.errors import WrongInput
from handlers.base.usage import example
from handlers.base.verb import ADDRESS, On, Verb, ask
from handlers.text.nearest import nearest
from handlers.text.typed import ENDS, addresses_in, as_line, take_argument, take_word, token_in, unquoted
from handlers.verbs import VERBS
from storage.tables.states import Via

_BY_WORD: dict[str, Verb] = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
_MARKS = "`*_~.,:;!…"
# Who reads elsewhere how something is typed may type all of it.
_OURS = frozenset({"/dibs", "@dibs", "dibs"})
_MOST_SAID = 100


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
    """Return the command that the text means; the name by which we are called may stand before it.

    Raises:
        WrongInput: No such verb, or an argument is missing; the sentence shows how it is typed where that was.
    """
    word, rest = take_word(typed.text.replace("\r\n", "\n"))
    if word.lower().strip(_MARKS) in _OURS:
        word, rest = take_word(rest)
    name = word.lower()
    verb = _BY_WORD.get(name) or _BY_WORD.get(name.strip(_MARKS))
    if verb is None:
        raise WrongInput(_unknown(name[:40], rest, typed.who))
    if verb.on == On.MENTION:
        return _about_mention(verb, rest, typed)
    if verb.on == On.POST:  # an address that is missing is asked for by the form
        word, rest = take_word(rest)
        address = {ADDRESS.name: next(iter(addresses_in(word)), word)}
        return _ask(verb, None, address | read_arguments(verb, rest, typed.who), typed)
    return _ask(verb, None, read_arguments(verb, rest, typed.who), typed)


def _ask(verb: Verb, about: Reference | None, given: dict[str, str], typed: Typed) -> Command:
    return ask(verb, about, given, who=typed.who, via=typed.via, request_key=typed.request_key)


def _unknown(name: str, rest: str, who: Who) -> str:
    guess = nearest(name, [verb.name for verb in VERBS if verb.help])
    token = token_in(take_word(rest)[0]) if guess and _BY_WORD[guess].on == On.MENTION else None
    meant = as_typed(who.types, f"{guess} #{token}" if token else guess) if guess else ""
    hint = f" Did you mean {meant}?" if meant else ""
    return f"I do not know {name!r}.{hint} Type {as_typed(who.types, show_help.NAME)} to see what I understand."


def _about_mention(verb: Verb, text: str, typed: Typed) -> Command:
    """Return the command about the mention that is named; without one, list those for which the verb makes sense."""
    word, rest = take_word(text)
    reference = read_reference(word, typed)
    if reference is None:
        return AskList(verb=verb, which=True, who=typed.who, via=typed.via, request_key=typed.request_key)
    about = f"#{reference.token}" if isinstance(reference, ByToken) else one_line(word, _MOST_SAID)
    command = _ask(verb, reference, read_arguments(verb, rest, typed.who, about), typed)
    return replace(command, unsplit=_is_unsplit(verb, rest)) if isinstance(command, MentionCommand) else command


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


def read_arguments(verb: Verb, text: str, who: Who, about: str = "") -> dict[str, str]:
    """Give what stands behind what it is ``about`` to the fields of the verb, in their order; the last takes the rest.

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
            known = f" {field.hint}" if field.hint else ""
            raise WrongInput(f"{field.label} is missing.{known} Type {as_typed(who.types, example(verb, about))}")
    return values
