"""Invokes: what somebody who waits has pressed, and what they are answered with.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.teams.wire.activity import Incoming, Kind

ACTION = "adaptiveCard/action"
CARD = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"
_LONGEST_VERB = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An Action.Execute that was pressed, or a card that refreshes itself (``manual`` is false).

    Attributes:
        data: What our card carried, and what was typed into its fields; it comes from the client.
    """

    verb: str
    data: Mapping[str, Any]
    manual: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeAnswer:
    """What an invoke is answered with; the status is that of the HTTP answer, which is 200 for whatever was heard."""

    body: Mapping[str, Any]
    status: int = 200

    @classmethod
    def card(cls, card: Mapping[str, Any]) -> "InvokeAnswer":
        """Show a card in place of the one that was pressed, to who pressed."""
        return cls(body={"statusCode": 200, "type": CARD, "value": card})

    @classmethod
    def sentence(cls, text: str) -> "InvokeAnswer":
        """Tell who pressed a sentence."""
        return cls(body={"statusCode": 200, "type": SENTENCE, "value": text})


Hear = Callable[[Incoming], Awaitable[InvokeAnswer | None]]


def is_action(incoming: Incoming) -> bool:
    """Say whether somebody pressed an Action.Execute, readable or not."""
    return incoming.kind == Kind.INVOKE and incoming.name == ACTION


def read_action(incoming: Incoming) -> Action | None:
    """Read what an Action.Execute sends; None when it lacks what every one has."""
    action = incoming.value.get("action")
    if not is_action(incoming) or not isinstance(action, Mapping) or action.get("type") != "Action.Execute":
        return None
    verb, data = action.get("verb"), action.get("data", {})
    if not isinstance(verb, str) or not 0 < len(verb) <= _LONGEST_VERB or not isinstance(data, Mapping):
        return None
    return Action(verb=verb, data=data, manual=incoming.value.get("trigger") != "automatic")
