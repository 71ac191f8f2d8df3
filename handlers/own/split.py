"""Split: what stands on the card of its public thread gets a card of its own.

Whoever reads the card finds one among the others that is another matter. Nothing else of it changes: it arrived when it
did, and its clocks run on.
"""

from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError
from handlers.base.situation import Step, is_on_a_card
from handlers.base.verb import Verb
from handlers.own.held import bring_forth
from handlers.own.transition import require_open
from storage.own import mentions
from storage.people import people
from storage.tables.states import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMention(MentionCommand):
    """Ask for a card of its own for what stands on that of its public thread."""

    ignores_version: ClassVar[bool] = True


def split_mention(command: SplitMention, context: Context) -> Answer:
    """Bring forth what stands on the card of its thread: log it, and place its cards.

    Splitting what has its own is not an error: buttons get pressed twice.

    Raises:
        MentionClosed: It was resolved or dismissed.
        BotError: It is kept back for another reason.
    """
    seen = mentions.hold(context.session, context.mention.id)
    if not seen.held:
        return Answer(text=f"#{seen.token} has its own card already.")
    if seen.held != Held.THREAD:
        raise BotError(f"#{seen.token} does not stand on the card of a public thread. “Show” gives it its own.")
    require_open(seen)
    bring_forth(context, seen)
    name = people.department_of(context.session, seen.department_id).name
    return Answer(text=f"#{seen.token} has its own card now, for {name}.")


VERB = Verb(
    name="split",
    label="Split",
    help="give what stands on the card of its public thread its own",
    command=SplitMention,
    handler=split_mention,
    when=is_on_a_card,
    ranks={Step.KEPT_BACK: Rank.MAIN},
    undone_by="join",
)
