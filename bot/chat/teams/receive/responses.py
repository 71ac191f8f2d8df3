"""Answers: what who pressed is shown in place of the card, or told; everybody else's copy follows by an update.

Whatever we understood, and whatever we refuse, is answered with 200: another status makes Teams show "Something went
wrong" and nothing of what we say.
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from dataclasses import replace

from bot.chat.teams.draw.card import Drawn, draw, draw_card
from bot.chat.teams.draw.elements import SHOW, execute, rich, run
from bot.chat.teams.draw.elements import card as adaptive
from bot.chat.teams.draw.elements import press as button
from bot.chat.teams.draw.form import draw_form, fits_again
from bot.chat.teams.draw.notice import draw_notice
from bot.chat.teams.draw.text import said, said_line
from bot.chat.teams.wire.invoke import CARD, InvokeAnswer
from bot.chat.teams.wire.payloads import Press
from handlers.base.cards import Card, Form, Notice
from handlers.base.command import Answer

REPEATED = "That was done already."
_SENTENCE = 1_000


def answered(press: Press, answer: Answer, tenant: str, *, card: Card | None, form: Form | None = None) -> InvokeAnswer:
    """Return what a press is answered with.

    Args:
        press: What was pressed.
        answer: What came of it.
        tenant: Whose Teams it is, for links to cards.
        card: The mention's card as it stands now, drawn for where it was pressed; None where it has none.
        form: The form that was sent, drawn anew; wanted where ``answer.fields`` says what is wrong with it.

    Returns:
        The form with what was typed and what is wrong beside its fields; or the form that has to be filled in first;
        or the fresh card, with the reason above it when nothing was done, so that who came second reads who was first
        in the card itself, and what they may do instead as its first button; or a sentence.
    """
    again = answer.form or form
    if answer.fields and again is not None and fits_again(press.values):
        lost = [sentence for name, sentence in answer.fields.items() if name not in {one.name for one in again.fields}]
        told = " ".join(lost) if lost else ""
        return InvokeAnswer.card(draw_form(again, typed=press.values, wrong=answer.fields, told=told))
    if answer.fields:
        return told_only(answer.text or REPEATED)  # what was typed stays where it stands
    if answer.form is not None:
        return InvokeAnswer.card(draw_form(answer.form, told="" if answer.ok else answer.text))
    if card is None:
        return told_only(answer.text or REPEATED)
    if answer.offer is not None:
        others = (one for one in card.buttons if one.verb != answer.offer.verb)
        card = replace(card, buttons=(answer.offer, *others))
    return InvokeAnswer.card(draw_card(card, tenant, told="" if answer.ok else answer.text))


def opened(form: Form | Answer) -> InvokeAnswer:
    """Return the form that a press asked for, or why there is none."""
    return told_only(form.text) if isinstance(form, Answer) else InvokeAnswer.card(draw_form(form))


def told_only(text: str) -> InvokeAnswer:
    """Return a sentence that leaves the card as it stands."""
    return InvokeAnswer.sentence(said_line(text, _SENTENCE) or "Done.")


def reply(answer: Answer, tenant: str) -> Drawn:
    """Return an answer as a message of its own: to what was typed, and to clients that show no card as an answer."""
    if answer.form is not None:
        return Drawn(said_line(answer.text, _SENTENCE) or answer.form.title, draw_form(answer.form, told=answer.text))
    if answer.notice is not None:
        return draw(answer.notice, tenant)
    text = said(answer.text, _SENTENCE) or "Done."
    if answer.offer is not None:
        return Drawn(said_line(text, _SENTENCE), adaptive([rich(run(text))], [button(answer.offer)]))
    return Drawn(said_line(text, _SENTENCE), text=text)


def noticed(press: Press, notice: Notice, tenant: str) -> InvokeAnswer:
    """Return lines that a press brought, in place of the card, with the way back to it."""
    drawn = draw_notice(notice, tenant)
    if press.reference is not None:
        value = f"{press.reference.token}.{press.reference.version or 0}"
        drawn["actions"] = [execute(SHOW, value, "Back to the card")]
    return InvokeAnswer.card(drawn)


def as_message(answer: InvokeAnswer) -> Drawn:
    """Return what an invoke is answered with as a message, for clients that know no invoke."""
    value = answer.body["value"]
    return Drawn("Dibs", value) if answer.body["type"] == CARD else Drawn(str(value), text=str(value))
