"""HTTP: what comes over HTTP is measured, verified on its raw bytes, looked over, and only then given to Bolt.

Bolt parses before it verifies and answers some broken requests with 500; here nothing is parsed that Slack did not
sign. https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import logging
import re
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
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_WRONG_IN_A_ROW = 20
_QUIET_SECONDS = 3_600.0

_LARGEST_CHECK = 1_024
_CHECK = b"ssl_check=1&"

log = logging.getLogger("dibs.slack")

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
        self._signatures = Signatures(clock)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request; the order is size, signature, shape."""
        try:
            if not self._secret:
                raise TurnedAway(404)
            raw = await read_request(request)
            if _looks_at_certificate(request, raw):
                return web.Response()
            self._verify(request, raw)
            return await self._hand_over(read_signed(request.content_type, raw))
        except (BodyRefused, TurnedAway) as away:
            return web.Response(status=away.status)

    def trouble(self) -> str:
        """Say why what Slack sends is refused, or nothing."""
        return self._signatures.trouble

    def _verify(self, request: web.Request, raw: bytes) -> None:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        given = request.headers.get("X-Slack-Signature", "").encode("utf-8", "surrogateescape")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _MOST_DIGITS):
            raise TurnedAway(401)
        late = self._clock.now().timestamp() - int(stamp)
        digest = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}".encode(), given):
            if _SIGNATURE.fullmatch(given):
                self._signatures.is_wrong()
            raise TurnedAway(401)
        if abs(late) > STALE_SECONDS:
            self._signatures.is_stale(late)
            raise TurnedAway(401)
        self._signatures.is_right()

    async def _hand_over(self, payload: Payload) -> web.Response:
        response = await self._dispatch(payload)
        kind = (response.headers.get("content-type") or [""])[0]
        return web.Response(
            status=response.status,
            body=(response.body or "").encode(),
            headers={"Content-Type": kind} if kind else None,
        )


class Signatures:
    """Whether what Slack sends can be believed; a wrong secret and a wrong clock look like nothing at all from outside.

    Who signs with the right secret at the wrong time is Slack, or has our secret: then it is the clock. A wrong
    signature may be anybody's. It counts while none was right yet, and afterwards only where many come in a row; and
    however often anybody knocks, each is said in the log once an hour at most.
    """

    def __init__(self, clock: Clock) -> None:
        self.trouble = ""
        self._clock = clock
        self._any_right = False
        self._wrong = 0
        self._kind = ""
        self._quiet_until: dict[str, float] = {}

    def is_right(self) -> None:
        """One was right."""
        self.trouble, self._kind, self._any_right, self._wrong = "", "", True, 0

    def is_stale(self, seconds: float) -> None:
        """One was signed with our secret at another time."""
        self._say(
            "clock",
            f"What Slack sends is {abs(int(seconds))} seconds {'old' if seconds > 0 else 'ahead'} by our clock, and so "
            "it is refused: let this machine take its time from the network (NTP).",
        )

    def is_wrong(self) -> None:
        """One was signed with another secret."""
        self._wrong += 1
        if not self._any_right or self._wrong >= _WRONG_IN_A_ROW:
            self._say(
                "secret",
                "Requests are not signed with SLACK_SIGNING_SECRET, and so they are refused: is it the Signing Secret "
                "of this very app (Basic Information, App Credentials)?",
            )

    def _say(self, kind: str, trouble: str) -> None:
        now = self._clock.monotonic()
        if kind != self._kind and now >= self._quiet_until.get(kind, 0.0):
            self._quiet_until[kind] = now + _QUIET_SECONDS
            log.warning("Slack: %s", trouble)
        self._kind, self.trouble = kind, trouble


def _looks_at_certificate(request: web.Request, raw: bytes) -> bool:
    """Say whether this is how Slack looks at the certificate of a command, which it does not sign.

    It is known by its first bytes, and has no effect. https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    signed = "X-Slack-Signature" in request.headers
    form = request.content_type == "application/x-www-form-urlencoded"
    return form and not signed and len(raw) <= _LARGEST_CHECK and (raw + b"&").startswith(_CHECK)


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
