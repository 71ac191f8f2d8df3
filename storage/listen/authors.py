"""Authors: what else somebody wrote that concerns us, and what we said to it, of those whom we heard more than once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

# So many of the newest posts of an author are looked at, and so many of our answers to what is shown of them.
LOOKED_AT, MOST_ANSWERS = 500, 100
_post = table_of(Post)
_author = table_of(Author)


@dataclass(frozen=True, slots=True)
class OurAnswer:
    """What we said to a mention, as its source shows it."""

    mention_id: int
    text: str
    url: str
    published_at: datetime | None
    ingested_at: datetime


_OUR_ANSWER = [_post.c[name] for name in OurAnswer.__slots__]


def same_as(session: Session, author_id: int, sources: Collection[str]) -> list[int]:
    """Return an author, and who bears the same id on these sources, which show one network."""
    external_id = select(_author.c.external_id).where(_author.c.id == author_id).scalar_subquery()
    query = select(_author.c.id).where(_author.c.source.in_(list(sources)), _author.c.external_id == external_id)
    return sorted({author_id, *session.connection().scalars(query)})


def answered(session: Session, sources: Collection[str], external_ids: Collection[str]) -> dict[str, datetime]:
    """Return when we answered these authors, by the id that they have on sources of one network, where we did."""
    query = select(_author.c.external_id, func.max(_author.c.answered_at)).where(
        _author.c.source.in_(sorted(sources)),
        _author.c.external_id.in_(sorted(external_ids)),
        _author.c.answered_at.is_not(None),
    )
    return {str(name): at for name, at in session.connection().execute(query.group_by(_author.c.external_id))}


def mentions_of(session: Session, author_ids: Sequence[int], limit: int, *, but: int) -> list[int]:
    """Return the mentions that began with a post of these authors but one, the newest first.

    An index holds an author's posts together; of one who writes without end the newest are looked at.
    """
    newest = (
        select(_post.c.id, _post.c.role, _post.c.mention_id)
        .where(_post.c.author_id.in_(list(author_ids)))
        .order_by(_post.c.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    query = select(newest.c.mention_id).where(newest.c.role == str(PostRole.ORIGINAL), newest.c.mention_id != but)
    return list(session.connection().scalars(query.order_by(newest.c.id.desc()).limit(limit)))


def our_answers(session: Session, mention_ids: Collection[int]) -> dict[int, OurAnswer]:
    """Return the last that we said to each of these mentions and still stands there."""
    query = (
        select(*_OUR_ANSWER)
        .where(_post.c.mention_id.in_(list(mention_ids)), _post.c.role == str(PostRole.OURS))
        .where(_post.c.deleted_at.is_(None))
        .order_by(_post.c.id.desc())
        .limit(MOST_ANSWERS)
    )
    found: dict[int, OurAnswer] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.mention_id, OurAnswer(*row))
    return found
