"""Draft: anybody writes a reply, on any mention, at any time; it locks nobody out and takes nothing from anyone.

What is kept is kept for the writer alone to change. A new text is a new version, which nobody approved yet; so an
approved draft that is edited has to be read again. The mention's version is of no account here: while somebody writes,
others claim it, and what was written must not be lost for that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from handlers.base.cards import Field, Notice, Rank, Section
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError, WrongInput
from handlers.base.situation import Step, always
from handlers.base.verb import Verb
from handlers.reply.preconditions import Ground, draw_token, lock, record_step, reload
from handlers.reply.reading import digests, forms, sections
from handlers.reply.reading.checks import ALWAYS_BINDING, Advice
from handlers.reply.request_review import ask_review, read_again
from handlers.reply.submit import send
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import EDITABLE, Action, DraftState


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReply(MentionCommand):
    """Ask to keep a reply.

    Attributes:
        text: The whole reply, without the charter's signature.
        saved: A saved reply to begin with, used only where nothing is written yet.
        then: keep, review or publish; empty = keep, or with a saved reply: show the form that begins with it.
    """

    text: str = ""
    saved: str = ""
    then: str = ""
    ignores_version: ClassVar[bool] = True
    limits: ClassVar[Mapping[str, int]] = {"text": forms.MAX_DRAFT + 1}  # one more: too long is told, not cut


_FIRST = "It is kept, and not sent yet: read it as it will stand there."


def draft_reply(command: DraftReply, context: Context) -> Answer:
    """Keep the actor's reply, and do what they want next; or show the form, filled with what it should begin with.

    Raises:
        WrongInput: It is empty, too long, holds a blocked word, or may not go further as it is.
        BotError: The actor's reply is on its way out already.
    """
    text = command.text.strip()
    then = command.then or forms.KEEP
    if then not in forms.THEN:
        sentence = f"After that: {', '.join(forms.THEN)}."
        raise WrongInput(sentence, {"then": sentence})
    if (command.saved and not (text and command.then)) or not (text or command.then):
        return _show_form(command, context, text)
    ground = lock(context)
    if len(command.text) > forms.MAX_DRAFT:
        raise WrongInput(forms.too_long(command.text), {"text": forms.too_long(command.text)})
    advice = _check(ground, text, context.person.id, then)
    writer, shown = context.person.id, command.shown
    draft = _keep(context, ground, text, digests.as_written(ground, text, writer, shown))
    if then == forms.PUBLISH:
        first = "" if digests.was_seen(ground, text, writer, shown) else _FIRST
        answer = read_again(context, draft, send(context, draft, read=True, first=first))
        return answer if answer.ok else replace(answer, text=f"Your draft is kept. {answer.text}")
    unused = " The saved reply was not used, since you wrote one." if command.saved else ""
    kept = Answer(text=f"Your draft on #{ground.mention.token} is kept.{unused}")
    answer = ask_review(context, draft) if then == forms.REVIEW else kept
    preview = sections.preview(ground, text, writer)
    return _advised(answer, advice, () if digests.was_previewed(ground, text, writer, shown) else (preview,))


def _show_form(command: DraftReply, context: Context, typed: str) -> Answer:
    if not command.saved:
        return Answer(text="Write your reply, then save it.", form=forms.draw_draft(context.asking))
    if typed:
        said = "What you typed stays. Empty the reply to begin with the saved one."
        return Answer(text=said, form=forms.draw_draft(context.asking, typed))
    ground = reload(context)
    text = sections.saved_text(ground, command.saved, context.person.id)
    if text is None:
        sentence = f"There is no saved reply {command.saved[:80]!r} for {ground.rules.name}."
        raise WrongInput(sentence, {"saved": sentence})
    said = "The saved reply stands in the form. Make it your own, then save it."
    return Answer(text=said, form=forms.draw_draft(context.asking, text))


def _check(ground: Ground, text: str, person_id: int, then: str) -> tuple[Advice, ...]:
    """Return the advice on a text that may be kept.

    Raises:
        WrongInput: It may not be kept at all, or not go further because of what the charter calls binding.
    """
    advice = sections.advice_on(ground, text, person_id)
    wrong = [one for one in advice if one.binding and (one.name in ALWAYS_BINDING or then != forms.KEEP)]
    if wrong:
        sentence = " ".join(one.sentence for one in wrong)
        raise WrongInput(sentence, {"text": sentence})
    return advice


def _keep(context: Context, ground: Ground, text: str, shown: str) -> DraftRow:
    """Write the text down as the actor's living draft, in a new version unless it is the same; it knows what for."""
    person_id, now = context.person.id, context.now
    own = ground.own(person_id)
    if own is None:
        kept = drafts.add(
            context.session,
            token=draw_token(context),
            mention_id=ground.mention.id,
            person_id=person_id,
            text=text,
            now=now,
            digests=shown,
        )
    elif own.state not in EDITABLE:
        raise BotError(f"Your reply to #{ground.mention.token} is on its way out and cannot be changed now.")
    elif own.text == text and own.state != DraftState.CHANGES_REQUESTED:
        kept = own if own.digests == shown else drafts.change(context.session, own, now, digests=shown)
        if kept is not None:
            return kept
    else:
        kept = drafts.edit(context.session, own, text, now, shown)
    if kept is None:
        raise BotError("Your draft is changing this very moment. Please try again.")
    record_step(context, Action.DRAFTED)
    return kept


def _advised(answer: Answer, advice: Sequence[Advice], shown: Sequence[Section]) -> Answer:
    """Say what the checks say of what was kept; and show it as it will stand there, where the form did not."""
    text = " ".join([answer.text, *(one.sentence for one in advice)])
    if not shown:
        return replace(answer, text=text)
    found = (*shown, *((sections.advice_section(advice),) * bool(advice)))
    return replace(answer, text=text, notice=Notice(title=answer.text, text=text, sections=found))


VERB = Verb(
    name="draft",
    label="Draft a reply",
    help="write a reply, which goes out only when somebody who may publishes it",
    command=DraftReply,
    handler=draft_reply,
    when=always,
    ranks={
        Step.NEW: Rank.BUTTON,
        Step.CLAIMED: Rank.MAIN,
        Step.CHANGES: Rank.MAIN,
        Step.SETTLED: Rank.BUTTON,
        Step.IN_REVIEW: Rank.MENU,
        Step.ANSWERED: Rank.MENU,
    },
    form=True,
    key="d",
    draw=forms.draw_draft,
    fields=(
        # One character more than there may be, so that what is too long is refused, and not cut in silence.
        replace(forms.TEXT, required=False, limit=forms.MAX_DRAFT + 1),
        replace(forms.SAVED, hint=""),
        Field(name="then", label="And then", kind="choice", required=False, pressed=True),
    ),
)
