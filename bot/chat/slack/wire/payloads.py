"""Payloads: what a payload of Slack's says, as plain values; what has another shape is refused as a whole.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events. Nothing here decides
anything: who may act and what follows is for handlers. The request keys are what makes two deliveries the same.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.draw.blocks import OPEN, read_pressed
from bot.chat.slack.wire.client import Json
from handlers.base.command import ByCard, ByToken
from handlers.base.verb import On, Verb
from handlers.verbs import OFFERED, VERBS

# The callback ids of our message shortcuts: this, and the name of a verb.
SHORTCUT = "dibs_"
_SHORTCUTS = {f"{SHORTCUT}{verb.name}": verb for verb in VERBS if verb.shortcut}
TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}", re.ASCII)
_MOST = 4_000


class Malformed(ValueError):
    """A payload that Slack would not send; nothing of it is quoted."""


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


def interactive_person(body: Json) -> Person:
    """Read who acted, where and from where."""
    return Person(
        account=string(body, "user", "id"),
        team=string(body, "user", "team_id", needed=False),
        name=string(body, "user", "name", needed=False) or string(body, "user", "username", needed=False),
        channel=string(body, "channel", "id", needed=False),
        certain=bool(string(body, "user", "team_id", needed=False)),
    )
