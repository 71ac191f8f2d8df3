"""Dismiss: a mention needs no answer; the reason is kept."""

from dataclasses import dataclass

from handlers.base.cards import Choice, Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_open
from handlers.base.verb import Verb
from handlers.own.transition import Transition, require_current, require_open, require_right, transition
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status

REASONS = {
    "not-about-us": "It is not about us",
    "no-answer-needed": "It needs no answer",
    "spam": "It is spam",
    "duplicate": "It is a duplicate",
    "none-given": "none given",
}
DEFAULT_REASON = "none-given"


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissMention(MentionCommand):
    """Ask to close a mention without an answer.

    Attributes:
        reason: One of REASONS, or a remark in one's own words.
    """

    reason: str = DEFAULT_REASON


def dismiss_mention(command: DismissMention, context: Context) -> Answer:
    """Close the mention as needing no answer.

    Raises:
        NotYours: Somebody else owns it.
        MentionClosed: It is closed already.
        OutOfDate: The form is older than the last change.
    """
    reason = REASONS.get(command.reason, command.reason) or REASONS[DEFAULT_REASON]

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        require_right(context, seen)
        values = {"status": str(Status.DISMISSED), "snoozed_until": None}
        return Transition(action=Action.DISMISSED, values=values, remark=reason)

    changed = transition(context, decide)
    return Answer(text=f"#{changed.token} is dismissed. Reason: {reason}.")


VERB = Verb(
    name="dismiss",
    label="Dismiss",
    help="it needs no answer",
    command=DismissMention,
    handler=dismiss_mention,
    when=is_open,
    may=owner_if_any,
    ranks={Step.NEW: Rank.MENU, Step.KEPT_BACK: Rank.BUTTON},
    form=True,
    several=True,
    emoji="no_entry_sign",
    undone_by="reopen",
    fields=(
        Field(
            name="reason",
            label="Reason",
            kind="choice",
            required=False,
            choices=tuple(Choice(value=value, label=label) for value, label in REASONS.items()),
            initial=DEFAULT_REASON,
        ),
    ),
)
