"""Responses: what one person alone is told, after the commit, at most once, and never again if it fails.

Nothing here carries state: an ephemeral cannot be looked up, is gone after a reload, and the card shows what is so.
"""

import asyncio
import logging
from typing import Any

import aiohttp

from bot.chat.base import DeliveryFailed
from bot.chat.kit.text import calm, calm_line
from bot.chat.slack.draw.blocks import Block, plain, press, section
from bot.chat.slack.draw.form import MARK, draw_form, draw_told
from bot.chat.slack.draw.markup import escape_within
from bot.chat.slack.draw.notice import draw_notice
from bot.chat.slack.wire.client import Api, Json, Refused
from bot.chat.slack.wire.forms import Submission
from bot.chat.slack.wire.payloads import Person
from bot.chat.slack.wire.workspace import Workspace
from handlers.base.command import Answer

MOST_TEXT = 3_000
_OPENED_ALREADY = "exchanged_trigger_id"
_TOO_LATE = ("expired_trigger_id", "invalid_trigger_id")

log = logging.getLogger("dibs.slack")


class Telling:
    """Tells people things, privately."""

    def __init__(self, api: Api, workspace: Workspace) -> None:
        self._api = api
        self._workspace = workspace

    def said(self, answer: Answer) -> Json:
        """Return text and blocks of an answer."""
        text = escape_within(calm(answer.text, MOST_TEXT), MOST_TEXT) or "Done."
        if answer.notice is not None:
            return {"text": text, "blocks": draw_notice(answer.notice, self._workspace.url)}
        if answer.offer is not None:
            sentence = section(plain(calm(answer.text, MOST_TEXT)), press(answer.offer))
            return {"text": text, "blocks": [sentence]}
        return {"text": text}

    async def tell(self, person: Person, response_url: str, answer: Answer) -> None:
        """Tell the actor: by the gesture's response_url, else in the channel, else directly."""
        if response_url.startswith(("https://", "http://")):
            await self._respond(response_url, self.said(answer))
        elif person.channel:
            await self.whisper(person, answer)
        else:
            await self._directly(person.account, answer)

    async def whisper(self, person: Person, answer: Answer) -> None:
        """Show something to one person in a channel, or directly when they are not in it."""
        try:
            said = self.said(answer)
            await self._api.call("chat.postEphemeral", channel=person.channel, user=person.account, **said)
        except Refused:
            await self._directly(person.account, answer)

    async def open(self, trigger_id: str, view: Block) -> str:
        """Open a modal; returns why it did not open, or nothing. A repeat finds its trigger used up: it is open."""
        try:
            async with asyncio.timeout(2.5):
                await self._api.call("views.open", trigger_id=trigger_id, view=view)
        except Refused as refused:
            if refused.code == _OPENED_ALREADY:
                return ""
            log.info("Slack did not open a form: %s", refused.code)
            if refused.code in _TOO_LATE:
                return "That took too long, so the form did not open. Please try again."
            return f"Slack did not take the form ({refused.code}). Please tell who looks after Dibs."
        except (DeliveryFailed, TimeoutError):
            return "The form could not be opened just now. Please try again."
        return ""

    async def update(self, view_id: str, seen: str, view: Block) -> None:
        """Change an open modal as it was seen; of two changes at once the later choice brings its own."""
        try:
            await self._api.call("views.update", view_id=view_id, hash=seen, view=view)
        except (Refused, DeliveryFailed) as error:
            log.info("Slack did not change a form: %s", getattr(error, "code", type(error).__name__))

    async def publish(self, person: Person, answer: Answer) -> None:
        """Draw somebody's App Home."""
        blocks = draw_notice(answer.notice, self._workspace.url) if answer.notice else []
        blocks = blocks or [section(plain(calm(answer.text, MOST_TEXT) or "Nothing here yet."))]
        await self._api.call("views.publish", user_id=person.account, view={"type": "home", "blocks": blocks})

    async def _directly(self, account: str, answer: Answer) -> None:
        opened = await self._api.call("conversations.open", users=account)
        room = str(opened["channel"]["id"])
        quiet: Json = {"unfurl_links": False, "unfurl_media": False}
        await self._api.call("chat.postMessage", channel=room, **self.said(answer), **quiet)

    async def _respond(self, response_url: str, said: Json) -> None:
        body = {"response_type": "ephemeral", "replace_original": False, **said}
        try:
            async with self._api.session.post(response_url, json=body, allow_redirects=False) as answer:
                if answer.status >= 300:
                    log.info("Slack did not take an answer: %s", answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("Slack did not take an answer: %s", type(error).__name__)


def answered(sent: Submission, answer: Answer) -> dict[str, Any] | None:
    """Return what a submission is acknowledged with; None closes the form.

    What was typed is never lost by a refusal: it stays with what is wrong beside it, or under the sentence.
    """
    if answer.fields and answer.fields.keys() <= sent.shown.keys():
        return _errors(answer.fields, sent.shown)
    if answer.form is not None:
        again = sent.request_key[-MARK:]
        return {"response_action": "update", "view": draw_form(answer.form, sent.person.channel, again)}
    if answer.ok:
        return None
    return {"response_action": "push" if sent.typed else "update", "view": draw_told(sent.title, answer.text)}


def _errors(fields: dict[str, str], blocks: dict[str, str]) -> dict[str, Any]:
    said = {blocks[name]: calm_line(sentence, 300) for name, sentence in fields.items()}
    return {"response_action": "errors", "errors": said}
