"""Lately: the mentions that came in last, with the topic by which each came in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from storage.own import mentions
from storage.own.mentions import Original
from storage.tables.base import table_of
from storage.tables.mentions import Mention

_mention = table_of(Mention)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A mention with the post that it began with; ``topic`` is empty where none recognised it."""

    token: str
    topic: str
    post: Original


def since(session: Session, moment: datetime, most: int) -> list[Came]:
    """Return what came in since a moment, the newest first, and at most so many."""
    query = (
        select(_mention.c.id, _mention.c.token, _mention.c.topic)
        .where(_mention.c.ingested_at >= moment)
        .order_by(_mention.c.id.desc())
        .limit(most)
    )
    rows = session.connection().execute(query).all()
    posts = mentions.originals(session, [row.id for row in rows])
    return [Came(token=row.token, topic=row.topic, post=posts[row.id]) for row in rows]
