"""The post that a reply answers, as we know it: what a source is asked about, and whether it is what was answered."""

from datetime import datetime

from handlers.base.events import Posted, content, content_digest
from handlers.base.organisation import Organisation
from handlers.base.replying import Changed, Gone, Parent
from handlers.base.talk import read_talk
from handlers.reply.preconditions import load
from handlers.reply.reading import digests
from storage.engine.database import Session
from storage.listen import posts
from storage.own import mentions
from storage.reply import drafts
from storage.reply.publications import PublicationRow


def parent_of(session: Session, mention_id: int) -> Parent:
    """Return the author's latest post in the talk, with what we know to have said there."""
    talk = read_talk(session, mention_id)
    post, author_id = talk.answered, talk.turns[0].author_id
    author = posts.authors(session, {author_id}).get(author_id) if author_id is not None else None
    return Parent(
        external_id=post.external_id,
        url=post.url,
        title=post.title,
        text=post.text,
        author_id=author.external_id if author else "",
        author_handle=author.handle if author else "",
        digest=post.digest,
        published_at=post.published_at,
        ours=frozenset(name for one in talk.ours for name in (one.external_id, one.canonical_url) if name),
        facts=post.facts,
    )


def changed_since(session: Session, organisation: Organisation, row: PublicationRow) -> Changed | Gone | None:
    """Return what is different now from what whoever sent a reply had before their eyes; None where nothing is."""
    if not row.digests:  # it was on its way before there were any
        return None
    ground = load(session, organisation, mentions.get(session, row.mention_id))
    now = digests.of_draft(ground, drafts.get(session, row.draft_id))
    changed = digests.what_changed(ground, row.digests, now, "it was published")
    if not changed:
        return None
    return Changed(changed) if ground.post.deleted_at is None else Gone("The author deleted the post.")


def learn_edit(session: Session, mention_id: int, posted: Posted, now: datetime) -> None:
    """Keep how the post reads now, as if its source had told us: people are shown what they are asked about."""
    talk = read_talk(session, mention_id)
    # Where its source knows it by another name by now, it was asked about what a reply answers.
    known = next((one for one in talk.turns if one.external_id == posted.external_id), talk.answered)
    digest = content_digest(posted)
    if known.gone or known.digest == digest:
        return
    posts.change(session, known.id, **content(posted, digest), edited_at=now)
