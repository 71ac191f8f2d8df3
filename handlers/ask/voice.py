"""Voice: what more people say than usual, and how many say what has a name, in the last seven days."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.ask.list_unclaimed import DEPARTMENT
from handlers.base.cards import Line, Notice, section
from handlers.base.command import Answer, Command, Context, as_typed
from handlers.base.verb import On, Verb
from handlers.report.voice.addresses import open_rows
from handlers.report.voice.counting import Span
from handlers.report.voice.read import Named, Rising, VoiceOf, read_voice


@dataclass(frozen=True, slots=True, kw_only=True)
class AskVoice(Command):
    """Ask what many people say; without a department, of all."""

    asks: ClassVar[bool] = True
    department: str = ""


def answer_voice(command: AskVoice, context: Context) -> Answer:
    """List what more people say than usual, and the themes.

    Raises:
        WrongInput: There is no such department.
    """
    span = Span.until_now(context.now)
    found = read_voice(context.session, context.organisation, span, context.now, command.department)
    title = f"Voice of {found.department.name}" if found.department else "Voice"
    desk = context.organisation.desk_url.rstrip("/")
    text = f"{title}: {say_both(found)}."
    names = as_typed(context.types, "theme name")
    footer = f"{names}, the letters in brackets and a name make a theme of it." if found.rising else ""
    sections = (
        section("More than usual", [rising_line(one, desk) for one in found.rising]),
        section("As always", [named_line(one, desk) for one in found.named]),
    )
    shown = tuple(one for one in sections if one.lines)
    return Answer(text=text, notice=Notice(title=title, text=text, sections=shown, footer=footer))


def say_both(found: VoiceOf) -> str:
    """Say how much there is of both."""
    more = len(found.rising) or "nothing"
    return f"{more} said more than usual, {len(found.named)} {'theme' if len(found.named) == 1 else 'themes'}"


def rising_line(one: Rising, desk: str) -> Line:
    """Write what rises in one line, with the way to its rows."""
    said = "".join(f" {quote.said}" for quote in one.quotes[:1])
    return Line(text=f"“{one.label}” — {one.said}.{said} [{one.token}]", link=open_rows(desk, one.number, one.token))


def named_line(one: Named, desk: str) -> Line:
    """Write a theme in one line, with the way to its rows."""
    work = f" · {one.work}" if one.work else ""
    link = open_rows(desk, one.number, one.theme.token)
    return Line(text=f"{one.theme.name} — {one.said}{work} [{one.theme.token}]", link=link)


VERB = Verb(
    name="voice",
    help="what many people say: more than usual, and as always",
    command=AskVoice,
    handler=answer_voice,
    on=On.NOTHING,
    fields=(DEPARTMENT,),
)
