"""Posts and their authors: what sources showed us, known by (source, external id)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, insert, literal_column, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.search.index import follow, follow_authors
from storage.tables.base import table_of
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

# How the names of posts and authors begin that were forgotten; no source can call anything so.
BLANK = "\x1fforgotten:"
_post = table_of(Post)
_author = table_of(Author)
# Authors whom nobody had seen; two sources of one name may show the same one in the same moment.
_NEW_AUTHORS = InsertOrIgnore(_author)
# How an author is shown, and what of it changed since their last post.
_FACE = ("name", "handle", "url", "avatar", "followers")
_NEW_FACES = Compiled(
    update(_author)
    .where(_author.c.id == bindparam("author_id"), _author.c.gone.is_(False))
    .values({name: bindparam(f"new_{name}") for name in _FACE})
)
# Posts of a batch, at arrival.
_NEW_POSTS = Compiled(
    insert(_post), *(one.name for one in _post.c if one.name not in ("id", "edited_at", "deleted_at"))
)


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
    media: str
    facts: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A post that stood at its source before we listened, as far as matching it needs."""

    title: str
    text: str
    url: str
    lang: str
    reply_to: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """One row of ``author``, as it was read; the fields are the columns, in their order."""

    id: int
    source: str
    external_id: str
    name: str
    handle: str
    url: str
    gone: bool
    avatar: str
    followers: int | None
    answered_at: datetime | None


# Who wrote what stands on the cards that are drawn.
_AUTHORS = CompiledIn(select(_author), _author.c.id)
_ROW = [_post.c[name] for name in PostRow.__slots__]
_BASELINE_ROW = [
    *(_post.c[name] for name in ("title", "text", "url", "lang", "reply_to")),
    *(func.coalesce(_author.c[name], "").label(name) for name in ("handle", "name")),
]
_KNOWN = select(*_ROW).where(
    _post.c.source == bindparam("source_name"), _post.c.external_id.in_(bindparam("ids", expanding=True))
)
_KNOWN_BASELINE = _KNOWN.where(_post.c.role == str(PostRole.BASELINE))
_OUR_TEXT = case((_post.c.role == str(PostRole.OURS), _post.c.text), else_="").label("our_text")
_BY_URL = select(_post.c.canonical_url, _post.c.source, _post.c.mention_id, _post.c.role, _OUR_TEXT).where(
    _post.c.canonical_url.in_(bindparam("urls", expanding=True)),
    _post.c.mention_id.is_not(None),
    _post.c.role.in_([str(PostRole.ORIGINAL), str(PostRole.OURS)]),
)
_ANSWERABLE = select(_post.c.external_id, _post.c.mention_id, _post.c.role).where(
    _post.c.source == bindparam("source_name"),
    _post.c.external_id.in_(bindparam("ids", expanding=True)),
    _post.c.mention_id.is_not(None),
)

# Where else the posts of the cards that are drawn were shown.
_SIGHTINGS = CompiledIn(
    select(_post.c.mention_id, _post.c.source)
    .where(_post.c.role == str(PostRole.SIGHTING))
    .distinct()
    .order_by(_post.c.source),
    _post.c.mention_id,
)


def known(session: Session, source: str, external_ids: Collection[str]) -> dict[str, PostRow]:
    """Return those of the posts that we have, by external id."""
    return _known(session, _KNOWN, source, external_ids)


def known_since(session: Session, source: str, external_ids: Collection[str], since: datetime) -> set[str]:
    """Return those of the posts that were shown to us first, or were changed, after a moment."""
    latest = func.coalesce(_post.c.deleted_at, _post.c.edited_at, _post.c.ingested_at)
    here = (_post.c.source == source, _post.c.external_id.in_(list(external_ids)), latest > since)
    return set(session.connection().execute(select(_post.c.external_id).where(*here)).scalars())


def known_baseline(session: Session, source: str, external_ids: Collection[str]) -> dict[str, PostRow]:
    """Return those of the posts that stood there before we listened, by external id."""
    return _known(session, _KNOWN_BASELINE, source, external_ids)


