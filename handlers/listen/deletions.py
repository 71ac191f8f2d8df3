"""Deletions: what is gone at its source loses its words here, and needs nobody any more unless somebody has it."""

from collections.abc import Sequence
from contextlib import suppress

from handlers.base.errors import BotError
from handlers.base.events import AuthorGone, Deleted, Event
from handlers.listen.batch import Batch
from handlers.own.transition import Transition, transition
from handlers.text.restating import Said
from storage.listen import mutes, posts
from storage.listen.elsewhere import said_elsewhere
from storage.listen.posts import PostRow
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import CLOSED, Action, PostRole, Status

# So many deletions of posts fit one short transaction.
DELETED = 25
# How whoever left is called where they are muted.
NOBODY_NOW = "an author who left"
# What a post that was deleted says and shows, and what was noted of it.
_NOTHING = {"title": "", "text": "", "media": "", "facts": ""}


def take_away(batch: Batch, events: Sequence[Event]) -> tuple[int, bool]:
    """Write down what was deleted; returns how many posts that were, and whether there are more."""
    session, name = batch.session, batch.rules.name
    gone, left = 0, False
    for event in events:
        if isinstance(event, Deleted):
            gone += _delete_all(batch, list(posts.known(session, name, [event.external_id]).values()))
        elif isinstance(event, AuthorGone):
            theirs = posts.of_author(session, name, event.author_external_id, limit=DELETED + 1)
            gone += _delete_all(batch, theirs[:DELETED])
            left |= len(theirs) > DELETED
            posts.blank_author(session, name, event.author_external_id)
            mutes.forget_author(session, name, event.author_external_id, NOBODY_NOW)
    return gone, left


def _delete_all(batch: Batch, gone: list[PostRow]) -> int:
    there = [post for post in gone if post.deleted_at is None]
    for post in there:
        posts.change(batch.session, post.id, **_NOTHING, deleted_at=batch.now)
        if post.role == PostRole.ORIGINAL and post.mention_id is not None:
            _forget_repeats(batch, post, post.mention_id)
            _dismiss_unowned(batch, post.mention_id)
        batch.show_post(post)
    return len(there)


def _forget_repeats(batch: Batch, gone: PostRow, mention_id: int) -> None:
    """Take the words of a deleted post away where other sources repeated them; what those said otherwise stays."""
    said = Said([(gone.title, gone.text)])
    for one in said_elsewhere(batch.session, mention_id):
        if said.holds(one.title, one.text, one.url):
            posts.change(batch.session, one.id, **_NOTHING, deleted_at=batch.now)


def _dismiss_unowned(batch: Batch, mention_id: int) -> None:
    row = mentions.get(batch.session, mention_id)
    if row.owner_id is not None or row.status in CLOSED:
        return

    def decide_again(seen: MentionRow) -> Transition:
        if seen.owner_id is not None or seen.status in CLOSED:
            raise BotError("Somebody was quicker; what is owned stays with its owner.")
        values = {"status": str(Status.DISMISSED), "snoozed_until": None}
        return Transition(action=Action.DISMISSED, values=values, remark="The author deleted the post.")

    with suppress(BotError):
        transition(batch.context(row), decide_again)
