"""The web front: one aiohttp application for hooks, health, metrics and what the platforms serve.

Everything that comes in is bounded in size and time here, before anything parses it, and nothing that goes wrong
below becomes more than a bare 500 with a line in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.chat.backend import Office
from bot.chat.base import Platform
from bot.sources.base import HookRefused
from bot.sources.runner.runner import SourceRunner, UnknownSource
from bot.web.metrics import Metrics, State
from handlers.reply.outcome.steps import troubles_of_replies
from storage.channels import messages
from storage.engine.database import prove_writable
from storage.engine.schema import look
from storage.listen import sources
from storage.reply import publications
from storage.tables.states import LaneState

LARGEST_BODY = 1024 * 1024
BODY_SECONDS = 10.0
_READY_FOR = 2.0

log = logging.getLogger("dibs.web")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Front:
    """What the routes answer from.

    Attributes:
        stopping: True from the first signal on; /readyz says so.
    """

    office: Office
    metrics: Metrics
    platforms: Sequence[Platform]
    runner: SourceRunner | None = None
    stopping: bool = False

    def application(self) -> web.Application:
        """Build the application with every route."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_guard])
        app.add_routes(
            [
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/metrics", self.show_metrics),
                web.post("/hooks/{source}", self.hook),
            ]
        )
        for platform in self.platforms:
            app.add_routes(platform.routes())
        return app

    async def healthz(self, _request: web.Request) -> web.Response:
        """Say that the process is alive."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Say whether work can be taken: 503 only without a writable, current database, or when stopping."""
        trouble = "It is stopping." if self.stopping else await self._database_trouble()
        body: dict[str, Any] = {"status": "ok" if not trouble else "unavailable", "database": trouble or "ok"}
        if not trouble:
            body |= await self._parts()
        return web.json_response(body, status=503 if trouble else 200)

    async def _database_trouble(self) -> str:
        engine = self.office.database.sync.engine

        try:
            async with asyncio.timeout(_READY_FOR):
                await self.office.database.tx(prove_writable, urgent=True)
                schema = await asyncio.to_thread(look, engine)
        except TimeoutError:
            return "The database does not answer."
        except Exception as error:
            log.warning("The database cannot be written: %s", type(error).__name__)
            return "The database cannot be written."
        return "" if schema.state == "current" else f"The schema is {schema.state} than this release wants."

    async def _parts(self) -> dict[str, Any]:
        """Say of every platform, lane, source and way of replies whether it is well, and if not, why."""
        names = [one.name for one in self.office.organisation.sources]
        lanes, states, replies = await self.office.read(
            lambda session: (messages.lanes(session), sources.states(session, names), troubles_of_replies(session))
        )
        return {
            "platforms": {one.name: _said(one.health().ok, one.health().why) for one in self.platforms},
            "lanes": {
                f"{lane.platform}:{lane.channel}": _said(lane.state == LaneState.OPEN, lane.trouble) for lane in lanes
            },
            "sources": {one.name: _said(one.down_since is None, one.trouble) for one in states},
            "replies": {name: _said(not why, why) for name, why in replies.items()},
        }

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Answer Prometheus."""
        names = [one.name for one in self.office.organisation.sources]
        now = self.office.clock()
        state = await self.office.read(
            lambda session: State(
                messages.lanes(session),
                messages.backlogs(session),
                sources.states(session, names),
                publications.flights(session),
                now,
            )
        )
        body = self.metrics.render(state)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def hook(self, request: web.Request) -> web.Response:
        """Take one delivery of a hook; 200 only after the commit."""
        if self.runner is None or self.stopping:
            return web.json_response({"error": "Not here."}, status=503 if self.stopping else 404)
        raw = await read_body(request)
        try:
            arrival = await self.runner.receive(request.match_info["source"], request.headers, raw)
        except UnknownSource:
            return web.json_response({"error": "There is no such hook."}, status=404)
        except HookRefused as refusal:
            return web.json_response({"error": refusal.reason}, status=refusal.status)
        return web.json_response({"seen": arrival.seen, "mentions": arrival.matched})


def _said(well: bool, why: str) -> dict[str, str]:
    return {"status": "ok"} if well else {"status": "degraded", "why": why}


async def read_body(request: web.Request) -> bytes:
    """Read a body of at most 1 MiB within ten seconds.

    Raises:
        web.HTTPException: 413, 408, or 400 where it is not what its Content-Encoding says.
    """
    declared = request.content_length
    if declared is not None and declared > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=declared)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as slow:
        raise web.HTTPRequestTimeout from slow
    except web.RequestPayloadError as broken:
        raise web.HTTPBadRequest from broken


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nothing of a failure leave but its number."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("A request failed: %s %s", request.method, request.match_info.route.resource)
        return web.json_response({"error": "Something went wrong here; it is in the log."}, status=500)
