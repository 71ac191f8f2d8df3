"""Tallies: how much was said of a topic in each hour, and who spoke just now.

They are written by whoever looks whether there is a storm, and not where posts arrive: an hour is counted whole each
time, so that one who speaks twice is one voice, whatever comes in between and however often it is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, or_, select
from sqlmodel import Session

from storage.engine.compiled import Compiled, dialect_of
from storage.engine.upsert import InsertOrIgnore, insert_into
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.states import FOLDED, Held, PostRole
from storage.tables.storms import Tally

KEPT = timedelta(weeks=5)
_mention = table_of(Mention)
_post = table_of(Post)
_tally = table_of(Tally)
_AT = _mention.c.ingested_at.type


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A mention of a topic: who wrote its first post, and when that was; None where nobody is known."""

    id: int
    author_id: int | None
    published_at: datetime | None
    ingested_at: datetime


@dataclass(frozen=True, slots=True)
class TallyRow:
    """How many posts of a topic there were in an hour, and by how many authors; the fields are the columns."""

    topic: str
    hour: datetime
    posts: int
    voices: int


# What is kept back otherwise disturbs nobody.
_COUNTED = (Held.NO, *FOLDED)
_HEARD_COLUMNS = [_mention.c.id, *(_post.c[name] for name in HeardRow.__slots__[1:])]
# What is looked at each minute, of a topic of which something came.
_HEARD = Compiled(
    select(*_HEARD_COLUMNS)
    .join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
    .where(_mention.c.topic == bindparam("topic"), _mention.c.ingested_at >= bindparam("since", type_=_AT))
    .where(_post.c.role == str(PostRole.ORIGINAL), or_(*(_mention.c.held == str(one) for one in _COUNTED)))
    .order_by(_mention.c.ingested_at, _mention.c.id)
)
# Of which topics something came; asked each minute.
_ARRIVED = Compiled(
    select(_mention.c.topic)
    .where(_mention.c.ingested_at > bindparam("since", type_=_AT), _mention.c.topic != "")
    .distinct()
)
_FIRST = InsertOrIgnore(_tally)


def arrived(session: Session, since: datetime) -> list[str]:
    """Return the topics of which something came since a moment."""
    return sorted(str(topic) for (topic,) in _ARRIVED.rows(session, since=since))


def heard(session: Session, topic: str, since: datetime) -> list[HeardRow]:
    """Return what came of a topic from a moment on, in that order."""
    return [HeardRow(*row) for row in _HEARD.rows(session, topic=topic, since=since)]


def voices(session: Session, topic: str, since: datetime) -> int:
    """Count who spoke of a topic since a moment; whom nobody names is one for each post."""
    author = func.coalesce(_post.c.author_id, -_mention.c.id)
    query = (
        select(func.count(author.distinct()))
        .join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
        .where(_mention.c.topic == topic, _mention.c.ingested_at >= since)
        .where(_post.c.role == str(PostRole.ORIGINAL), _mention.c.held.in_([str(one) for one in _COUNTED]))
    )
    return int(session.connection().execute(query).scalar_one())


def of_topic(session: Session, topic: str, since: datetime) -> dict[datetime, int]:
    """Return the voices of the hours of which something is written, from a moment on, and of the first there is."""
    first = select(func.min(_tally.c.hour)).where(_tally.c.topic == topic).scalar_subquery()
    query = select(_tally.c.hour, _tally.c.voices).where(
        _tally.c.topic == topic, (_tally.c.hour >= since) | (_tally.c.hour == first)
    )
    return {row.hour: int(row.voices) for row in session.connection().execute(query)}


def written(session: Session, topics: Sequence[str], since: datetime) -> set[TallyRow]:
    """Return what is written of some topics, of the hours from a moment on."""
    query = select(*(_tally.c[name] for name in TallyRow.__slots__)).where(_tally.c.hour >= since)
    found = session.connection().execute(query.where(_tally.c.topic.in_(topics)))
    return {TallyRow(*row) for row in found}


def put(session: Session, rows: Sequence[TallyRow]) -> None:
    """Write how much was said in some hours, in place of what was written of them before."""
    if not rows:
        return
    new = insert_into(_tally, dialect_of(session))
    counted = {name: new.excluded[name] for name in ("posts", "voices")}
    values = [{name: getattr(row, name) for name in TallyRow.__slots__} for row in rows]
    session.connection().execute(new.on_conflict_do_update(index_elements=["topic", "hour"], set_=counted), values)


def begin(session: Session, topics: Sequence[str], hour: datetime) -> None:
    """Note since when there are topics, of which nothing may be heard for long: of those that are new."""
    there = set(session.connection().scalars(select(_tally.c.topic).where(_tally.c.topic.in_(topics)).distinct()))
    new = [{"topic": one, "hour": hour, "posts": 0, "voices": 0} for one in topics if one not in there]
    if new:
        _FIRST.run(session, new)


def clean(session: Session, now: datetime) -> None:
    """Forget hours long past, but for the newest of each topic among them: it says that there was the topic by then."""
    past = _tally.alias("past")
    newest = (
        select(func.max(past.c.hour)).where(past.c.topic == _tally.c.topic, past.c.hour < now - KEPT).scalar_subquery()
    )
    session.connection().execute(delete(_tally).where(_tally.c.hour < now - KEPT, _tally.c.hour != newest))
