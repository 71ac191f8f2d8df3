"""The adapter: Microsoft's SDK, with what is broken in it mended, and nothing of it beyond this module and ``auth``.

What is mended of the SDK (botbuilder 4.17.1, archived upstream):

- ``process`` answers an invoke with a body that it serialised twice, which is 500, and so is what it cannot read: a
  forged or expired token, broken JSON, a missing content type, a malformed card action. Here each has its status, the
  body is read by ``incoming`` alone, and the SDK's models see nothing of it but type and address.
- A turn builds its connector and a client for sign-ins, 10 ms of work or more. Here there is one connector an address,
  a bounded number of them, and none for sign-ins.
- Its models drop what they do not know, a mention's account among it, and need 10 ms for a card. Here an activity goes
  out as the JSON that it is.
- Its transport is ``requests`` in threads, which repeats and follows by itself. Here it is our one session.

A port to a successor SDK keeps ``TeamsAdapter``'s methods as they are called. It changes ``process`` (the SDK's
turn is run in ``_turn`` alone), ``Connectors.create`` (how a client for an address is made) and ``request`` (how a
client is told to send JSON).
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote

from aiohttp import web
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import ClaimsIdentity, ConnectorFactory, MicrosoftAppCredentials
from botframework.connector.bot_framework_sdk_client_async import BotFrameworkConnectorConfiguration
from msrest.pipeline import Response
from msrest.pipeline.async_abc import AsyncHTTPSender, AsyncPipeline

from bot.chat.teams.sdk.auth import Gate, KeysUnavailable, NotLetIn, SigningKeys
from bot.chat.teams.sdk.bot_token import BotToken
from bot.chat.teams.settings import TeamsSettings, is_loopback
from bot.chat.teams.wire.activity import Incoming, Kind, Malformed, read_incoming
from bot.chat.teams.wire.connector import Outgoing
from bot.chat.teams.wire.http import Heard, Json, Line
from bot.chat.teams.wire.invoke import Hear, InvokeAnswer, is_action, read_action
from bot.chat.teams.wire.request import TurnedAway, look_at_head, look_at_type, read_object

UNREADABLE = "This button could not be read. Please use the newest card, or write to me."
_MOST_CONNECTORS = 16

log = logging.getLogger("dibs.teams")
# It warns of every field that its models do not know.
logging.getLogger("msrest.serialization").setLevel(logging.ERROR)


class _Sender(AsyncHTTPSender[Any, Any]):
    """The end of the SDK's pipeline: our session, with our token."""

    def __init__(self, line: Line, token: BotToken) -> None:
        self._line = line
        self._token = token

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *exc_details: object) -> None: ...

    def build_context(self) -> None: ...

    async def send(self, request: Any, **config: Any) -> Any:
        asked = request.http_request
        token = await self._token.get()
        headers = {str(name): str(value) for name, value in asked.headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = asked.data.encode() if isinstance(asked.data, str) else asked.data
        heard = await self._line.send(asked.method, asked.url, headers=headers, data=data)
        if heard.status == 401:
            self._token.forget(token)
        return Response(request, _Answer(heard))


class _Answer:
    """An answer as msrest hands it on; it hangs a context on it."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.context: object = None


class Connectors(ConnectorFactory):  # type: ignore[misc]
    """One connector client an address, of the addresses that were used last."""

    def __init__(self, line: Line, token: BotToken) -> None:
        self._sender = _Sender(line, token)
        self._clients: OrderedDict[str, ConnectorClient] = OrderedDict()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that have a client, the one used last at the end."""
        return tuple(self._clients)

    async def create(self, service_url: str, audience: str | None = None) -> ConnectorClient:
        """Return the client of an address, whose closing slash does not matter."""
        address = service_url.rstrip("/")
        client = self._clients.get(address)
        if client is None:
            configuration = BotFrameworkConnectorConfiguration(
                MicrosoftAppCredentials.empty(), address, pipeline_type=self._pipeline
            )
            client = self._clients[address] = ConnectorClient(None, custom_configuration=configuration)
        self._clients.move_to_end(address)
        while len(self._clients) > _MOST_CONNECTORS:
            self._clients.popitem(last=False)
        return client

    def _pipeline(self, configuration: Any) -> AsyncPipeline[Any, Any]:
        """Make a pipeline without the SDK's credentials, logger and deserialiser."""
        return AsyncPipeline([configuration.user_agent_policy], self._sender)


class TeamsAdapter(CloudAdapter):  # type: ignore[misc]
    """The wall: requests become ``Incoming`` for ``hear``, and what we send becomes requests."""

    def __init__(self, settings: TeamsSettings, hear: Hear, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._hear = hear
        self._line = Line()
        self._keys = SigningKeys(self._line, settings.cloud.openid, monotonic)
        self._token = BotToken(self._line, settings, monotonic)
        self.connectors = Connectors(self._line, self._token)
        self.out = Outgoing(settings, self.request)
        self._gate = Gate(settings, self._keys, self.connectors)
        super().__init__(self._gate)

    async def warm(self) -> None:
        """Ask for keys and token before somebody waits for them; the trouble that there may be shows again later."""
        if not self._settings.development:
            await self._keys.warm()
            await self.probe()

    async def probe(self) -> None:
        """See whether Microsoft gives us a token.

        Raises:
            DeliveryFailed: It does not, and why.
        """
        await self._token.get()

    async def close(self) -> None:
        """Close everything that was opened."""
        await self._keys.close()
        await self._token.close()
        await self._line.close()

    # What comes in

    async def process(self, request: web.Request, bot: object = None, ws_response: object = None) -> web.Response:
        """Answer one request; the order is size, token, type, shape, and whether who signed may say this."""
        try:
            look_at_head(request)
            self._look_at_host(request)
            identity = await self._gate.identify(request.headers.get("Authorization", ""))
            look_at_type(request)
            body = await read_object(request)
            incoming = read_incoming(body)
            self._gate.admit(identity, body)
            _look_at(incoming)
            return _written(incoming, await self._turn(identity, incoming))
        except NotLetIn as refused:
            log.debug("Teams: a request was refused. %s", refused)
            return web.Response(status=401)
        except Malformed:
            return web.Response(status=400)
        except TurnedAway as away:
            return web.Response(status=away.status)
        except KeysUnavailable:
            return web.Response(status=503)
        except Exception:  # the edge: nothing was acknowledged, so nothing is lost
            log.exception("Teams: an activity could not be handled")
            return web.Response(status=503)

    def _look_at_host(self, request: web.Request) -> None:
        """Turn away, in development, a page in a browser here that calls this machine by a name of its own."""
        if self._settings.development and not is_loopback(request.url.host or ""):
            raise NotLetIn("In development only this machine is let in.")

    async def _turn(self, identity: ClaimsIdentity, incoming: Incoming) -> InvokeAnswer | None:
        """Let the SDK run its turn around ``hear``; an action that cannot be read goes no further than here."""
        if is_action(incoming) and read_action(incoming) is None:
            return InvokeAnswer.sentence(UNREADABLE)
        answers: list[InvokeAnswer | None] = []

        async def heard(_context: object) -> None:
            answers.append(await self._hear(incoming))

        activity = Activity(type=incoming.type, service_url=incoming.service_url)
        await self.process_activity(self._gate.result(identity), activity, heard)
        return answers[0]

    # What goes out

    async def request(
        self, method: str, path: str, address: str, body: Json | None, query: Json | None, parts: Mapping[str, str]
    ) -> Heard:
        """Send one request to where Teams is at ``address``; ``parts`` stand in the path."""
        client = (await self.connectors.create(address))._client
        url = client.format_url(path, **{name: quote(value, safe="") for name, value in parts.items()})
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        make = {"GET": client.get, "POST": client.post, "PUT": client.put, "DELETE": client.delete}[method]
        answer = await client.async_send(make(url, query, headers, body))
        return cast("_Answer", answer).heard


def _look_at(incoming: Incoming) -> None:
    """See that what somebody does says who, where and which.

    Raises:
        Malformed: It does not.
    """
    somebody = incoming.kind in (Kind.MESSAGE, Kind.INVOKE, Kind.REACTION)
    if somebody and not (incoming.activity and incoming.conversation and incoming.sender.id):
        raise Malformed


def _written(incoming: Incoming, answer: InvokeAnswer | None) -> web.Response:
    """Write what an invoke is answered with; anything else is acknowledged with nothing."""
    if incoming.kind != Kind.INVOKE:
        return web.Response()
    return web.json_response(dict(answer.body) if answer else {}, status=answer.status if answer else 200)
