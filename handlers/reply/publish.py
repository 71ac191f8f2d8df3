"""Publish: one press of a person who has the right puts one draft on its way out.

Only a draft can be published, by its own name or because there is but one: no text comes in with the command.
"""

from dataclasses import dataclass

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError
from handlers.base.right import publisher
from handlers.base.situation import Step, is_sendable
from handlers.base.verb import Verb
from handlers.own.transition import require_current
from handlers.reply.preconditions import Ground, choose, lock
from handlers.reply.readiness import SENDABLE, agreed, not_ready
from handlers.reply.reading import forms
from handlers.reply.request_review import read_again
from handlers.reply.submit import send
from storage.reply.drafts import DraftRow
from storage.tables.states import DraftState


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDraft(MentionCommand):
    """Ask to publish a draft.

    Attributes:
        draft: ``<token>`` or ``<token>.<version>``; may be empty where only one can be meant.
    """

    draft: str = ""


def publish_draft(command: PublishDraft, context: Context) -> Answer:
    """Put the draft on its way out; where several could be meant, show them.

    Raises:
        OutOfDate: The button is older than the last change, or the draft was edited since.
        BotError: There is none to publish, or not yet, or not now; see ``send``.
    """
    ground = lock(context)
    require_current(command, ground.mention)
    candidates = _candidates(ground, command.draft)
    chosen = choose(command.draft, candidates)
    if chosen is None:
        text = f"{len(candidates)} drafts on #{ground.mention.token} could be published. Choose one."
        return Answer(text=text, form=forms.draw_publish(context.asking, candidates))
    shown = command.shown
    return read_again(context, chosen.draft, send(context, chosen.draft, read=chosen.read, shown=shown))


def _candidates(ground: Ground, named: str) -> list[DraftRow]:
    """Return the drafts that may be meant: what was named may be any, else those come first that may go out as is."""
    if not ground.living:
        raise BotError(f"There is no draft on #{ground.mention.token} to publish. Write one first.")
    if named:
        return list(ground.living)
    sendable = ground.among(*SENDABLE)
    ready = agreed(ground) or [one for one in sendable if not not_ready(ground, one)]
    return ready or sendable or ground.among(*DraftState)


VERB = Verb(
    name="publish",
    label="Publish",
    help="let an approved draft go out",
    command=PublishDraft,
    handler=publish_draft,
    when=is_sendable,
    may=publisher,
    ranks={Step.SETTLED: Rank.MAIN, Step.CLAIMED: Rank.MENU, Step.NEW: Rank.MENU},
    fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
    lets_out=True,
)
