"""Claim: one employee takes a mention, and everybody sees who has it.

Claiming is a race by design: a card lands in a busy channel and three people press the button.
The database decides who was first, in one conditional update, so nobody is overwritten in silence.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from handlers.base.cards import Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import AlreadyClaimed, BotError
from handlers.base.situation import Step, is_unowned
from handlers.base.verb import Shortcut, Verb
from handlers.own.transition import Transition, is_left, owner_name, record, require_open, transition
from handlers.text.times import ago
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMention(MentionCommand):
    """Ask to own a mention."""

    ignores_version: ClassVar[bool] = True


def claim_mention(command: ClaimMention, context: Context) -> Answer:
    """Make the actor the owner, log it, and let every card of the mention show it.

    Claiming what one already owns is not an error: buttons get pressed twice. If it was snoozed, it wakes.

    Raises:
        AlreadyClaimed: Somebody else was first; the sentence says who, and since when.
        MentionClosed: It was resolved or dismissed.
    """
    session, actor = context.session, context.person
    for _ in range(2):  # twice: it may become free between losing it and looking who has it
        taken = mentions.take(session, context.mention.id, actor.id, context.now)
        if taken is not None:
            # What was looked up before may be out of date by now; what was taken was nobody's.
            record(context, replace(taken, owner_id=None), taken, Action.CLAIMED)
            return Answer(text=f"#{taken.token} is yours.")
        seen = mentions.get(session, context.mention.id)
        require_open(seen)
        if is_left(context, seen):
            return _take_what_was_left(context)
        if seen.owner_id is not None:
            return _already_owned(context, seen)
    raise BotError(f"#{context.mention.token} is changing hands this very moment. Please try again.")


def _take_what_was_left(context: Context) -> Answer:
    """Take what its owner has no more, who is not here; of several who try, one gets it."""

    def decide(seen: MentionRow) -> Transition:
        require_open(seen)
        if seen.owner_id is not None and not is_left(context, seen):
            _require_own(context, seen)
        values = {"owner_id": context.person.id, "status": str(Status.CLAIMED), "snoozed_until": None}
        return Transition(action=Action.CLAIMED, values=values)

    changed = transition(context, decide)
    return Answer(text=f"#{changed.token} is yours.")


def _already_owned(context: Context, seen: MentionRow) -> Answer:
    def wake(seen: MentionRow) -> Transition:
        require_open(seen)
        _require_own(context, seen)
        return Transition(action=Action.WOKEN, values={"status": str(Status.CLAIMED), "snoozed_until": None})

    _require_own(context, seen)
    if seen.status == Status.SNOOZED:
        transition(context, wake)
        return Answer(text=f"#{seen.token} is awake again. It is yours.")
    return Answer(text=f"#{seen.token} is yours already.")


def _require_own(context: Context, seen: MentionRow) -> None:
    if seen.owner_id != context.person.id:
        since = ago(seen.changed_at, context.now)
        raise AlreadyClaimed(f"{owner_name(context, seen)} has #{seen.token} already, since {since}.")


VERB = Verb(
    name="claim",
    label="Claim",
    help="take it yourself",
    command=ClaimMention,
    handler=claim_mention,
    when=is_unowned,
    ranks={Step.NEW: Rank.MAIN, Step.KEPT_BACK: Rank.BUTTON, Step.IN_REVIEW: Rank.BUTTON, Step.CHANGES: Rank.BUTTON},
    elsewhere=Rank.MENU,
    emoji="eyes",
    shortcut=Shortcut("Claim", "Look after the mention on this card"),
    key="c",
)
