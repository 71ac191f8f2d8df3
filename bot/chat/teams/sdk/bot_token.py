"""Our own token: one for the whole process, renewed beside the work before it expires.

The SDK's credential asks anew in each turn, a discovery and a token, on the event loop and without a time-out; msal
beneath it keeps a token, yet blocks as long as Microsoft takes, and would need a thread. So here is the one request
that Microsoft documents, asynchronous like everything else:
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector
"""

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import quote

from bot.chat.base import DeliveryFailed, PlatformRefused, TryLater
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.http import Line

_RENEW_BEFORE = 600.0
_EXPIRED_BEFORE = 30.0
_RENEW_PAUSE = 30.0
_TOKEN_SECONDS = 10.0
_TOKEN_FOR = 3_600.0

log = logging.getLogger("dibs.teams")


class BotToken:
    """Keeps the token; ``monotonic`` is the clock that it ages by."""

    def __init__(self, line: Line, settings: TeamsSettings, monotonic: Callable[[], float]) -> None:
        self._line = line
        self._settings = settings
        self._monotonic = monotonic
        self._token = ""
        self._renew_at = 0.0
        self._expires_at = 0.0
        self._renewal: asyncio.Task[None] | None = None

    async def get(self) -> str:
        """Return a token that holds for a while; empty in development.

        Raises:
            TryLater: Microsoft could not be asked, or has trouble.
            PlatformRefused: Microsoft does not know us so.
        """
        if self._settings.development:
            return ""
        now = self._monotonic()
        if self._token and now < self._expires_at:
            if now >= self._renew_at:
                self._renew()
            return self._token
        # Who waits may give up without taking the request from the others.
        await asyncio.shield(self._renew())
        return self._token

    def forget(self, token: str) -> None:
        """Ask for another with the next send: Teams did not take this one."""
        if token == self._token:
            self._token = ""

    async def close(self) -> None:
        """End a request that is under way."""
        await ended(self._renewal)

    def _renew(self) -> "asyncio.Task[None]":
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._ask())
            self._renewal.add_done_callback(_looked_at)
        return self._renewal

    async def _ask(self) -> None:
        self._renew_at = self._monotonic() + _RENEW_PAUSE
        settings = self._settings
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.app_id,
            "client_secret": settings.password,
            "scope": settings.cloud.scope,
        }
        address = f"{settings.cloud.login}/{quote(settings.tenant, safe='')}/oauth2/v2.0/token"
        try:
            heard = await self._line.send("POST", address, data=form, seconds=_TOKEN_SECONDS)
        except DeliveryFailed as failure:  # of the token, not of a message: that was certainly not sent
            raise TryLater(failure.reason) from None
        answer = heard.object()
        token = answer.get("access_token")
        if heard.status == 200 and isinstance(token, str) and token.isascii() and token.isprintable() and token:
            lasts = _seconds(answer.get("expires_in"))
            self._token, now = token, self._monotonic()
            self._expires_at = now + max(lasts - _EXPIRED_BEFORE, lasts / 2)
            self._renew_at = now + max(lasts - _RENEW_BEFORE, lasts / 3)
            return
        if heard.status in (400, 401, 403):
            error = answer.get("error")
            word = "".join(one for one in error if one.isalnum() or one == "_")[:60] if isinstance(error, str) else "-"
            raise PlatformRefused(
                f"Microsoft gives us no token ({heard.status} {word}): are TEAMS_APP_ID, TEAMS_APP_PASSWORD and "
                "TEAMS_TENANT_ID those of the bot, and is the password not expired?"
            )
        raise TryLater(f"Microsoft gives us no token at this moment ({heard.status}).", heard.seconds_to_wait())


def _seconds(said: object) -> float:
    """Return how long a token holds: a number, or digits, as some of Microsoft's servers send it."""
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 8:
        return float(said)
    usable = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said < 10_000_000
    return float(said) if usable and isinstance(said, int | float) else _TOKEN_FOR


def _looked_at(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (trouble := task.exception()) is not None:
        log.warning("Teams: our token could not be renewed: %s", trouble)


async def ended(task: "asyncio.Task[None] | None") -> None:
    """Cancel a task, and wait until it is over."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
