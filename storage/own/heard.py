"""Heard: from which sources mentions came, about which products, and in which languages, whatever is configured now.

Each is found by stepping through an index from one value to the next, so it costs one look for each value and not one
for each row.
"""

from sqlalchemy import Column, func, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post

# More than anybody chooses from.
_MOST = 300


def sources(session: Session) -> list[str]:
    """Return the names of the sources from which mentions came, in order."""
    return _values(session, table_of(Mention).c.source)


def products(session: Session) -> list[str]:
    """Return what mentions are about, in order; what is about nothing in particular has no name."""
    return _values(session, table_of(Mention).c.product)


def languages(session: Session) -> list[str]:
    """Return what posts say of their language, in order: BCP 47 tags, several with a space between."""
    return _values(session, table_of(Post).c.lang)


def has_source(session: Session, name: str) -> bool:
    """Say whether mentions came from a source."""
    mention = table_of(Mention)
    return session.connection().scalar(select(mention.c.id).where(mention.c.source == name).limit(1)) is not None


def has_product(session: Session, name: str) -> bool:
    """Say whether mentions came that are about a product."""
    mention = table_of(Mention)
    return session.connection().scalar(select(mention.c.id).where(mention.c.product == name).limit(1)) is not None


def _values(session: Session, column: Column[str]) -> list[str]:
    first = select(func.min(column).label("value")).where(column > "").cte("steps", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).scalar_subquery()
    steps = first.union_all(select(following).where(first.c.value.is_not(None)))
    query = select(steps.c.value).where(steps.c.value.is_not(None)).limit(_MOST)
    return [str(value) for value in session.connection().scalars(query)]
