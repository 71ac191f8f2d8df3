"""Mutes: which are in force, what they held, and what one would have held had it been there before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.mutes import Mute
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

_mute = table_of(Mute)
_mention = table_of(Mention)
_post = table_of(Post)
_author = table_of(Author)


@dataclass(frozen=True, slots=True)
class MuteRow:
    """One mute, as it was read; the fields are the columns, in their order."""

    id: int
    token: str
    kind: str
    source: str
    author: str
    needle: str
    department_id: int | None
    mention_id: int
    by_id: int
    at: datetime
    until: datetime
    lifted_at: datetime | None = None
    lifted_by_id: int | None = None
    told_at: datetime | None = None
    hits: int = 0
    last_hit_at: datetime | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A mention that came before, as far as it tells what became of it."""

    mention_id: int
    token: str
    topic: str
    status: str
    first_response_at: datetime | None
    ingested_at: datetime


_PAST = (
    _mention.c.id.label("mention_id"),
    *(_mention.c[name] for name in ("token", "topic", "status", "first_response_at", "ingested_at")),
)
# What is asked at each arrival: those in force, the eldest first.
_IN_FORCE = Compiled(
    select(_mute)
    .where(_mute.c.until > bindparam("now", type_=_mute.c.until.type), _mute.c.lifted_at.is_(None))
    .order_by(_mute.c.id)
)
# Who writes one does so after the other, over all replicas.
_ONE_BY_ONE = select(func.pg_advisory_xact_lock(func.hashtext("dibs mutes")))
# So many of the newest mentions are looked at, to say what a mute would have held.
MOST_TRIED = 5_000


def hold(session: Session) -> None:
    """Let nobody else write a mute until the commit: of two who want the same, the second finds it there.

    On SQLite there is one writer anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_BY_ONE)


def in_force(session: Session, now: datetime) -> list[MuteRow]:
    """Return the mutes that hold now, the eldest first."""
    return [MuteRow(*row) for row in _IN_FORCE.rows(session, now=now)]


def several(session: Session, mute_ids: Collection[int]) -> dict[int, MuteRow]:
    """Return mutes by their numbers, ended or not."""
    query = select(_mute).where(_mute.c.id.in_(set(mute_ids)))
    rows = session.connection().execute(query) if mute_ids else ()
    return {row.id: MuteRow(*row) for row in rows}


def by_token(session: Session, token: str) -> MuteRow | None:
    """Return the mute with this token, or None."""
    row = session.connection().execute(select(_mute).where(_mute.c.token == token)).first()
    return MuteRow(*row) if row else None


def add(session: Session, **values: Any) -> MuteRow:
    """Write down a mute."""
    row = session.connection().execute(insert(_mute).values(hits=0, **values).returning(*_mute.c)).one()
    return MuteRow(*row)


def lift(session: Session, mute_id: int, person_id: int, now: datetime) -> MuteRow | None:
    """End a mute that is in force; None when it had ended, or somebody was quicker."""
    query = (
        update(_mute)
        .where(_mute.c.id == mute_id, _mute.c.lifted_at.is_(None), _mute.c.until > now)
        .values(lifted_at=now, lifted_by_id=person_id, told_at=now)
        .returning(*_mute.c)
    )
    row = session.connection().execute(query).first()
    return MuteRow(*row) if row else None


def note_hits(session: Session, hits: Mapping[int, int], now: datetime) -> None:
    """Count what mutes held, in the order of their numbers, so that nobody waits for one another in a circle."""
    for mute_id, number in sorted(hits.items()):
        session.connection().execute(
            update(_mute).where(_mute.c.id == mute_id).values(hits=_mute.c.hits + number, last_hit_at=now)
        )


def ended(session: Session, now: datetime, limit: int = 100) -> list[MuteRow]:
    """Return those whose time is over and of which nobody was told."""
    query = select(_mute).where(_mute.c.until <= now, _mute.c.told_at.is_(None)).order_by(_mute.c.until).limit(limit)
    return [MuteRow(*row) for row in session.connection().execute(query)]


def tell_end(session: Session, mute_id: int, now: datetime) -> bool:
    """Say that its end is told; False when somebody else does."""
    query = update(_mute).where(_mute.c.id == mute_id, _mute.c.told_at.is_(None)).values(told_at=now)
    return session.connection().execute(query.returning(_mute.c.id)).first() is not None


def forget_author(session: Session, source: str, author: str, called: str) -> None:
    """Call an author otherwise who left the source, in whatever mutes them."""
    theirs = update(_mute).where(_mute.c.source == source, _mute.c.author == author)
    session.connection().execute(theirs.values(needle=called))


def past_of_author(
    session: Session, source: str, author: str, department_id: int | None, since: datetime
) -> list[Past]:
    """Return the newest mentions that somebody began."""
    query = (
        _past(department_id, since)
        .join(_post, _post.c.mention_id == _mention.c.id)
        .join(_author, _author.c.id == _post.c.author_id)
        .where(_post.c.role == str(PostRole.ORIGINAL), _author.c.source == source, _author.c.external_id == author)
    )
    return _read(session, query)


def past_of_source(session: Session, source: str, department_id: int | None, since: datetime) -> list[Past]:
    """Return the newest mentions that a source showed first."""
    return _read(session, _past(department_id, since).where(_mention.c.source == source))


def past_of_thread(
    session: Session, source: str, thread: str, department_id: int | None, since: datetime
) -> list[Past]:
    """Return the newest mentions of a public thread, among them the one with which it began."""
    of_it = _post.c.thread == thread, _post.c.external_id == thread
    query = _past(department_id, since).join(_post, _post.c.mention_id == _mention.c.id)
    return _read(session, query.where(_post.c.role == str(PostRole.ORIGINAL), _post.c.source == source, or_(*of_it)))


def past(session: Session, department_id: int | None, since: datetime) -> list[Past]:
    """Return the newest mentions."""
    return _read(session, _past(department_id, since))


def _past(department_id: int | None, since: datetime) -> Any:
    query = select(*_PAST).where(_mention.c.ingested_at >= since, *_of(department_id))
    return query.order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc()).limit(MOST_TRIED)


def _of(department_id: int | None) -> list[ColumnElement[bool]]:
    return [] if department_id is None else [_mention.c.department_id == department_id]


def _read(session: Session, query: Any) -> list[Past]:
    return [Past(*row) for row in session.connection().execute(query)]


def count_by_topic(
    session: Session, topics: Sequence[str], department_id: int | None, since: datetime
) -> dict[str, int]:
    """Count what came in of each of these topics."""
    query = (
        select(_mention.c.topic, func.count())
        .where(_mention.c.topic.in_(topics), _mention.c.ingested_at >= since, *_of(department_id))
        .group_by(_mention.c.topic)
    )
    return {str(topic): int(number) for topic, number in session.connection().execute(query)}
