"""Theme: what many people say gets a name, is changed, merged, muted, called mended or ended; each is undone as easily.

One verb with one form, so that it is the same in Slack, in Teams and on the desk. Anybody may: nothing of it touches
a mention, and who did what stands in the log.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar

from handlers.base.cards import Choice, Field, Form, Line, Notice, Section, section
from handlers.base.command import Answer, Asking, Command, Context
from handlers.base.errors import WrongInput
from handlers.base.verb import On, Verb
from handlers.reply import draft
from handlers.report.lines import draw_lines
from handlers.report.voice import steps
from handlers.report.voice.counting import quotes_of
from handlers.report.voice.finding import try_query
from handlers.report.voice.read import home_of
from handlers.report.voice.steps import LONGEST_NAME, LONGEST_QUERY, LONGEST_REPLY, Wish
from handlers.report.voice.telling import asked_of, begin_drafts
from storage.engine.database import Session
from storage.own import mentions
from storage.people import people
from storage.report import proposals, themes
from storage.report.proposals import ProposalRow, Voice
from storage.report.themes import ThemeRow

NAME, CHANGE, MERGE, TELL = "name", "change", "merge", "tell"
WHATS: Mapping[str, str] = {
    NAME: "Name it",
    CHANGE: "Change it",
    MERGE: "Merge it into another",
    "mute": "Mute it for four weeks",
    "mended": "It is mended",
    TELL: "Tell them",
    "end": "End it",
    "undo": "Undo what was done last",
}
_ALONE: Mapping[str, Callable[[Context, str], str]] = {
    "mute": steps.mute_theme,
    "mended": steps.mend_theme,
    "end": steps.end_theme,
    "undo": steps.undo_theme,
}
_MOST = 100
_ONE_BY_ONE = "Each gets a draft of yours. They go out one by one, as the charter of their source says: never to all."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTheme(Command):
    """Ask for something to be done to a theme.

    Attributes:
        what: One of WHATS.
        theme: Its reference, or that of what is proposed; empty for a theme of a query alone.
        name: What it is to be called; where it is merged, the reference of the other one.
    """

    what: str = ""
    theme: str = ""
    name: str = ""
    query: str = ""
    department: str = ""
    tracker: str = ""
    reply: str = ""
    limits: ClassVar[Mapping[str, int]] = {"reply": LONGEST_REPLY}


def do_theme(command: ChangeTheme, context: Context) -> Answer:
    """Do it, and say what came of it.

    Raises:
        WrongInput: It is not said what, of what, or it cannot be so.
        BotError: There is nothing to be done.
    """
    what, token = command.what.strip().lower(), command.theme.strip().strip("[]").lower()
    if what not in WHATS:
        sentence = f"What to do: {', '.join(WHATS)}."
        raise WrongInput(sentence, {"what": sentence})
    if what in _ALONE:
        return Answer(text=_ALONE[what](context, token))
    wish = Wish(
        name=" ".join(command.name.split()),
        query=" ".join(command.query.split()),
        department=command.department.strip(),
        tracker=" ".join(command.tracker.split()),
        reply=command.reply.strip(),
    )
    if what == TELL:
        return _tell(context, token, wish.reply)
    if what == MERGE:
        return Answer(text=steps.merge_themes(context, token, wish.name))
    return Answer(text=(steps.name_theme if what == NAME else steps.change_theme)(context, token, wish))


def _tell(context: Context, token: str, reply: str) -> Answer:
    """Begin a draft for each who asked, and list where they are."""
    begun = begin_drafts(context, *steps.keep_reply(context, token, reply))
    rows = mentions.several(context.session, begun.mention_ids)
    lines = draw_lines(context.session, rows, verb=draft.VERB)
    shown = Notice(title="Tell them", text=begun.sentence, sections=(section(begun.sentence, lines, len(rows)),))
    return Answer(text=begun.sentence, notice=shown if rows else None)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a form is about: a theme, or what is proposed with its mentions, or neither yet."""

    token: str
    theme: ThemeRow | None
    proposed: ProposalRow | None
    voices: Sequence[Voice]

    @property
    def query(self) -> str:
        """Return what finds it, or nothing."""
        if self.theme is not None:
            return self.theme.query
        return steps.query_of(self.proposed) if self.proposed is not None else ""


def _subject(session: Session, token: str) -> _Subject:
    theme = themes.by_token(session, token) if token else None
    proposed = proposals.by_token(session, token) if token and theme is None else None
    return _Subject(token, theme, proposed, proposals.voices(session, proposed.id) if proposed is not None else ())


