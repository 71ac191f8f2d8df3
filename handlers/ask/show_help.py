"""Help: what one does every day, each in a line with its button; all else is one press, or two words, further.

It is made from the very table in which it stands itself. Whatever it says to type is typed as it works where it is
read, and about a mention that there is; on the desk, where nothing is typed, it says what is pressed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.ask import add, digest, list_unclaimed, mine
from handlers.ask.all_commands import LABEL, a_reference, line_of, tell_all
from handlers.ask.all_commands import NAME as ALL
from handlers.base.cards import Button, Field, Line, Notice, Section
from handlers.base.command import Answer, Command, Context, as_typed
from handlers.base.errors import WrongInput
from handlers.base.usage import example
from handlers.base.verb import On, Verb, button_alone
from handlers.own import claim
from handlers.people import sign_in
from handlers.reply import review
from handlers.text.nearest import nearest

NAME = "help"
TITLE = "What one does with Dibs every day"
DAILY = (list_unclaimed.VERB, mine.VERB, add.VERB, digest.VERB, sign_in.VERB)
_ON_DESK = (list_unclaimed.VERB, review.VERB, mine.VERB, add.VERB, digest.VERB)
_ABOUT = Field(name="about", label="About", kind="line", required=False, example=ALL, limit=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(Command):
    """Ask what one can do.

    Attributes:
        about: ``all``, or the name of one verb; empty = what one does every day.
    """

    asks: ClassVar[bool] = True
    about: str = ""


def verb_of(table: Callable[[], Sequence[Verb]]) -> Verb:
    """Return the verb that tells of all verbs; the table is asked for when somebody asks, since it holds this one."""

    def answer_help(command: AskHelp, context: Context) -> Answer:
        """Say what one does every day, or all, or what one verb does.

        Raises:
            WrongInput: There is no such verb.
        """
        about = command.about.strip().lower()
        if not about:
            return tell_daily(context)
        if about == ALL:
            return tell_all(table(), context)
        return _tell_one(about, table(), context)

    return Verb(
        name=NAME,
        help=f"what one does every day; {ALL} for everything, or a command's name",
        command=AskHelp,
        handler=answer_help,
        on=On.NOTHING,
        fields=(_ABOUT,),
        aliases=("", "?"),
    )


def tell_daily(context: Context) -> Answer:
    """Say what one does every day, each with its button."""
    offered = _ON_DESK if context.types is None else DAILY
    here = [verb for verb in offered if verb is not sign_in.VERB or context.organisation.desk_url]
    lines = [Line(text=f"{verb.label} — {verb.help}", button=button_alone(verb)) for verb in here]
    if context.types is None:
        about = (
            f"To look after a mention, press {claim.VERB.label} on its card. What else can be done stands beside it."
        )
    else:
        typed = as_typed(context.types, example(claim.VERB, a_reference(context)))
        about = f"To look after a mention, press {claim.VERB.label} on its card, or type {typed}"
    more = Button(verb=ALL, label=LABEL, value="", accessibility_label=LABEL)
    lines.append(Line(text=about))
    notice = Notice(title=TITLE, text=TITLE, sections=(Section(title="", lines=tuple(lines)),), buttons=(more,))
    return Answer(text=TITLE, notice=notice)


def _tell_one(name: str, verbs: Sequence[Verb], context: Context) -> Answer:
    told = {one.name: one for one in verbs if one.help}
    verb = told.get(name)
    if verb is None:
        guess = nearest(name, list(told))
        meant = f" Did you mean {as_typed(context.types, f'{NAME} {guess}')}?" if guess else ""
        every = as_typed(context.types, f"{NAME} {ALL}")
        raise WrongInput(f"I do not know {name!r}.{meant} Type {every} to see all.")
    typed = as_typed(context.types, example(verb, a_reference(context)))
    return Answer(text=f"{line_of(verb, context).text}. For example: {typed}")
