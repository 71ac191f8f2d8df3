"""The Web API, called once each time: no retries of the SDK's own, and every failure in delivery's terms.

A send that may have been seen must never be repeated blindly, so what is certain (429, a refusal in words, a
connection that never stood) is told apart from what is not (5xx, a time-out, a cut connection). A Retry-After is kept
here too, per method as Slack counts it: whoever comes before it is over is sent back without asking Slack.

Calls go straight over the HTTP session. The SDK's own client, which Bolt and Socket Mode want, would put three layers
of preparation and a retry loop that we switch off around each: as much processor time as the request itself.
"""

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import aiohttp
from yarl import URL

from bot.chat.base import (
    DeliveryFailed,
    HeldBack,
    TryLater,
    Unclear,
)
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire.errors import LESS_OFTEN, meaning_of
from bot.net.permit import PermittedBody, Withdrawn
from bot.net.retry_after import retry_after
from bot.runtime.clock import Clock

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

# For what only reads; a send has less (``bot.outbox.worker``).
TIMEOUT_SECONDS = 10.0
AFTER_TIMEOUT = 5.0
Json = dict[str, Any]

# Reads by their pages want a form; what carries blocks is easier to send as JSON.
_FORM = (
    "auth.",
    "conversations.list",
    "conversations.info",
    "conversations.history",
    "conversations.replies",
    "users.",
    "usergroups.",
    "apps.",
)
# The SDK logs whole requests at DEBUG; a mention's text has no business there.
_quiet = logging.getLogger(f"{__name__}.sdk")
_quiet.setLevel(logging.WARNING)


class Refused(DeliveryFailed):
    """Slack said no, in its own word: ``code``; ``kind`` is what that means to delivery."""

    def __init__(self, method: str, code: str, needed: str = "") -> None:
        reason = f"Slack answered {code} to {method}.{f' It needs {needed}.' if needed else ''}"
        super().__init__(reason, code=code)
        self.needed = needed

    def meaning(self) -> DeliveryFailed:
        """Return the error of ``bot.chat.base`` that says the same."""
        return meaning_of(self.code)(self.reason, code=self.code)


class Api:
    """One bot's line to Slack: one HTTP session, opened with the first call."""

    def __init__(self, settings: SlackSettings, clock: Clock, *, token: str = "") -> None:
        self.clock = clock
        self._settings = settings
        self._token = token or settings.bot_token
        self._base = settings.api_url.rstrip("/") + "/"
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        self._not_before: dict[str, float] = {}
        self._addresses: dict[str, URL] = {}

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session; needs a running loop."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, sock_connect=TIMEOUT_SECONDS / 2)
            self._session = aiohttp.ClientSession(
                timeout=timeout, trust_env=_has_proxy(), cookie_jar=aiohttp.DummyCookieJar()
            )
            self._client = None
        return self._session

    @property
    def client(self) -> "AsyncWebClient":
        """The SDK's client on that session."""
        from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415 - comes with Bolt, which wants it

        session = self.session
        if self._client is None:
            self._client = AsyncWebClient(
                token=self._token,
                base_url=self._settings.api_url,
                session=session,
                retry_handlers=[],
                logger=_quiet,
            )
            # aiohttp reads the proxy from the environment itself, and unlike the SDK it heeds NO_PROXY.
            self._client.proxy = None
        return self._client

    async def call(self, method: str, **arguments: Any) -> Json:
        """Call a method once and return its answer; ``_headers`` in it holds the HTTP headers.

        Raises:
            TryLater: 429, too early after one, or no connection.
            HeldBack: Its permit was withdrawn before it left.
            Unclear: It may have worked: 5xx, time-out, cut connection.
            Refused: Slack said no; ``meaning()`` is what that means to delivery.
        """
        place = f"{method} {arguments.get('channel', '')}" if method == "chat.postMessage" else method
        early = self._not_before.get(place, 0.0) - self.clock.monotonic()
        if early > 0:
            raise TryLater(f"Slack asked us to wait before {method}.", early)
        try:
            status, headers, raw = await self._post(method, {k: v for k, v in arguments.items() if v is not None})
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise TryLater("Slack cannot be reached.") from None
        except TimeoutError:
            raise Unclear(f"Slack did not answer {method} in time.", AFTER_TIMEOUT) from None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, Withdrawn):
                raise HeldBack(f"{method} was held back.") from None
            raise Unclear(f"The connection to Slack was cut during {method}: {type(error).__name__}.") from None
        answer = _object(raw)
        if status == 200 and answer.get("ok") is True:
            return answer | {"_headers": headers}
        failure = _failure(method, status, headers, answer)
        if isinstance(failure, TryLater) and failure.retry_after:
            self._not_before[place] = self.clock.monotonic() + failure.retry_after
        raise failure

    async def _post(self, method: str, arguments: Json) -> tuple[int, Mapping[str, str], bytes]:
        address = self._addresses.get(method)
        if address is None:
            address = self._addresses[method] = URL(self._base + method)
        headers = {"Authorization": f"Bearer {self._token}"}
        if method.startswith(_FORM):
            body: Any = {
                key: str(value).lower() if isinstance(value, bool) else value for key, value in arguments.items()
            }
        else:
            headers["Content-Type"] = "application/json;charset=utf-8"
            body = PermittedBody(json.dumps(arguments).encode())
        # Where Slack would send us on to, the token has no business.
        sending = self.session.post(address, data=body, headers=headers, allow_redirects=False)
        async with sending as response:
            return response.status, response.headers, await response.read()

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _has_proxy() -> bool:
    """Say whether the environment names a proxy; asking that with every request takes longer than drawing a card."""
    return bool(getproxies())


def _object(raw: bytes) -> Json:
    """Return an answer's object; what is none is an empty one, which means no success."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _failure(method: str, status: int, headers: Mapping[str, str], answer: Json) -> DeliveryFailed:
    """Return what an answer that is no success means."""
    code = str(answer.get("error") or "")
    meaning = meaning_of(code) if code else None
    if status == 429 or code in LESS_OFTEN:
        rest = retry_after(headers, longest=3_600.0)
        return TryLater(f"Slack asked us to wait: {code or status} to {method}.", rest or 1.0)
    if meaning is TryLater and status < 500:
        said = f"Slack answered {code[:80]} to {method}, which passes by itself."
        return TryLater(said, retry_after(headers, longest=3_600.0) or None)
    if 300 <= status < 400:
        return TryLater(f"Slack's address sends us on to another ({status}): is SLACK_API_URL right?")
    if status >= 500 or status == 408 or meaning is Unclear:
        return Unclear(f"Slack answered {code[:80] or status} to {method}.")
    if code:
        return Refused(method, code[:80], str(answer.get("needed") or "")[:200])
    if status == 200:
        return Unclear(f"Slack's answer to {method} makes no sense.")
    if status in (401, 403):
        return Refused(method, "invalid_auth")
    return Refused(method, f"http_{status}")
