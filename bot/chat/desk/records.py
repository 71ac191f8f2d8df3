"""Records: the pages that one reads and presses nothing on: the log, the digests, the sources, one's own sessions."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Turned, Visit, is_admin
from bot.chat.desk.pages import Views
from bot.chat.desk.urls import read_log, write_log, write_wanted
from bot.sources.signing_in import SigningIn
from handlers.base.timezones import person_zone
from handlers.base.verb import ask
from handlers.draw.wanted import Wanted
from handlers.people.seats import Seat, seats
from handlers.report.digest import build_digest
from handlers.report.sources import SourceLine, read_sources
from handlers.report.timeline import read_timeline
from handlers.verbs import BY_NAME, COMMANDS, HELP
from storage.engine.database import Session
from storage.own import ownership
from storage.people import people
from storage.tables.states import Action, Via

# A head of the log, as a digest's link brings it.
_HEAD = re.compile(r"[0-9a-f]{64}", re.ASCII)


def page_of(name: str) -> str:
    """Return the address of the page on which one does what a verb means: its tab of the board, or its own."""
    tab = BY_NAME[name].tab
    return write_wanted(Wanted(tab=tab)) if tab is not None else f"/{name}"


class Records:
    """Draws them."""

    def __init__(self, backend: Backend, views: Views, signing_in: SigningIn | None = None) -> None:
        self._backend = backend
        self._views = views
        self._signing_in = signing_in

    async def log(self, visit: Visit) -> web.StreamResponse:
        """The whole log as sentences, newest first, or what is asked of it."""
        query, visitor, organisation = visit.request.query, visit.visitor, self._backend.organisation
        wanted = read_log(query)

        def read(session: Session) -> dict[str, Any]:
            zone = person_zone(session, organisation, visitor.person_id, visitor.department_id)
            return {
                "timeline": read_timeline(session, wanted, zone),
                "head": ownership.head(session),
                "departments": people.departments(session, removed=True),
                "zone": zone.key,
            }

        values = await self._backend.read(read)
        kept, proof = query.get("head", ""), bool(query.get("proof"))
        older, newest = (replace(wanted, before=before) for before in (values["timeline"].next, None))
        addresses = {"older_url": write_log(older, proof=proof), "newest_url": write_log(newest, proof=proof)}
        shown: dict[str, Any] = {"wanted": wanted, "proof": proof, "actions": tuple(Action), **addresses}
        kept = kept if _HEAD.fullmatch(kept) else ""
        return self._views.page(visit, "log.html", values["head"][0], kept=kept, **shown, **values)

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
            return read_sources(session, self._backend.organisation, visit.now), ownership.head(session)[0]

        lines, seq = await self._backend.read(read)
        admin = is_admin(visit, self._backend.organisation)
        ways = self._signing_in.names if self._signing_in is not None and admin else frozenset()
        return self._views.page(visit, "sources.html", seq, sources=lines, ways=ways)

    async def sessions(self, visit: Visit) -> web.StreamResponse:
        """Where the visitor sits, here and elsewhere."""

        def read(session: Session) -> tuple[list[Seat], int]:
            own = seats(session, visit.visitor.person_id, visit.token, visit.now)
            return own, ownership.head(session)[0]

        found, seq = await self._backend.read(read)
        return self._views.page(visit, "sessions.html", seq, seats=found)
