"""The Bolt app: which listener hears what, one set for HTTP and Socket Mode.

``process_before_response`` makes Bolt acknowledge after the listener, so after the commit. What nobody handles is
acknowledged all the same, because Slack counts anything else as a failure of ours.

Bolt brings 250 modules, 6 MB and a tenth of a second. So nothing but the first gesture imports this module.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.chat.slack.directory import WhoIsThis
from bot.chat.slack.receive.listeners import Ack, Listeners, NotYet
from bot.chat.slack.wire.client import Api
from bot.chat.slack.wire.http import Payload
from bot.chat.slack.wire.payloads import SHORTCUT, Malformed
from bot.chat.slack.wire.workspace import Workspace

_ANYTHING = re.compile(".*", re.DOTALL)

Listener = Callable[..., Awaitable[Ack]]

log = logging.getLogger("dibs.slack")


class BoltApp:
    """Bolt, with the token asked for once and not with each gesture."""

    def __init__(self, api: Api, workspace: Workspace, listeners: Listeners) -> None:
        self._api = api
        self._workspace = workspace
        self._listeners = listeners
        self._app: AsyncApp | None = None

    async def dispatch(self, payload: Payload) -> BoltResponse:
        """Let Bolt handle a payload: 503 while we do not know our workspace, so that Slack tells us again."""
        if not self._workspace.known:
            return BoltResponse(status=503, body="")
        if self._app is None:
            self._app = self._build()
        try:
            # As from a socket: Bolt takes what is parsed already, and parsing it again would cost as much as a claim.
            request = AsyncBoltRequest(mode="socket_mode", body=payload)
            response = await self._app.async_dispatch(request)
        except Exception:  # Bolt reads ids out of the payload, once more to tell of a failure; it may be of no shape
            log.warning("Slack: a payload has a shape that Bolt cannot read")
            return BoltResponse(status=400, body="")
        return BoltResponse(status=200, body="") if response.status == 404 else response

    def _build(self) -> AsyncApp:
        quiet = logging.getLogger("dibs.slack.bolt")
        quiet.setLevel(logging.CRITICAL)  # Bolt quotes whole payloads; what goes wrong is logged in ``_ours``
        ours, token = self._workspace, self._api.client.token

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None, team_id=ours.team, bot_user_id=ours.bot_user, bot_id=ours.bot_id, bot_token=token
            )

        app = AsyncApp(
            name="slack_bolt.app",  # Bolt sets the level of the logger with this name
            logger=quiet,
            client=self._api.client,
            authorize=authorize,
            request_verification_enabled=False,  # our front did it, on the raw bytes
            process_before_response=True,
        )
        heard = self._listeners
        app.error(_broken)
        app.action(_ANYTHING)(_ours(heard.on_press))
        app.view_submission(_ANYTHING)(_ours(heard.on_submission))
        app.command("/dibs")(_ours(heard.on_slash))
        app.message_shortcut(re.compile(f"{SHORTCUT}.*"))(_ours(heard.on_shortcut))
        app.event(re.compile("reaction_(added|removed)"))(_ours(heard.on_reaction))
        app.event("app_home_opened")(_ours(heard.on_home))
        app.event("member_joined_channel")(_ours(heard.on_joined))
        app.event(re.compile("team_join|user_change"))(_ours(heard.on_member))
        app.event(re.compile("subteam_.*"))(_ours(heard.on_groups))
        for rest in (app.event, app.command, app.shortcut, app.view_closed, app.options):
            rest(_ANYTHING)(_nothing)
        return app


def _ours(listener: Listener) -> Callable[..., Awaitable[BoltResponse]]:
    """Answer what goes wrong in a listener: 400 for what has no shape, else 503, upon which Slack tells us again."""

    @wraps(listener)
    async def run(*arguments: Any, **named: Any) -> BoltResponse:
        try:
            return _answer(await listener(*arguments, **named))
        except Malformed:
            return BoltResponse(status=400, body="")
        except (WhoIsThis, NotYet):
            return BoltResponse(status=503, body="")
        except Exception:  # the edge: nothing was acknowledged, so nothing is lost
            log.exception("Slack: a gesture could not be handled")
            return BoltResponse(status=503, body="")

    return run


def _answer(ack: Ack) -> BoltResponse:
    if ack.body is None:
        return BoltResponse(status=200, body="")
    return BoltResponse(status=200, body=ack.body, headers={"content-type": "application/json;charset=utf-8"})


async def _broken() -> BoltResponse:
    """Answer what Bolt itself cannot read; its listeners never raise, so it is the payload."""
    return BoltResponse(status=400, body="")


async def _nothing() -> BoltResponse:
    return _answer(Ack())
