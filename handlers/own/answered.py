"""Answered by hand: our account answered there, and nobody here sent it.

Somebody opened the place itself and wrote there. A source shows it to us, and that counts as an answer like any other:
the log says so, without anybody who acted; clocks and status follow; the owner is told. Who has a draft in work is
told before it is sent, since it was written and approved before this stood there (``handlers.reply.reading.digests``).

While a reply of ours is under way it cannot be said which of the two a post from our account is. It is kept then, and
counted once that is known (``answered_meanwhile``). A reply that waits for moderators may do so for days, but it is
known as what it waits: whatever is neither called so nor reads so was posted by hand, and counts at once. What a
person wrote down before, as posted by hand or seen there, is counted already.
"""

from collections.abc import Collection

from handlers.base.cards import one_line
from handlers.base.command import Context
from handlers.base.talk import Talk, Turn, read_talk
from handlers.channels.notify import tell_about
from handlers.own.transition import record
from handlers.text.same_words import reads_as
from storage.listen.our_side import BY_HAND
from storage.own import marks, mentions
from storage.reply import nameless, publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, Status

# What an answer of ours ends; a draft that waits for a second person waits on, and what is closed stays closed.
_WAITED = (Status.NEW, Status.CLAIMED, Status.SNOOZED)


def answered_by_hand(context: Context, names: Collection[str]) -> None:
    """Write down that our account answered the mention with the posts of these external ids, each of them once."""
    talk = read_talk(context.session, context.mention.id)
    for turn in talk.ours:
        if turn.external_id in names:
            _answered(context, talk, turn)


def may_be(row: PublicationRow, external_id: str, text: str) -> bool:
    """Say whether a post from our account may be a reply of ours that is under way."""
    return row.held_at is None or external_id == row.reference or reads_as(text, row.text)


def answered_meanwhile(context: Context, row: PublicationRow, but_for: str = "") -> None:
    """Write down what was posted by hand since a reply went on its way, now that it is known which one that is.

    Args:
        context: The mention.
        row: The reply as it was until now.
        but_for: The external id of the reply itself, or empty where it does not stand there.
    """
    since = row.held_at or row.sending_at
    if since is None:
        return
    heard = [one for one in read_talk(context.session, context.mention.id).ours if one.heard_at >= since]
    names = {one.external_id for one in heard if may_be(row, one.external_id, one.words)} - {but_for}
    if names:
        ours = publications.standing(context.session, context.mention.source, names)
        unknown = [one for one in heard if one.external_id in names - ours.keys()]
        answered_by_hand(context, {one.external_id for one in unknown if not _was_written_down(context, one)})


def _was_written_down(context: Context, turn: Turn) -> bool:
    """Say whether a person wrote this reply down before its source showed it; then its row gets its name."""
    if turn.external_id.startswith(BY_HAND):
        return True
    session, mention = context.session, context.mention
    for row in nameless.without_name(session, mention.source, mention.id):
        if reads_as(turn.words, row.text):
            nameless.give_name(session, mention.id, turn.external_id, url=row.url)
            return True
    return False


def _answered(context: Context, talk: Talk, turn: Turn) -> None:
    session = context.session
    marks.mark_responded(session, context.mention.id, context.now)
    seen = changed = mentions.hold(session, context.mention.id)
    # What its author wrote after it waits for an answer still.
    if seen.status in _WAITED and turn in talk.ours_after(talk.answered):
        values = {"status": str(Status.RESPONDED), "snoozed_until": None}
        changed = mentions.swap(session, seen, context.now, **values) or seen
    record(context, seen, changed, Action.RESPONDED, f"Posted by hand{': ' + turn.url if turn.url else '.'}"[:500])
    context.found = changed
    if changed.owner_id is not None:
        text = f"Our account answered on #{changed.token}, by hand: {one_line(turn.words)}"
        tell_about(session, changed.owner_id, changed, text, f"by-hand:{turn.id}", context.now)
