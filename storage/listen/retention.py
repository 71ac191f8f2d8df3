"""Retention: what of a source is older than it is kept, found in portions, and how far a night has come with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.listen.erase import STANDS
from storage.listen.posts import BLANK
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Author, Post
from storage.tables.replies import Publication
from storage.tables.retention import Retention
from storage.tables.states import CLOSED, IN_FLIGHT, Held, PostRole

_retention, _mention, _post, _author = table_of(Retention), table_of(Mention), table_of(Post), table_of(Author)
_publication = table_of(Publication)
_NEW = InsertOrIgnore(_retention, _retention.c.source)


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """One row of ``retention``, as it was read; the fields are the columns, in their order."""

    source: str
    days: int
    told_at: datetime
    mentions: int
    posts: int
    night: str
    part: str
    after: int


def rows(session: Session) -> dict[str, RetentionRow]:
    """Return what is known of each source of which not all is kept."""
    found = session.connection().execute(select(_retention).order_by(_retention.c.source))
    return {row[0]: RetentionRow(*row) for row in found}


def sources(session: Session) -> list[str]:
    """Return the names under which there are posts, of sources that are configured no more too."""
    found: list[str] = []
    while True:
        query = select(func.min(_post.c.source)).where(_post.c.source > (found[-1] if found else ""))
        if (one := session.connection().scalar(query)) is None:
            return found
        found.append(one)


def tell(session: Session, source: str, days: int, now: datetime) -> bool:
    """Write down that it was told what so many days remove; False where that was told before."""
    values = {"source": source, "days": days, "told_at": now, "mentions": 0, "posts": 0}
    if _NEW.run(session, values | {"night": "", "part": "", "after": 0}).first() is not None:
        return True
    here = update(_retention).where(_retention.c.source == source, _retention.c.days != days)
    changed = here.values(days=days, told_at=now, night="").returning(_retention.c.source)
    return session.connection().execute(changed).first() is not None


def go_on(
    session: Session, seen: RetentionRow, night: str, part: str, after: int, *, mentions: int, posts: int
) -> bool:
    """Write down how far a night has come; False where another replica has gone on from there."""
    here = [_retention.c[name] == getattr(seen, name) for name in ("source", "days", "night", "part", "after")]
    values = {"night": night, "part": part, "after": after}
    more = {"mentions": _retention.c.mentions + mentions, "posts": _retention.c.posts + posts}
    changed = update(_retention).where(*here).values(**values, **more).returning(_retention.c.source)
    return session.connection().execute(changed).first() is not None


def _old_mentions(source: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Say what goes by age: what is done with, or was kept back, and of which no reply is on its way."""
    done = _mention.c.status.in_([str(one) for one in CLOSED])
    sent = select(_publication.c.id).where(_publication.c.mention_id == _mention.c.id)
    flying = sent.where(_publication.c.state.in_([str(one) for one in IN_FLIGHT])).correlate(_mention)
    began = select(_post.c.id).where(_post.c.mention_id == _mention.c.id, _post.c.role == str(PostRole.ORIGINAL))
    stands = began.where(STANDS).correlate(_mention)
    kept_back = _mention.c.held != str(Held.NO)
    old = _mention.c.changed_at < before, _mention.c.ingested_at < before
    return _mention.c.source == source, *old, or_(done, kept_back), stands.exists(), ~flying.exists()


def old_mentions(session: Session, source: str, before: datetime, after: int, limit: int) -> list[int]:
    """Return mentions behind one of them on which nothing was done since a moment, and nothing is to be done."""
    query = select(_mention.c.id).where(_mention.c.id > after, *_old_mentions(source, before))
    return list(session.connection().scalars(query.order_by(_mention.c.id).limit(limit)))


def count_mentions(session: Session, source: str, before: datetime) -> int:
    """Count them."""
    query = select(func.count()).select_from(_mention).where(*_old_mentions(source, before))
    return int(session.connection().scalar(query) or 0)


def _old_posts(source: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    return _post.c.source == source, _post.c.mention_id.is_(None), _post.c.ingested_at < before, STANDS


def old_posts(session: Session, source: str, before: datetime, after: int, limit: int) -> list[int]:
    """Return posts behind one of them that belong to no mention, from before a moment."""
    query = select(_post.c.id).where(_post.c.id > after, *_old_posts(source, before))
    return list(session.connection().scalars(query.order_by(_post.c.id).limit(limit)))


def count_posts(session: Session, source: str, before: datetime) -> int:
    """Count them."""
    query = select(func.count()).select_from(_post).where(*_old_posts(source, before))
    return int(session.connection().scalar(query) or 0)


def silent_authors(session: Session, source: str, after: int, limit: int) -> list[int]:
    """Return authors behind one of them of whom no post stands any more."""
    theirs = select(_post.c.id).where(_post.c.author_id == _author.c.id).correlate(_author)
    query = select(_author.c.id).where(_author.c.source == source, _author.c.id > after)
    query = query.where(~_author.c.external_id.startswith(BLANK), theirs.exists(), ~theirs.where(STANDS).exists())
    return list(session.connection().scalars(query.order_by(_author.c.id).limit(limit)))
