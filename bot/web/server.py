"""The web front: one aiohttp application for hooks, health, metrics and what the platforms serve.

Everything that comes in is bounded in size and time here, before anything parses it, and nothing that goes wrong
below becomes more than a bare 500 with a line in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import Platform
from bot.net.answers import dress_answer
from bot.net.request_body import LARGEST, BodyRefused, read_request
from bot.runtime.replicas import Replicas
from bot.runtime.roles import Role
from bot.sources.base import HookRefused
from bot.sources.kit.vendors import PATH_TAIL
from bot.sources.runner.runner import SourceRunner, UnknownSource
from bot.web.health import Health
from bot.web.metrics import Metrics, State
from handlers.report.spending import read_spending
from storage.channels import messages
from storage.engine.database import Session, is_outage
from storage.listen import sources
from storage.reply.flights import flights

log = logging.getLogger("dibs.web")
_PATIENCE = 2.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Front:
    """What the routes answer from.

    Attributes:
        replicas: Who shares the work; where this one has not the role of the web, it only says how it is.
        stopping: True from the first signal on; /readyz says so.
    """

    backend: Backend
    metrics: Metrics
    platforms: Sequence[Platform]
    runner: SourceRunner | None = None
    replicas: Replicas | None = None
    stopping: bool = False

    def application(self) -> web.Application:
        """Build the application with every route."""
        health = Health(
            backend=self.backend, platforms=self.platforms, stopping=lambda: self.stopping, replicas=self.replicas
        )
        app = web.Application(client_max_size=LARGEST, middlewares=[_guard])
        app.on_response_prepare.append(dress_answer)
        app.add_routes(
            [
                web.get("/healthz", health.healthz),
                web.get("/readyz", health.readyz),
                web.get("/metrics", self.show_metrics),
            ]
        )
        if self.replicas is not None and Role.WEB not in self.replicas.roles:
            return app
        app.add_routes(
            [
                web.post("/hooks/{source}", self.hook),
                web.post("/hooks/{source}/{behind}", self.hook),
                web.get("/hooks/{source}", self.greet, allow_head=False),
            ]
        )
        for platform in self.platforms:
            app.add_routes(platform.routes())
        return app

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Answer Prometheus; while the database is away, with what this process knows by itself."""
        configured, now = self.backend.organisation.sources, self.backend.clock.now()

        def look(session: Session) -> State:
            return State(
                messages.lanes(session),
                messages.backlogs(session),
                sources.states(session, [one.name for one in configured]),
                flights(session),
                now,
                read_spending(session, configured, now),
            )

        state: State | None = None
        try:
            async with asyncio.timeout(_PATIENCE):
                state = await self.backend.read(look)
        except TimeoutError:
            pass
        except Exception as error:
            if not is_outage(error):
                raise
        body = self.metrics.render(state)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def greet(self, request: web.Request) -> web.Response:
        """Answer a network that asks whether a hook is ours; nothing is waited for, since some give it three seconds.

        What cannot be asked so is for POST alone.
        """
        found = self._hooked(request)
        if isinstance(found, web.Response):
            return found
        runner, source = found
        try:
            greeting = runner.handshake(source, request.query)
        except UnknownSource:
            return web.json_response({"error": "This is called by POST."}, status=405, headers={"Allow": "POST"})
        except HookRefused as refusal:
            return web.json_response({"error": refusal.reason}, status=refusal.status)
        if greeting is None:
            return web.json_response({"error": "Nothing was asked."}, status=400)
        return web.Response(text=greeting.text, content_type=greeting.media_type)

    async def hook(self, request: web.Request) -> web.Response:
        """Take one delivery of a hook; 200 only after the commit.

        What stands behind the name may be its secret, and is told to nobody but its source: no line of the log and no
        metric names the path of a request.
        """
        found = self._hooked(request)
        if isinstance(found, web.Response):
            return found
        runner, source = found
        behind = request.match_info.get("behind")
        try:
            raw = await read_request(request)
            arrival = await runner.receive(source, _heads(request, behind), raw)
        except BodyRefused as refusal:
            return web.Response(status=refusal.status)
        except HookRefused as refusal:
            return web.json_response({"error": refusal.reason}, status=refusal.status)
        told = {"seen": arrival.seen, "mentions": arrival.matched}
        return web.json_response(told | {"refused": arrival.refused} if arrival.refused else told)

    def _hooked(self, request: web.Request) -> tuple[SourceRunner, str] | web.Response:
        """Return who listens at a hook and what it is called, or the answer where nobody does."""
        if self.runner is None or self.stopping:
            return web.json_response({"error": "Not here."}, status=503 if self.stopping else 404)
        source = request.match_info["source"]
        if not self.runner.has_hook(source, in_path="behind" in request.match_info):
            return web.json_response({"error": "There is no such hook."}, status=404)
        return self.runner, source


def _heads(request: web.Request, behind: str | None) -> Mapping[str, str]:
    return request.headers if behind is None else {**request.headers, PATH_TAIL: behind}


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nothing of a failure leave but its number."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except asyncio.CancelledError:
        raise
    except Exception as error:
        if is_outage(error):
            return web.json_response({"error": "The database is away for a moment; try again."}, status=503)
        log.exception("A request failed: %s %s", request.method, request.match_info.route.resource)
        return web.json_response({"error": "Something went wrong here; it is in the log."}, status=500)
