"""The reply on a card: what a press on it would let out, whole, so that who presses sees what goes out.

Only what a second person agreed to, and would agree to as all stands now, is shown to a channel. What is too long to
be shown whole is read in its form first: the press says that nobody saw it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base.cards import MAX_LINES, MAX_REPLY
from handlers.base.organisation import Organisation
from handlers.reply.preconditions import load
from handlers.reply.readiness import SENDABLE, agreed
from handlers.reply.reading import digests
from handlers.reply.reading.sections import whole
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.reply.drafts import DraftRow


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """A reply as its card shows it: the text, and what a press sends back; ``void`` is why it is to be read again."""

    text: str = ""
    shown: str = ""
    void: str = ""


NOTHING = ReplyShown()


def reply_shown(
    session: Session, organisation: Organisation, row: MentionRow, written: Sequence[DraftRow]
) -> ReplyShown:
    """Return the one approved reply of a mention, where there is one; looks only where somebody approved one."""
    if not any(one.approved and one.state in SENDABLE for one in written):
        return NOTHING
    ground = load(session, organisation, row)
    holding = agreed(ground)
    if len(holding) > 1:
        return NOTHING
    if holding:
        text = whole(ground, holding[0].text, holding[0].person_id)
        fits = len(text) <= MAX_REPLY and text.count("\n") < MAX_LINES
        return ReplyShown(text if fits else "", digests.showing(ground, holding) if fits else digests.UNREAD)
    first = next(one for one in ground.among(*SENDABLE) if one.approved)
    now = digests.of_draft(ground, first)
    return ReplyShown(void=digests.what_changed(ground, first.approved_digests, now, "it was approved"))
