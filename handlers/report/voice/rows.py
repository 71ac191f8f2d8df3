"""Rows: the mentions behind a number of the voice, a page at a time, newest first; who wrote them is in no list."""

from dataclasses import dataclass

from handlers.base.cards import one_line
from handlers.base.errors import WrongInput
from handlers.report.voice.counting import Span
from handlers.report.voice.telling import asked_of
from storage.engine.database import Session
from storage.own import mentions
from storage.report import proposals, themes
from storage.report.proposals import Voice

AT_ONCE = 100
PARTS = {"asked": "who asked", "told": "who was told", "waiting": "who was not told yet"}


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A mention that counts."""

    token: str
    source: str
    words: str


@dataclass(frozen=True, slots=True)
class SaidRows:
    """One page of what a number was counted from; ``next`` is from where the next one goes on, None at the end."""

    called: str
    total: int
    rows: tuple[SaidRow, ...]
    next: int | None


def read_rows(session: Session, token: str, span: Span, start: int = 0, part: str = "") -> SaidRows:
    """Read the mentions of a proposal, or those that a theme finds in a span; or of PARTS of who asked for it.

    Raises:
        WrongInput: There is neither, or no such part.
    """
    called, voices = voices_of_part(session, token, part) if part else voices_of(session, token, span)
    page = voices[start : start + AT_ONCE]
    posts = mentions.originals(session, [one.mention_id for one in page])
    rows = []
    for one in page:
        post = posts[one.mention_id]
        rows.append(SaidRow(one.token, one.source, one_line(post.title or post.text)))
    more = start + AT_ONCE if start + AT_ONCE < len(voices) else None
    return SaidRows(called, len(voices), tuple(rows), more)


def voices_of_part(session: Session, token: str, part: str) -> tuple[str, list[Voice]]:
    """Return a theme that is mended, and the mentions of who asked, or of who of them was told, or was not yet.

    Raises:
        WrongInput: There is none.
    """
    theme = themes.by_token(session, token)
    asked = asked_of(session, theme) if theme is not None else None
    if theme is None or asked is None or part not in PARTS:
        sentence = "There is no theme of this name that is mended. See voice for what there is."
        raise WrongInput(sentence, {"theme": sentence})
    found = {"asked": asked.all, "told": asked.told, "waiting": (*asked.drafted, *asked.rest)}[part]
    return f"{theme.name}: {PARTS[part]}", list(found)


def voices_of(session: Session, token: str, span: Span) -> tuple[str, list[Voice]]:
    """Return what is called so, and its mentions.

    Raises:
        WrongInput: There is neither a theme nor a proposal of this token.
    """
    if (theme := themes.by_token(session, token)) is not None:
        return theme.name, proposals.voices_of_theme(session, theme.id, span.since, span.until)
    if (row := proposals.by_token(session, token)) is not None:
        return row.label, proposals.voices(session, row.id)
    sentence = "There is no such theme, and nothing of this name is proposed any more. See voice for what there is."
    raise WrongInput(sentence, {"theme": sentence})
