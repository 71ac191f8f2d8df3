"""Replies that stand there: what we said before, and to what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.replies import Publication
from storage.tables.states import PostRole, PublicationState

_publication = table_of(Publication)
_mention = table_of(Mention)
_post = table_of(Post)
_STANDING = _publication.c.state == str(PublicationState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """A published reply and the post that it answered."""

    mention_id: int
    token: str
    topic: str
    title: str
    asked: str
    answered: str
    url: str
    at: datetime


_ANSWERED = (
    _mention.c.id.label("mention_id"),
    _mention.c.token,
    _mention.c.topic,
    _post.c.title,
    _post.c.text.label("asked"),
    _publication.c.text.label("answered"),
    _publication.c.url,
    _publication.c.settled_at.label("at"),
)


def recent_texts(session: Session, source: str, limit: int = 20) -> tuple[str, ...]:
    """Return our last replies on a source, the newest first."""
    query = (
        select(_publication.c.text)
        .where(_STANDING, _publication.c.source == source)
        .order_by(_publication.c.id.desc())
        .limit(limit)
    )
    return tuple(session.connection().execute(query).scalars())


def answered(session: Session, but_mention_id: int, limit: int) -> list[AnsweredRow]:
    """Return the last replies to other mentions whose post still stands, the newest first."""
    query = (
        select(*_ANSWERED)
        .join_from(_publication, _mention, _publication.c.mention_id == _mention.c.id)
        .join(_post, _post.c.mention_id == _mention.c.id)
        .where(_STANDING, _publication.c.mention_id != but_mention_id)
        .where(_post.c.role == str(PostRole.ORIGINAL), _post.c.deleted_at.is_(None))
        .order_by(_publication.c.id.desc())
        .limit(limit)
    )
    return [AnsweredRow(*row) for row in session.connection().execute(query)]
