"""Talks: the posts of a mention that its author and we wrote in turns, and those of others that stand around them.

Of a talk that goes on for very long, what it began with is read and the newest of the rest; of the others the newest.
Which post follows which is told in ``handlers.base.talk``; here they come as they were heard.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.tables.base import table_of
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

# So many of one talk are read.
MOST = 200
_post = table_of(Post)
_author = table_of(Author)
_IN_TURNS = or_(*(_post.c.role == str(one) for one in (PostRole.ORIGINAL, PostRole.FOLLOW_UP, PostRole.OURS)))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A post of a mention, and who wrote it, as they were read; the names are None where nobody is known."""

    id: int
    mention_id: int
    source: str
    role: str
    external_id: str
    reply_to: str
    url: str
    canonical_url: str
    title: str
    text: str
    lang: str
    digest: str
    media: str
    facts: str
    published_at: datetime | None
    ingested_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    author_id: int | None
    name: str | None
    handle: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """When a post of a talk was written and heard, and what it answers: all that its place in the talk follows from."""

    id: int
    mention_id: int
    role: str
    external_id: str
    reply_to: str
    published_at: datetime | None
    ingested_at: datetime
    deleted_at: datetime | None


_NAMES = ("name", "handle")
_HEARD = [_post.c[name] for name in Heard.__slots__]
_ROW = [*(_post.c[name] for name in Spoken.__slots__ if name not in _NAMES), *(_author.c[name] for name in _NAMES)]
_SPOKEN = select(*_ROW).select_from(_post.outerjoin(_author, _post.c.author_id == _author.c.id))
_FIRST = case((_post.c.role == str(PostRole.ORIGINAL), 0), else_=1)
# One talk, for forms and for what is sent.
_OF_MENTION = Compiled(
    _SPOKEN.where(_post.c.mention_id == bindparam("mention_id"), _IN_TURNS)
    .order_by(_FIRST, _post.c.id.desc())
    .limit(MOST)
)
# What others wrote around it.
_OTHERS = Compiled(
    _SPOKEN.where(_post.c.mention_id == bindparam("mention_id"), _post.c.role == str(PostRole.THREAD))
    .where(_post.c.deleted_at.is_(None))
    .order_by(_post.c.id.desc())
    .limit(bindparam("most"))
)
# The turns of the cards that are drawn, and the words of those that are shown.
_HEARD_OF = CompiledIn(select(*_HEARD).where(_IN_TURNS).order_by(_post.c.id), _post.c.mention_id)
_BY_IDS = CompiledIn(_SPOKEN, _post.c.id)


def of_mention(session: Session, mention_id: int) -> list[Spoken]:
    """Return what the author of a mention and we wrote, in the order in which it was heard."""
    rows = (Spoken(*row) for row in _OF_MENTION.rows(session, mention_id=mention_id))
    return sorted(rows, key=lambda one: one.id)


def others(session: Session, mention_id: int, most: int) -> list[Spoken]:
    """Return the newest of what others wrote around a mention and still stands, in the order in which it was heard."""
    return [Spoken(*row) for row in reversed(_OTHERS.rows(session, mention_id=mention_id, most=most))]


def count_others(session: Session, mention_ids: Collection[int]) -> dict[int, int]:
    """Count what others wrote around each of these mentions, deleted or not; those without any are left out."""
    query = (
        select(_post.c.mention_id, func.count())
        .where(_post.c.mention_id.in_(list(mention_ids)), _post.c.role == str(PostRole.THREAD))
        .group_by(_post.c.mention_id)
    )
    return {int(row[0]): int(row[1]) for row in session.connection().execute(query)}


def heard_of(session: Session, mention_ids: Collection[int]) -> dict[int, list[Heard]]:
    """Return the turns of several talks without their words, each talk in the order in which it was heard."""
    found: dict[int, list[Heard]] = {}
    for row in _HEARD_OF.rows(session, mention_ids):
        one = Heard(*row)
        found.setdefault(one.mention_id, []).append(one)
    return found


def several(session: Session, post_ids: Collection[int]) -> list[Spoken]:
    """Return posts of talks by their ids, in no order."""
    return [Spoken(*row) for row in _BY_IDS.rows(session, post_ids)]
