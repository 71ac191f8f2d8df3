"""Pictures: which addresses of faces and media stand on the rows of one mention."""

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Author, Post

_mention, _post, _author = table_of(Mention), table_of(Post), table_of(Author)
# More than stand on any page.
MOST = 1_000
_OF_MENTION = Compiled(
    select(_author.c.avatar, _post.c.media)
    .join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
    .outerjoin(_author, _post.c.author_id == _author.c.id)
    .where(
        _mention.c.token == bindparam("token"),
        _post.c.deleted_at.is_(None),
        or_(_author.c.avatar != "", _post.c.media != ""),
    )
    .order_by(_post.c.id)
    .limit(MOST)
)


def of_mention(session: Session, token: str) -> list[tuple[str, str]]:
    """Return the face of who wrote it and the media, as its row keeps them, of each post that still stands."""
    return [(avatar or "", media) for avatar, media in _OF_MENTION.rows(session, token=token)]
