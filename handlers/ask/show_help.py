"""Help: what can be typed, from the very table in which it stands itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.base.cards import Line, Notice, Section
from handlers.base.command import Answer, Command, Context
from handlers.base.verb import On, Verb, usage

NAME = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(Command):
    """Ask what can be typed."""


def verb_of(table: Callable[[], Sequence[Verb]]) -> Verb:
    """Return the verb that tells of all verbs; the table is asked for when somebody asks, since it holds this one."""

    def answer_help(command: AskHelp, context: Context) -> Answer:
        return tell(table())

    return Verb(
        name=NAME,
        help="show this",
        command=AskHelp,
        handler=answer_help,
        on=On.NOTHING,
        aliases=("", "?"),
    )


def tell(verbs: Sequence[Verb]) -> Answer:
    """List every verb that is told of, as it is typed."""
    on_cards = [one for one in verbs if one.help and one.on_cards]
    others = [one for one in verbs if one.help and not one.on_cards]
    notice = Notice(
        title="What Dibs understands",
        text="What Dibs understands.",
        sections=(
            Section(
                title="On a mention. REF is its reference (#k7f2), its card's link, or its address",
                lines=tuple(_line(one) for one in on_cards),
            ),
            Section(title="Questions", lines=tuple(_line(one) for one in others)),
        ),
        footer="Nothing that you type here or in a thread becomes public.",
    )
    return Answer(text=notice.text, notice=notice)


def _line(verb: Verb) -> Line:
    return Line(text=f"{usage(verb)} — {verb.help}")
