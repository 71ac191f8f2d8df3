"""Modals: a form of fields, and a few words where a form cannot be. https://docs.slack.dev/surfaces/modals

A block's id is the field's name, so that what was typed and what is wrong with it find their way back. A form that is
drawn again in the same modal gets ids of its own (``again``), because Slack keeps what was typed where the ids stay,
and would never show what we put there: https://docs.slack.dev/reference/views/modal-views
"""

import json

from bot.chat.kit.form_fields import asked, hint, impossible, is_long
from bot.chat.kit.text import calm, calm_line
from bot.chat.slack.draw.blocks import AGAIN, Block, plain, section
from bot.chat.slack.draw.form_sections import MOST_BLOCKS, draw_beside
from handlers.base.cards import Field, Form

FORM = "dibs:form"
TOLD = "dibs:told"
_TITLE = 24
TYPED = 3_000
_ABOVE = 3
MARK = 8
_OPTIONS = 100


def draw_form(form: Form, channel: str = "", again: str = "") -> Block:
    """Draw a form as a modal; one that cannot be filled in here says so instead.

    ``channel`` is where it was asked for: a submission does not say, and it is the department of who is new here.
    """
    if why := impossible(form, TYPED, where="Slack", desk="/dibs desk"):
        return draw_told(form.title, why)
    above, below = _around(form)
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(_carried(form, channel)),
        "title": plain(calm_line(form.title, _TITLE) or "Dibs"),
        "submit": plain(form.submit[:_TITLE]),
        "close": plain("Cancel"),
        "blocks": [*above, *(_input(one, again) for one in asked(form)), *below],
    }


def _carried(form: Form, channel: str) -> dict[str, str]:
    """Return what comes back with the form; of what it shows, only where it shows something."""
    carried = {"verb": form.verb, "value": form.value, "channel": channel}
    return carried | ({"shown": form.shown} if form.shown else {})


def _around(form: Form) -> tuple[list[Block], list[Block]]:
    """Return what stands above and below the fields.

    Who decides reads all of it first. Who writes has the post above, and their own text not far below it.
    """
    about = calm_line(form.about, 500)
    if not form.beside:
        return [section(plain(about))] if about else [], []
    if not any(is_long(field, TYPED) for field in form.fields):
        return [block for part in draw_beside(form.beside) for block in part], []
    (first,) = draw_beside(form.beside[:1], _ABOVE)
    rest = draw_beside(form.beside[1:])
    return first, [block for part in rest for block in part][: MOST_BLOCKS - len(first)]


def draw_told(title: str, sentence: str) -> Block:
    """Draw a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": TOLD,
        "title": plain(calm_line(title, _TITLE) or "Dibs"),
        "close": plain("Close"),
        "blocks": [section(plain(calm(sentence, 2_900) or "Done."))],
    }


def _input(field: Field, again: str) -> Block:
    block: Block = {
        "type": "input",
        "block_id": f"{field.name}{AGAIN}{again}" if again else field.name,
        "label": plain(field.label),
        "element": _element(field),
        "optional": not field.required,
    }
    said = hint(field, TYPED)
    return block | ({"hint": plain(said[:2_000])} if said else {})


def _element(field: Field) -> Block:
    if field.kind == "person":
        return {"type": "users_select", "action_id": field.name}
    if field.kind == "choice":
        options = [
            {"text": plain(calm_line(one.label, 75) or one.value[:75]), "value": one.value[:150]}
            for one in field.choices[:_OPTIONS]
        ]
        menu: Block = {"type": "static_select", "action_id": field.name, "options": options}
        initial = [one for one in options if one["value"] == field.initial]
        return menu | ({"initial_option": initial[0]} if initial else {})
    typed: Block = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.kind == "text",
        "max_length": min(field.limit, TYPED),
    }
    return typed | ({"initial_value": field.initial[: min(field.limit, TYPED)]} if field.initial else {})
