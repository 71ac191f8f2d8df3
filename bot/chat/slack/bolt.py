"""The Bolt app: which listener hears what, one set for HTTP and Socket Mode.

``process_before_response`` makes Bolt acknowledge after the listener, so after the commit. What nobody handles is
acknowledged all the same, because Slack counts anything else as a failure of ours.
"""

import logging
import re

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.chat.slack.client import Api
from bot.chat.slack.gestures import Malformed
from bot.chat.slack.listeners import CLAIM_SHORTCUT, Listeners, NotYet, done
from bot.chat.slack.people import WhoIsThis
from bot.chat.slack.workspace import Workspace

_ANYTHING = re.compile(".*", re.DOTALL)

log = logging.getLogger("dibs.slack")


class BoltApp:
    """Bolt, with the token asked for once and not with each gesture."""

    def __init__(self, api: Api, workspace: Workspace, listeners: Listeners) -> None:
        self._api = api
        self._workspace = workspace
        self._listeners = listeners
        self._app: AsyncApp | None = None

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Let Bolt handle a request: 503 while we do not know our workspace, so that Slack tells us again."""
        if not self._workspace.known:
            return BoltResponse(status=503, body="")
        if self._app is None:
            self._app = self._build()
        response = await self._app.async_dispatch(request)
        return BoltResponse(status=200, body="") if response.status == 404 else response

    def _build(self) -> AsyncApp:
        quiet = logging.getLogger("dibs.slack.bolt")
        quiet.setLevel(logging.CRITICAL)  # Bolt quotes whole payloads; what goes wrong is logged in ``_failed``
        app = AsyncApp(
            name="dibs",
            logger=quiet,
            client=self._api.client,
            authorize=self._authorize,
            request_verification_enabled=False,  # our front did it, on the raw bytes
            process_before_response=True,
        )
        heard = self._listeners
        app.error(self._failed)
        app.action(_ANYTHING)(heard.on_press)
        app.view_submission(_ANYTHING)(heard.on_submission)
        app.command("/dibs")(heard.on_slash)
        app.message_shortcut(CLAIM_SHORTCUT)(heard.on_shortcut)
        app.event(re.compile("reaction_(added|removed)"))(heard.on_reaction)
        app.event("app_home_opened")(heard.on_home)
        app.event("member_joined_channel")(heard.on_joined)
        app.event(re.compile("team_join|user_change"))(heard.on_member)
        app.event(re.compile("subteam_.*"))(heard.on_groups)
        for rest in (app.event, app.command, app.shortcut, app.view_closed, app.options):
            rest(_ANYTHING)(_nothing)
        return app

    async def _authorize(self) -> AuthorizeResult:
        ours, token = self._workspace, self._api.client.token
        return AuthorizeResult(
            enterprise_id=None, team_id=ours.team, bot_user_id=ours.bot_user, bot_id=ours.bot_id, bot_token=token
        )

    async def _failed(self, error: Exception) -> BoltResponse:
        """Answer what went wrong: 400 for what has no shape, else 503, upon which Slack tells us again."""
        if isinstance(error, Malformed):
            return BoltResponse(status=400, body="")
        if not isinstance(error, WhoIsThis | NotYet):
            log.error("Slack: a gesture could not be handled", exc_info=error)
        return BoltResponse(status=503, body="")


async def _nothing() -> BoltResponse:
    return done()
