"""Posts and their authors: what sources showed us, known by (source, external id)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlmodel import Session

from storage.absent import InsertIfAbsent
from storage.tables import Author, Post
from storage.words import PostRole

_post = Post.__table__  # type: ignore[attr-defined]
_author = Author.__table__  # type: ignore[attr-defined]
_NEW_AUTHORS = InsertIfAbsent(_author)
_NEW_POSTS = insert(_post)


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post that we have already, as far as a repeat of it must know."""

    id: int
    external_id: str
    role: str
    mention_id: int | None
    digest: str
    title: str
    text: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A post that stood at its source before we listened, as far as matching it needs."""

    title: str
    text: str
    url: str
    lang: str


_ROW = [_post.c[name] for name in PostRow.__slots__]
_KNOWN = select(*_ROW).where(
    _post.c.source == bindparam("source_name"), _post.c.external_id.in_(bindparam("ids", expanding=True))
)
_BY_URL = select(_post.c.canonical_url, _post.c.source, _post.c.mention_id).where(
    _post.c.canonical_url.in_(bindparam("urls", expanding=True)),
    _post.c.mention_id.is_not(None),
    _post.c.role == str(PostRole.ORIGINAL),
)

_SIGHTINGS = (
    select(_post.c.mention_id, _post.c.source)
    .where(_post.c.mention_id.in_(bindparam("mention_ids", expanding=True)))
    .where(_post.c.role == str(PostRole.SIGHTING))
    .distinct()
    .order_by(_post.c.source)
)


def known(session: Session, source: str, external_ids: Collection[str]) -> dict[str, PostRow]:
    """Return those of the posts that we have, by external id."""
    rows = session.connection().execute(_KNOWN, {"source_name": source, "ids": list(external_ids)})
    return {row.external_id: PostRow(*row) for row in rows}


def sighted(session: Session, source: str, canonical_urls: Collection[str]) -> dict[str, int]:
    """Return the mentions that *another* source showed under these canonical URLs."""
    wanted = [url for url in canonical_urls if url]
    if not wanted:
        return {}
    rows = session.connection().execute(_BY_URL, {"urls": wanted})
    return {row.canonical_url: row.mention_id for row in rows if row.source != source}


def author_ids(session: Session, source: str, authors: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Write down authors that are new; returns ids by external id of all that were named."""
    wanted = {row["external_id"]: {"source": source, "gone": False, **row} for row in authors}
    if not wanted:
        return {}
    connection = session.connection()
    query = select(_author.c.external_id, _author.c.id).where(
        _author.c.source == source, _author.c.external_id.in_(list(wanted))
    )
    found = {row.external_id: row.id for row in connection.execute(query)}
    missing = [row for key, row in wanted.items() if key not in found]
    if missing:
        _NEW_AUTHORS.run(session, missing)
        found = {row.external_id: row.id for row in connection.execute(query)}
    return found


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert posts; each row names every column but the id."""
    if rows:
        session.connection().execute(_NEW_POSTS, list(rows))


def change(session: Session, post_id: int, **values: Any) -> None:
    """Change columns of one post."""
    session.connection().execute(update(_post).where(_post.c.id == post_id).values(**values))


def of_author(session: Session, source: str, author_external_id: str) -> list[PostRow]:
    """Return the posts of one author that still have their text."""
    query = (
        select(*_ROW)
        .join_from(_post, _author, _post.c.author_id == _author.c.id)
        .where(_author.c.source == source, _author.c.external_id == author_external_id, _post.c.deleted_at.is_(None))
    )
    return [PostRow(*row) for row in session.connection().execute(query)]


def blank_author(session: Session, source: str, author_external_id: str) -> None:
    """Forget the name of an author who left the source; the row stays."""
    session.connection().execute(
        update(_author)
        .where(_author.c.source == source, _author.c.external_id == author_external_id)
        .values(name="", handle="", url="", gone=True)
    )


def sightings(session: Session, mention_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the other sources that showed the same posts, by mention."""
    found: dict[int, list[str]] = {}
    for row in session.connection().execute(_SIGHTINGS, {"mention_ids": list(mention_ids)}):
        found.setdefault(row.mention_id, []).append(row.source)
    return found


def authors(session: Session, author_ids: Collection[int]) -> dict[int, Author]:
    """Return authors by id."""
    if not author_ids:
        return {}
    found = session.execute(select(Author).where(_author.c.id.in_(list(author_ids)))).scalars()
    return {author.id: author for author in found if author.id is not None}


def _standing_baseline(source: str) -> tuple[ColumnElement[bool], ...]:
    return (_post.c.source == source, _post.c.role == str(PostRole.BASELINE), _post.c.deleted_at.is_(None))


def of_baseline(session: Session, source: str, limit: int = 1_000) -> list[BaselineRow]:
    """Return the posts that a source had shown before we listened, the newest first."""
    columns = [_post.c[name] for name in BaselineRow.__slots__]
    query = select(*columns).where(*_standing_baseline(source)).order_by(_post.c.id.desc()).limit(limit)
    return [BaselineRow(*row) for row in session.connection().execute(query)]


def count_baseline(session: Session, source: str) -> int:
    """Count the posts that a source had shown before we listened."""
    query = select(func.count()).select_from(_post).where(*_standing_baseline(source))
    return int(session.connection().execute(query).scalar_one())
