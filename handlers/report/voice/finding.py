"""Finding: what a theme finds, by the same automaton and the same words as topics.

A theme that finds nearly everything tells nothing, so it is refused. What it finds is written down when it is named or
changed, and then for what arrives, a little behind, by the rows of the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.listen.named_sources import require_query
from handlers.listen.route import match_came
from handlers.text.match import Matcher, Topic
from handlers.text.query.errors import QueryError
from handlers.text.terms import TermError
from storage.engine.database import Session
from storage.own import lately, ownership
from storage.own.lately import Came
from storage.report import themes
from storage.report.themes import ThemeRow

LOOKS_BACK, TELLS_OF = timedelta(days=90), timedelta(days=30)
_AT_ONCE = 2_000
# More than this part of so many at least is nearly everything.
_NEARLY_ALL, _ENOUGH = 0.9, 20
_CURE = "Say what is special about it, such as “battery” or “late AND refund”."


@dataclass(frozen=True, slots=True)
class Tried:
    """What a query would have found.

    Attributes:
        mention_ids: In the time that is looked back.
        looked_at: Among so many.
        lately: So many of them in the last 30 days.
        of: So many came in these days.
        partly: There were more than are looked at.
    """

    mention_ids: tuple[int, ...]
    looked_at: int
    lately: int
    of: int
    partly: bool

    @property
    def sentence(self) -> str:
        """Say it."""
        newest = ", of which the newest were looked at" if self.partly else ""
        return f"Would have found {self.lately:,} of {self.of:,} in the last 30 days{newest}."


def matcher_of(queries: Sequence[tuple[int, str]]) -> Matcher:
    """Return what finds some queries, each by its number."""
    return Matcher([Topic(name=str(number), department="", query=query) for number, query in queries])


def try_query(session: Session, organisation: Organisation, query: str, now: datetime) -> Tried:
    """Return what a query would have found.

    Raises:
        WrongInput: It cannot be taken as it stands, or it finds nearly everything.
    """
    try:
        require_query(query, [one.name for one in organisation.sources])
        matcher = matcher_of([(0, query)])
    except (QueryError, TermError) as error:
        raise _wrong(str(error)) from error
    if all(matcher.match("", "¶", answers=one) is not None for one in (True, False)):
        raise _wrong(f"That finds everything, whatever it says. {_CURE}")
    tried = find(session, query, now)
    number = len(tried.mention_ids)
    if tried.looked_at >= _ENOUGH and number > _NEARLY_ALL * tried.looked_at:
        raise _wrong(f"That finds {number:,} of the last {tried.looked_at:,} mentions, nearly everything. {_CURE}")
    return tried


def find(session: Session, query: str, now: datetime) -> Tried:
    """Return what a query finds that was tried before, however much that is by now."""
    matcher = matcher_of([(0, query)])
    came = lately.since(session, now - LOOKS_BACK, lately.MOST_TRIED)
    found = [one for one in came if match_came(matcher, one) is not None]
    since = now - TELLS_OF
    return Tried(
        mention_ids=tuple(one.post.mention_id for one in found),
        looked_at=len(came),
        lately=_since(found, since),
        of=_since(came, since),
        partly=len(came) >= lately.MOST_TRIED and came[-1].post.ingested_at > since,
    )


def _since(some: Sequence[Came], moment: datetime) -> int:
    return sum(one.post.ingested_at >= moment for one in some)


def _wrong(sentence: str) -> WrongInput:
    return WrongInput(sentence, {"query": sentence})


def look_again(session: Session, theme: ThemeRow, found: Tried) -> None:
    """Write down what a theme finds now, and up to which row of the log that is."""
    seq, _ = ownership.head(session)
    themes.put(session, theme.id, found.mention_ids)
    themes.change(session, theme.id, seq=seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookForThemes(TimedCommand):
    """Ask that themes are looked for in what arrived since."""

    behind: ClassVar[bool] = True


def prepare_finding(context: Context) -> LookForThemes | None:
    """Return the command when something came that no theme was looked for in."""
    session = context.session
    known = themes.alive(session)
    behind = known and min(one.seq for one in known) < ownership.head(session)[0]
    return LookForThemes(job="themes") if behind else None


def look_for_themes(_command: LookForThemes, context: Context) -> Answer:
    """Look for all themes in what came with the next rows of the log."""
    session = context.session
    known = themes.alive(session)
    if not known:
        return Answer(text="There is no theme.", ok=False)
    seq, came = themes.came_after(session, min(one.seq for one in known), _AT_ONCE)
    matcher, pairs = matcher_of([(one.id, one.query) for one in known]), []
    for one in lately.several(session, came) if came else ():
        match = match_came(matcher, one)
        names = (match.topic, *match.others) if match is not None else ()
        pairs += [(int(name), one.post.mention_id) for name in names]
    themes.add_found(session, pairs)
    themes.looked_for(session, [one.id for one in known], seq)
    return Answer(text="", ok=bool(came))
