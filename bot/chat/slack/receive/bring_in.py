"""Bring in: a message that a colleague pointed at, because of the post that it links to.

https://docs.slack.dev/interactivity/implementing-shortcuts#messages. Only what stands in the message itself is read,
and only because a person pointed at it; nobody reads along in a channel.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.draw.markup import unescape
from bot.chat.slack.wire.client import Json
from bot.chat.slack.wire.payloads import Person, interactive_person, string
from bot.chat.slack.wire.typed import neutral

_MOST_SAID = 10_000
_MOST_ADDRESS = 4_000
# Slack marks what it took for a link: <https://forum.example/7> or <https://forum.example/7|forum.example/7>.
_LINK = re.compile(r"<(https?://[^<>|\s]{1,2100})(?:\|[^<>]{0,2100})?>")
_ACCOUNT = re.compile(r"<[@!#][^<>]{1,200}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A message that was pointed at because of a post that it links to, or tells of."""

    person: Person
    url: str
    text: str
    request_key: str
    trigger_id: str
    response_url: str


def read_brought(body: Json) -> Brought:
    """Read a message_action payload for what its message says: the first link in it, and the rest as text.

    What another app posted has its words in attachments: there the address from which they were taken counts.
    """
    message = body.get("message")
    raw = message.get("text") if isinstance(message, dict) else None
    text = raw[:_MOST_SAID] if isinstance(raw, str) else ""
    found = _LINK.search(text)
    url = unescape(found[1]) if found else _attached(message)
    said = text.replace(found[0], "", 1) if found else text
    return Brought(
        person=interactive_person(body),
        url=url,
        text=neutral(_ACCOUNT.sub("@…", said), "")[0].strip(),
        request_key=f"shortcut:{string(body, 'trigger_id')}",
        trigger_id=string(body, "trigger_id"),
        response_url=string(body, "response_url", needed=False),
    )


def _attached(message: Any) -> str:
    attachments = message.get("attachments") if isinstance(message, dict) else None
    for one in attachments if isinstance(attachments, list) else ():
        for name in ("original_url", "from_url", "title_link"):
            value = one.get(name) if isinstance(one, dict) else None
            if isinstance(value, str) and value.startswith(("https://", "http://")):
                return value[:_MOST_ADDRESS]
    return ""
