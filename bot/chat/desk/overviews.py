"""Overviews: how the house is set up, for everybody to read: charters, topics, people, and who may come in."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Visit
from bot.chat.desk.pages import Views
from bot.chat.desk.urls import read_kept, read_start
from handlers.draw.held import read_held
from handlers.people.ways_in import rules, ways_in
from handlers.report.charters import read_charters
from handlers.report.colleagues import read_colleagues
from handlers.report.topics import read_topics
from handlers.report.trial import topic_of, try_topic
from handlers.text.match import Topic
from handlers.text.query.errors import QueryError
from storage.engine.database import Session
from storage.own import ownership

# So many people stand on one page of those who may come in.
WAYS_PAGE = 200


class Overviews:
    """Draws them."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def charters(self, visit: Visit) -> web.StreamResponse:
        """What each source is for, who may speak there, and what was done there lately."""
        organisation = self._backend.organisation
        return await self._draw(visit, "charters", lambda db: {"shown": read_charters(db, organisation, visit.now)})

    async def topics(self, visit: Visit) -> web.StreamResponse:
        """What is listened for, to whom it is sent, and what a topic or a query would have found in a week."""
        organisation, said = self._backend.organisation, visit.request.query.get("try", "").strip()
        topic: Topic | None = None
        refused: tuple[str, ...] = ()
        try:
            topic = topic_of(organisation, said) if said else None
        except QueryError as error:
            refused = error.lines

        def read(session: Session) -> dict[str, Any]:
            trial = try_topic(session, organisation, topic, visit.now) if topic else None
            shown = read_topics(session, organisation, visit.now)
            return {"shown": shown, "tried": said, "topic": topic, "trial": trial, "refused": refused}

        return await self._draw(visit, "topics", read)

    async def people(self, visit: Visit) -> web.StreamResponse:
        """Who belongs where, and where they may publish and review; nobody's figures."""
        organisation, start = self._backend.organisation, read_start(visit.request.query)
        return await self._draw(visit, "people", lambda db: {"shown": read_colleagues(db, organisation, start)})

    async def welcome(self, visit: Visit) -> web.StreamResponse:
        """Who may come in, and by which way."""
        organisation, start = self._backend.organisation, read_start(visit.request.query)

        def read(session: Session) -> dict[str, Any]:
            ways = ways_in(session, organisation, visit.now)
            more = start + WAYS_PAGE if len(ways) > start + WAYS_PAGE else None
            return {"rules": rules(organisation), "ways": ways[start : start + WAYS_PAGE], "next": more}

        return await self._draw(visit, "welcome", read)

    async def held(self, visit: Visit) -> web.StreamResponse:
        """What is held back, and what is muted."""
        organisation, person_id = self._backend.organisation, visit.visitor.person_id
        wanted = read_kept(visit.request.query)

        def read(session: Session) -> dict[str, Any]:
            return {"shown": read_held(session, organisation, wanted, person_id, visit.now)}

        return await self._draw(visit, "held", read)

    async def _draw(self, visit: Visit, page: str, read: Callable[[Session], dict[str, Any]]) -> web.StreamResponse:
        values, seq = await self._backend.read(lambda session: (read(session), ownership.head(session)[0]))
        return self._views.page(visit, f"{page}.html", seq, **values)
