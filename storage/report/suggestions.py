"""Suggestions: what they are learnt from, what was suggested, and what came of it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.report.portions import in_portions
from storage.tables.base import table_of
from storage.tables.judgements import Shown
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.posts import Post
from storage.tables.report import Fact
from storage.tables.states import OPEN, Action, Held, PostRole, Status
from storage.tables.suggestions import Suggestion

_mention, _post, _event = table_of(Mention), table_of(Post), table_of(OwnershipEvent)
_suggestion, _fact = table_of(Suggestion), table_of(Fact)
# Of what was answered and resolved there are two rows.
_ROWS_EACH = 3
_ENDED = _event.c.action.in_([str(Action.RESPONDED), str(Action.RESOLVED)])
_OPEN = [str(status) for status in OPEN]


@dataclass(frozen=True, slots=True)
class Ended:
    """A mention that was answered or resolved: what its post says, and with which department it lay then.

    Attributes:
        corrected: A person handed it to another department.
        accepted: That was to the one that its card named.
    """

    mention_id: int
    token: str
    title: str
    text: str
    author_id: int | None
    department_id: int
    corrected: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class Fresh:
    """A mention for which nothing was suggested yet."""

    mention_id: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """One row of ``suggestion``; the fields are the columns, in their order."""

    mention_id: int
    at: datetime
    department_id: int
    names: str
    usual: str
    choices: str
    margin: int
    shown: str
    word: str = ""
    support: int = 0
    example: str = ""


_FRESH = [_post.c.mention_id, _post.c.title, _post.c.text]
_ADD = InsertOrIgnore(_suggestion, _suggestion.c.mention_id)
# What the cards that are drawn show.
_OF_MENTIONS = CompiledIn(
    select(_suggestion).where(or_(*(_suggestion.c.shown == str(one) for one in (Shown.CHOICES, Shown.NAMED)))),
    _suggestion.c.mention_id,
)


def ids(written: str) -> tuple[int, ...]:
    """Return the ids that a column holds."""
    return tuple(int(one) for one in written.split(",") if one)


def ended_since(session: Session, seq: int, most: int) -> int:
    """Return how often something was answered or resolved since a row of the log, so many times at most."""
    found = select(_event.c.seq).where(_event.c.seq > seq, _ENDED).limit(most).subquery()
    return int(session.connection().scalar(select(func.count()).select_from(found)) or 0)


def ended(session: Session, most: int) -> list[Ended]:
    """Return the last mentions that were answered or resolved, the newest first; of each the end that was last.

    What was dismissed after all, and what says nothing any more, is not among them.
    """
    query = select(_event.c.mention_id, _event.c.to_department_id).where(_ENDED, _event.c.mention_id.is_not(None))
    rows = session.connection().execute(query.order_by(_event.c.seq.desc()).limit(most * _ROWS_EACH))
    lay: dict[int, int | None] = {}
    for mention_id, department_id in rows:
        lay.setdefault(mention_id, department_id)
    wanted = list(lay)[:most]
    said = {row[0]: row for row in in_portions(session, _SAID, _mention.c.id, wanted)}
    corrected = {row[0] for row in in_portions(session, _CORRECTED, _event.c.mention_id, wanted)}
    named = {row.mention_id: ids(row.names)[0] for row in of_mentions(session, wanted) if row.shown == Shown.NAMED}
    found = []
    for one in wanted:
        if one in said and (department_id := lay[one]) is not None:
            key, token, title, text, author_id = said[one]
            accepted = one in corrected and named.get(one) == department_id
            found.append(Ended(key, token, title, text, author_id, department_id, one in corrected, accepted))
    return found


_SAID = (
    select(_mention.c.id, _mention.c.token, _post.c.title, _post.c.text, _post.c.author_id)
    .join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
    .where(_post.c.role == str(PostRole.ORIGINAL), _post.c.deleted_at.is_(None))
    .where(_mention.c.status != str(Status.DISMISSED))
)
_CORRECTED = (
    select(_event.c.mention_id)
    .where(_event.c.action == str(Action.HANDED_OFF), _event.c.actor_id.is_not(None))
    .distinct()
)


def fresh(session: Session, since: datetime, most: int) -> list[Fresh]:
    """Return open mentions that came since a moment and for which nothing was suggested yet, the oldest first."""
    query = (
        select(*_FRESH)
        .join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
        .join(_suggestion, _suggestion.c.mention_id == _mention.c.id, isouter=True)
        .where(_mention.c.ingested_at >= since, _mention.c.status.in_(_OPEN), _mention.c.held == str(Held.NO))
        .where(_post.c.role == str(PostRole.ORIGINAL), _post.c.deleted_at.is_(None))
        .where(_suggestion.c.mention_id.is_(None))
    )
    rows = session.connection().execute(query.order_by(_mention.c.ingested_at, _mention.c.id).limit(most))
    return [Fresh(*row) for row in rows]


def open_by_department(session: Session, department_ids: Collection[int]) -> dict[int, int]:
    """Return how many open mentions each of these departments has."""
    query = select(_mention.c.department_id, func.count()).where(
        _mention.c.department_id.in_(sorted(department_ids)), _mention.c.held == "", _mention.c.status.in_(_OPEN)
    )
    found = {row[0]: int(row[1]) for row in session.connection().execute(query.group_by(_mention.c.department_id))}
    return {one: found.get(one, 0) for one in sorted(department_ids)}


def add(session: Session, row: SuggestionRow) -> bool:
    """Write down what was suggested; False where another replica did."""
    return _ADD.first(session, asdict(row)) is not None


def of_mentions(session: Session, mention_ids: Collection[int]) -> list[SuggestionRow]:
    """Return what may be shown of what was suggested for these mentions."""
    return [SuggestionRow(*row) for row in _OF_MENTIONS.rows(session, mention_ids)] if mention_ids else []


def rated(session: Session, mention_ids: Collection[int]) -> Mapping[int, SuggestionRow]:
    """Return all that was suggested for these mentions, shown or not."""
    rows = in_portions(session, select(_suggestion), _suggestion.c.mention_id, mention_ids)
    return {row[0]: SuggestionRow(*row) for row in rows}


def claims(session: Session, mention_ids: Collection[int]) -> list[int | None]:
    """Return the spans, in microseconds, after which somebody had these mentions; None where nobody ever had one."""
    query = select(_fact.c.mention_id, _fact.c.claim)
    return [row[1] for row in in_portions(session, query, _fact.c.mention_id, mention_ids)]


def has_any(session: Session) -> bool:
    """Say whether anything was ever suggested."""
    return session.connection().scalar(select(_suggestion.c.mention_id).limit(1)) is not None


def forget(session: Session, mention_ids: Collection[int]) -> list[int]:
    """Take away what was suggested for mentions, and every reason that names one; returns whose cards showed such."""
    connection = session.connection()
    connection.execute(delete(_suggestion).where(_suggestion.c.mention_id.in_(list(mention_ids))))
    tokens = select(_mention.c.token).where(_mention.c.id.in_(list(mention_ids)))
    here = _suggestion.c.example.in_(tokens)
    cited = connection.scalars(select(_suggestion.c.mention_id).where(here, _suggestion.c.shown == str(Shown.NAMED)))
    told = sorted(cited)
    blank = {"word": "", "support": 0, "example": ""}
    connection.execute(update(_suggestion).where(here).values(**blank))
    quiet = update(_suggestion).where(_suggestion.c.mention_id.in_(told)).values(shown=str(Shown.CHOICES))
    connection.execute(quiet)
    return told
