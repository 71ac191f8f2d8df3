"""Unfold: what a storm folded gets its cards, when somebody says so.

Nothing comes forth by itself when a storm is over: forty cards at once would be another one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError
from handlers.base.situation import leads_a_storm
from handlers.base.verb import Verb
from handlers.own.held import bring_all_forth
from handlers.own.transition import require_current
from storage.channels import messages
from storage.engine.database import Session
from storage.own import folds, mentions, storms
from storage.own.storms import StormRow

# So many at once: whoever wants more presses again.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfoldStorm(MentionCommand):
    """Ask for the cards of what is folded under a mention."""


def unfold_storm(command: UnfoldStorm, context: Context) -> Answer:
    """Bring forth what is folded under the mention, the oldest first.

    Raises:
        BotError: Nothing is folded under it.
        OutOfDate: The button is older than the last change.
    """
    session, lead = context.session, mentions.hold(context.session, context.mention.id)
    storm = storm_of(context)
    if storm is None:
        raise BotError(f"Nothing is folded under #{lead.token}.")
    require_current(command, lead)
    there = folds.counts(session, [storm.id])[storm.id].number
    found = folds.under(session, storm.id, limit=MOST)
    shown = bring_all_forth(context, mentions.several(session, found))
    messages.touch(session, lead.id, by_person=True)
    if there > shown:
        return Answer(text=f"{shown} of {there} have their cards now. Press again for the next.")
    return Answer(text=f"{shown} {'has its card' if shown == 1 else 'have their cards'} now.")


def storm_of(context: Context) -> StormRow | None:
    """Return the storm that a mention leads, of which something is still folded; None where there is none."""
    session, lead = context.session, context.mention
    storm = storms.led_by(session, [lead.id]).get(lead.id)
    return storm if storm is not None and folds.under(session, storm.id, limit=1) else None


def left_over(session: Session, mention_ids: Collection[int]) -> dict[int, int]:
    """Return how many are folded under mentions whose storm is over; while it is on, they stay where they are."""
    led = storms.led_by(session, mention_ids) if mention_ids else {}
    over = {mention_id: storm.id for mention_id, storm in led.items() if storm.ended_at is not None}
    counts = folds.counts(session, list(over.values())) if over else {}
    return {mention_id: counts[storm_id].number for mention_id, storm_id in over.items()}


VERB = Verb(
    name="unfold",
    label="Show them",
    help="give what a storm folded under a card its own cards",
    command=UnfoldStorm,
    handler=unfold_storm,
    when=leads_a_storm,
    elsewhere=Rank.BUTTON,
)
