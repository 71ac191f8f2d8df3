"""Show: what was kept back gets its card, as if it came now.

Whoever reads the list of what is held finds one that matters after all. Its clocks begin with the press: nobody is late
with what nobody was to see.
"""

from dataclasses import dataclass

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.situation import Step, is_kept_back
from handlers.base.verb import Verb
from handlers.own.held import bring_forth
from handlers.own.transition import require_current, require_open
from storage.own import mentions
from storage.people import people


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMention(MentionCommand):
    """Ask for the card of a mention that is kept back."""


def show_mention(command: ShowMention, context: Context) -> Answer:
    """Bring a held mention forth: log it, place its cards, and let its clocks begin.

    Showing what stands there is not an error: buttons get pressed twice.

    Raises:
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The button is older than the last change.
    """
    seen = mentions.hold(context.session, context.mention.id)
    if not seen.held:
        return Answer(text=f"#{seen.token} is not held back: it has its card.")
    require_current(command, seen)
    require_open(seen)
    bring_forth(context, seen)
    name = people.department_of(context.session, seen.department_id).name
    return Answer(text=f"#{seen.token} has its card now, for {name}.")


VERB = Verb(
    name="show",
    label="Show",
    help="give what was held back its card",
    command=ShowMention,
    handler=show_mention,
    when=is_kept_back,
    ranks={Step.KEPT_BACK: Rank.MAIN},
)