def _known(session: Session, query: Any, source: str, external_ids: Collection[str]) -> dict[str, PostRow]:
    rows = session.connection().execute(query, {"source_name": source, "ids": list(external_ids)})
    return {row.external_id: PostRow(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where an address was shown before: as the original post of a mention, or as a reply of ours to one.

    Attributes:
        text: That of our reply.
    """

    mention_id: int
    ours: bool
    source: str = ""
    text: str = ""


def shown_under(session: Session, source: str, canonical_urls: Collection[str]) -> dict[str, Elsewhere]:
    """Return what stands under these canonical URLs: originals that *another* source showed, and replies of ours."""
    wanted = [url for url in canonical_urls if url]
    if not wanted:
        return {}
    found: dict[str, Elsewhere] = {}
    for row in session.connection().execute(_BY_URL, {"urls": wanted}):
        ours = row.role == PostRole.OURS
        if ours or (row.source != source and row.canonical_url not in found):
            found[row.canonical_url] = Elsewhere(row.mention_id, ours, row.source, row.our_text)
    return found


@dataclass(frozen=True, slots=True)
class Answerable:
    """A post of a mention that others may answer, and what it is to us."""

    mention_id: int
    role: PostRole


def answerable(session: Session, source: str, external_ids: Collection[str]) -> dict[str, Answerable]:
    """Return those of the posts that belong to a mention, by external id."""
    rows = session.connection().execute(_ANSWERABLE, {"source_name": source, "ids": list(external_ids)})
    return {row.external_id: Answerable(row.mention_id, PostRole(row.role)) for row in rows}


def followed_since(session: Session, mention_id: int, since: datetime) -> bool:
    """Say whether the author of a mention wrote again since a moment."""
    query = select(_post.c.id).where(
        _post.c.mention_id == mention_id, _post.c.role == str(PostRole.FOLLOW_UP), _post.c.ingested_at >= since
    )
    return session.connection().execute(query.limit(1)).first() is not None


def author_ids(session: Session, source: str, authors: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Write down authors that are new, and what is new of those that are known; returns ids by external id.

    Who is told by their id alone, as streams do, is shown as before, and a handle is never lost: it leads to them.
    Whose name was forgotten has none again.
    """
    wanted = {row["external_id"]: {"source": source, "gone": False, **row} for row in authors}
    if not wanted:
        return {}
    connection = session.connection()
    query = select(_author.c.external_id, _author.c.id, *(_author.c[name] for name in _FACE)).where(
        _author.c.source == source, _author.c.external_id.in_(list(wanted))
    )
    known = {row.external_id: row for row in connection.execute(query)}
    names = {row.id: (row.name, row.handle) for row in known.values()}
    changed = [
        {"author_id": known[key].id, **{f"new_{name}": value for name, value in news.items()}}
        for key, row in wanted.items()
        if key in known and (news := _news(row, known[key]))
    ]
    _NEW_FACES.many(session, sorted(changed, key=itemgetter("author_id")))
    renamed = [one for one in changed if (one["new_name"], one["new_handle"]) != names[one["author_id"]]]
    follow_authors(session, [one["author_id"] for one in renamed])
    missing = [row for key, row in wanted.items() if key not in known]
    if missing:
        _NEW_AUTHORS.run(session, missing)
        known = {row.external_id: row for row in connection.execute(query)}
    return {key: row.id for key, row in known.items()}


def _news(told: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """Return how an author is shown now, where that differs from how we know them; else nothing."""
    if not told["name"] and not told["handle"] and not told["avatar"]:
        return {}
    now = {name: told[name] for name in _FACE}
    now |= {name: told[name] or getattr(known, name) for name in ("handle", "url", "followers")}
    return now if any(value != getattr(known, name) for name, value in now.items()) else {}


def named_by_handle(session: Session, handles: Collection[str]) -> dict[str, list[str]]:
    """Return by which other names of theirs the authors with these handles, in lower case, are known."""
    lower = func.lower(_author.c.handle)
    query = select(lower, _author.c.external_id).where(lower.in_(list(handles)), _author.c.external_id.like("did:%"))
    found: dict[str, list[str]] = {}
    for handle, external_id in session.connection().execute(query.distinct()):
        found.setdefault(handle, []).append(external_id)
    return found


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert posts; each row names every column but the id, and when it was edited or deleted."""
    _NEW_POSTS.many(session, rows)
    follow(session, (row["mention_id"] for row in rows))


def change(session: Session, post_id: int, **values: Any) -> None:
    """Change columns of one post, unless it was forgotten meanwhile."""
    here = _post.c.id == post_id, ~_post.c.external_id.startswith(BLANK)
    query = update(_post).where(*here).values(**values).returning(_post.c.mention_id)
    follow(session, session.connection().scalars(query))


def of_author(session: Session, source: str, author_external_id: str, *, limit: int) -> list[PostRow]:
    """Return posts of one author that still have their text, the oldest first."""
    query = (
        select(*_ROW)
        .join_from(_post, _author, _post.c.author_id == _author.c.id)
        .where(_author.c.source == source, _author.c.external_id == author_external_id, _post.c.deleted_at.is_(None))
        .order_by(_post.c.id)
        .limit(limit)
    )
    return [PostRow(*row) for row in session.connection().execute(query)]


def count_of_authors(session: Session, source: str, external_ids: Collection[str], since: datetime) -> dict[str, int]:
    """Count what each of these authors wrote that came in since a moment."""
    query = (
        select(_author.c.external_id, func.count())
        .join_from(_author, _post, _post.c.author_id == _author.c.id)
        .where(_author.c.source == source, _author.c.external_id.in_(list(external_ids)))
        .where(_post.c.ingested_at >= since)
        .group_by(_author.c.external_id)
    )
    return {str(key): int(number) for key, number in session.connection().execute(query)}


def blank_author(session: Session, source: str, author_external_id: str) -> None:
    """Forget the name of an author who left the source; the row stays."""
    query = (
        update(_author)
        .where(_author.c.source == source, _author.c.external_id == author_external_id)
        .values(name="", handle="", url="", avatar="", followers=None, gone=True)
        .returning(_author.c.id)
    )
    follow_authors(session, list(session.connection().scalars(query)), gone=True)


def sightings(session: Session, mention_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the other sources that showed the same posts, by mention."""
    found: dict[int, list[str]] = {}
    for mention_id, source in _SIGHTINGS.rows(session, mention_ids):
        found.setdefault(mention_id, []).append(source)
    return found


def authors(session: Session, author_ids: Collection[int]) -> dict[int, AuthorRow]:
    """Return authors by id."""
    return {row[0]: AuthorRow(*row) for row in _AUTHORS.rows(session, author_ids)}


def _standing_baseline(source: str) -> tuple[ColumnElement[bool], ...]:
    # As the index says it: SQLite knows that again only where the value stands in the statement.
    here = _post.c.role == literal_column(f"'{PostRole.BASELINE}'")
    return (_post.c.source == source, here, _post.c.deleted_at.is_(None))


def of_baseline(session: Session, source: str, limit: int = 1_000) -> list[BaselineRow]:
    """Return the posts that a source had shown before we listened, the newest first."""
    query = (
        select(*_BASELINE_ROW)
        .select_from(_post.outerjoin(_author, _author.c.id == _post.c.author_id))
        .where(*_standing_baseline(source))
        .order_by(_post.c.id.desc())
        .limit(limit)
    )
    return [BaselineRow(*row) for row in session.connection().execute(query)]


def before_us(session: Session, canonical: str) -> tuple[str, PostRow] | None:
    """Return the post under this canonical URL that stood there before we listened, with its source; None = none."""
    query = (
        select(_post.c.source, *_ROW)
        .where(_post.c.canonical_url == canonical, _post.c.role == str(PostRole.BASELINE))
        .order_by(_post.c.id)
        .limit(1)
    )
    row = session.connection().execute(query).first()
    return (str(row[0]), PostRow(*row[1:])) if row is not None else None


def count_baseline(session: Session, source: str) -> int:
    """Count the posts that a source had shown before we listened."""
    query = select(func.count()).select_from(_post).where(*_standing_baseline(source))
    return int(session.connection().execute(query).scalar_one())
