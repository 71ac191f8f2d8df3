"""Posted: a reply that we cannot publish ourselves was posted by hand, and its address is written down.

The same bookkeeping follows as for a reply that we published: the log, the clocks, the status, the record of what we
answered. The same rules hold too: only a draft that is ready is posted, by somebody who may publish there.
"""

from dataclasses import dataclass

from handlers.base.cards import Choice, Field, Form, Line, Rank, Section, one_line
from handlers.base.command import Answer, Asking, Context, MentionCommand
from handlers.base.errors import BotError, NotAllowed, OutOfDate, WrongInput
from handlers.base.networks import network_of
from handlers.base.right import publisher
from handlers.base.situation import Step, is_by_hand
from handlers.base.talk import Speaker, Turn
from handlers.base.verb import Verb
from handlers.own.transition import require_open
from handlers.reply import rights
from handlers.reply.preconditions import Ground, choose, label, load, lock, names_of, written_as
from handlers.reply.readiness import SENDABLE, begin_publication, not_ready
from handlers.reply.reading import digests, sections
from handlers.reply.record import PublishedReply, record_published
from handlers.text.bounds import MAX_URL
from handlers.text.same_words import reads_as
from handlers.text.urls import canonical_url
from storage.listen.our_side import BY_HAND
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.tables.states import DraftState, PublicationState

