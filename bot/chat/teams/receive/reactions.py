"""Reactions: which verb an emoji on one of our cards means, under whatever name Teams tells of it.

The six old ones have a name (``like``), all others their code points too (``1f440_eyes``), and some a skin tone. They
come for messages of the bot's own alone: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.chat.teams.emoji import names
from bot.chat.teams.wire.activity import Incoming, Kind
from bot.chat.teams.wire.payloads import place, request_key
from handlers.base.command import ByCard

_MOST_EACH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """An emoji on a message of ours, set or taken away; ``emoji`` is the name that the settings use."""

    card: ByCard
    verb: str
    emoji: str
    added: bool
    at: float
    request_key: str


def read_reactions(incoming: Incoming, emoji: Mapping[str, str], now: datetime) -> Iterator[Reacted]:
    """Yield what the reactions of one activity mean; those that mean nothing are none of our business.

    Args:
        incoming: The activity.
        emoji: The reaction of each verb that has one, by whichever of its names.
        now: When it happened, where Teams does not say.
    """
    if incoming.kind != Kind.REACTION or not incoming.reply_to:
        return
    at = (incoming.timestamp or now).timestamp()
    heard = [(name, True) for name in incoming.reactions_added[:_MOST_EACH]]
    heard += [(name, False) for name in incoming.reactions_removed[:_MOST_EACH]]
    for name, added in heard:
        called = names(name)
        for verb, configured in emoji.items():
            if configured and called & names(configured):
                key = request_key(incoming, verb, "added" if added else "removed")
                yield Reacted(card=place(incoming), verb=verb, emoji=configured, added=added, at=at, request_key=key)
                break
