"""Statuses: how each reads on a card, with an owner and without, and the sign that stands beside the sentence.

The sign never stands instead of the sentence: nobody has to know it by heart. What a status means to the rules and to
the board stands in storage/tables/states.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.reply.drafts import DraftRow
from storage.tables.states import DraftState, Held, Status

_NOBODY = "New. Nobody has it."
_DISMISSED = "Dismissed. No answer needed."
UNKNOWN_SIGN = "•"


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status reads.

    Attributes:
        owned: The sentence where somebody has the mention, their name in braces.
        unowned: The sentence where nobody has it.
    """

    owned: str
    unowned: str
    sign: str


WORDS: Mapping[Status, StatusWords] = {
    Status.NEW: StatusWords(_NOBODY, _NOBODY, "⚪"),
    Status.CLAIMED: StatusWords("{owner} has it.", _NOBODY, "🔵"),
    Status.IN_REVIEW: StatusWords(
        "{owner} has it. A draft waits for a second person.", "Nobody has it. A draft waits for a second person.", "🟣"
    ),
    Status.RESPONDED: StatusWords(
        "{owner} answered. Waiting for the author.", "Answered. Waiting for the author.", "🟢"
    ),
    Status.RESOLVED: StatusWords("Resolved by {owner}.", "Resolved.", "✅"),
    Status.SNOOZED: StatusWords("{owner} has it. Snoozed.", "Snoozed. Nobody has it.", "💤"),
    Status.DISMISSED: StatusWords(_DISMISSED, _DISMISSED, "🚫"),
}


# How it reads that something is kept back, and the sign of it.
KEPT_BACK_WORDS: Mapping[Held, str] = {
    Held.BELOW: "Held back: it is below the line.",
    Held.MUTED: "Held back: it is muted.",
    Held.STORM: "Folded into a storm.",
    Held.THREAD: "Stands on the card of its public thread.",
}
KEPT_BACK_SIGN = "⏸️"


def sentence(status: Status, owner: str, *, left: bool = False) -> str:
    """Say status and owner in a sentence, without relying on colour or emoji.

    Args:
        status: How it stands.
        owner: Who has it; empty for nobody.
        left: The owner is not here any more.
    """
    words = WORDS[status]
    if owner and left:
        return f"{words.unowned} {owner}, who had it, is not here any more."
    return words.owned.format(owner=owner) if owner else words.unowned


def in_moderation(reply: str, place: str = "") -> str:
    """Say for whom a reply waits that its network has and does not show yet; ``place`` is where it was sent."""
    return f"{reply} waits for the moderators {f'of {place}' if place else 'there'}."


def sign(status: str) -> str:
    """Return the sign of a status; cards carry the status as text, and a stranger has a sign too."""
    return WORDS[Status(status)].sign if status in WORDS else UNKNOWN_SIGN


STAGES = {
    DraftState.IN_REVIEW: "waits for review",
    DraftState.CHANGES_REQUESTED: "changes asked for",
    DraftState.APPROVED: "approved",
    DraftState.PUBLISHING: "on its way",
    DraftState.FAILED: "not published",
    DraftState.UNCLEAR: "unclear",
}


def stage(draft: DraftRow) -> str:
    """Say in a word or three where a living draft stands."""
    return STAGES.get(DraftState(draft.state), "being written")
