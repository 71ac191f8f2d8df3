"""Outcome: how what was resolved ended for its author; nobody has to say, and it may be changed."""

from dataclasses import dataclass

from handlers.base.cards import Choice, Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError, WrongInput
from handlers.base.situation import Situation, Step
from handlers.base.standing import ENDING_LABELS
from handlers.base.verb import Verb
from handlers.own.transition import record
from storage.own import marks, mentions
from storage.tables.judgements import Ending
from storage.tables.states import Action, Status

_KNOWN = {str(value): label for value, label in ENDING_LABELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SayOutcome(MentionCommand):
    """Ask to write down how it ended.

    Attributes:
        outcome: An ``Ending``.
    """

    outcome: str = ""


def is_resolved(now: Situation) -> bool:
    """Offer it on what was resolved."""
    return now.status == Status.RESOLVED


def say_outcome(command: SayOutcome, context: Context) -> Answer:
    """Write down how it ended; neither owner nor status nor version change.

    Raises:
        WrongInput: It is none of the three.
        BotError: It is not resolved.
    """
    outcome = command.outcome.strip().lower()
    outcome = str(Ending.UNHAPPY) if outcome == "still unhappy" else outcome
    if outcome not in _KNOWN:
        sentence = f"It is one of {', '.join(_KNOWN)}."
        raise WrongInput(sentence, {"outcome": sentence})
    seen = mentions.hold(context.session, context.mention.id)
    if seen.status != Status.RESOLVED:
        raise BotError(f"#{seen.token} is not resolved. How it ended is said of what is.")
    label = _KNOWN[outcome]
    if seen.outcome == outcome:
        return Answer(text=f"That is said of #{seen.token} already: {label}.")
    changed = marks.mark(context.session, seen.id, outcome=outcome)
    record(context, seen, changed, Action.ENDED, label)
    context.found = changed
    return Answer(text=f"#{seen.token} ended so: {label}.")


VERB = Verb(
    name="outcome",
    label="How it ended",
    help="say how it ended for its author: thanked, settled or unhappy",
    command=SayOutcome,
    handler=say_outcome,
    when=is_resolved,
    ranks={Step.CLOSED: Rank.MENU},
    alone=Rank.BUTTON,
    form=True,
    fields=(
        Field(
            name="outcome",
            label="The author",
            kind="choice",
            choices=tuple(Choice(value=value, label=label) for value, label in _KNOWN.items()),
            hint="It counts in reports, and may be changed.",
            example="thanked",
            pressed=True,
        ),
    ),
)
