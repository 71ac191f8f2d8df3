"""Marks: what is written down beside a mention without changing hands, so that its version does not rise.

When its first card stood, when we answered first, and what a person said of it and of its author.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

_mention = table_of(Mention)
_post = table_of(Post)
_author = table_of(Author)
# When the first card of a mention stood; once.
_CARDED = (
    update(_mention)
    .where(_mention.c.id.in_(bindparam("mention_ids", expanding=True)), _mention.c.carded_at.is_(None))
    .values(carded_at=bindparam("now", type_=_mention.c.changed_at.type))
    .returning(_mention.c.ingested_at)
)


def mark_carded(session: Session, mention_ids: Collection[int], now: datetime) -> list[datetime]:
    """Write down when the first card of each mention stood; returns when those had arrived that had none yet."""
    if not mention_ids:
        return []
    return list(session.connection().scalars(_CARDED, {"mention_ids": list(mention_ids), "now": now}))


def mark(session: Session, mention_id: int, **values: Any) -> MentionRow:
    """Write down what a person said of a mention that is held; its version does not rise, nothing changed hands."""
    query = update(_mention).where(_mention.c.id == mention_id).values(**values).returning(*_mention.c)
    return MentionRow(*session.connection().execute(query).one())


def mark_responded(session: Session, mention_id: int, now: datetime) -> None:
    """Write down when the mention was first answered, and its author last; its version does not rise."""
    author_id = select(_post.c.author_id).where(
        _post.c.mention_id == mention_id, _post.c.role == str(PostRole.ORIGINAL)
    )
    session.connection().execute(
        update(_author).where(_author.c.id == author_id.scalar_subquery()).values(answered_at=now)
    )
    session.connection().execute(
        update(_mention)
        .where(_mention.c.id == mention_id, _mention.c.first_response_at.is_(None))
        .values(first_response_at=now)
    )
