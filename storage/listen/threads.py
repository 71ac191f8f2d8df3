"""Threads: to which public thread a post belongs, and which mentions have a card on which others of it may stand.

A thread is called by what its source tells of it, or by the external id of the post with which it began. That post is
not always ours to know, and where it is, it says nothing of a thread: so who asks for one asks for both.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, union_all
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.states import CLOSED, Held, PostRole, Status

_mention, _post = table_of(Mention), table_of(Post)
_under = _mention.alias("under")
_CLOSED = [str(status) for status in CLOSED]


@dataclass(frozen=True, slots=True)
class Place:
    """A post that somebody answered: what it is to us, and what its thread is called."""

    role: PostRole
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A mention of a public thread that has, or had, a card of its own.

    Attributes:
        open: Others may stand on its card: it is not kept back, put off or closed.
        under: How many that are not closed stand there.
    """

    mention_id: int
    token: str
    department_id: int
    thread: str
    ingested_at: datetime
    open: bool
    under: int


_PLACES = select(_post.c.external_id, _post.c.role, _post.c.thread).where(
    _post.c.source == bindparam("source_name"), _post.c.external_id.in_(bindparam("ids", expanding=True))
)
_OPEN = (_mention.c.held == str(Held.NO)) & _mention.c.status.not_in([*_CLOSED, str(Status.SNOOZED)])
_there = (
    select(func.count())
    .where(_under.c.held_by == _mention.c.id, _under.c.held == str(Held.THREAD), _under.c.status.not_in(_CLOSED))
    .correlate(_mention)
    .scalar_subquery()
)
_KEY = func.coalesce(func.nullif(_post.c.thread, ""), _post.c.external_id)
_RECENT = (
    select(_mention.c.id, _mention.c.token, _mention.c.department_id, _KEY, _mention.c.ingested_at, _OPEN, _there)
    .join_from(_post, _mention, _mention.c.id == _post.c.mention_id)
    .where(_post.c.source == bindparam("source_name"), _post.c.role == str(PostRole.ORIGINAL))
    .where(_mention.c.ingested_at >= bindparam("since", type_=_mention.c.ingested_at.type))
    .where(_mention.c.held != str(Held.THREAD))
)
_WANTED: Any = bindparam("names", expanding=True)
# By the post with which a thread began, and by what all others say of it; the latter names the predicate of its index
# as it is written there, for SQLite knows it by nothing else.
_STARTED = union_all(
    _RECENT.where(_post.c.external_id.in_(_WANTED)),
    _RECENT.where(_post.c.thread != literal_column("''"), _post.c.thread.in_(_WANTED)),
)
_OF_MENTION = Compiled(
    select(_post.c.source, _post.c.external_id, _post.c.thread).where(
        _post.c.mention_id == bindparam("mention_id"), _post.c.role == str(PostRole.ORIGINAL)
    )
)


def places(session: Session, source: str, external_ids: Collection[str]) -> dict[str, Place]:
    """Return those of these posts that we know, by external id; of who began a thread it is called by their name."""
    rows = session.connection().execute(_PLACES, {"source_name": source, "ids": list(external_ids)})
    return {row[0]: Place(PostRole(row[1]), row[2] or row[0]) for row in rows}


def started(session: Session, source: str, threads: Collection[str], since: datetime) -> list[Started]:
    """Return the mentions of these threads that do not stand on the card of another, those that came first first.

    Args:
        session: The transaction.
        source: Whose threads these are.
        threads: What they are called.
        since: What came before is not looked at.
    """
    values = {"source_name": source, "names": list(threads), "since": since}
    found = {
        mention_id: Started(
            mention_id=mention_id,
            token=token,
            department_id=department_id,
            thread=thread,
            ingested_at=ingested_at,
            open=bool(is_open),
            under=under,
        )
        for mention_id, token, department_id, thread, ingested_at, is_open, under in session.connection().execute(
            _STARTED, values
        )
    }
    return sorted(found.values(), key=lambda one: (one.ingested_at, one.mention_id))


def of_mention(session: Session, mention_id: int) -> tuple[str, str, bool]:
    """Return the source of a mention, what its thread is called, and whether anything says that it has one."""
    source, external_id, thread = _OF_MENTION.rows(session, mention_id=mention_id)[0]
    return source, thread or external_id, bool(thread)
