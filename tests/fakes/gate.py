"""A gate before the one request that publishes, the same for every service that is played here.

It plays what goes wrong between Dibs and the service, and calls back at a moment of a request, so that the bot can be
killed then.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Moment = Literal["arrived", "accepted"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What comes of a request: whether it is ``accepted``, and what is answered, after ``hang`` seconds.

    ``status`` 0 = nothing: the connection is cut.
    """

    accepted: bool = False
    status: int = 0
    hang: float = 0.0
    retry_after: int = 0


@dataclass
class Gate:
    """Stands before the request that publishes.

    Attributes:
        faults: By the post that is answered; each is played on the next request, once.
        asked: When requests came, by the post that is answered.
        hook: Called at a moment of the next request; what it returns is played, if it is a fault.
    """

    faults: dict[str, Fault] = field(default_factory=dict)
    asked: dict[str, list[float]] = field(default_factory=dict)
    hook: tuple[Moment, Callable[[], Fault | None]] | None = None

    @property
    def again(self) -> int:
        """How many requests came beyond the first for each post."""
        return sum(len(times) - 1 for times in self.asked.values())

    def around(self, inner: Handler, parent_of: Callable[[web.Request], Awaitable[str]]) -> Handler:
        """Return a handler behind this gate; ``parent_of`` names the post that is answered, or nothing."""

        async def handler(request: web.Request) -> web.StreamResponse:
            parent = await parent_of(request)
            return await self._pass(request, parent, inner) if parent else await inner(request)

        return handler

    async def _pass(self, request: web.Request, parent: str, inner: Handler) -> web.StreamResponse:
        self.asked.setdefault(parent, []).append(time.monotonic())
        fault = self._call("arrived") or self.faults.pop(parent, None)
        if fault is not None and not fault.accepted:
            return await _play(request, fault)
        answer = await inner(request)
        fault = self._call("accepted") or fault
        return await _play(request, fault) if fault is not None else answer

    def _call(self, moment: Moment) -> Fault | None:
        if self.hook is None or self.hook[0] != moment:
            return None
        (_, call), self.hook = self.hook, None
        return call()


async def _play(request: web.Request, fault: Fault) -> web.StreamResponse:
    await asyncio.sleep(fault.hang)
    if fault.status == 0:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    return web.json_response({"error": "Played"}, status=fault.status, headers=headers)
