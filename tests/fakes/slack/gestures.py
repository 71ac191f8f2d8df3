"""Sending gestures to the bot, signed over HTTP or through its socket, and timing every acknowledgement.

An acknowledgement's body is applied as Slack applies it: a slash command's answer is shown, a modal is closed,
kept with its errors, replaced or covered by another.
"""

import asyncio
import hashlib
import hmac
import io
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from tests.fakes.slack import methods_views as views
from tests.fakes.slack.blocks import prepare_blocks, prepare_view
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.payloads import Gesture
from tests.fakes.slack.records import Json
from tests.fakes.slack.socketmode import SocketHub
from tests.fakes.slack.workspace import Workspace
from tests.harness.bare import bare
from tests.harness.patience import HANG_SECONDS

LATE_SECONDS = 3.0
_REASONS = ("http_timeout", "http_error", "connection_failed")


@dataclass(frozen=True, kw_only=True)
class Ack:
    """How the bot acknowledged a gesture. ``status`` 0: not at all, and ``error`` says why."""

    gesture: Gesture
    status: int
    body: bytes
    seconds: float
    error: str = ""
    repeats: tuple["Ack", ...] = ()

    @property
    def ok(self) -> bool:
        """Whether Slack would take it as acknowledged."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


@dataclass
class Sender:
    """Sends gestures and keeps their acknowledgements. Lives in the server's loop."""

    workspace: Workspace
    hub: SocketHub
    signing_secret: str
    session: aiohttp.ClientSession
    url: str = ""

    def __post_init__(self) -> None:
        self.acks: list[Ack] = []
        self.late: list[Ack] = []

    def sign(self, body: bytes, timestamp: int | str | None = None) -> dict[str, str]:
        """Return the headers that prove a body is Slack's."""
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}

    async def send(self, gesture: Gesture, *, repeat: int = 1, at_once: bool = False, fresh_ids: bool = False) -> Ack:
        """Send a gesture ``repeat`` times; see ``FakeSlack.send``."""
        with self.workspace.lock:
            if gesture.trigger_id:
                self.workspace.triggers[gesture.trigger_id].issued = time.monotonic()
        jobs = [
            self._once(_again(gesture, fresh_ids and number > 0), 0 if fresh_ids else number)
            for number in range(repeat)
        ]
        acks = list(await asyncio.gather(*jobs)) if at_once else [await job for job in jobs]
        return replace(acks[0], repeats=tuple(acks))

    async def gather(self, gestures: Sequence[Gesture]) -> list[Ack]:
        """Send different gestures at the same moment."""
        return list(await asyncio.gather(*(self.send(gesture) for gesture in gestures)))

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send any bytes with any headers to the bot: for what is unsigned, stale or broken."""
        async with self.session.post(self.url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.read()

    async def _once(self, gesture: Gesture, retry: int) -> Ack:
        with bare().beside() as beside:
            start = time.monotonic()
            status, body, error = await self._answer(gesture, retry)
            seconds = time.monotonic() - start
            late = seconds > LATE_SECONDS and seconds > beside.allowed(LATE_SECONDS, start)
        ack = Ack(gesture=gesture, status=status, body=body, error=error, seconds=seconds)
        with self.workspace.lock:
            self.acks.append(ack)
            if late:
                self.late.append(ack)
            if ack.ok:
                _apply(self.workspace, ack)
        return ack

    async def _answer(self, gesture: Gesture, retry: int) -> tuple[int, bytes, str]:
        try:
            if self.hub.connected:
                async with asyncio.timeout(HANG_SECONDS):
                    answer = await self.hub.send(gesture.kind, gesture.payload, retry=retry)
                payload = answer.get("payload")
                return 200, json.dumps(payload).encode() if payload else b"", ""
            return *(await self.post(gesture.body(), self._headers(gesture, retry))), ""
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            return 0, b"", f"{type(problem).__name__}: {problem}"

    def _headers(self, gesture: Gesture, retry: int) -> dict[str, str]:
        headers = self.sign(gesture.body()) | {
            "content-type": gesture.content_type,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry and gesture.kind == "events_api":
            reason = _REASONS[retry % len(_REASONS)]
            headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason}
        return headers


def _again(gesture: Gesture, fresh: bool) -> Gesture:
    if not fresh or gesture.kind != "events_api":
        return gesture
    return replace(gesture, payload=gesture.payload | {"event_id": f"Ev{secrets.token_hex(5).upper()}"})


def _apply(workspace: Workspace, ack: Ack) -> None:
    answer: Any = ack.json
    try:
        if ack.gesture.kind == "slash_commands":
            _show_answer(workspace, ack, answer)
        elif ack.gesture.view_id:
            _answer_view(workspace, ack, answer if isinstance(answer, dict) else {})
    except Refused as refused:
        workspace.violate("bad_ack", f"{ack.gesture.name}: {refused.error} {refused.extra}")


def _show_answer(workspace: Workspace, ack: Ack, answer: Any) -> None:
    if not ack.body.strip():
        return
    form: Json = answer if isinstance(answer, dict) else {"text": ack.body.decode()}
    blocks = prepare_blocks(form["blocks"]) if form.get("blocks") else []
    text = str(form.get("text", ""))
    channel = ack.gesture.payload["channel_id"]
    if form.get("response_type") == "in_channel":
        workspace.put(workspace.channels[channel], text=text, blocks=blocks)
    elif text or blocks:
        workspace.whisper(ack.gesture.user, channel, "ack", text, blocks)


def _answer_view(workspace: Workspace, ack: Ack, answer: Json) -> None:
    view = workspace.opened[ack.gesture.view_id]
    action = answer.get("response_action")
    view.errors = {}
    view.typed = ack.gesture.payload["view"]["state"]["values"]
    if action == "errors":
        fields = {block["block_id"] for block in view.blocks if block.get("type") == "input"}
        view.errors = dict(answer.get("errors") or {})
        if not view.errors or not set(view.errors) <= fields:
            raise Refused("errors_name_no_input_block", errors=view.errors)
    elif action == "update":
        views.replace_view(workspace, view, prepare_view(answer.get("view"), "modal"))
    elif action == "push":
        views.push_view(workspace, view.user, prepare_view(answer.get("view"), "modal"))
    elif action == "clear":
        for shown in list(workspace.stacks.get(view.user, [])):
            views.close(workspace, shown)
    elif action is None:
        views.close(workspace, view)
    else:
        raise Refused("unknown_response_action", action=action)
