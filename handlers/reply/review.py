"""Review: a second person reads a draft and says what they think, of the very text that they read.

A verdict without a draft in a version means that nobody read anything yet: it is answered with the form. Of a draft
that was edited meanwhile nothing can be said any more. The mention's version is of no account: a claim in between
changes nothing of the text.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import NotAllowed, OutOfDate, WrongInput
from handlers.base.right import reviewer
from handlers.base.situation import Step, is_in_review
from handlers.base.verb import Verb
from handlers.channels.notify import tell_about
from handlers.own.transition import require_open
from handlers.reply import rights
from handlers.reply.preconditions import Ground, choose, lock, record_step
from handlers.reply.reading import digests, forms, sections
from handlers.reply.reading.forms import APPROVE, APPROVE_AND_PUBLISH, CHANGES, KEEP, REJECT, VERDICTS
from handlers.reply.submit import send
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import Action, DraftState, Tab, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft(MentionCommand):
    """Say what one thinks of a draft that waits.

    Attributes:
        draft: ``<token>.<version>``: what was read; for what, the form itself carries.
        verdict: approve, approve_publish, changes or reject.
        remark: For the writer; asked for where it is not approved.
        others: What becomes of the other living drafts on approval: supersede or keep.
    """

    verdict: str = ""
    draft: str = ""
    others: str = ""
    remark: str = ""
    ignores_version: ClassVar[bool] = True


_STATES = {
    Verdict.APPROVED: (DraftState.APPROVED, Action.APPROVED),
    Verdict.CHANGES_REQUESTED: (DraftState.CHANGES_REQUESTED, Action.CHANGES_REQUESTED),
    Verdict.REJECTED: (DraftState.REJECTED, Action.REJECTED),
}
_MEANT = {
    APPROVE: Verdict.APPROVED,
    APPROVE_AND_PUBLISH: Verdict.APPROVED,
    CHANGES: Verdict.CHANGES_REQUESTED,
    REJECT: Verdict.REJECTED,
}


def review_draft(command: ReviewDraft, context: Context) -> Answer:
    """Write the verdict down, tell the writer, and publish if that was asked for.

    Raises:
        WrongInput: It is no verdict, or a remark is missing.
        NotAllowed: The draft is not this person's to judge, or they may not publish.
        OutOfDate: The draft was edited since it was read, or what it was read for is another now.
        BotError: None waits.
    """
    ground = lock(context)
    waiting = forms.to_review(ground, context.person.id)
    chosen = choose(command.draft, waiting)
    if not command.verdict or chosen is None or not chosen.read:
        return Answer(text="Read the draft before you judge it.", form=forms.draw_review(context.asking))
    verdict = _verdict(command)
    publishing = command.verdict == APPROVE_AND_PUBLISH
    require_open(ground.mention)
    who = rights.standing(context.session, context.organisation, context.person.id)
    if publishing and not rights.may_publish(ground, who):
        sentence = f"Publishing on {ground.rules.name} is for {rights.publishers(ground)}. You may approve it."
        raise NotAllowed(sentence)
    now = digests.of_draft(ground, chosen.draft)
    shown = command.shown or str(now)
    if changed := digests.what_changed(ground, shown, now, "this was shown to you"):
        raise OutOfDate(f"{changed} Nothing was decided: please read it again.")
    judged = _judge(context, chosen.draft, verdict, command.remark.strip(), str(now))
    others = _give_way(context, judged) if verdict == Verdict.APPROVED and command.others != KEEP else []
    record_step(context, _STATES[verdict][1], command.remark.strip())
    _tell(context, ground, judged, verdict, command.remark.strip(), others)
    name = sections.writer_of(ground, judged.person_id).name
    if publishing:
        answer = send(context, judged, read=True, shown=shown)
        return answer if answer.ok else replace(answer, text=f"{_SAID[verdict]} {answer.text}")
    return Answer(text=f"{_SAID[verdict]} {name} is told.")


_SAID = {
    Verdict.APPROVED: "The draft is approved.",
    Verdict.CHANGES_REQUESTED: "You asked for changes.",
    Verdict.REJECTED: "The draft is rejected.",
}


def _verdict(command: ReviewDraft) -> Verdict:
    verdict = _MEANT.get(command.verdict)
    if verdict is None:
        sentence = f"Your verdict is one of: {', '.join(VERDICTS)}."
        raise WrongInput(sentence, {"verdict": sentence})
    if verdict != Verdict.APPROVED and not command.remark.strip():
        raise WrongInput("Say why: the writer is told.", {"remark": "Say why: the writer is told."})
    return verdict


def _judge(context: Context, draft: DraftRow, verdict: Verdict, remark: str, read_for: str) -> DraftRow:
    actor = context.person
    values: dict[str, object] = {"state": str(_STATES[verdict][0])}
    if verdict == Verdict.APPROVED:
        values |= {"approved_version": draft.version, "approved_by_id": actor.id, "approved_digests": read_for}
    judged = drafts.change(context.session, draft, context.now, **values)
    if judged is None:
        raise OutOfDate("That draft was changed since you read it. Please read it again.")
    drafts.review(context.session, draft, actor.id, verdict, remark, context.now)
    return judged


def _give_way(context: Context, approved: DraftRow) -> list[DraftRow]:
    return drafts.supersede_others(context.session, approved, context.now)


def _tell(
    context: Context, ground: Ground, draft: DraftRow, verdict: Verdict, remark: str, others: list[DraftRow]
) -> None:
    """Tell the writer what was said, and those whose drafts gave way."""
    actor, token = context.person, ground.mention.token
    said = {
        Verdict.APPROVED: f"{actor.name} approved your draft on #{token}",
        Verdict.CHANGES_REQUESTED: f"{actor.name} asks you to change your draft on #{token}",
        Verdict.REJECTED: f"{actor.name} rejected your draft on #{token}",
    }[verdict]
    text = f"{said}: {remark}" if remark else f"{said}."
    moment = context.now.isoformat()
    if draft.person_id != actor.id:
        key = f"verdict:{draft.id}:{draft.version}:{verdict}:{moment}"
        tell_about(context.session, draft.person_id, context.mention, text, key, context.now)
    for other in others:
        if other.person_id != actor.id:
            gave_way = f"{actor.name} approved another draft on #{token}, and yours gave way to it."
            key = f"superseded:{other.id}"
            tell_about(context.session, other.person_id, context.mention, gave_way, key, context.now)


VERB = Verb(
    name="review",
    label="Review",
    help="read a draft that waits, and say what you think",
    command=ReviewDraft,
    handler=review_draft,
    when=is_in_review,
    may=reviewer,
    ranks={Step.IN_REVIEW: Rank.MAIN},
    elsewhere=Rank.BUTTON,
    form=True,
    key="r",
    draw=forms.draw_review,
    tab=Tab.REVIEW,
    fields=(
        Field(name="verdict", label="Your verdict", kind="choice", required=False, pressed=True),
        Field(name="draft", label="Draft", kind="choice", required=False),
        Field(name="others", label="The other drafts, if you approve", kind="choice", required=False),
        Field(name="remark", label="Remark", kind="text", required=False),
    ),
)
