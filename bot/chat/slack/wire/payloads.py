"""Payloads: what a payload of Slack's says, as plain values; what has another shape is refused as a whole.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events. Nothing here decides
anything: who may act and what follows is for handlers. The request keys are what makes two deliveries the same.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.slack.draw.blocks import AGAIN, OPEN, read_pressed
from bot.chat.slack.draw.form import FORM
from bot.chat.slack.wire.client import Json
from handlers.base.cards import Field
from handlers.base.command import ByCard, ByToken, read_value
from handlers.base.verb import On, Verb
from handlers.verbs import OFFERED, VERBS

# The callback ids of our message shortcuts: this, and the name of a verb.
SHORTCUT = "dibs_"
_SHORTCUTS = {f"{SHORTCUT}{verb.name}": verb for verb in VERBS if verb.shortcut}
TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}", re.ASCII)
_MOST = 4_000
# Of a view that comes with a payload, what a view that is sent may have; Slack adds ids and states of its own.
_SENT_BACK = ("type", "callback_id", "private_metadata", "title", "submit", "close", "blocks")


class Malformed(ValueError):
    """A payload that Slack would not send; nothing of it is quoted."""


class NotOurs(Malformed):
    """It has the shape of a form of ours, and carries what we never wrote: from an older release, or made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account as the payload names it.

    Attributes:
        team: Its workspace, where the payload says so.
        certain: The payload would have said if they were from outside.
        retried: If we cannot know who it is, Slack will ask again.
    """

    account: str
    team: str = ""
    name: str = ""
    channel: str = ""
    certain: bool = False
    retried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button or a choice in an overflow menu; ``verb`` is empty where there is nothing to do.

    Attributes:
        strange: It calls itself one of ours, and carries a verb or a value that is none.
    """

    person: Person
    verb: str
    reference: ByToken | None
    request_key: str
    trigger_id: str
    response_url: str
    whispered: bool
    at_home: bool
    strange: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """A message shortcut that was used on a card."""

    person: Person
    card: ByCard
    request_key: str
    response_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """An emoji on a message, set or taken away; without its skin tone."""

    person: Person
    card: ByCard
    emoji: str
    added: bool
    at: float
    request_key: str


def string(payload: Any, *path: str, needed: bool = True) -> str:
    """Return a text of the payload.

    Raises:
        Malformed: It is not there (if ``needed``), not a text, or longer than anything of its kind.
    """
    for name in path:
        if payload is not None and not isinstance(payload, dict):
            raise Malformed
        payload = payload.get(name) if payload is not None else None
    if payload is None and not needed:
        return ""
    if not isinstance(payload, str) or len(payload) > _MOST or (needed and not payload):
        raise Malformed
    return payload


def read_press(body: Json) -> Press:
    """Read a block_actions payload."""
    chosen = body.get("actions")
    if not isinstance(chosen, list) or not chosen or not isinstance(chosen[0], dict):
        raise Malformed
    action: Json = chosen[0]
    action_id = string(action, "action_id")
    verb, value = action_id.removeprefix("dibs:"), string(action, "value", needed=False)
    if action.get("selected_option") is not None:  # of a menu, whatever its action is called
        verb, _, value = string(action, "selected_option", "value").partition(" ")
    ours = OFFERED.get(verb) if action_id != OPEN else None
    about = read_pressed(value) if ours and ours.on == On.MENTION else None
    strange = action_id != OPEN and (ours is None or (ours.on == On.MENTION and about is None))
    person = interactive_person(body)
    view = string(body, "container", "view_id", needed=False)
    place = view or f"{person.channel}:{string(body, 'container', 'message_ts', needed=False)}"
    stamp = string(action, "action_ts", needed=False)
    container = body.get("container")
    return Press(
        person=person,
        verb=verb if ours and not strange else "",
        reference=about,
        request_key=f"button:{place}:{action_id}:{person.account}:{stamp}",
        trigger_id=string(body, "trigger_id", needed=False),
        response_url=string(body, "response_url", needed=False),
        whispered=isinstance(container, dict) and container.get("is_ephemeral") is True,
        at_home=string(body, "view", "type", needed=False) == "home",
        strange=strange,
    )


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
        shown[name] = str(block_id)
        entry = next(iter(entries.values()))
        typed = typed or bool(string(entry, "value", needed=False))
        if chosen := string(entry, "selected_user", needed=False):
            people[name] = chosen
        elif text := string(entry, "value", needed=False) or string(entry, "selected_option", "value", needed=False):
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
        values=values,
        people=people,
        shown=shown,
        typed=typed,
        request_key=f"form:{string(body, 'view', 'id')}:{digest}",
    )


def _given(carried: Any) -> dict[str, str]:
    """Return what a form held that nobody was asked for."""
    given = carried.get("given", {}) if isinstance(carried, dict) else {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Malformed
    return dict(given)


def shortcut_of(body: Json) -> Verb | None:
    """Return the verb of a message_action payload; None when it is none of ours."""
    return _SHORTCUTS.get(string(body, "callback_id"))


def read_shortcut(body: Json) -> Pointed:
    """Read a message_action payload."""
    person = interactive_person(body)
    return Pointed(
        person=person,
        card=ByCard("slack", person.channel, string(body, "message", "ts")),
        request_key=f"shortcut:{string(body, 'trigger_id')}",
        response_url=string(body, "response_url", needed=False),
    )


def read_reaction(event: Json) -> Reacted | None:
    """Read a reaction event; None when it is not on a message."""
    if string(event, "item", "type", needed=False) != "message":
        return None
    channel, ts = string(event, "item", "channel"), string(event, "item", "ts")
    account, name = string(event, "user"), string(event, "reaction")
    added, at = string(event, "type") == "reaction_added", string(event, "event_ts")
    if not TIMESTAMP.fullmatch(at):
        raise Malformed
    return Reacted(
        person=Person(account=account, channel=channel, retried=True),
        card=ByCard("slack", channel, ts),
        emoji=name.split("::", 1)[0],
        added=added,
        at=float(at),
        request_key=f"reaction:{channel}:{ts}:{account}:{name}:{'added' if added else 'removed'}:{at}",
    )


def read_slasher(body: Json) -> Person:
    """Read who typed a slash command."""
    return Person(
        account=string(body, "user_id"),
        team=string(body, "team_id", needed=False),
        name=string(body, "user_name", needed=False),
        channel=string(body, "channel_id", needed=False),
    )


def _about(carried: Json) -> ByToken:
    """Read what our forms carry.

    Raises:
        NotOurs: It is none of ours.
    """
    about = read_value(string(carried, "value"), string(carried, "shown", needed=False))
    if about is None:
        raise NotOurs
    return about


def interactive_person(body: Json) -> Person:
    """Read who acted, where and from where."""
    return Person(
        account=string(body, "user", "id"),
        team=string(body, "user", "team_id", needed=False),
        name=string(body, "user", "name", needed=False) or string(body, "user", "username", needed=False),
        channel=string(body, "channel", "id", needed=False),
        certain=bool(string(body, "user", "team_id", needed=False)),
    )
