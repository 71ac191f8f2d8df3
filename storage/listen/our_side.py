"""Our side: what we said there, as posts of the mentions that we answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.listen.posts import change
from storage.search.index import follow
from storage.tables.base import table_of
from storage.tables.posts import Post
from storage.tables.states import PostRole

_post = table_of(Post)
# The name of a post of which we know the address alone; no source names its posts so.
BY_HAND = "by-hand:"
# A reply of ours, unless its source showed it before we wrote it down.
_KEEP = InsertOrIgnore(_post, _post.c.id)


def keep_our_side(session: Session, mention_id: int, values: Mapping[str, Any]) -> int | None:
    """Write a reply of ours down as a post of the mention, or adopt the row that its source showed us already.

    Returns:
        The mention that the source's showing had become, where it had become one; else None.
    """
    empty = ("title", "text", "lang", "url", "canonical_url", "digest", "reply_to", "media", "facts")
    row = {**dict.fromkeys(empty, ""), **values}
    follow(session, [mention_id])
    if _KEEP.run(session, {**row, "role": str(PostRole.OURS), "mention_id": mention_id}).first() is not None:
        return None
    here = (_post.c.source == row["source"], _post.c.external_id == row["external_id"])
    other = session.connection().scalar(select(_post.c.mention_id).where(*here))
    adopted = (
        update(_post)
        .where(*here, _post.c.role != str(PostRole.ORIGINAL))
        .values(role=str(PostRole.OURS), mention_id=mention_id)
        .returning(_post.c.id)
    )
    if session.connection().execute(adopted).first() is not None:
        follow(session, [other])
        return None
    return None if other == mention_id else other


@dataclass(frozen=True, slots=True)
class Nameless:
    """A reply of ours that was posted by hand, of which we know the address and not its source's name for it."""

    id: int
    url: str
    canonical_url: str
    text: str


_NAMELESS = [_post.c[name] for name in Nameless.__slots__]


def without_name(session: Session, source: str, mention_id: int) -> list[Nameless]:
    """Return the replies to a mention of which we know the address alone, the oldest first."""
    query = (
        select(*_NAMELESS)
        .where(_post.c.mention_id == mention_id, _post.c.role == str(PostRole.OURS))
        .where(_post.c.source == source, _post.c.external_id.like(f"{BY_HAND}%"))
        .order_by(_post.c.id)
    )
    return [Nameless(*row) for row in session.connection().execute(query)]


def take_in_ours(session: Session, source: str, mention_ids: Mapping[str, int]) -> dict[str, int]:
    """Let replies of ours belong to a mention that were shown before what they answer.

    Args:
        session: The transaction.
        source: Where they stand.
        mention_ids: The new mentions, by the external id of what each began with.

    Returns:
        The mention of each such reply, by its external id, in the order in which they were shown.
    """
    lonely = (_post.c.source == source, _post.c.role == str(PostRole.OURS), _post.c.mention_id.is_(None))
    query = select(_post.c.id, _post.c.external_id, _post.c.reply_to).where(
        *lonely, _post.c.reply_to.in_(list(mention_ids))
    )
    rows = session.connection().execute(query.order_by(_post.c.id)).all()
    for row in rows:
        change(session, row.id, mention_id=mention_ids[row.reply_to])
    return {row.external_id: mention_ids[row.reply_to] for row in rows}
