"""Withdraw: a draft is taken back by who wrote it, or by who owns the mention; its versions stay in the record."""

from dataclasses import dataclass

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError, OutOfDate
from handlers.base.right import writer_or_owner
from handlers.base.situation import Step, is_withdrawable
from handlers.base.statuses import in_moderation
from handlers.base.verb import Verb
from handlers.channels.notify import tell_about
from handlers.own.transition import require_current
from handlers.reply.preconditions import Ground, choose, lock, record_step
from handlers.reply.reading import forms
from storage.reply import drafts, publications
from storage.tables.states import EDITABLE, Action, DraftState, PublicationState


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDraft(MentionCommand):
    """Ask to take a draft back.

    Attributes:
        draft: ``<token>`` or ``<token>.<version>``; may be empty where only one can be meant.
    """

    draft: str = ""


def withdraw_draft(command: WithdrawDraft, context: Context) -> Answer:
    """Take a draft back that is not on its way out; the writer is told if it was somebody else.

    Raises:
        BotError: The actor has no draft here, or it is on its way.
        OutOfDate: The button is older than the last change, or the draft was edited since.
    """
    ground = lock(context)
    require_current(command, ground.mention)
    actor = context.person
    may = [one for one in ground.living if actor.id in (one.person_id, ground.mention.owner_id)]
    if not may:
        raise BotError(f"You have no draft on #{ground.mention.token}. Who owns it may withdraw those of others, too.")
    candidates = [one for one in may if one.state in EDITABLE]
    if not candidates:
        raise BotError(_on_its_way(ground))
    own = ground.own(actor.id)
    named = command.draft or (own.token if own in candidates else "")
    chosen = choose(named, candidates)
    if chosen is None:
        text = f"{len(candidates)} drafts stand on #{ground.mention.token}. Choose one."
        return Answer(text=text, form=forms.draw_withdraw(context.asking, candidates))
    draft = chosen.draft
    if drafts.change(context.session, draft, context.now, state=str(DraftState.WITHDRAWN)) is None:
        raise OutOfDate("That draft was changed meanwhile. Please look at it again.")
    record_step(context, Action.WITHDRAWN)
    if draft.person_id != actor.id:
        text = f"{actor.name} withdrew your draft on #{ground.mention.token}."
        tell_about(context.session, draft.person_id, context.mention, text, f"withdrawn:{draft.id}", context.now)
    whose = "Your draft" if draft.person_id == actor.id else "The draft"
    return Answer(text=f"{whose} on #{ground.mention.token} is withdrawn.")


def _on_its_way(ground: Ground) -> str:
    reply = f"The reply to #{ground.mention.token}"
    going = publications.in_flight(ground.session, ground.mention.id)
    if going is None or going.state != PublicationState.HELD:
        return f"{reply} is on its way out and cannot be withdrawn now."
    return f"{in_moderation(reply, ground.where)} Take it back there, and then say so: confirm."


VERB = Verb(
    name="withdraw",
    label="Withdraw draft",
    help="take a draft back",
    command=WithdrawDraft,
    handler=withdraw_draft,
    when=is_withdrawable,
    may=writer_or_owner,
    ranks={Step.IN_REVIEW: Rank.MENU, Step.SETTLED: Rank.MENU, Step.CHANGES: Rank.MENU},
    fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
)
