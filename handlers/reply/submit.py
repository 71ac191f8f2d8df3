"""Send: the one place where a draft becomes a publication.

It takes a draft as it was read, and asks everything again at this moment: the right, the consent of a second person,
what the charter calls binding, that somebody read it for this post, in these words and under this charter, and that no
other reply of the mention is on its way. What nobody owns is its writer's from now on.
Nothing is sent here: the publication is written down, and the worker does the rest after the commit.
"""

from collections.abc import Sequence

from handlers.base.cards import Line, Link, Notice, Section
from handlers.base.command import Answer, Context
from handlers.base.errors import OutOfDate
from handlers.base.networks import answer_at, network_of
from handlers.base.statuses import in_moderation
from handlers.base.verb import button
from handlers.channels.notify import tell_about
from handlers.own.transition import require_open
from handlers.reply import posted_by_hand, rights
from handlers.reply.preconditions import Ground, record_step, reload
from handlers.reply.readiness import begin_publication, not_ready
from handlers.reply.reading import digests, forms
from handlers.reply.reading import sections as beside
from handlers.reply.record import own_by_reply
from handlers.text.times import ago
from storage.people import people
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PublicationState


def send(context: Context, draft: DraftRow, *, read: bool, shown: str = "", first: str = "") -> Answer:
    """Put a draft on its way out, or say who may, or what has to be done first.

    A refusal is an answer, so that what was done before it, a kept draft or an approval, stands.

    Args:
        context: Its mention is held.
        draft: As it was read just now.
        read: The actor saw this very text: what no second person approved, nobody else sends unread.
        shown: The digests of what the page that was pressed showed; empty where none did.
        first: Why the actor has to see it as it will stand there before we send it; empty where they did.

    Raises:
        MentionClosed: The mention was resolved or dismissed.
        OutOfDate: The draft was changed meanwhile.
    """
    ground = reload(context)
    if not rights.may_publish(ground, rights.standing(context.session, context.organisation, context.person.id)):
        record_step(context, Action.REFUSED)
        return Answer(text=f"Publishing on {ground.rules.name} is for {rights.publishers(ground)}.", ok=False)
    require_open(ground.mention)
    refusal = not_ready(ground, draft)
    if refusal:
        return Answer(text=refusal, ok=False)
    if changed := _changed(ground, draft, shown):
        why = f"{changed} It was not sent: read it as it is now before you publish it."
        return Answer(text=why, ok=False, form=forms.draw_publish(context.asking, [draft], why))
    if not digests.approval_holds(ground, draft) and draft.person_id != context.person.id and not read:
        text = "Nobody approved this draft. Read it before you publish it."
        return Answer(text=text, form=forms.draw_publish(context.asking, [draft]))
    if not ground.rules.reply.by_api:
        return _by_hand(ground, draft)
    if first:
        return Answer(text=first, form=forms.draw_publish(context.asking, [draft], first))
    other = publications.in_flight(context.session, ground.mention.id)
    if other is not None:
        return Answer(text=_in_flight(context, ground, other), ok=False)
    _begin(context, ground, draft)
    _tell_others(context, ground, draft)
    return Answer(text=f"The reply to #{ground.mention.token} is on its way. The card says when it is there.")


def _changed(ground: Ground, draft: DraftRow, shown: str) -> str:
    """Say what changed since somebody saw what would go out: who pressed, who approved, or who wrote it."""
    now = digests.of_draft(ground, draft)
    if shown:
        return digests.what_changed(ground, shown, now, "this was shown to you")
    if digests.approval_holds(ground, draft):
        return ""
    return digests.what_changed(ground, draft.digests, now, "it was written")


def _by_hand(ground: Ground, draft: DraftRow) -> Answer:
    """Give the text to a person who posts it with their own hands; nothing is on its way until they say so."""
    row, rules, url = ground.mention, ground.rules, ground.post.url
    known = network_of(url)
    # What no source brought has no name but that of its place.
    where = known.name if known is not None else rules.name if rules.kind else ground.where
    said = f"{where} takes no replies from us: copy the text, post it yourself, then say where it stands."
    posted = button(posted_by_hand.VERB, row)
    link = Link(label=f"Open on {where}", url=answer_at(url)) if url else None
    text = beside.whole(ground, draft.text, draft.person_id)
    how = (Line(text=known.how),) if known is not None else ()
    sections = (
        Section(title="The reply, to copy", lines=beside.paragraphs(text), copy=text),
        Section(title="", lines=(*how, Line(text="The post", token=row.token, link=link, button=posted))),
    )
    return Answer(text=said, notice=Notice(title=said, text=said, sections=sections))


def _in_flight(context: Context, ground: Ground, other: PublicationRow) -> str:
    name = people.names(context.session, [other.person_id])[other.person_id]
    begun = f"{name} published a reply to #{ground.mention.token} {ago(other.created_at, context.now)}"
    if other.state == PublicationState.UNCLEAR:
        return f"{begun}, and it is unclear whether it stands there. Confirm that first."
    if other.state == PublicationState.ASKED:
        return f"{begun}, but the post changed since. Say first whether it still fits."
    if other.state == PublicationState.HELD:
        return f"{begun}. {in_moderation('It', ground.where)} If you know what became of it, say so first."
    return f"{begun}, and it is on its way. Please wait until the card says that it is there."


def _begin(context: Context, ground: Ground, draft: DraftRow) -> None:
    going = drafts.change(context.session, draft, context.now, state=str(DraftState.PUBLISHING), trouble="")
    if going is None:
        raise OutOfDate("That draft was changed meanwhile. Please read it again.")
    begin_publication(context, ground, draft, beside.whole(ground, draft.text, draft.person_id))
    if ground.mention.owner_id is None:
        writer = draft.person_id if people.is_active(context.session, draft.person_id) else context.person.id
        own_by_reply(context, writer)
    record_step(context, Action.PUBLISHING)


def _tell_others(context: Context, ground: Ground, draft: DraftRow) -> None:
    """Tell the writer and the owner, where that is not the one who pressed."""
    actor = context.person
    to: Sequence[int] = list(dict.fromkeys([draft.person_id, ground.mention.owner_id or draft.person_id]))
    for person_id in to:
        if person_id == actor.id:
            continue
        whose = "your reply" if person_id == draft.person_id else "a reply"
        text = f"{actor.name} published {whose} to #{ground.mention.token}. The card says when it is there."
        key = f"publishing:{draft.id}:{draft.version}:{context.now.isoformat()}"
        tell_about(context.session, person_id, context.mention, text, key, context.now)
