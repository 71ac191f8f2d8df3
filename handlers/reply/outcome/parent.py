"""The post that a reply answers, as we know it: what a source is asked about just before the send."""

from handlers.base.replying import Parent
from storage.engine.database import Session
from storage.listen import posts
from storage.own import mentions


def parent_of(session: Session, mention_id: int) -> Parent:
    """Return the post that the mention began with."""
    post = mentions.original(session, mention_id)
    author = posts.authors(session, {post.author_id}).get(post.author_id) if post.author_id is not None else None
    return Parent(
        external_id=post.external_id,
        url=post.url,
        title=post.title,
        text=post.text,
        author_id=author.external_id if author else "",
        author_handle=author.handle if author else "",
        digest=post.digest,
        published_at=post.published_at,
    )
