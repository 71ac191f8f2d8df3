"""The index of words: what a mention says is read again and cut when it changed, in the transaction that changed it.

Whoever writes posts, authors, remarks or a mention's department says so by ``follow``. It comes before what else is
deferred, so that it is no part of the time for which the log's head is held; the words of a remark that goes into the
log in the same transaction are handed over, since the row is not there yet. On PostgreSQL all who write the index stand
in one line until they commit: else one could cut a text that another is taking away, and leave its words behind.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import attrgetter

from sqlalchemy import delete, func, select, text
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn, dialect_of
from storage.engine.deferred import defer
from storage.engine.upsert import InsertOrIgnore
from storage.search.facets import of_department, of_product, of_source
from storage.search.tables import SearchDue, mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole
from storage.text.cut import cut, facet

_mention, _post, _author = table_of(Mention), table_of(Post), table_of(Author)
_event, _remark, _due = table_of(OwnershipEvent), table_of(Remark), table_of(SearchDue)
# More words than that are not kept of one mention; the first post comes first.
MOST_WORDS = 4_000
# So many mentions of one author follow at once when their name changes; the others when their turn comes.
AT_ONCE = 100

_ONE_BY_ONE = Compiled(select(func.pg_advisory_xact_lock(func.hashtext("dibs search"))))
_MENTIONS = CompiledIn(
    select(_mention.c.id, _mention.c.token, _mention.c.source, _mention.c.department_id, _mention.c.product),
    _mention.c.id,
)
_POSTS = CompiledIn(
    select(
        _post.c.mention_id, _post.c.role, _post.c.title, _post.c.text, _post.c.lang, _author.c.name, _author.c.handle
    )
    .outerjoin_from(_post, _author, _author.c.id == _post.c.author_id)
    .where(_post.c.deleted_at.is_(None))
    .order_by(_post.c.id),
    _post.c.mention_id,
)
_REMARKS = CompiledIn(
    select(_event.c.mention_id, _remark.c.text)
    .join_from(_event, _remark, _remark.c.seq == _event.c.seq)
    .where(_remark.c.text.is_not(None), _event.c.actor_id.is_not(None))
    .order_by(_event.c.seq),
    _event.c.mention_id,
)
_WRITE = {
    "sqlite": "INSERT INTO mention_words (mention_id, words) VALUES (:mention_id, :words)"
    " ON CONFLICT (mention_id) DO UPDATE SET words = excluded.words",
    "postgresql": "INSERT INTO mention_words (mention_id, words)"
    " VALUES (:mention_id, array_to_tsvector(CAST(:words AS text[])))"
    " ON CONFLICT (mention_id) DO UPDATE SET words = excluded.words",
}
_LATER = InsertOrIgnore(_due)
_is_gone = attrgetter("gone")


@dataclass(frozen=True, slots=True)
class Renamed:
    """An author who is called otherwise now, or who is gone."""

    author_id: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote beside a change of hands, as long as its row is not in the log."""

    mention_id: int
    remark: str


def follow(session: Session, mention_ids: Iterable[int | None], *said: Said) -> None:
    """Let the index know of what was changed of these mentions, when the transaction ends."""
    changed = {one for one in mention_ids if one is not None}
    if changed or said:
        defer(session, _write_down, *sorted(changed), *said, first=True)


def follow_authors(session: Session, author_ids: Iterable[int], *, gone: bool = False) -> None:
    """Let the index know of new names of authors, when the transaction ends.

    Of who wrote many mentions the newest follow at once, and the others when their turn comes; what is gone is found
    by nobody until then.
    """
    defer(session, _follow_authors, *(Renamed(one, gone) for one in author_ids), first=True)


def hold(session: Session) -> None:
    """Let nobody else write the index until the commit."""
    if dialect_of(session) == "postgresql":
        _ONE_BY_ONE.first(session)


def write_down(session: Session, mention_ids: Collection[int], said: Sequence[Said] = ()) -> None:
    """Cut what these mentions say now, and write it down."""
    if not mention_ids:
        return
    hold(session)
    dialect = dialect_of(session)
    rows = [
        {"mention_id": mention_id, "words": _as_kept(_each_once(chain.from_iterable(words)), dialect)}
        for mention_id, words in _words(session, mention_ids, said).items()
    ]
    if rows:
        session.connection().execute(text(_WRITE[dialect]), rows)


def _write_down(session: Session, *things: int | Said) -> None:
    said = [one for one in things if isinstance(one, Said)]
    mention_ids = {one for one in things if not isinstance(one, Said)} | {one.mention_id for one in said}
    write_down(session, sorted(mention_ids), said)


def _follow_authors(session: Session, *renamed: Renamed) -> None:
    """Follow them; who writes more of theirs meanwhile stood in the line before us, or sees the new name."""
    hold(session)
    for gone, some in groupby(sorted(renamed, key=_is_gone), key=_is_gone):
        now, later = _by_turn(session, {one.author_id for one in some})
        write_down(session, now)
        _LATER.many(session, [{"first": one, "last": one, "only_facets": False} for one in later])
        for start in range(0, len(later) if gone else 0, AT_ONCE):
            away = mention_words.c.mention_id.in_(later[start : start + AT_ONCE])
            session.connection().execute(delete(mention_words).where(away))


def _by_turn(session: Session, author_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Return the mentions in which these authors wrote, those that follow at once, and the others."""
    query = select(_post.c.mention_id).distinct().where(_post.c.author_id.in_(author_ids))
    query = query.where(_post.c.mention_id.is_not(None)).order_by(_post.c.mention_id.desc())
    found = list(session.connection().scalars(query))
    return found[:AT_ONCE], found[AT_ONCE:]


def _as_kept(words: list[str], dialect: str) -> str | list[str]:
    return f" {' '.join(words)} " if dialect == "sqlite" else words


def _each_once(words: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(words), MOST_WORDS))


def _words(session: Session, mention_ids: Collection[int], said: Sequence[Said]) -> dict[int, list[Iterable[str]]]:
    """Return the words of each mention, in portions that are not cut yet."""
    words: dict[int, list[Iterable[str]]] = {}
    for mention_id, token, source, department_id, product in _MENTIONS.rows(session, mention_ids):
        about = (of_product(product),) if product else ()
        words[mention_id] = [cut(f"#{token}"), (of_source(source), of_department(department_id), *about)]
    for mention_id, role, title, body, lang, name, handle in _POSTS.rows(session, mention_ids):
        if role == PostRole.ORIGINAL:
            words[mention_id].append(facet(tag.partition("-")[0]) for tag in lang.lower().split())
        words[mention_id] += map(cut, (title, body, name or "", f"@{handle}" if handle else ""))
    for mention_id, remark in _REMARKS.rows(session, mention_ids):
        words[mention_id].append(cut(remark))
    for one in said:
        words[one.mention_id].append(cut(one.remark))
    return words
