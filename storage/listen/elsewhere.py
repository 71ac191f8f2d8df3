"""Elsewhere: what other sources said under the address of a mention, and what we replied there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.posts import Author, Post
from storage.tables.states import PostRole

# So many of one mention are looked at, the newest of them.
MOST = 20
_post = table_of(Post)
_author = table_of(Author)


@dataclass(frozen=True, slots=True)
class Saying:
    """What another source showed under an address: where, by whom, and in which words."""

    id: int
    source: str
    url: str
    title: str
    text: str
    name: str | None
    handle: str | None


_SAYING = (_post.c.id, _post.c.source, _post.c.url, _post.c.title, _post.c.text, _author.c.name, _author.c.handle)


def _of_mention(*columns: Any, role: PostRole) -> Any:
    return (
        select(*columns)
        .select_from(_post.outerjoin(_author, _post.c.author_id == _author.c.id))
        .where(_post.c.mention_id == bindparam("mention"), _post.c.role == str(role), _post.c.deleted_at.is_(None))
        .order_by(_post.c.id.desc())
        .limit(MOST)
    )


_SAID = Compiled(_of_mention(*_SAYING, role=PostRole.SIGHTING))
_OURS = Compiled(_of_mention(_post.c.title, _post.c.text, role=PostRole.OURS))


def said_elsewhere(session: Session, mention_id: int) -> list[Saying]:
    """Return what other sources show under the address of a mention, the newest first."""
    return [Saying(*row) for row in _SAID.rows(session, mention=mention_id)]


def our_words(session: Session, mention_id: int) -> list[tuple[str, str]]:
    """Return titles and texts of our replies to a mention, the newest first."""
    return [(str(title), str(text)) for title, text in _OURS.rows(session, mention=mention_id)]
