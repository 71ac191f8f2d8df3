"""Read: what the voice of a week is, in two lists: what more people say than usual, and the themes that have a name.

Whoever wrote is counted and never listed. A proposal of which less than five people are left, since posts were deleted
or forgotten, is none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.report.voice.counting import Quote, Span, people_in, quotes_of, say_change, say_people
from handlers.report.voice.nightly import is_named
from handlers.report.voice.propose import LEAST_PEOPLE
from handlers.report.voice.telling import Asked, asked_of
from storage.engine.database import Session
from storage.people import people
from storage.people.people import DepartmentRow
from storage.report import proposals, themes
from storage.report.proposals import ProposalRow, Voice
from storage.report.themes import ChangeRow, ThemeRow

# For so long what was done to a theme can be undone from the page, and so many of these are listed.
_UNDOABLE, _MOST_CHANGES = timedelta(days=28), 20
# Among so many of the newest two of different people are quoted.
_QUOTED_FROM = 50
_NONE = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rising:
    """What more people say than usual.

    Attributes:
        number: How many mentions it has; so many rows it opens.
        said: "31 people, usually 4".
        department_id: Where most of it lies.
    """

    token: str
    label: str
    number: int
    said: str
    quotes: tuple[Quote, ...]
    department_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A theme, in a week.

    Attributes:
        number: How many mentions it has this week; so many rows it opens.
        said: "22 people (the week before 19, about the same)".
        work: Where work on it goes on and since when, or empty.
        link: Its address, where that is one.
        rest: Until when it is muted, or None.
        asked: Who asked and who was told, once it is mended.
    """

    theme: ThemeRow
    number: int
    people: int
    said: str
    quotes: tuple[Quote, ...]
    work: str
    link: str
    rest: datetime | None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done lately and can be undone: of which theme or proposal, and how that is said."""

    token: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOf:
    """The voice of a week.

    Attributes:
        department: Whose, or None for all.
        looked_at: When the machine looked last; None = it found nothing, or did not look yet.
    """

    department: DepartmentRow | None
    departments: tuple[DepartmentRow, ...]
    rising: tuple[Rising, ...]
    named: tuple[Named, ...]
    muted: tuple[Named, ...]
    done: tuple[Done, ...]
    looked_at: datetime | None


def read_voice(
    session: Session, organisation: Organisation, span: Span, now: datetime, department: str = ""
) -> VoiceOf:
    """Read the voice of a week, of all or of one department.

    Raises:
        WrongInput: There is no such department.
    """
    known = tuple(people.departments(session))
    wanted = _find(known, department) if department.strip() else None
    listed = proposals.listed(session, now)
    rising = [one for row in listed if (one := _rising(session, organisation, row)) is not None]
    counted = proposals.count_themes(session, span.since, span.until)
    before = proposals.count_themes(session, span.before, span.since)
    named = [
        _named(session, organisation, row, span, now, counted.get(row.id, _NONE), before.get(row.id, _NONE))
        for row in themes.alive(session)
        if wanted is None or row.department_id == wanted.id
    ]
    if wanted is not None:
        rising = [one for one in rising if one.department_id == wanted.id]
    loudest = sorted(named, key=lambda one: (-one.people, one.theme.name))
    return VoiceOf(
        department=wanted,
        departments=known,
        rising=tuple(rising),
        named=tuple(one for one in loudest if one.rest is None),
        muted=tuple(one for one in loudest if one.rest is not None),
        done=tuple(_done(session, now)),
        looked_at=listed[0].at if listed else None,
    )


def _find(known: Sequence[DepartmentRow], department: str) -> DepartmentRow:
    wanted = department.strip().casefold()
    for one in known:
        if wanted in (one.key.casefold(), one.name.casefold()):
            return one
    sentence = f"There is no department “{department.strip()[:60]}”. There are: {', '.join(one.key for one in known)}."
    raise WrongInput(sentence, {"department": sentence})


def _rising(session: Session, organisation: Organisation, row: ProposalRow) -> Rising | None:
    voices = proposals.voices(session, row.id)
    number = people_in(voices)
    if number < LEAST_PEOPLE or is_named(session, [one.mention_id for one in voices]):
        return None
    return Rising(
        token=row.token,
        label=row.label,
        number=len(voices),
        said=f"{say_people(number)}, usually {row.usual:.0f}",
        quotes=quotes_of(session, organisation, voices),
        department_id=home_of(voices),
    )


def home_of(voices: Sequence[Voice]) -> int:
    """Return the department where most of these lie."""
    return Counter(one.department_id for one in voices).most_common(1)[0][0]


def _named(
    session: Session,
    organisation: Organisation,
    row: ThemeRow,
    span: Span,
    now: datetime,
    counted: tuple[int, int],
    before: tuple[int, int],
) -> Named:
    number, said_so = counted
    newest = proposals.voices_of_theme(session, row.id, span.since, span.until, _QUOTED_FROM) if number else []
    return Named(
        theme=row,
        number=number,
        people=said_so,
        said=f"{say_people(said_so)} ({say_change(said_so, before[1])})",
        quotes=quotes_of(session, organisation, newest),
        work=say_work(row),
        link=row.tracker if row.tracker.startswith(("https://", "http://")) else "",
        rest=row.muted_until if row.muted_until is not None and row.muted_until > now else None,
        asked=asked_of(session, row),
    )


def say_work(row: ThemeRow) -> str:
    """Say where work on a theme goes on: "PAY-112, open since 3 November"; empty where nobody said."""
    if not row.tracker:
        return ""
    if row.fixed_at is not None:
        return f"{row.tracker}, mended on {row.fixed_at.day} {row.fixed_at:%B}"
    return f"{row.tracker}, open since {row.tracker_at.day} {row.tracker_at:%B}" if row.tracker_at else row.tracker


# How it reads what was done to a theme.
DID: Mapping[str, str] = {
    "name": "named",
    "change": "changed",
    "merge": "merged",
    "mute": "muted",
    "mended": "called mended",
    "end": "ended",
}


def _done(session: Session, now: datetime) -> list[Done]:
    changes = themes.lately_changed(session, now - _UNDOABLE, _MOST_CHANGES)
    rows = themes.several(session, [one.theme_id for one in changes])
    names = people.names(session, [one.by_id for one in changes])
    found = [
        Done(token=rows[one.theme_id].token, said=_say_done(one, rows[one.theme_id], names), at=one.at)
        for one in changes
    ]
    muted = proposals.listed(session, now, muted=True)
    return found + [Done(token=one.token, said=f"“{one.label}” is no theme for now", at=one.at) for one in muted]


def _say_done(change: ChangeRow, row: ThemeRow, names: Mapping[int, str]) -> str:
    return f"{names.get(change.by_id) or 'Somebody'} {DID.get(change.what, change.what)} “{row.name}”"
