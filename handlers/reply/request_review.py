"""Ask for a review: a draft waits for a second person, the card says so, and the department that reads hears of it."""

from handlers.base.cards import Line, Link, Notice, Section, one_line, to_json
from handlers.base.charter import NO_REVIEW, SECOND_PERSON
from handlers.base.command import Answer, Context
from handlers.base.errors import OutOfDate
from handlers.base.verb import button
from handlers.channels.placement import lane_of_home
from handlers.own.transition import require_open
from handlers.reply import review, rights
from handlers.reply.preconditions import Ground, record_step, reload
from storage.channels import messages
from storage.people import people
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import Action, DraftState, MessageKind


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
    if draft.approved and draft.state == DraftState.APPROVED:
        return Answer(text=f"Your draft on #{ground.mention.token} is approved already.")
    waiting = drafts.change(context.session, draft, context.now, state=str(DraftState.IN_REVIEW))
    if waiting is None:
        raise OutOfDate("Your draft was changed meanwhile. Please look at it again.")
    record_step(context, Action.REVIEW_ASKED)
    _tell_department(context, ground, waiting)
    return Answer(text=f"Your draft on #{ground.mention.token} waits for {rights.reviewers(ground)} now.")


def _tell_department(context: Context, ground: Ground, draft: DraftRow) -> None:
    """Post a notice in the home of the department that reads; a second person in general looks at the card."""
    if ground.charter.review in (NO_REVIEW, SECOND_PERSON):
        return
    department = people.department(context.session, ground.charter.review)
    if department is None:
        return
    mention = context.mention
    text = f"A draft of {context.person.name} on #{mention.token} waits for somebody of {department.name}."
    line = Line(
        text=one_line(ground.post.title or ground.post.text),
        token=mention.token,
        link=Link(label="post", url=ground.post.url),
        button=button(review.VERB, mention),
        lang=ground.post.lang,
    )
    body = to_json(Notice(title=text, text=text, sections=(Section(title="", lines=(line,)),)))
    for home in people.homes(context.session, department.id):
        messages.put(
            context.session,
            key=f"review:{draft.id}:{draft.version}:{home.channel}",
            lane_id=lane_of_home(context.session, home),
            kind=MessageKind.NOTICE,
            body=body,
            now=context.now,
        )
