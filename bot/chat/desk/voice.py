"""Voice: what many people say, in two lists, and of each number the mentions that it was counted from."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Visit
from bot.chat.desk.pages import Views
from bot.chat.desk.urls import read_start
from handlers.base.errors import WrongInput
from handlers.base.timezones import named_zone
from handlers.draw.voice import DOES, STEPS
from handlers.report.figures.periods import read_period
from handlers.report.voice.addresses import rows_path, voice_path
from handlers.report.voice.counting import WEEK, Span
from handlers.report.voice.read import read_voice
from handlers.report.voice.rows import read_rows
from storage.engine.database import Session
from storage.own import ownership

_MOST = 60


class Voice:
    """Draws it."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def show(self, visit: Visit) -> web.StreamResponse:
        """What more people say than usual, and how many say what has a name."""
        organisation, department = self._backend.organisation, visit.request.query.get("department", "")[:_MOST]

        def read(session: Session) -> dict[str, Any]:
            span, week = self._span(visit)
            shown = read_voice(session, organisation, span, visit.now, department)
            leads = {"rows_url": rows_path, "voice_url": voice_path}
            return {"shown": shown, "week": week, "does": DOES, "step": STEPS, **leads}

        return await self._draw(visit, "voice.html", read)

    async def rows(self, visit: Visit) -> web.StreamResponse:
        """The mentions behind a number, as many as it says."""
        query = visit.request.query
        token = query.get("of", "")[:_MOST].replace("\x00", "")
        part = query.get("part", "")[:_MOST]
        start = read_start(query)

        def read(session: Session) -> dict[str, Any]:
            span, week = self._span(visit)
            listed = read_rows(session, token, span, start, part)
            more = rows_path(token, week=week, part=part, start=listed.next) if listed.next is not None else ""
            return {"listed": listed, "more": more, "back": voice_path(week=week)}

        return await self._draw(visit, "voice_rows.html", read)

    def _span(self, visit: Visit) -> tuple[Span, str]:
        """Return the week that is asked for: a whole one where it is named, else the last seven days.

        Raises:
            WrongInput: That is no week.
        """
        written = visit.request.query.get("week", "")[:_MOST]
        if not written:
            return Span.until_now(visit.now), ""
        period = read_period(written, named_zone(self._backend.organisation.timezone), visit.now)
        if "W" not in period.label:
            sentence = (
                f"{period.label} is no week. Write one such as 2026-W48, or leave it out for the last seven days."
            )
            raise WrongInput(sentence, {"week": sentence})
        return Span(period.since, period.end, period.since - WEEK), period.label

    async def _draw(self, visit: Visit, page: str, read: Callable[[Session], dict[str, Any]]) -> web.StreamResponse:
        def both(session: Session) -> tuple[dict[str, Any], int]:
            return read(session), ownership.head(session)[0]

        try:
            values, seq = await self._backend.read(both)
        except WrongInput as wrong:
            seq = await self._backend.read(lambda session: ownership.head(session)[0])
            return self._views.page(visit, "voice.html", seq, status=400, refused=wrong.sentence, shown=None)
        return self._views.page(visit, page, seq, refused="", **values)
