"""Readiness: when a draft may go out, whoever sends it, and the publication that it becomes.

The same rules hold for what we publish, what a person posts by hand, and what is sent again.
"""

from collections.abc import Callable

from handlers.base.command import Context
from handlers.base.errors import BotError
from handlers.base.statuses import stage
from handlers.reply import rights
from handlers.reply.preconditions import Ground
from handlers.reply.reading import digests, sections
from storage.engine.database import Session
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from storage.tables.states import DraftState

Holds = Callable[[Ground, DraftRow], bool]
SENDABLE = (DraftState.DRAFT, DraftState.APPROVED, DraftState.FAILED)


def not_ready(ground: Ground, draft: DraftRow, holds: Holds = digests.approval_holds) -> str:
    """Say why a draft may not go out as it is, whoever sends it; empty when it may.

    ``holds`` says whether a second person's consent still is one to what goes out.
    """
    if ground.post.deleted_at is not None:
        return "The author deleted the post, so there is nothing to answer any more."
    if draft.state not in SENDABLE:
        return f"That draft cannot be published now: {stage(draft)}."
    missing = review_missing(ground, draft, holds)
    if missing and not draft.approved:
        return missing
    binding = [one.sentence for one in sections.advice_on(ground, draft.text, draft.person_id) if one.binding]
    return " ".join(binding) or missing


def agreed(ground: Ground) -> list[DraftRow]:
    """Return the drafts that could be sent and to which a second person agreed, as all stands at this moment."""
    return [one for one in ground.among(*SENDABLE) if digests.approval_holds(ground, one)]


def review_missing(ground: Ground, draft: DraftRow, holds: Holds = digests.approval_holds) -> str:
    """Say why a second person has to read a draft, though one may have approved it before; empty when none has to."""
    if holds(ground, draft):
        return ""
    wanted = rights.review_wanted(ground, draft.text, draft.person_id)
    if not wanted or not draft.approved:
        return f"{wanted} Ask for a review." if wanted else ""
    changed = digests.what_changed(
        ground, draft.approved_digests, digests.of_draft(ground, draft), "the draft was approved"
    )
    return f"{changed} It has to be read again: {wanted}"


def ready_again(session: Session, row: PublicationRow) -> DraftState:
    """Return the state of a draft that could go out again as it is: approved, where somebody had approved it."""
    return DraftState.APPROVED if drafts.get(session, row.draft_id).approved else DraftState.DRAFT


def begin_publication(context: Context, ground: Ground, draft: DraftRow, text: str) -> PublicationRow:
    """Write down that the draft goes out as ``text``, in the version that was read.

    Raises:
        BotError: Another reply of the mention is on its way.
    """
    begun = publications.begin(
        context.session,
        send_id=f"{context.random.getrandbits(128):032x}",
        draft_id=draft.id,
        draft_version=draft.version,
        mention_id=draft.mention_id,
        person_id=context.person.id,
        source=ground.mention.source,
        text=text,
        now=context.now,
        digests=str(digests.of_draft(ground, draft)),
    )
    if begun is None:
        raise BotError(f"Another reply to #{ground.mention.token} is on its way. Please wait for it.")
    return begun
