"""Records: the pages that one reads and presses nothing on: the log, the digests, the sources, one's own sessions."""

import re
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Turned, Visit
from bot.chat.desk.pages import Views
from bot.chat.desk.urls import write_wanted
from handlers.base.verb import ask
from handlers.draw.board import Wanted
from handlers.people.seats import Seat, seats
from handlers.report.digest import build_digest
from handlers.report.log import LogRow, in_words
from handlers.report.sources import SourceLine, read_sources
from handlers.verbs import BY_NAME, COMMANDS, HELP
from storage.engine.database import Session
from storage.own import board, ownership
from storage.people import people
from storage.tables.states import Via

LOG_PAGE = 50
# A head of the log, as a digest's link brings it.
_HEAD = re.compile(r"[0-9a-f]{64}", re.ASCII)


def page_of(name: str) -> str:
    """Return the address of the page on which one does what a verb means: its tab of the board, or its own."""
    tab = BY_NAME[name].tab
    return write_wanted(Wanted(tab=tab)) if tab is not None else f"/{name}"


class Records:
    """Draws them."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def log(self, visit: Visit) -> web.StreamResponse:
        """The whole log, newest first."""
        before = visit.request.query.get("before", "")
        edge = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None

        def read(session: Session) -> tuple[list[LogRow], tuple[int, str]]:
            rows = board.log_page(session, before=edge, limit=LOG_PAGE + 1)
            return in_words(session, rows), ownership.head(session)

        rows, head = await self._backend.read(read)
        more = rows[LOG_PAGE - 1].seq if len(rows) > LOG_PAGE else None
        kept = visit.request.query.get("head", "")
        shown: dict[str, Any] = {"more": more, "first": edge is None, "kept": kept if _HEAD.fullmatch(kept) else ""}
        return self._views.page(visit, "log.html", head[0], rows=rows[:LOG_PAGE], head=head, **shown)

    async def own_digest(self, visit: Visit) -> web.StreamResponse:
        """Lead to the digest of the visitor's department."""
        departments = await self._backend.read(people.departments)
        own = [one.key for one in departments if one.id == visit.visitor.department_id]
        key = own[0] if own else self._backend.organisation.fallback
        return web.Response(status=303, headers={"Location": f"/digest/{quote(key)}"})

    async def digest(self, visit: Visit) -> web.StreamResponse:
        """A department's digest as it would be now."""
        key = visit.request.match_info["department"].replace("\x00", "")

        def read(session: Session) -> Any:
            found = people.department(session, key)
            if found is None or found.id is None:
                raise Turned(404, "There is no such department.")
            notice = build_digest(session, self._backend.organisation, found.id, visit.now)
            return notice, people.departments(session), ownership.head(session)[0]

        notice, departments, seq = await self._backend.read(read)
        shown = {"notice": notice, "departments": departments, "key": key, "back": f"/digest/{quote(key)}"}
        return self._views.page(visit, "digest.html", seq, **shown)

    async def help(self, visit: Visit) -> web.StreamResponse:
        """What one does every day, each with the page on which one does it, and all else that can be done."""
        told = [
            await self._backend.run(ask(verb, None, {}, who=visit.visitor.who, via=Via.DESK))
            for verb in (HELP, COMMANDS)
        ]
        daily, every = (one.notice for one in told)
        return self._views.page(visit, "help.html", 0, daily=daily, every=every, page_of=page_of)

    async def sources(self, visit: Visit) -> web.StreamResponse:
        """Where we listen, and how each of these places does."""

        def read(session: Session) -> tuple[tuple[SourceLine, ...], int]:
            return read_sources(session, self._backend.organisation), ownership.head(session)[0]

        lines, seq = await self._backend.read(read)
        return self._views.page(visit, "sources.html", seq, sources=lines)

    async def sessions(self, visit: Visit) -> web.StreamResponse:
        """Where the visitor sits, here and elsewhere."""

        def read(session: Session) -> tuple[list[Seat], int]:
            own = seats(session, visit.visitor.person_id, visit.token, visit.now)
            return own, ownership.head(session)[0]

        found, seq = await self._backend.read(read)
        return self._views.page(visit, "sessions.html", seq, seats=found)
