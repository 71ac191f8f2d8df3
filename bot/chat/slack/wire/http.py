"""HTTP: what comes over HTTP is measured, verified on its raw bytes, looked over, and only then given to Bolt.

Bolt parses before it verifies and answers some broken requests with 500; here nothing is parsed that Slack did not
sign. https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from bot.net.request_body import BodyRefused, read_request
from bot.runtime.clock import Clock

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

STALE_SECONDS = 300
_DEEPEST = 40
_MOST_FIELDS = 60
_MOST_DIGITS = 12

Payload = dict[str, Any]
Dispatch = Callable[[Payload], Awaitable["BoltResponse"]]


class TurnedAway(Exception):
    """Answer with this status and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class SlackFront:
    """Serves ``POST /slack/events``; without a signing secret there is no such page."""

    def __init__(self, signing_secret: str, clock: Clock, dispatch: Dispatch) -> None:
        self._secret = signing_secret.encode()
        self._clock = clock
        self._dispatch = dispatch

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request; the order is size, signature, shape."""
        try:
            if not self._secret:
                raise TurnedAway(404)
            raw = await read_request(request)
            self._verify(request, raw)
            return await self._hand_over(read_signed(request.content_type, raw))
        except (BodyRefused, TurnedAway) as away:
            return web.Response(status=away.status)

    def _verify(self, request: web.Request, raw: bytes) -> None:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        given = request.headers.get("X-Slack-Signature", "").encode("utf-8", "surrogateescape")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _MOST_DIGITS):
            raise TurnedAway(401)
        if abs(self._clock.now().timestamp() - int(stamp)) > STALE_SECONDS:
            raise TurnedAway(401)
        digest = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}".encode(), given):
            raise TurnedAway(401)

    async def _hand_over(self, payload: Payload) -> web.Response:
        response = await self._dispatch(payload)
        kind = (response.headers.get("content-type") or [""])[0]
        return web.Response(
            status=response.status,
            body=(response.body or "").encode(),
            headers={"Content-Type": kind} if kind else None,
        )


def read_signed(content_type: str, raw: bytes) -> Payload:
    """Read a signed body, which is what Slack sends: JSON, or a form that holds JSON or a slash command.

    Raises:
        TurnedAway: It is not.
    """
    try:
        text = raw.decode()
        if content_type == "application/json":
            return _object(json.loads(text))
        if content_type != "application/x-www-form-urlencoded":
            raise TurnedAway(400)
        if text.count("&") > _MOST_FIELDS:
            raise TurnedAway(400)
        # Compiled, where the standard library decodes a payload in Python: that alone took as long as Bolt.
        form: Payload = dict(URL.build(query_string=text, encoded=True).query)
        if "payload" in form:
            return _object(json.loads(form["payload"]))
    except (ValueError, RecursionError):
        raise TurnedAway(400) from None
    if "command" not in form and "ssl_check" not in form:
        raise TurnedAway(400)
    return form


def _object(value: Any) -> Payload:
    """See that a payload is an object that names its type, and is not nested deeper than any that Slack sends."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise TurnedAway(400)
    if value["type"] == "event_callback" and not isinstance(value.get("event"), dict):
        raise TurnedAway(400)
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return value
    raise TurnedAway(400)
