"""Fold: what came before a storm was noticed, and nobody has laid a hand on, goes under its card.

People may be looking at those cards: so it is one conditional change, as a claim is, and a claim that comes at the same
moment wins. Versions rise, so that any other press that is under way is told that the card has changed. A card that was
not posted yet is not posted at all.
"""

from dataclasses import dataclass

from handlers.base.command import Answer, Context, TimedCommand
from handlers.own.log_row import log_row
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.own import folds, ownership, storms
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Held

# So many at once, for a transaction is short.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldMentions(TimedCommand):
    """Ask for mentions to be folded under the card of a storm."""

    storm_id: int
    mention_ids: tuple[int, ...] = ()


def prepare_folding(context: Context) -> FoldMentions | None:
    """Return the next mentions to be folded into a storm that is on."""
    for storm in storms.on(context.session):
        if found := folds.foldable(context.session, storm, BATCH):
            return FoldMentions(job="fold mentions", storm_id=storm.id, mention_ids=tuple(found))
    return None


def fold_mentions(command: FoldMentions, context: Context) -> Answer:
    """Fold those of them that are still nobody's: log it, and let their cards and that of the storm show it."""
    session = context.session
    storm = storms.get(session, command.storm_id)
    rows = folds.fold(session, storm, command.mention_ids)
    why = why_folded(storm.topic)
    ownership.log(session, *(log_row(context, row, row, Action.HELD, why) for row in rows))
    folds.take_unposted(session, [row.id for row in rows])
    for one in [*(row.id for row in rows), storm.lead_id]:
        messages.touch(session, one, by_person=False)
        touch(session, one)
    return Answer(text=f"{len(rows)} mentions are folded into the storm on {storm.topic}.", ok=bool(rows))


def show_lead(session: Session, folded: MentionRow) -> None:
    """Let the card under which a mention is folded, or on which it stands, be drawn again."""
    lead_id = lead_of(session, folded)
    if lead_id is not None:
        messages.touch(session, lead_id, by_person=False)
        touch(session, lead_id)


def lead_of(session: Session, folded: MentionRow) -> int | None:
    """Return the mention whose card stands for this one; None where it has its own, or none has."""
    if folded.held == Held.STORM and folded.held_by is not None:
        return storms.get(session, folded.held_by).lead_id
    return folded.held_by if folded.held == Held.THREAD else None


def why_folded(topic: str) -> str:
    """Say for the log why a mention is held that is folded."""
    return f"It is folded into the storm on {topic}."