URL = Field(
    name="url",
    label="Where it stands",
    kind="line",
    hint="The address of your reply, as your browser shows it.",
    example="https://…",
    limit=MAX_URL,
)
_OF_THE_POST = "An answer there has no address of its own: that of the post will do."
_DRAFT = Field(name="draft", label="Draft", kind="choice", required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedReply(MentionCommand):
    """Say that a draft was posted by hand, and where.

    Attributes:
        draft: ``<token>`` or ``<token>.<version>``; may be empty where only one can be meant.
    """

    url: str = ""
    draft: str = ""


def posted_reply(command: PostedReply, context: Context) -> Answer:
    """Write down that the reply stands there.

    The version of the mention is not asked for: that it was posted is so, whoever has the mention by now.

    Raises:
        WrongInput: That is no address.
        NotAllowed: The actor may not publish there.
        BotError: There is no draft that may go out, or another reply is on its way.
        MentionClosed: The mention was resolved or dismissed.
        OutOfDate: The draft was changed meanwhile.
    """
    url = command.url.strip()
    if not canonical_url(url):
        sentence = "That is no address of a page. Copy it from your browser."
        raise WrongInput(sentence, {URL.name: sentence})
    ground = lock(context)
    require_open(ground.mention)
    who = rights.standing(context.session, context.organisation, context.person.id)
    if not rights.may_publish(ground, who):
        raise NotAllowed(f"Publishing on {ground.rules.name} is for {rights.publishers(ground)}.")
    if _is_nameless(ground, url):
        url = ""
    elif there := _stands_there(ground, canonical_url(url)):
        sentence = f"That is the address of {there}. Copy the address of your reply."
        raise WrongInput(sentence, {URL.name: sentence})
    candidates = _candidates(ground)
    chosen = choose(command.draft, candidates)
    if chosen is None:
        text = f"{len(candidates)} drafts on #{ground.mention.token} could have been posted. Choose one."
        return Answer(text=text, form=draw_posted(context.asking, url))
    refusal = not_ready(ground, chosen.draft, digests.same_words) or _other_words(ground, command, chosen.draft)
    if refusal:
        raise BotError(refusal)
    _keep(context, ground, chosen.draft, url)
    return Answer(text=f"#{ground.mention.token} is answered.")


def _is_nameless(ground: Ground, url: str) -> bool:
    """Say whether a reply was posted where answers have no address, so that what was copied is that of the post."""
    known, page = network_of(ground.post.url), canonical_url(url)
    return known is not None and known.nameless and any(one.canonical_url == page for one in ground.talk.turns)


def _stands_there(ground: Ground, page: str) -> str:
    """Say what of the talk stands at an address and cannot be the reply; empty when nothing does."""
    for one in ground.talk.turns:
        if one.canonical_url == page and one.who == Speaker.THEY:
            return "the post"
        if one.canonical_url == page and _is_accounted_for(ground, one):
            return "an earlier reply"
    return ""


def _is_accounted_for(ground: Ground, ours: Turn) -> bool:
    """Say whether a reply of ours is one that was sent or written down here before."""
    known = publications.standing(ground.session, ground.mention.source, [ours.external_id])
    return ours.external_id.startswith(BY_HAND) or bool(known)


def _shown(ground: Ground, url: str, text: str) -> Turn | None:
    """Return the post from our account that this reply is, where a source has shown it already."""
    unknown = [one for one in ground.talk.ours if not _is_accounted_for(ground, one)]
    here = (one for one in unknown if one.canonical_url == canonical_url(url))
    return next(here, None) or next((one for one in unknown if reads_as(one.text, text)), None)


def _candidates(ground: Ground) -> list[DraftRow]:
    found = ground.among(*SENDABLE)
    if not found:
        raise BotError(f"There is no draft on #{ground.mention.token} that could have been posted.")
    return found


def _other_words(ground: Ground, command: PostedReply, draft: DraftRow) -> str:
    """Say that what was there to copy would be another text now, so that nobody knows which one was posted."""
    then = digests.read_digests(command.shown)
    if then is None or digests.of_draft(ground, draft).text in then.texts:
        return ""
    return "The reply reads differently now than when you copied it. Copy it again, put yours right, then say so."


def _keep(context: Context, ground: Ground, draft: DraftRow, url: str) -> None:
    text = sections.whole(ground, draft.text, draft.person_id)
    if drafts.change(context.session, draft, context.now, state=str(DraftState.PUBLISHED), trouble="") is None:
        raise OutOfDate("That draft was changed meanwhile. Please look at it again.")
    begun = begin_publication(context, ground, draft, text)
    shown = _shown(ground, url, text)
    values = {
        "state": str(PublicationState.PUBLISHED),
        "reference": shown.external_id if shown else "",
        "url": url,
        "sending_at": context.now,
        "settled_at": context.now,
    }
    publications.answer(context.session, begun.id, PublicationState.DUE, **values)
    record_published(
        context,
        PublishedReply(
            external_id=shown.external_id if shown else "" if url else f"{BY_HAND}{begun.send_id}",
            url=url,
            text=text,
            drafter_id=draft.person_id,
            sender_id=context.person.id,
            since=context.now,
            seen_by=f"{context.person.name} posted it by hand.",
            counted=shown is not None,
        ),
    )


def draw_posted(asking: Asking, url: str = "") -> Form:
    """Draw the form: the text to copy, the post to open, and where the reply stands now.

    Raises:
        BotError: There is no draft that could have been posted.
    """
    ground = load(asking.session, asking.organisation, asking.mention)
    candidates = _candidates(ground)
    names = names_of(ground.session, candidates)
    known = network_of(ground.post.url)
    hint = _OF_THE_POST if known is not None and known.nameless else URL.hint
    fields = [Field(name=URL.name, label=URL.label, kind=URL.kind, hint=hint, initial=url, limit=URL.limit)]
    if len(candidates) > 1:
        choices = tuple(Choice(value=written_as(one), label=label(names[one.person_id], one)) for one in candidates)
        fields.append(Field(name=_DRAFT.name, label=_DRAFT.label, kind=_DRAFT.kind, choices=choices))
    return Form(
        verb=VERB.name,
        value=f"{ground.mention.token}.{ground.mention.version}",
        title=f"Posted for #{ground.mention.token}",
        submit=VERB.label,
        fields=tuple(fields),
        about=one_line(ground.post.headline),
        beside=(*(_to_copy(ground, names[one.person_id], one) for one in candidates), *sections.talk(ground)),
        shown=digests.showing(ground, candidates),
    )


def _to_copy(ground: Ground, name: str, draft: DraftRow) -> Section:
    """Return the text of a draft as it is to be posted; of one that may not go out, why not."""
    if refusal := not_ready(ground, draft, digests.same_words):
        return Section(title=f"{name}’s reply", lines=(Line(text=f"It may not be posted as it is: {refusal}"),))
    text = sections.whole(ground, draft.text, draft.person_id)
    return Section(title=f"{name}’s reply, to copy", lines=sections.paragraphs(text), copy=text)


VERB = Verb(
    name="posted",
    label="I have posted it",
    help="say where the reply stands that you posted by hand",
    command=PostedReply,
    handler=posted_reply,
    when=is_by_hand,
    may=publisher,
    ranks={Step.SETTLED: Rank.BUTTON},
    form=True,
    draw=draw_posted,
    fields=(URL, _DRAFT),
)
