"""Modals: a form of fields, and a few words where a form cannot be. https://docs.slack.dev/surfaces/modals

A block's id is the field's name, so that what was typed and what is wrong with it find their way back.
"""

import json
from typing import Any

from bot.chat.slack.blocks import Block, plain, section
from bot.chat.slack.text import calm, calm_line
from handlers.cards import Field, Form

FORM = "dibs:form"
TOLD = "dibs:told"
_TITLE = 24
_TYPED = 3_000
_OPTIONS = 100


def draw_form(form: Form, channel: str = "") -> Block:
    """Draw a form as a modal; one whose choice has nothing to choose says so instead.

    ``channel`` is where it was asked for: a submission does not say, and it is the department of who is new here.
    """
    for field in form.fields:
        if field.kind == "choice" and not field.choices and field.required:
            return draw_told(form.title, f"There is no {field.label.lower()} to choose.")
    about = calm_line(form.about, 500)
    blocks: list[Block] = [section(plain(about))] if about else []
    # An optional choice without options is an input that Slack refuses, and nothing is lost without it.
    blocks += [_input(field) for field in form.fields if field.kind != "choice" or field.choices]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps({"verb": form.verb, "value": form.value, "channel": channel}),
        "title": plain(calm_line(form.title, _TITLE) or "Dibs"),
        "submit": plain(form.submit[:_TITLE]),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def draw_told(title: str, sentence: str) -> Block:
    """Draw a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": TOLD,
        "title": plain(calm_line(title, _TITLE) or "Dibs"),
        "close": plain("Close"),
        "blocks": [section(plain(calm(sentence, 2_900) or "Done."))],
    }


def _input(field: Field) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label),
        "element": _element(field),
        "optional": not field.required,
    }
    return block | ({"hint": plain(field.hint[:2_000])} if field.hint else {})


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
        "max_length": min(field.limit, _TYPED),
    }
    return typed | ({"initial_value": field.initial[: field.limit]} if field.initial else {})


def errors(fields: dict[str, str]) -> dict[str, Any]:
    """Return the answer to a submission that shows what is wrong beside each field."""
    return {"response_action": "errors", "errors": {name: calm_line(said, 300) for name, said in fields.items()}}


def refused(title: str, sentence: str) -> dict[str, Any]:
    """Return the answer to a submission that puts a sentence where the form was."""
    return {"response_action": "update", "view": draw_told(title, sentence)}
