"""Join: what was split off goes back on the card of its public thread, as long as nobody has it.

Its own card was posted, so it stays, and says on one line where the mention stands now. The change is conditional, as a
claim is: of two who press at once, one comes first, and the other is told.
"""

from dataclasses import dataclass
from datetime import timedelta

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError, OutOfDate
from handlers.base.situation import was_split
from handlers.base.verb import Verb
from handlers.own.fold import show_lead
from handlers.own.log_row import log_row
from handlers.own.transition import require_current
from storage.channels import messages
from storage.engine.database import touch
from storage.listen import threads as heard
from storage.listen.threads import Started
from storage.own import folds, mentions, ownership, threads
from storage.reply import drafts
from storage.tables.states import Action, Held, Status

# So many stand on one card beside the first, and for so long after that came.
MOST_UNDER = 20
FOR_SO_LONG = timedelta(days=7)
WHY = "It stands on the card of its public thread."


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinMention(MentionCommand):
    """Ask for what was split off to stand on the card of its public thread again."""


def join_mention(command: JoinMention, context: Context) -> Answer:
    """Put a mention that nobody has on the card of its thread: log it, and let both cards show it.

    Joining what stands there is not an error: buttons get pressed twice.

    Raises:
        BotError: Somebody has it, or drafts a reply to it; others stand on its own card, or no card of its thread has
            room for it.
        OutOfDate: The button is older than the last change.
    """
    session, seen = context.session, mentions.hold(context.session, context.mention.id)
    if seen.held == Held.THREAD:
        return Answer(text=f"#{seen.token} stands on the card of its public thread already.")
    require_current(command, seen)
    if seen.owner_id is not None or seen.status != Status.NEW or seen.held:
        raise BotError(f"#{seen.token} is in somebody’s hands, or done with, so it keeps its card.")
    if drafts.of_mention(session, [seen.id]):
        raise BotError(f"Somebody drafted a reply to #{seen.token}, so it keeps its card.")
    if threads.under(session, [seen.id]):
        raise BotError(f"Others stand on the card of #{seen.token}, so it keeps it.")
    lead = _lead(context)
    if lead is None:
        raise BotError(f"No other card of the public thread of #{seen.token} is open and has room.")
    changed = folds.join(session, seen.id, lead.mention_id)
    if changed is None:
        raise OutOfDate(f"#{seen.token} changed at this very moment. Please look at its card.")
    ownership.log(session, log_row(context, seen, changed, Action.HELD, WHY))
    folds.take_unposted(session, [seen.id])
    messages.touch(session, seen.id, by_person=True)
    touch(session, seen.id)
    show_lead(session, changed)
    return Answer(text=f"#{seen.token} stands on the card of #{lead.token} now.")


def _lead(context: Context) -> Started | None:
    """Return the first mention of the same thread whose card is open and has room."""
    session, seen = context.session, context.mention
    source, thread, _ = heard.of_mention(session, seen.id)
    for one in heard.started(session, source, [thread], context.now - FOR_SO_LONG):
        here = one.department_id == seen.department_id and one.mention_id != seen.id
        if here and one.open and one.under < MOST_UNDER:
            return one
    return None


VERB = Verb(
    name="join",
    label="Join",
    help="put what was split off back on the card of its public thread",
    command=JoinMention,
    handler=join_mention,
    when=was_split,
    elsewhere=Rank.MORE,
    undone_by="split",
)
