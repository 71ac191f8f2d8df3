"""All commands: everything that Dibs understands, as it is typed; on the desk, as it is pressed.

It stands behind the button of help. What is typed for it is ``help all``, so help is silent on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Line, Notice, Section
from handlers.base.command import Answer, Command, Context, as_typed
from handlers.base.usage import usage
from handlers.base.verb import On, Verb
from storage.own import lately

NAME, LABEL = "all", "All commands"
TITLE = "All that Dibs understands"
_QUIET = "Nothing that you type here or in a thread becomes public."


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCommands(Command):
    """Ask for everything that can be typed."""

    asks: ClassVar[bool] = True


def verb_of(table: Callable[[], Sequence[Verb]]) -> Verb:
    """Return the verb that tells of all verbs; the table is asked for when somebody asks, since it holds this one."""
    return Verb(
        name=NAME,
        label=LABEL,
        help="",
        command=AskCommands,
        handler=lambda _command, context: tell_all(table(), context),
        on=On.NOTHING,
    )


def tell_all(verbs: Sequence[Verb], context: Context) -> Answer:
    """List every verb that is told of, as it is typed; on the desk, as it is pressed."""
    told = [one for one in verbs if one.help and (context.types is not None or one.label)]
    on_cards, others = [one for one in told if one.on_cards], [one for one in told if not one.on_cards]
    about = f"REF is its reference, such as {a_reference(context)}, its card's link, or its address"
    notice = Notice(
        title=TITLE,
        text=TITLE,
        sections=(
            Section(
                title="On the card of a mention" if context.types is None else f"On a mention. {about}",
                lines=tuple(line_of(one, context) for one in on_cards),
            ),
            Section(title="Besides", lines=tuple(line_of(one, context) for one in others)),
        ),
        footer=_QUIET if context.types is not None else "",
    )
    return Answer(text=TITLE, notice=notice)


def line_of(verb: Verb, context: Context) -> Line:
    """Return how a verb is typed, or pressed where nothing is, and what it does."""
    how = verb.label if context.types is None else as_typed(context.types, usage(verb))
    return Line(text=f"{how} — {verb.help}")


def a_reference(context: Context) -> str:
    """Return the reference of a mention that there is; where there is none, how one looks."""
    newest = lately.newest(context.session)
    return f"#{newest.token}" if newest else "#k7f2"
