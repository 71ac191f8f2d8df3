"""Lately: which mentions came in last, by which topic each did, and how many, over a bounded number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from storage.own import mentions
from storage.own.mentions import Filter, MentionRow, Original
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import Status

# So many of the newest mentions are counted.
MOST_COUNTED = 100_000
_mention = table_of(Mention)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A mention with the post that it began with; ``topic`` is empty where none recognised it."""

    token: str
    topic: str
    post: Original


def newest(session: Session) -> MentionRow | None:
    """Return the mention that came in last, whatever became of it; None where there is none."""
    found = mentions.listed(session, Filter(statuses=tuple(Status)), limit=1, newest=True)
    return found[0] if found else None


def since(session: Session, moment: datetime, most: int) -> list[Came]:
    """Return what came in since a moment, the newest first, and at most so many."""
    query = (
        select(_mention.c.id, _mention.c.token, _mention.c.topic)
        .where(_mention.c.ingested_at >= moment)
        .order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc())
        .limit(most)
    )
    rows = session.connection().execute(query).all()
    posts = mentions.originals(session, [row.id for row in rows])
    return [Came(token=row.token, topic=row.topic, post=posts[row.id]) for row in rows]


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
