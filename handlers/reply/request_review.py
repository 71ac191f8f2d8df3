"""Ask for a review: a draft waits for a second person, the card says so, and whoever may read it hears of it."""

from handlers.base.command import Answer, Context
from handlers.base.errors import OutOfDate
from handlers.channels.notify import tell_about
from handlers.own.transition import require_open
from handlers.reply import rights
from handlers.reply.asked import tell_readers
from handlers.reply.preconditions import Ground, record_step, reload
from handlers.reply.readiness import not_ready, review_missing
from handlers.reply.reading import digests
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import CLOSED, Action, DraftState


def ask_review(context: Context, draft: DraftRow) -> Answer:
    """Let a draft of the actor wait for a second person; its mention is held.

    Raises:
        MentionClosed: The mention was resolved or dismissed.
        OutOfDate: The draft was changed meanwhile.
    """
    ground = reload(context)
    require_open(ground.mention)
    if draft.state == DraftState.IN_REVIEW:
        return Answer(text=f"Your draft on #{ground.mention.token} waits for {rights.reviewers(ground)} already.")
    if draft.state == DraftState.APPROVED and digests.approval_holds(ground, draft):
        return Answer(text=f"Your draft on #{ground.mention.token} is approved already.")
    _let_wait(context, ground, draft)
    return Answer(text=f"Your draft on #{ground.mention.token} waits for {rights.reviewers(ground)} now.")


def read_again(context: Context, draft: DraftRow, refused: Answer) -> Answer:
    """Let a draft whose approval does not hold any more wait for a second person, since a press found it so.

    Args:
        context: Its mention is held.
        draft: As it was read just now.
        refused: What the press is answered with where there is another reason.
    """
    ground = reload(context)
    who = rights.standing(context.session, context.organisation, context.person.id)
    missing = review_missing(ground, draft) if draft.approved else ""
    if refused.ok or ground.mention.status in CLOSED or not rights.may_publish(ground, who):
        return refused
    if not missing or not_ready(ground, draft) != missing:
        return refused
    _let_wait(context, ground, draft)
    waits = f"It was not sent: it waits for {rights.reviewers(ground)} again."
    if draft.person_id != context.person.id:
        text = f"Your draft on #{ground.mention.token} is to be read again. {missing}"
        key = f"again:{draft.id}:{draft.version}:{context.now.isoformat()}"
        tell_about(context.session, draft.person_id, context.mention, text, key, context.now)
    return Answer(text=f"{missing} {waits}", ok=False)


def _let_wait(context: Context, ground: Ground, draft: DraftRow) -> None:
    waiting = drafts.change(context.session, draft, context.now, state=str(DraftState.IN_REVIEW))
    if waiting is None:
        raise OutOfDate("The draft was changed meanwhile. Please look at it again.")
    record_step(context, Action.REVIEW_ASKED)
    tell_readers(context, ground, waiting)
