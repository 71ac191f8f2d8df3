"""Forms: what a payload of Slack's says that comes from a form of ours: one that is open, or one that was sent.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload. What has another shape is refused as a
whole; what has the shape, and carries what we never wrote, is told apart, so that who sent it hears of it.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.chat.kit.moments import field_of, merged
from bot.chat.slack.draw.blocks import AGAIN
from bot.chat.slack.draw.form import FORM
from bot.chat.slack.wire.client import Json
from bot.chat.slack.wire.payloads import Malformed, Person, interactive_person, string
from handlers.base.cards import Field
from handlers.base.command import ByToken, read_value
from handlers.base.verb import On
from handlers.verbs import OFFERED

# Of a view that comes with a payload, what a view that is sent may have; Slack adds ids and states of its own.
_SENT_BACK = ("type", "callback_id", "private_metadata", "title", "submit", "close", "blocks")
# A picked moment is a number of ten digits: seconds since 1970.
# https://docs.slack.dev/reference/block-kit/block-elements/datetime-picker-element
_SECONDS = range(10**9, 10**10)


class NotOurs(Malformed):
    """It has the shape of a form of ours, and carries what we never wrote: from an older release, or made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form that was sent; people are accounts still.

    Attributes:
        reference: None for a form that is about no mention.
        shown: The fields that it had, with the ids of their blocks.
        typed: Something was written, and not only chosen.
    """

    person: Person
    verb: str
    title: str
    reference: ByToken | None
    values: dict[str, str]
    people: dict[str, str]
    shown: dict[str, str]
    typed: bool
    request_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A choice that was made in a form that is open, before it is sent.

    Attributes:
        field: As the verb knows it.
        label: The words of what was chosen.
        view: The form as it stands, to be sent back with something changed.
        hash: What tells that nobody changed it since.
        typed: What stands in its other fields, by name.
    """

    person: Person
    verb: str
    reference: ByToken | None
    field: Field
    value: str
    label: str
    view: Json
    view_id: str
    hash: str
    typed: dict[str, str]


def read_picked(body: Json) -> Picked | None:
    """Read a block_actions payload from within a form of ours; None where it is from elsewhere."""
    view = body.get("view")
    if not isinstance(view, dict) or view.get("callback_id") != FORM:
        return None
    try:
        ours = json.loads(string(view, "private_metadata"))
        action, values = body["actions"][0], view["state"]["values"]
        name = string(action, "block_id").partition(AGAIN)[0]
        typed = {str(block).partition(AGAIN)[0]: _entry(one) for block, one in values.items()}
        sent = {part: view[part] for part in _SENT_BACK if view.get(part) is not None}
        whole = all(isinstance(block, dict) for block in sent["blocks"])
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise Malformed from None
    verb = OFFERED.get(string(ours, "verb"))
    field = next((one for one in verb.fields if one.name == name), None) if verb else None
    if verb is None or field is None or not whole:
        raise Malformed
    return Picked(
        person=replace(interactive_person(body), channel=string(ours, "channel", needed=False)),
        verb=verb.name,
        reference=_about(ours) if verb.on == On.MENTION else None,
        field=field,
        value=string(action, "selected_option", "value", needed=False),
        label=string(action, "selected_option", "text", "text", needed=False),
        view=sent,
        view_id=string(view, "id"),
        hash=string(view, "hash"),
        typed=typed,
    )


def mark(picked: Picked) -> str:
    """Return what tells the block of a field that was filled from the one that it was before."""
    return hashlib.sha256(f"{picked.hash}:{picked.value}".encode()).hexdigest()[:8]


def _entry(entries: Any) -> str:
    """Return what was typed into a field, where something can be."""
    return string(next(iter(entries.values())), "value", needed=False)


def read_submission(body: Json) -> Submission:
    """Read a view_submission payload; the key covers what was typed, so a corrected form is a new gesture."""
    try:
        ours = json.loads(string(body, "view", "private_metadata"))
        state = body["view"]["state"]["values"]
        blocks = list(state.items())
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise Malformed from None
    values = _given(ours)
    people: dict[str, str] = {}
    shown: dict[str, str] = {}
    typed = False
    for block_id, entries in blocks:
        if not isinstance(entries, dict) or len(entries) != 1:
            raise Malformed
        name = str(block_id).partition(AGAIN)[0]
        entry = next(iter(entries.values()))
        shown |= {name: str(block_id)} if "." not in name else {}
        shown.setdefault(field_of(name), str(block_id))
        typed = typed or bool(string(entry, "value", needed=False))
        if chosen := string(entry, "selected_user", needed=False):
            people[name] = chosen
        elif text := _said(entry):
            values[name] = text
    verb = string(ours, "verb")
    if verb not in OFFERED:
        raise NotOurs
    about = _about(ours) if OFFERED[verb].on == On.MENTION else None
    digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    return Submission(
        person=replace(interactive_person(body), channel=string(ours, "channel", needed=False)),
        verb=verb,
        title=string(body, "view", "title", "text", needed=False),
        reference=about,
        values=merged(values),
        people=people,
        shown=shown,
        typed=typed,
        request_key=f"form:{string(body, 'view', 'id')}:{digest}",
    )


def _said(entry: Any) -> str:
    """Return what a field holds: what was typed, chosen or picked."""
    moment = entry.get("selected_date_time")
    if moment is None:
        return string(entry, "value", needed=False) or string(entry, "selected_option", "value", needed=False)
    if type(moment) is not int or moment not in _SECONDS:
        raise Malformed
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _given(carried: Any) -> dict[str, str]:
    """Return what a form held that nobody was asked for."""
    given = carried.get("given", {}) if isinstance(carried, dict) else {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Malformed
    return dict(given)


def _about(carried: Json) -> ByToken:
    """Read what our forms carry.

    Raises:
        NotOurs: It is none of ours.
    """
    about = read_value(string(carried, "value"), string(carried, "shown", needed=False))
    if about is None:
        raise NotOurs
    return about
