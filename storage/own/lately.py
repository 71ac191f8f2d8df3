"""Lately: which mentions came in last, by which topic each did, and how many, over a bounded number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow, Original
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Author, Post
from storage.tables.states import Held, PostRole, Status

# So many of the newest mentions are counted.
MOST_COUNTED = 100_000
# So many of the newest are tried on topics.
MOST_TRIED = 5_000
_mention = table_of(Mention)
_post = table_of(Post)
_author = table_of(Author)
# What topics ask of the posts of mentions beside their words.
_FACTS = CompiledIn(
    select(_post.c.mention_id, _post.c.reply_to, _author.c.handle, _author.c.name)
    .select_from(_post.outerjoin(_author, _author.c.id == _post.c.author_id))
    .where(_post.c.role == str(PostRole.ORIGINAL)),
    _post.c.mention_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A mention with the post that it began with.

    Attributes:
        topic: Empty where none recognised it.
        author: The handle of who wrote the post, or their name where there is none.
        answers: Whether the post answers another one.
    """

    token: str
    topic: str
    post: Original
    author: str
    answers: bool


def newest(session: Session) -> MentionRow | None:
    """Return the mention that came in last, whatever became of it; None where there is none."""
    found = mentions.listed(session, Filter(statuses=tuple(Status), held=tuple(Held)), limit=1, newest=True)
    return found[0] if found else None


def since(session: Session, moment: datetime, most: int) -> list[Came]:
    """Return what came in since a moment, the newest first, and at most so many."""
    query = (
        select(_mention.c.id, _mention.c.token, _mention.c.topic)
        .where(_mention.c.ingested_at >= moment)
        .order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc())
        .limit(most)
    )
    return _came(session, session.connection().execute(query).all())


def several(session: Session, mention_ids: Sequence[int]) -> list[Came]:
    """Return some mentions as they came in, in the order of their numbers."""
    query = select(_mention.c.id, _mention.c.token, _mention.c.topic).where(_mention.c.id.in_(list(mention_ids)))
    return _came(session, session.connection().execute(query.order_by(_mention.c.id)).all())


def _came(session: Session, rows: Sequence[Any]) -> list[Came]:
    posts = mentions.originals(session, [row.id for row in rows])
    facts = {
        mention_id: (handle or name or "", bool(reply_to))
        for mention_id, reply_to, handle, name in _FACTS.rows(session, [row.id for row in rows])
    }
    return [
        Came(token=row.token, topic=row.topic, post=posts[row.id], author=author, answers=answers)
        for row in rows
        for author, answers in (facts[row.id],)
    ]


@dataclass(frozen=True, slots=True)
class Count:
    """How many mentions came, and how many of them were answered."""

    heard: int
    answered: int


NOTHING = Count(0, 0)


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts by name; ``partly`` means that there were more mentions than are counted."""

    of: Mapping[str, Count]
    partly: bool


def by_source(session: Session, since: datetime) -> Counted:
    """Count the mentions since a moment by source."""
    return _counted(session, _mention.c.source, since)


def by_topic(session: Session, since: datetime) -> Counted:
    """Count the mentions since a moment by the topic that sent them; those that none did stand under the empty one."""
    return _counted(session, _mention.c.topic, since)


def _counted(session: Session, column: ColumnElement[str], since: datetime) -> Counted:
    newest = (
        select(column.label("name"), _mention.c.first_response_at)
        .where(_mention.c.ingested_at >= since)
        .order_by(_mention.c.ingested_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    query = select(newest.c.name, func.count(), func.count(newest.c.first_response_at)).group_by(newest.c.name)
    counts = {str(name): Count(heard, answered) for name, heard, answered in session.connection().execute(query)}
    return Counted(counts, sum(one.heard for one in counts.values()) >= MOST_COUNTED)
