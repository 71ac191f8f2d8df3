"""Answered by hand: our account answered there, and nobody here sent it.

Somebody opened the place itself and wrote there. A source shows it to us, and that counts as an answer like any other:
the log says so, without anybody who acted; clocks and status follow; the owner is told. Who has a draft in work is
told before it is sent, since it was written and approved before this stood there (``handlers.reply.reading.digests``).

While a reply of ours is under way it cannot be said which of the two a post from our account is. It is kept then, and
counted once that is known (``answered_meanwhile``).
"""

from collections.abc import Collection
from datetime import datetime

from handlers.base.cards import one_line
from handlers.base.command import Context
from handlers.base.talk import Talk, Turn, read_talk
from handlers.channels.notify import tell_about
from handlers.own.transition import record
from storage.own import mentions
from storage.reply import publications
from storage.tables.states import Action, Status

# What an answer of ours ends; a draft that waits for a second person waits on, and what is closed stays closed.
_WAITED = (Status.NEW, Status.CLAIMED, Status.SNOOZED)


def answered_by_hand(context: Context, names: Collection[str]) -> None:
    """Write down that our account answered the mention with the posts of these external ids, each of them once."""
    talk = read_talk(context.session, context.mention.id)
    for turn in talk.ours:
        if turn.external_id in names:
            _answered(context, talk, turn)


def answered_meanwhile(context: Context, since: datetime, but_for: str = "") -> None:
    """Write down what was posted by hand since a reply went on its way, now that it is known which one that is.

    Args:
        context: The mention.
        since: When the reply was sent.
        but_for: The external id of the reply itself, or empty where it does not stand there.
    """
    heard = [one for one in read_talk(context.session, context.mention.id).ours if one.heard_at >= since]
    names = {one.external_id for one in heard if one.external_id != but_for}
    if names:
        ours = publications.standing(context.session, context.mention.source, names)
        answered_by_hand(context, names - ours.keys())


def _answered(context: Context, talk: Talk, turn: Turn) -> None:
    session = context.session
    mentions.mark_responded(session, context.mention.id, context.now)
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
