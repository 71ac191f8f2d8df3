"""A request's way through the fake: read, logged, hooked, broken if a test says so, else answered as Slack answers.

The order is that of the real thing as far as it shows: token, method, limits, scopes, arguments.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.slack.blocks import prepare_blocks
from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.faults import CUT, Fault, Faults, Moment
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.records import Channel, Json
from tests.fakes.slack.socketmode import SocketHub
from tests.fakes.slack.workspace import Workspace

RESPONSE_URL = "response_url"
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5


@dataclass(kw_only=True)
class Request:
    """One request of the bot: what it asked, when, and what it was told (``status`` 0: nothing)."""

    method: str
    args: Json
    token: str
    at: float
    status: int = 0
    answer: Json = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(frozen=True, kw_only=True)
class Response:
    """What was sent to a response_url."""

    user: str
    channel: str
    body: Json
    at: float


@dataclass(kw_only=True)
class WebApi:
    """The Web API, the response_urls, and the log of both."""

    workspace: Workspace
    limits: Limits
    faults: Faults
    hub: SocketHub
    scopes: frozenset[str]
    bot_token: str
    app_token: str
    newer_blocks: bool
    on_join: Callable[[Channel], None]
    base_url: str = ""
    requests: list[Request] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a Web API method."""
        return await self._pass(request, request.match_info["method"], self._call)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Take what is sent to a response_url; to faults and hooks its method is ``response_url``."""
        token = request.match_info["token"]
        return await self._pass(request, RESPONSE_URL, lambda record, later: self._response(record, token))

    async def _pass(
        self, request: web.Request, method: str, run: Callable[[Request, list[Callable[[], None]]], Json]
    ) -> web.StreamResponse:
        record = Request(method=method, args=await _arguments(request), token=_token(request), at=time.time())
        with self.workspace.lock:
            self.requests.append(record)
            named = str(record.args.get("channel", ""))
            found = self.workspace.find_channel(named) if named else None
        channels = {named, found.id, found.name, f"#{found.name}"} if found else {named}
        if await self._hooked("arrived", record, channels):
            return _cut(request)
        fault = record.fault = self.faults.take(method, channels)
        if fault is not None and fault.slow:
            await asyncio.sleep(fault.slow)
        if fault is not None and not fault.accepted and not _only_slow(fault):
            return await self._break(request, record, fault, None)
        response = self._answer(record, run)
        if await self._hooked("accepted", record, channels):
            return _cut(request)
        if fault is not None and fault.accepted:
            return await self._break(request, record, fault, response)
        return response

    def _answer(self, record: Request, run: Callable[[Request, list[Callable[[], None]]], Json]) -> web.Response:
        later: list[Callable[[], None]] = []
        headers = {"x-oauth-scopes": ",".join(sorted(self.scopes)), "x-slack-req-id": f"fake-{len(self.requests)}"}
        with self.workspace.lock:
            try:
                record.answer, record.status = {"ok": True, **run(record, later)}, 200
            except Refused as refused:
                record.answer, record.status = refused.body(), refused.status
                headers |= refused.headers
                self.refusals.append((record.method, refused.error))
                if "Retry-After" in refused.headers:
                    self.limits.told(record.method, self._scope(record), float(refused.headers["Retry-After"]))
        for job in later:
            job()
        return web.json_response(record.answer, status=record.status, headers=headers)

    def _call(self, record: Request, later: list[Callable[[], None]]) -> Json:
        if not record.token:
            raise Refused("not_authed")
        if record.token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if (record.method == "apps.connections.open") != (record.token == self.app_token):
            raise Refused("not_allowed_token_type")
        early = self.limits.impatient(record.method, self._scope(record))
        if early:
            self.workspace.violate("retry_after", f"{record.method} came {early:.2f} s before its Retry-After was over")
        if record.method == "apps.connections.open":
            self.limits.call(record.method, 3)
            return {"url": f"ws://{self.base_url.removeprefix('http://')}/link/?{self.hub.ticket()}"}
        method = METHODS.get(record.method)
        if method is None:
            raise Refused("unknown_method", req_method=record.method)
        self.limits.call(record.method, method.tier)
        call = Call(
            method=record.method,
            args=record.args,
            workspace=self.workspace,
            limits=self.limits,
            scopes=self.scopes,
            base_url=self.base_url,
            newer_blocks=self.newer_blocks,
            later=later,
            on_join=self.on_join,
        )
        call.need_scopes(*method.scopes)
        return method.run(call)

    def _response(self, record: Request, token: str) -> Json:
        place = self.workspace.response_urls.get(token)
        if place is None or time.monotonic() - place.issued > RESPONSE_URL_SECONDS:
            raise Refused("expired_url", status=404)
        if place.uses >= RESPONSE_URL_USES:
            raise Refused("used_url", status=404)
        place.uses += 1
        form = record.args
        blocks = prepare_blocks(form["blocks"], newer=self.newer_blocks) if form.get("blocks") else []
        text = str(form.get("text") or "")
        self.responses.append(Response(user=place.user, channel=place.channel, body=form, at=record.at))
        channel = self.workspace.channels[place.channel]
        original = channel.messages.get(place.message_ts or "")
        if form.get("delete_original"):
            if original is not None:
                original.deleted = True
            return {}
        if not text and not blocks:
            raise Refused("no_text")
        if blocks and not text:
            self.workspace.violate("no_text", "response_url with blocks and no text to be read aloud")
        if form.get("replace_original") and original is not None:
            original.text, original.blocks, original.edits = text, blocks, original.edits + 1
        elif form.get("response_type") == "in_channel":
            self.workspace.put(channel, text=text, blocks=blocks)
        else:
            self.workspace.whisper(place.user, place.channel, RESPONSE_URL, text, blocks)
        return {}

    async def _hooked(self, moment: Moment, record: Request, channels: set[str]) -> bool:
        hook = self.faults.take_hook(moment, record.method, channels)
        return hook is not None and await asyncio.to_thread(hook.callback, record) == CUT

    async def _break(
        self, request: web.Request, record: Request, fault: Fault, response: web.Response | None
    ) -> web.StreamResponse:
        if fault.deaf is not None:
            # What fits the socket's buffers was read; from here on nothing is, and nothing is answered.
            if isinstance(request.transport, asyncio.ReadTransport):
                request.transport.pause_reading()
            await asyncio.sleep(fault.deaf)
        if fault.hang is not None:
            await asyncio.sleep(fault.hang)
        if fault.cut or fault.deaf is not None:
            record.status = 0
            return _cut(request)
        if fault.retry_after is not None:
            self.limits.told(record.method, self._scope(record), fault.retry_after)
            record.status = 429
            headers = {"Retry-After": str(fault.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if fault.error is not None:
            record.status = 200
            return web.json_response({"ok": False, "error": fault.error})
        if fault.status is None and response is not None:
            return response
        record.status = fault.status or 503
        return web.Response(status=record.status, text="upstream connect error or disconnect/reset before headers")

    def _scope(self, record: Request) -> str:
        named = str(record.args.get("channel", ""))
        found = self.workspace.find_channel(named) if named else None
        return found.id if found else named


def _only_slow(fault: Fault) -> bool:
    return fault.slow > 0 and not any((fault.cut, fault.hang, fault.deaf, fault.status, fault.error, fault.retry_after))


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.method == "GET":
        return args
    if request.content_type == "application/json":
        try:
            body: Any = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return args | (body if isinstance(body, dict) else {})
    return args | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
