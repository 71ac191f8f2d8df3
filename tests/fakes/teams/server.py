"""FakeTeams: the whole of it, started, asked and stopped from a test."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.chat.teams.settings import TeamsSettings, cloud_here
from tests.fakes.teams.activities import Activities, Json, Person, Room
from tests.fakes.teams.connector import Conversation, Memory, Refused, Standing, object_in
from tests.fakes.teams.faults import Fault, Faults
from tests.fakes.teams.signing import Signer
from tests.harness.loops import loop_in_thread, run_in
from tests.harness.patience import HANG_SECONDS

APP_ID = "11111111-2222-3333-4444-555555555555"
PASSWORD = "acme-client-secret"
TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


@dataclass(frozen=True)
class Asked:
    """One request of the bot's: ``what`` is keys, token, or the method and last word of the path."""

    what: str
    path: str
    headers: Mapping[str, str]
    body: Any = None


class FakeTeams:
    """A Microsoft on loopback. ``lasts`` is how many seconds the bot's tokens hold."""

    def __init__(self, *, paced: bool = True, lasts: float = 3_600) -> None:
        self.signer = Signer()
        self.memory = Memory(app_id=APP_ID, tenant=TENANT, paced=paced)
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.refusals: list[tuple[str, str]] = []
        self.lasts = lasts
        self.password = PASSWORD
        self.bot_url = ""
        self.ana = self.person("ana", "Ana Lopez")
        self.ben = self.person("ben", "Ben Weiss")
        self.base_url = ""
        self.build: Activities
        self.loop: asyncio.AbstractEventLoop
        self._tokens: dict[str, float] = {}
        self._runner: web.AppRunner
        self._session: aiohttp.ClientSession

    @classmethod
    @contextmanager
    def run(cls, **options: Any) -> Iterator[Self]:
        """Serve in a thread of its own; ``options`` are those of the class."""
        teams = cls(**options)
        with loop_in_thread("fake-teams") as loop:
            run_in(loop, teams.start())
            try:
                yield teams
            finally:
                run_in(loop, teams.stop())

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self.loop = asyncio.get_running_loop()
        app = web.Application(client_max_size=4 * 2**20)
        room = "/teams/v3/conversations"
        app.add_routes(
            [
                web.get("/v1/.well-known/openidconfiguration", self._openid),
                web.get("/v1/.well-known/keys", self._keys),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
                web.post(room, self._connector),
                web.get("/teams/v3/teams/{room}/{kind:conversations}", self._connector),
                web.route("*", room + "/{room}/{kind:activities|pagedmembers}", self._connector),
                web.route("*", room + "/{room}/{kind:activities|members}/{one}", self._connector),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.build = Activities(app_id=APP_ID, tenant=TENANT, service_url=f"{self.base_url}/teams/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True), timeout=aiohttp.ClientTimeout(total=HANG_SECONDS)
        )

    async def stop(self) -> None:
        """Close everything; requests that hang are cut."""
        await self._session.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    # Who and where

    def person(self, key: str, name: str, **fields: Any) -> Person:
        """Add somebody to the tenant."""
        number = len(self.memory.people) + 1
        made = Person(f"29:{key}", f"00000000-0000-0000-0000-{number:012}", name, f"{key}@acme.example", **fields)
        self.memory.people[made.id] = made
        return made

    def channel(
        self, channel_id: str = "19:support@thread.tacv2", *members: Person, team: str = "", name: str = ""
    ) -> Room:
        """Add a channel that the bot is in: another one of ``team``, or the first of a team, which bears its id."""
        room = Room(channel_id, team=team or channel_id, name=name)
        self.memory.rooms[room.id] = Conversation(room, list(members or self.memory.people.values()))
        return room

    def messages(self, room: Room) -> list[Standing]:
        """Return what stands in a room."""
        return list(self.memory.rooms[room.id].messages.values())

    def settings(self) -> TeamsSettings:
        """Return the settings of a bot that talks to this Microsoft."""
        return TeamsSettings(app_id=APP_ID, password=PASSWORD, tenant=TENANT, cloud=cloud_here(self.base_url))

    def env(self) -> dict[str, str]:
        """Return the environment of a bot that talks to this Microsoft."""
        return {
            "TEAMS_APP_ID": APP_ID,
            "TEAMS_APP_PASSWORD": PASSWORD,
            "TEAMS_TENANT_ID": TENANT,
            "TEAMS_CLOUD": self.base_url,
        }

    # Sending to the bot

    def sign(self, **changes: Any) -> dict[str, str]:
        """Return the headers of a good request, with a token whose claims are changed so."""
        claims = self.signer.claims(APP_ID, self.build.service_url, **changes)
        return {"Authorization": f"Bearer {self.signer.sign(claims)}", "Content-Type": "application/json"}

    async def send(self, activity: Json, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Send an activity, signed, and return the status and what the body holds."""
        status, raw = await self.post(json.dumps(activity).encode(), self.sign() if headers is None else headers)
        return status, json.loads(raw) if raw else None

    async def post(self, body: Any, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send raw bytes: for what is unsigned, forged or broken."""
        skipped = () if "Content-Type" in headers else ("Content-Type",)
        async with self._session.post(
            f"{self.bot_url}/api/messages", data=body, headers=dict(headers), skip_auto_headers=skipped
        ) as answer:
            return answer.status, await answer.read()

    # Breaking

    def fault(self, what: str, **fields: Any) -> None:
        """Break requests: ``keys``, ``token``, ``POST activities``, ``PUT activities``, ``GET pagedmembers``, …

        ``status`` and ``code``: that answer · ``retry_after``: its header · ``cut``: the connection is cut · ``hang``:
        so many seconds before anything · ``accepted``: the request takes effect all the same · ``then``: what is
        done in that very moment · ``skip``: so many go through before · ``times``.
        """
        self.faults.add(Fault(what=what, **fields))

    def forget_tokens(self) -> None:
        """Let every token that the bot has be worth nothing."""
        self._tokens.clear()

    def count(self, what: str) -> int:
        """Return how often the bot asked for something."""
        return sum(one.what == what for one in self.asked)

    # Answering the bot

    async def _openid(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(Asked("openid", request.path, request.headers))
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": self._keys_url()})

    def _keys_url(self) -> str:
        return f"{self.base_url}/v1/.well-known/keys"

    async def _keys(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(Asked("keys", request.path, request.headers))
        return await self._broken(request, "keys") or web.json_response(self.signer.jwks())

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        self.asked.append(Asked("token", request.path, request.headers, form))
        if broken := await self._broken(request, "token"):
            return broken
        good = {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": self.password,
            "scope": "https://api.botframework.com/.default",
        }
        if request.match_info["tenant"] != TENANT or form != good:
            return web.json_response({"error": "invalid_client", "error_description": "AADSTS7000215"}, status=401)
        token = f"token-{len(self._tokens)}-{time.monotonic_ns()}"
        self._tokens[token] = time.monotonic() + self.lasts
        return web.json_response({"token_type": "Bearer", "expires_in": self.lasts, "access_token": token})

    async def _connector(self, request: web.Request) -> web.StreamResponse:
        what = f"{request.method} {request.match_info.get('kind', 'conversations')}"
        body = await request.read()
        self.asked.append(Asked(what, request.path, request.headers, json.loads(body) if body else None))
        fault = self.faults.take(what)
        if fault is not None and not fault.accepted:
            return await self._break(request, fault)
        try:
            self._look_at_token(request)
            answer = await self._do(request)
        except Refused as refused:
            self.refusals.append((what, refused.code))
            headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
            error = {"error": {"code": refused.code, "message": "…"}}
            return web.json_response(error, status=refused.status, headers=headers)
        if fault is not None:
            return await self._break(request, fault)
        return web.json_response(answer, status=201 if request.method == "POST" else 200)

    def _look_at_token(self, request: web.Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) < time.monotonic():
            raise Refused(401, "Unauthorized")

    async def _do(self, request: web.Request) -> Json:
        found, memory = request.match_info, self.memory
        match request.method, found.get("kind", ""), "one" in found:
            case "POST", "", False:
                return memory.converse(await object_in(request))
            case "POST", "activities", False:
                return memory.post(found["room"], await object_in(request))
            case "PUT", "activities", True:
                return memory.update(found["room"], found["one"], await object_in(request))
            case "DELETE", "activities", True:
                return memory.delete(found["room"], found["one"])
            case "GET", "conversations", False:
                return memory.channels(found["room"])
            case "GET", "pagedmembers", False:
                return memory.members(found["room"], request.query)
            case "GET", "members", True:
                return memory.member(found["room"], found["one"])
        raise Refused(405, "MethodNotAllowed")

    async def _broken(self, request: web.Request, what: str) -> web.StreamResponse | None:
        fault = self.faults.take(what)
        if fault is None:
            return None
        if not (fault.status or fault.cut):
            await asyncio.sleep(fault.hang)
            return None
        return await self._break(request, fault)

    async def _break(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.then is not None:
            fault.then()
        await asyncio.sleep(fault.hang)
        if fault.cut and request.transport is not None:
            request.transport.abort()
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        error = {"error": {"code": fault.code or "ServiceError", "message": "…"}}
        return web.json_response(error, status=fault.status or 503, headers=headers)
