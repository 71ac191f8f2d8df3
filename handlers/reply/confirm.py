"""Confirm: a person says what is to become of a reply that cannot go on by itself.

Either it is unclear whether it stands there, because the platform cannot be asked: somebody looks, and says "I see
it", or has it sent again. Or the post changed after the reply was approved: somebody reads both, and has it sent all
the same, or not. Or there is nothing to answer any more, and all that is left to say is that it is not sent. What waits
for the moderators of its network goes on by itself, but somebody may know sooner that it stands there, or never will;
nobody can have it sent again, since the network has it.

Who wrote it, who pressed, and who may publish there can say so; whoever is first decides. To send it to another post
than it was approved for is to publish it, so that is for who may publish there, and for the post that they were shown.
A reply that would read differently now, or that another charter judges, is not sent so, but read and published anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from handlers.base.cards import Choice, Field, Form, Line, Rank, Section, one_line
from handlers.base.command import Answer, Asking, Context, MentionCommand
from handlers.base.errors import BotError, NotAllowed, OutOfDate, WrongInput
from handlers.base.right import answerable
from handlers.base.situation import Step, is_waiting
from handlers.base.statuses import in_moderation
from handlers.base.talk import Turn, read_talk
from handlers.base.verb import Verb
from handlers.channels.notify import tell_about
from handlers.own.answered import answered_meanwhile, may_be
from handlers.own.transition import require_open
from handlers.reply import rights
from handlers.reply.preconditions import Ground, load, lock, record_step
from handlers.reply.readiness import ready_again
from handlers.reply.reading import digests, sections
from handlers.reply.record import PublishedReply, record_published
from handlers.text.bounds import MAX_URL
from handlers.text.same_words import reads_as
from handlers.text.urls import canonical_url
from storage.listen.our_side import BY_HAND
from storage.own import mentions
from storage.reply import drafts, publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PublicationState, Via

SEEN, SEND, STOP = "seen", "send", "stop"
_WAITS = (PublicationState.ASKED, PublicationState.UNCLEAR, PublicationState.HELD)
_ANSWERS = {
    PublicationState.UNCLEAR: {
        SEEN: "I see it",
        SEND: "Publish it again",
        STOP: "Leave it unpublished",
    },
    PublicationState.ASKED: {SEND: "Publish it all the same", STOP: "Do not publish it"},
}
_POINTLESS = {STOP: "Do not publish it"}
_HELD = {SEEN: "I see it", STOP: "It was rejected, or taken back there"}
ANSWER = Field(name="answer", label="What is to become of it?", kind="choice", pressed=True, example="seen")
URL = Field(
    name="url",
    label="Where you see it",
    kind="line",
    required=False,
    hint="The address of the reply, if you see it.",
    limit=MAX_URL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReply(MentionCommand):
    """Say what is to become of the reply: ``answer`` is seen, send or stop; ``url`` is where it was seen, if so."""

    ignores_version: ClassVar[bool] = True  # guarded by the state in which the reply waits

    answer: str = ""
    url: str = ""


def confirm_reply(command: ConfirmReply, context: Context) -> Answer:
    """Let the reply go on as the person says.

    Raises:
        BotError: None waits for a word.
        NotAllowed: It is not theirs to say, or to send.
        WrongInput: The answer is none that makes sense now.
        OutOfDate: Somebody else said so a moment ago, or the post is not the one that was shown.
        MentionClosed: It is to be sent, but the mention was resolved or dismissed.
    """
    ground = lock(context)
    row = _waiting(ground)
    _require_right(ground, row, context.person.id)
    possible, answer = _possible(row), command.answer.strip().lower()
    if answer not in possible:
        why = f"{row.trouble} It cannot be sent any more. " if row.pointless else ""
        sentence = f"{why}Say {'one of: ' if len(possible) > 1 else ''}{', '.join(possible)}."
        raise WrongInput(sentence, {ANSWER.name: sentence})
    if answer == SEEN:
        return _seen(context, row, _address(command.url))
    if answer == SEND:
        return _send(context, ground, row, command.shown)
    return _stop(context, row)


def _waiting(ground: Ground) -> PublicationRow:
    row = publications.in_flight(ground.session, ground.mention.id)
    if row is None or row.state not in _WAITS:
        raise BotError(f"No reply to #{ground.mention.token} waits for a word of yours.")
    return row


def _possible(row: PublicationRow) -> dict[str, str]:
    """Return what can be said now, and in which words: what cannot be done is not offered."""
    if row.held_at is not None:
        return _HELD
    return _POINTLESS if row.pointless else _ANSWERS[PublicationState(row.state)]


def _require_right(ground: Ground, row: PublicationRow, person_id: int) -> None:
    if person_id in (row.person_id, drafts.get(ground.session, row.draft_id).person_id):
        return
    if not _may_publish(ground, person_id):
        raise NotAllowed(f"That is for who wrote the reply, who published it, and {rights.publishers(ground)}.")


def _may_publish(ground: Ground, person_id: int) -> bool:
    return rights.may_publish(ground, rights.standing(ground.session, ground.organisation, person_id))


def _address(url: str) -> str:
    clean = url.strip()
    if clean and not canonical_url(clean):
        sentence = "That is no address of a page. Copy it from your browser, or leave it empty."
        raise WrongInput(sentence, {URL.name: sentence})
    return clean


def _seen(context: Context, row: PublicationRow, url: str) -> Answer:
    since = row.sending_at or row.created_at
    shown = _shown(context, row, since, url)
    found, url = (shown.external_id, url or shown.url) if shown else (row.reference, url or row.url)
    values = {"state": str(PublicationState.PUBLISHED), "url": url, "trouble": "", "settled_at": context.now}
    _move(context, row, values | {"reference": found}, DraftState.PUBLISHED)
    answered_meanwhile(_as_source(context), row, found)
    drafter_id = drafts.get(context.session, row.draft_id).person_id
    record_published(
        context,
        PublishedReply(
            external_id=found or ("" if url else f"{BY_HAND}{row.send_id}"),
            url=url,
            text=row.text,
            drafter_id=drafter_id,
            sender_id=row.person_id,
            since=since,
            seen_by=f"{context.person.name} saw it there.",
        ),
    )
    _tell(context, row, drafter_id, "saw your reply to #{token}: it is published.")
    return Answer(text=f"#{context.mention.token} is answered.")


def _shown(context: Context, row: PublicationRow, since: datetime, url: str) -> Turn | None:
    """Return the post from our account that this reply is, where a source has shown it since the send.

    What is known as another reply of ours is not this one.
    """
    ours = read_talk(context.session, row.mention_id).ours
    names = {one.external_id for one in ours} - {row.reference}
    known = publications.standing(context.session, context.mention.source, names)
    unknown = [one for one in ours if one.external_id not in known and not one.external_id.startswith(BY_HAND)]
    heard = [one for one in unknown if one.heard_at >= since and may_be(row, one.external_id, one.words)]
    there = canonical_url(url)
    same = (one for one in heard if (one.canonical_url == there if there else reads_as(one.text, row.text)))
    return next(same, heard[0] if len(heard) == 1 and not there else None)


def _not_there(context: Context, row: PublicationRow) -> None:
    """Count what our account answered by hand while it was unclear whether that was this reply."""
    if row.state in (PublicationState.UNCLEAR, PublicationState.HELD):
        answered_meanwhile(_as_source(context), row)
        context.found = mentions.hold(context.session, row.mention_id)


def _as_source(context: Context) -> Context:
    return replace(context, actor=None, via=Via.SOURCE, found=context.mention)


def _send(context: Context, ground: Ground, row: PublicationRow, shown: str) -> Answer:
    require_open(ground.mention)
    values: dict[str, object] = {"state": str(PublicationState.DUE), "trouble": ""}
    if row.state == PublicationState.ASKED:
        values |= {"despite_change": True, "digests": _for_this_post(context, ground, row, shown)}
    _move(context, row, values, DraftState.PUBLISHING)
    _not_there(context, row)
    record_step(context, Action.PUBLISHING)
    return Answer(text=f"The reply to #{context.mention.token} is on its way. The card says when it is there.")


def _for_this_post(context: Context, ground: Ground, row: PublicationRow, shown: str) -> str:
    """Return what the reply is sent for from now on: the post as it is; all else has to be as it was.

    Raises:
        NotAllowed: Whoever says so may not publish there.
        OutOfDate: They were shown another post, or it would be another reply now.
    """
    if not _may_publish(ground, context.person.id):
        raise NotAllowed(f"To send it all the same is to publish it, and that is for {rights.publishers(ground)}.")
    now = digests.of_draft(ground, drafts.get(ground.session, row.draft_id))
    changed = digests.what_changed(ground, shown, now, "this was shown to you") if shown else ""
    if changed:
        raise OutOfDate(f"{changed} It was not sent: please read it as it is now.")
    then = digests.read_digests(row.digests)
    if then is None:  # it was on its way before there were digests
        return ""
    other = digests.what_changed(ground, row.digests, replace(now, post=then.post), "it was published")
    if other:
        raise OutOfDate(f"{other} Do not send it: then it can be read and published anew.")
    return str(now)


def _stop(context: Context, row: PublicationRow) -> Answer:
    why = f"{context.person.name} stopped it."
    values = {"state": str(PublicationState.FAILED), "trouble": why, "settled_at": context.now}
    _move(context, row, values, ready_again(context.session, row))
    _not_there(context, row)
    record_step(context, Action.NOT_PUBLISHED)
    _tell(context, row, drafts.get(context.session, row.draft_id).person_id, "stopped your reply to #{token}.")
    became = "was not published" if row.held_at is not None else "is not sent"
    return Answer(text=f"The reply to #{context.mention.token} {became}. The draft is kept.")


def _move(context: Context, row: PublicationRow, values: dict[str, object], draft: DraftState) -> None:
    if not publications.answer(context.session, row.id, PublicationState(row.state), next_at=None, **values):
        raise OutOfDate("Somebody said so a moment ago. Please look at the card again.")
    publications.free_draft(context.session, row, draft, context.now)


def _tell(context: Context, row: PublicationRow, drafter_id: int, text: str) -> None:
    if drafter_id == context.person.id:
        return
    said = f"{context.person.name} {text.format(token=context.mention.token)}"
    key = f"confirmed:{row.id}:{context.now.isoformat()}"
    tell_about(context.session, drafter_id, context.mention, said, key, context.now)


def draw_confirm(asking: Asking) -> Form:
    """Draw the form: the post as we know it, the reply, why it waits, and what can be said.

    Raises:
        BotError: None waits for a word.
    """
    ground = load(asking.session, asking.organisation, asking.mention)
    row = _waiting(ground)
    choices = tuple(Choice(value=value, label=said) for value, said in _possible(row).items())
    answer = replace(ANSWER, choices=choices)
    return Form(
        verb=VERB.name,
        value=f"{ground.mention.token}.{ground.mention.version}",
        title=f"Reply to #{ground.mention.token}",
        submit="Say so",
        fields=(answer,) if row.state == PublicationState.ASKED else (answer, URL),
        about=one_line(ground.post.headline),
        beside=(
            Section(title="Why it waits", lines=(Line(text=row.trouble or _why(ground, row)),)),
            sections.standing(ground, row.text, "The reply"),
            *sections.talk(ground),
        ),
        shown=digests.showing(ground, [drafts.get(ground.session, row.draft_id)]),
    )


def _why(ground: Ground, row: PublicationRow) -> str:
    if row.state != PublicationState.HELD:
        return "It is not known whether it is there."
    return f"{in_moderation('It', ground.where)} Dibs looks again by itself, and goes on by what it finds."


VERB = Verb(
    name="confirm",
    label="Decide on the reply",
    help="say what is to become of a reply that is unclear, or waits for moderators: seen, send or stop",
    command=ConfirmReply,
    handler=confirm_reply,
    when=is_waiting,
    may=answerable,
    ranks={Step.ASKING: Rank.MAIN},
    elsewhere=Rank.BUTTON,
    form=True,
    draw=draw_confirm,
    fields=(ANSWER, URL),
)
