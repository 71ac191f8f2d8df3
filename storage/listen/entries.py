"""Entries: posts by every name that an entry of a feed may have, and the names that a post takes on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.posts import Post

_post = table_of(Post)
# As many values as a statement takes on every database.
_PORTION = 500


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A post that we have, as far as it tells what its entry is called."""

    id: int
    source: str
    external_id: str
    url: str
    canonical_url: str
    title: str
    text: str
    digest: str
    published_at: datetime | None


_ROW = [_post.c[name] for name in EntryRow.__slots__]
_BY_ID = (
    select(*_ROW)
    .where(_post.c.source == bindparam("source_name"), _post.c.external_id.in_(bindparam("names", expanding=True)))
    .order_by(_post.c.id)
)
# By its index alone: told the source, too, a database may well read all that the source ever showed.
_BY_KEY = select(*_ROW).where(_post.c.canonical_url.in_(bindparam("names", expanding=True))).order_by(_post.c.id)


def by_external_id(session: Session, source: str, external_ids: Collection[str]) -> list[EntryRow]:
    """Return the posts of a source that bear these names, the eldest first."""
    wanted = [one for one in external_ids if one]
    found = [
        EntryRow(*row)
        for names in _portions(wanted)
        for row in session.connection().execute(_BY_ID, {"source_name": source, "names": names})
    ]
    return sorted(found, key=lambda row: row.id)


def by_canonical_url(session: Session, source: str, keys: Collection[str]) -> list[EntryRow]:
    """Return the posts of a source that stand under these canonical URLs, the eldest first."""
    found = [
        EntryRow(*row)
        for names in _portions([key for key in keys if key])
        for row in session.connection().execute(_BY_KEY, {"names": names})
    ]
    return sorted((row for row in found if row.source == source), key=lambda row: row.id)


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _PORTION] for start in range(0, len(values), _PORTION))


def rename(session: Session, post_id: int, external_id: str, url: str, canonical_url: str) -> None:
    """Let a post be known by the names that its entry has now."""
    here: ColumnElement[bool] = _post.c.id == post_id
    values = {"external_id": external_id, "url": url, "canonical_url": canonical_url}
    session.connection().execute(update(_post).where(here).values(**values))
