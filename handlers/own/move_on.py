"""Move on: where the card of a public thread is closed, or goes elsewhere, the next of those that stand on it gets one.

Nobody looks at a closed card, so what stood there would be forgotten. The first of them gets the card, and the others
stand on that from then on: one card for another, and not twenty. It is looked for on the timer, so that no verb has to
know of it, and whoever arrives at the very moment in which a card is closed is found, too.
"""

from dataclasses import dataclass, replace

from handlers.base.command import Answer, Context, TimedCommand
from handlers.own.held import bring_forth
from storage.own import mentions, threads
from storage.own.mentions import MentionRow

# So many at once, for a transaction is short.
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOn(TimedCommand):
    """Ask for a card for what stands on one that is closed."""


def prepare_move(context: Context) -> MoveOn | None:
    """Return the command when something stands on a card that is closed."""
    return MoveOn(job="threads") if threads.adrift(context.session, limit=1) else None


def move_on(_command: MoveOn, context: Context) -> Answer:
    """Give the first of each thread its card, and let the others stand there."""
    session = context.session
    found = mentions.several(session, _whole(context))
    first: dict[tuple[int | None, int], MentionRow] = {}
    following: dict[int, list[int]] = {}
    for row in found:
        lead = first.setdefault((row.held_by, row.department_id), row)
        if lead is not row:
            following.setdefault(lead.id, []).append(row.id)
    shown = [row for row in first.values() if bring_forth(replace(context, found=row), row)]
    for row in shown:
        threads.put_under(session, row.id, following.get(row.id, []))
    return Answer(text=f"{len(shown)} cards go on with their public threads.", ok=bool(shown))


def _whole(context: Context) -> list[int]:
    """Return what is to be moved; of a card of which not all was found, nothing as yet."""
    found = threads.adrift(context.session, limit=BATCH)
    last = found[-1][0] if len(found) == BATCH else None
    return [mention_id for lead_id, mention_id in found if lead_id != last]
