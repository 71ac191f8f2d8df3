"""How Dibs is: whether it lives, whether it can take work, and what of it is well.

Only what nobody can work without makes /readyz say no: a database that can be written and has this release's schema.
A channel, a source or a platform in trouble is told beside it, with its reason.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import Platform
from bot.runtime.replicas import Replicas
from bot.runtime.roles import WITHOUT, Role, lacking
from bot.web.metrics import DIRECT
from handlers.reply.outcome.steps import troubles_of_replies
from handlers.report.spending import BudgetLine, read_spending
from storage.channels import messages
from storage.channels.messages import LaneStatus, person_in
from storage.engine.database import is_outage, prove_writable
from storage.engine.schema import look
from storage.listen import sources
from storage.own import put_off
from storage.tables.states import LaneState

log = logging.getLogger("dibs.health")
_READY_FOR = 2.0
_SOME_WAIT = "Some of them cannot be delivered; `dibs check` says whose."
_WRITE_EVERY = 5.0


@dataclass(slots=True, kw_only=True)
class Health:
    """What the probes of an orchestrator are answered from.

    Attributes:
        stopping: Tells whether the process was asked to stop.
        replicas: Who shares the work.
    """

    backend: Backend
    platforms: Sequence[Platform]
    stopping: Callable[[], bool]
    replicas: Replicas | None = None
    _written: float = -math.inf
    _looking: "asyncio.Task[str] | None" = None

    async def healthz(self, _request: web.Request) -> web.Response:
        """Say that the process is alive."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Say whether work can be taken: 503 only without a writable, current database, or when stopping."""
        trouble = "It is stopping." if self.stopping() else await self._database_trouble()
        body: dict[str, Any] = {"status": "ok" if not trouble else "unavailable", "database": trouble or "ok"}
        if not trouble:
            body |= await self._parts()
        return web.json_response(body, status=503 if trouble else 200)

    async def _database_trouble(self) -> str:
        """Say what is wrong with the database; what was written a moment ago can be written, whoever asks how often."""
        clock, watch = self.backend.clock, self.backend.database.sync.watch
        if clock.monotonic() - self._written < _WRITE_EVERY and not watch.is_away:
            return ""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> str:
        engine = self.backend.database.sync.engine

        try:
            async with asyncio.timeout(_READY_FOR):
                await self.backend.database.tx(prove_writable, urgent=True)
                schema = await asyncio.to_thread(look, engine)
        except TimeoutError:
            return "The database does not answer."
        except Exception as error:
            if not is_outage(error):
                log.exception("The database cannot be written.")
            return "The database cannot be written."
        if not schema.fits:
            return f"The schema is {schema.state} than this release wants."
        self._written = self.backend.clock.monotonic()
        return ""

    async def _parts(self) -> dict[str, Any]:
        """Say of each platform, lane, source, way of replies, timer and part of us how it is, and if not well, why."""
        configured, now = self.backend.organisation.sources, self.backend.clock.now()
        names = [one.name for one in configured]
        lanes, states, replies, spending, failing = await self.backend.read(
            lambda session: (
                messages.lanes(session),
                sources.states(session, names),
                troubles_of_replies(session, now),
                read_spending(session, configured, now),
                put_off.by_job(session, now),
            )
        )
        return {
            "platforms": {one.name: _said(one.health().ok, one.health().why) for one in self.platforms},
            "lanes": _lanes(lanes),
            "sources": {
                one.name: {**_said(one.down_since is None, one.trouble), **_noted(one.name, spending)} for one in states
            },
            "replies": {name: _said(not why, why) for name, why in replies.items()},
            "timers": {one.job: _said(False, f"{one.sentence}.") for one in failing},
            "parts": {name: _said(not why, why) for name, why in self.backend.parts.troubles().items()},
            **_roles(self.replicas),
        }


def _roles(replicas: Replicas | None) -> dict[str, dict[str, dict[str, str]]]:
    """Say of each role whether a replica has it; nothing where one process does all."""
    if replicas is None or not replicas.living:
        return {}
    missing = lacking(one.roles for one in replicas.living)
    return {"roles": {str(role): _said(role not in missing, f"Meanwhile {WITHOUT[role]}.") for role in Role}}


def _lanes(lanes: Sequence[LaneStatus]) -> dict[str, dict[str, str]]:
    """Say how channels are, each by itself, and all direct messages of a platform together: nobody is named here."""
    said: dict[str, dict[str, str]] = {}
    for lane in lanes:
        direct = bool(person_in(lane.channel))
        name, well = f"{lane.platform}:{DIRECT if direct else lane.channel}", lane.state == LaneState.OPEN
        if not (direct and well and name in said):
            said[name] = _said(well, _SOME_WAIT if direct else lane.trouble)
    return said


def _said(well: bool, why: str) -> dict[str, str]:
    return {"status": "ok"} if well else {"status": "degraded", "why": why}


def _noted(source: str, spending: Sequence[BudgetLine]) -> dict[str, str]:
    """Note which budgets of a source are nearly spent, or are; that is no trouble."""
    near = [one.sentence for one in spending if one.source == source and one.near]
    return {"note": " ".join(near)} if near else {}
