"""Reports: what became of a period, and of each number what it was counted from. CSV and JSON are the same figures."""

from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any, TypeVar

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Visit
from bot.chat.desk.pages import Views
from bot.chat.desk.urls import read_start
from handlers.base.errors import WrongInput
from handlers.base.timezones import named_zone
from handlers.report.figures.addresses import report_path, rows_at, rows_path
from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.kept import read_report
from handlers.report.figures.listed import read_listed
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.pictures import pictures
from handlers.report.figures.report import Report
from handlers.report.figures.written import as_json, foot, write_csv
from storage.engine.database import Session
from storage.own import ownership

T = TypeVar("T")
_MOST = 60


class Reports:
    """Draws them."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def show(self, visit: Visit) -> web.StreamResponse:
        """What became of a period, or of a department or a product in it."""
        query, organisation, asked = visit.request.query, self._backend.organisation, _asked(visit)
        try:
            period = self._period(visit)
            report, seq = await self._read(lambda db: read_report(db, organisation, period, visit.now, **asked))
        except WrongInput as wrong:
            return await self._refused(visit, wrong.sentence)
        form = query.get("format", "")
        if form in ("csv", "json"):
            return _file(report, form)
        return self._views.page(visit, "report.html", seq, **_drawn(report, asked))

    async def rows(self, visit: Visit) -> web.StreamResponse:
        """The mentions that a number of a report was counted from, as many as it says."""
        query, organisation = visit.request.query, self._backend.organisation
        name, of = query.get("figure", "")[:_MOST], tuple(one[:_MOST] for one in query.getall("of", ())[:2])
        product = query.get("product", "")[:_MOST].strip()
        start = read_start(query)
        try:
            period = self._period(visit)
            found, seq = await self._read(
                lambda db: read_listed(db, organisation, period, visit.now, name, of, start, product)
            )
        except WrongInput as wrong:
            return await self._refused(visit, wrong.sentence)
        values: dict[str, Any] = {
            "listed": found,
            "period": period,
            "back": report_path(period, **({"product": product} if product else {})),
            "more": rows_at(period, name, of, found.next, product) if found.next is not None else "",
        }
        return self._views.page(visit, "report_rows.html", seq, **values)

    def _period(self, visit: Visit) -> Period:
        zone = named_zone(self._backend.organisation.timezone)
        return read_period(visit.request.query.get("period", "")[:_MOST], zone, visit.now)

    async def _read(self, read: Callable[[Session], T]) -> tuple[T, int]:
        return await self._backend.read(lambda session: (read(session), ownership.head(session)[0]))

    async def _refused(self, visit: Visit, sentence: str) -> web.StreamResponse:
        seq = await self._backend.read(lambda session: ownership.head(session)[0])
        return self._views.page(
            visit, "report.html", seq, status=400, refused=sentence, report=None, asked=_asked(visit)
        )


def _asked(visit: Visit) -> dict[str, str]:
    """Return of which department or product a report is asked for."""
    return {name: visit.request.query.get(name, "")[:_MOST].strip() for name in ("department", "product")}


def _drawn(report: Report, asked: dict[str, str]) -> dict[str, Any]:
    period, kept = report.period, {name: said for name, said in asked.items() if said}
    opens = partial(rows_path, period, product=report.product)
    return {
        "report": report,
        "foot": foot(report),
        "definitions": DEFINITIONS,
        "rows_url": opens,
        "pictures": list(pictures(report, opens, partial(rows_path, period.before()))),
        "before": report_path(period.before(), **kept),
        "after": "" if period.goes_on(report.now) else report_path(period.after(), **kept),
        "csv": report_path(period, format="csv", **kept),
        "json": report_path(period, format="json", **kept),
        "asked": asked,
        "refused": "",
    }


def _file(report: Report, form: str) -> web.Response:
    name = f"report-{report.period.label}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "json":
        return web.json_response(as_json(report), headers=headers)
    out = StringIO()
    write_csv(report, out)
    return web.Response(text=out.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)
