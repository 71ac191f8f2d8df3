"""How the tests of the fake Slack ask it: through Slack's own SDK, with cards of a few lines."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.slack.server import BOT_TOKEN, FakeSlack

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


def client(slack: FakeSlack, token: str = BOT_TOKEN, timeout: int = 60) -> WebClient:
    return WebClient(token=token, base_url=f"{slack.base_url}/api/", timeout=timeout, retry_handlers=[])


def refused(call: Any, **arguments: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return caught.value.response


def post(slack: FakeSlack, channel: str, text: str = "Hello.", **arguments: Any) -> Any:
    return client(slack).chat_postMessage(channel=channel, text=text, **QUIET, **arguments)


def section(text: str = "Hello.", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "dibs:claim", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Claim"}, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def modal(**more: Any) -> dict[str, Any]:
    title = {"type": "plain_text", "text": "Snooze"}
    return {"type": "modal", "title": title, "blocks": [section()], **more}
