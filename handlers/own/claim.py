"""Claim: one employee takes a mention, and everybody sees who has it.

Claiming is a race by design: a card lands in a busy channel and three people press the button.
The database decides who was first, in one conditional update, so nobody is overwritten in silence.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from handlers.base import Answer, Context, MentionCommand
from handlers.errors import AlreadyClaimed
from handlers.own.change import Become, change, owner_name, record, require_open
from storage import mentions
from storage.mentions import MentionRow
from storage.words import Action, Status


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
            record(context, context.mention, taken, Action.CLAIMED)
            return Answer(text=f"#{taken.token} is yours.")
        seen = mentions.get(session, context.mention.id)
        if seen.owner_id is not None:
            break
        require_open(seen)
    require_open(seen)
    if seen.owner_id != actor.id:
        raise AlreadyClaimed(f"{owner_name(context, seen)} has #{seen.token} already{_since(seen, context.now)}.")
    if seen.status == Status.SNOOZED:
        change(context, _wake)
        return Answer(text=f"#{seen.token} is awake again. It is yours.")
    return Answer(text=f"#{seen.token} is yours already.")


def _wake(_seen: MentionRow) -> Become:
    return Become(action=Action.WOKEN, values={"status": str(Status.CLAIMED), "snoozed_until": None})


def _since(seen: MentionRow, now: datetime) -> str:
    minutes = int((now - seen.changed_at).total_seconds() // 60)
    if minutes < 1:
        return ", since a moment ago"
    if minutes < 120:
        return f", since {minutes} minutes ago" if minutes > 1 else ", since a minute ago"
    hours = minutes // 60
    return f", since {hours} hours ago" if hours < 48 else f", since {hours // 24} days ago"