def draw_theme(asking: Asking) -> Form:
    """Draw the form for what is to be done, of what; with what it would have found, where it has a query."""
    given = asking.given
    what, token = given.get("what", "").strip().lower(), given.get("theme", "").strip().lower()
    subject = _subject(asking.session, token)
    theme = subject.theme
    if what not in WHATS:
        what = CHANGE if theme is not None else NAME
    chosen = _fields(asking, what, subject)
    return Form(
        verb=VERB.name,
        value="",
        title=f"{WHATS[what]}: {theme.name}" if theme is not None else "A theme of what many people say",
        submit=WHATS[what],
        fields=tuple(replace(one, initial=given.get(one.name) or one.initial) for one in chosen),
        about=asking.why,
        beside=_beside(asking, what, subject),
    )


def _fields(asking: Asking, what: str, subject: _Subject) -> list[Field]:
    token, theme = subject.token, subject.theme
    first = [replace(_WHAT, choices=(Choice(value=what, label=WHATS[what]),), initial=what), _which(asking, token)]
    if what in _ALONE:
        return first
    if what == TELL:
        return [*first, replace(_REPLY, initial=theme.reply if theme is not None else "", required=True)]
    if what == MERGE:
        others = [one for one in themes.alive(asking.session) if one.token != token][:_MOST]
        into = tuple(Choice(value=one.token, label=one.name[:75]) for one in others)
        return [*first, replace(_NAME, label="Into", kind="choice", choices=into, required=True)] if into else first
    at = theme.department_id if theme is not None else home_of(subject.voices) if subject.voices else None
    known = people.departments(asking.session)
    departments = tuple(Choice(value=one.key, label=one.name[:75]) for one in known)
    return [
        *first,
        replace(_NAME, initial=theme.name if theme is not None else "", required=theme is None),
        replace(_QUERY, initial=subject.query, required=True),
        replace(_DEPARTMENT, choices=departments, initial=next((one.key for one in known if one.id == at), "")),
        replace(_TRACKER, initial=theme.tracker if theme is not None else ""),
        *([replace(_REPLY, initial=theme.reply)] if theme is not None else []),
    ]


def _which(asking: Asking, token: str) -> Field:
    """Return the field for what it is about: what was pressed, or else all that there is."""
    known = [(one.token, one.name) for one in themes.alive(asking.session)]
    known += [(one.token, f"“{one.label}”") for one in proposals.listed(asking.session, asking.now)]
    choices = [Choice(value=key, label=name[:75]) for key, name in known if not token or key == token]
    if token and not choices:
        choices = [Choice(value=token, label=token)]
    return replace(_THEME, choices=tuple(choices[:_MOST]), initial=token, required=bool(token))


def _beside(asking: Asking, what: str, subject: _Subject) -> tuple[Section, ...]:
    found: list[Section] = []
    theme = subject.theme
    if subject.proposed is not None:
        said = quotes_of(asking.session, asking.organisation, subject.voices)
        lines = tuple(Line(text=one.said, token=one.token) for one in said)
        found.append(Section(title=f"“{subject.proposed.label}”", lines=lines, quote=True))
    if what == TELL and theme is not None and (asked := asked_of(asking.session, theme)) is not None:
        found.append(Section(title=theme.name, lines=(Line(text=f"{asked.sentence}."), Line(text=_ONE_BY_ONE))))
    query = asking.given.get("query") or subject.query
    if query and what in (NAME, CHANGE):
        with suppress(WrongInput):  # what is wrong with it is said where it is typed
            tried = try_query(asking.session, asking.organisation, query, asking.now)
            found.append(Section(title="What finds it", lines=(Line(text=query), Line(text=tried.sentence))))
    return tuple(found)


_WHAT = Field(
    name="what",
    label="What to do",
    kind="choice",
    example=NAME,
    choices=tuple(Choice(value=value, label=label) for value, label in WHATS.items()),
)
_THEME = Field(name="theme", label="Of what", kind="choice", required=False, example="m3k9z")
_NAME = Field(name="name", label="Name", kind="line", required=False, limit=LONGEST_NAME, hint="Such as: Late refunds.")
_QUERY = Field(
    name="query",
    label="What finds it",
    kind="line",
    required=False,
    limit=LONGEST_QUERY,
    hint="Words, “phrases”, OR, NOT and brackets, as topics have them.",
)
_DEPARTMENT = Field(name="department", label="Who hears of it", kind="choice", required=False)
_TRACKER = Field(
    name="tracker",
    label="Where work on it goes on",
    kind="line",
    required=False,
    limit=300,
    hint="A number such as PAY-112, or an address; - for none.",
)
_REPLY = Field(
    name="reply",
    label="What its authors are told once it is mended",
    hint="{author}, {name} and {organisation} are filled in.",
    kind="text",
    required=False,
    limit=LONGEST_REPLY,
)
VERB = Verb(
    name="theme",
    label="Themes",
    help="name what many people say; change, merge, mute or end a theme, or undo that",
    command=ChangeTheme,
    handler=do_theme,
    on=On.NOTHING,
    form=True,
    draw=draw_theme,
    fields=(_WHAT, _THEME, _NAME, _QUERY, _DEPARTMENT, _TRACKER, _REPLY),
)
