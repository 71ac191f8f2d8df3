"""Seen there: a source shows a reply of ours of which we knew its address alone, or only that a person saw it.

So it stands after a person posted it by hand, or said "I see it". Now it gets the name that its source has for it, by
which its edits, its deletion and its answers are known; each such reply is found once, though two may read alike.
"""

from collections.abc import Collection
from enum import Enum

from handlers.base.events import Posted, content_digest
from handlers.text.same_words import reads_as
from storage.engine.database import Session
from storage.listen import our_side, posts
from storage.reply import nameless


class Seen(Enum):
    """What a reply of ours is that a source shows: its row ``HAS`` a name now, it is ``KNOWN``, or nobody knew it."""

    HAS = "has"
    KNOWN = "known"
    UNKNOWN = "unknown"


def recognise(
    session: Session, source: str, mention_id: int, post: Posted, pages: Collection[str], *, by_words: bool
) -> Seen:
    """Find which of the replies without a name this one is, by one of its addresses, and name it.

    Args:
        session: The transaction.
        source: Whose name for it it is; what stands elsewhere has none there.
        mention_id: What it answers.
        post: As it is shown.
        pages: Its canonical addresses.
        by_words: Where no address is known, it may be recognised by what it says.
    """
    rows = our_side.without_name(session, source, mention_id)
    row = next((one for one in rows if one.canonical_url in pages), None)
    if row is None and by_words:
        row = next((one for one in rows if reads_as(post.text, one.text)), None)
    if row is not None:
        values = {"external_id": post.external_id, "text": post.text, "digest": content_digest(post)}
        posts.change(session, row.id, **values, **({"reply_to": post.reply_to} if post.reply_to else {}))
        nameless.give_name(session, mention_id, post.external_id, url=row.url)
        return Seen.HAS
    for sent in nameless.without_name(session, source, mention_id) if by_words else ():
        if reads_as(post.text, sent.text):
            nameless.give_name(session, mention_id, post.external_id, url=sent.url)
            return Seen.KNOWN
    return Seen.UNKNOWN
