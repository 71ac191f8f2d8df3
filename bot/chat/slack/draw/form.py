"""Modals: a form of fields, and a few words where a form cannot be. https://docs.slack.dev/surfaces/modals

A block's id is the field's name, so that what was typed and what is wrong with it find their way back. A form that is
drawn again in the same modal gets ids of its own (``again``), because Slack keeps what was typed where the ids stay,
and would never show what we put there: https://docs.slack.dev/reference/views/modal-views

A modal has one button. Where a form is sent by one of several choices, we hear of each choice as it is made
(``dispatch_action``, https://docs.slack.dev/reference/block-kit/blocks/input-block) and the button takes its words;
where a saved reply is chosen, it comes into its field. Such an update is the very view that the person looks at with
that one thing changed, so what they typed, and what they read, stays.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.chat.kit.form_fields import asked, hint, impossible, is_long, sending, settled
from bot.chat.kit.moments import COUNTS, OR_ANOTHER, OTHER
from bot.chat.kit.text import calm, calm_line
from bot.chat.slack.draw.blocks import AGAIN, Block, context, plain, section
from bot.chat.slack.draw.form_sections import MOST_BLOCKS, draw_beside
from handlers.base.cards import Choice, Field, Form

FORM = "dibs:form"
TOLD = "dibs:told"
_TITLE = 24
TYPED = 3_000
_ABOVE = 3
MARK = 8
_OPTIONS = 100
_RADIOS = 10
_PRINCIPLE = 160
_ANEW = "As you saved it last; it is shown anew when you save."


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
        "submit": plain(calm_line(sending(form), _TITLE)),
        "close": plain("Cancel"),
        "blocks": [*above, *(block for one in asked(form) for block in _field(form, one, again)), *below],
    }


def _carried(form: Form, channel: str) -> Block:
    """Return what comes back with the form; of what it shows and settles, only where there is something."""
    carried: Block = {"verb": form.verb, "value": form.value, "channel": channel}
    carried |= {"shown": form.shown} if form.shown else {}
    known = settled(form)
    return carried | ({"given": known} if known else {})


def _field(form: Form, field: Field, again: str) -> Iterator[Block]:
    """Draw a field, under what the organisation stands by where a reply is written in it."""
    principles = [said for one in form.principles if (said := calm_line(one, _PRINCIPLE))]
    if field.name == form.previewed and principles:
        yield context(plain("\n".join(principles)))
    if field.kind == "time":
        yield from _moment(field, again)
    else:
        yield _input(field, again)


def _moment(field: Field, again: str) -> Iterator[Block]:
    """Draw a moment: what is usual to choose from, and a picker, which shows the zone of whoever looks at it."""
    if field.choices:
        yield _input(replace(field, required=False), again)
    other = {"type": "datetimepicker", "action_id": f"{field.name}{OTHER}"}
    yield {
        "type": "input",
        "block_id": f"{field.name}{OTHER}",
        "label": plain(OR_ANOTHER if field.choices else field.label),
        "element": other,
        "optional": bool(field.choices) or not field.required,
        **({"hint": plain(COUNTS)} if field.choices else {}),
    }


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
    shown = [one for one in form.preview if one.preview is None or one.preview.text]
    rest = draw_beside([*shown, *form.beside[1:]])
    anew = [context(plain(_ANEW))] * any(one.preview for one in shown)
    return first, [*anew, *(block for part in rest for block in part)][: MOST_BLOCKS - len(first)]


def relabelled(view: Block, label: str) -> Block:
    """Return an open form whose button says what it does now."""
    return {**view, "submit": plain(calm_line(label, _TITLE))}


def filled(view: Block, field: Field, text: str, typed: str, again: str) -> Block:
    """Return an open form in which a saved reply was chosen: it stands in its field, unless somebody typed there."""
    blocks = [dict(block) for block in view["blocks"]]
    target = next((one for one in blocks if _name_of(one) == field.fills), None)
    chooser = next((one for one in blocks if _name_of(one) == field.name), None)
    if target is None or chooser is None:
        return view
    ours = AGAIN in str(target["block_id"]) and typed == target["element"].get("initial_value", "")
    if typed.strip() and not ours:
        chooser["hint"] = plain("What you typed stays. Empty the reply, then choose again.")
    elif len(text) > TYPED:
        chooser["hint"] = plain(f"That one is longer than the {TYPED:,} characters of a form in Slack: use the desk.")
    else:
        chooser["hint"] = plain("It stands in the reply. Make it your own.")
        target["block_id"] = f"{field.fills}{AGAIN}{again}"
        target["element"] = {**target["element"], "initial_value": text}
    return {**view, "blocks": blocks}


def _name_of(block: Block) -> str:
    return str(block.get("block_id", "")).partition(AGAIN)[0] if block.get("type") == "input" else ""


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
    block |= {"dispatch_action": True} if field.pressed or field.fills else {}
    said = hint(field, TYPED)
    return block | ({"hint": plain(said[:2_000])} if said else {})


def _element(field: Field) -> Block:
    if field.kind == "person":
        return {"type": "users_select", "action_id": field.name}
    if field.kind in ("choice", "time"):
        options = _options(field.choices)
        plainly = field.pressed or field.kind == "time"
        kind = "radio_buttons" if plainly and len(options) <= _RADIOS else "static_select"
        menu: Block = {"type": kind, "action_id": field.name, "options": options}
        initial = [one for one in options if one["value"] == field.initial]
        return menu | ({"initial_option": initial[0]} if initial else {})
    typed: Block = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.kind == "text",
        "max_length": min(field.limit, TYPED),
    }
    return typed | ({"initial_value": field.initial[: min(field.limit, TYPED)]} if field.initial else {})


def _options(choices: Sequence[Choice]) -> list[Block]:
    return [
        {"text": plain(calm_line(one.label, 75) or one.value[:75]), "value": one.value[:150]}
        for one in choices[:_OPTIONS]
    ]
