"""The desk: the same cards in a web page that the bot serves itself.

It has no lane: it draws state and listens for commits, so it cannot fall behind. It is where the log and the
reports are read, the platform of the demo, and of those who have neither Slack nor Teams.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import Finding, Health, Messenger
from bot.chat.desk.access import Access, Turned, Visit
from bot.chat.desk.actions import Gestures
from bot.chat.desk.events import BEAT, HEARTBEAT_SECONDS, Event, Listener, Live, TooMany
from bot.chat.desk.mention import MentionPage
from bot.chat.desk.networks import Networks
from bot.chat.desk.overviews import Overviews
from bot.chat.desk.pages import Views
from bot.chat.desk.pictures import Pictures, served
from bot.chat.desk.records import Records
from bot.chat.desk.render import Pages
from bot.chat.desk.reports import Reports
from bot.chat.desk.settings import DeskSettings, Persona, SigningProxy
from bot.chat.desk.several import Several
from bot.chat.desk.urls import write_wanted
from bot.chat.desk.voice import Voice
from bot.chat.registry import HOMES, Surroundings, declared_settings
from bot.net.fetching import Fetches
from bot.sources.signing_in import SigningIn
from handlers.base.command import as_typed
from handlers.base.organisation import Organisation
from handlers.base.verb import On
from handlers.draw.pictures import picture_address
from handlers.draw.wanted import LABELS, Wanted
from handlers.people import sign_in
from handlers.verbs import FOR_SEVERAL, STANDALONE, VERBS
from storage.tables.states import Tab

# Where g and a letter lead.
GOING = {
    "u": Tab.UNCLAIMED,
    "r": Tab.REVIEW,
    "m": Tab.MINE,
    "p": Tab.HANDS,
    "s": Tab.SNOOZED,
    "d": Tab.DONE,
    "a": Tab.ALL,
}
STREAM_SECONDS = 3_600.0
WRITE_SECONDS = 10.0
_YEAR = "public, max-age=31536000, immutable"


def way_in(organisation: Organisation) -> str:
    """Say how somebody gets a link: by what they type in the chat that their department has a channel in."""
    used = {platform for one in organisation.departments for platform in one.homes}
    typed = {name: as_typed(declared_settings(name).types, sign_in.VERB.name) for name in HOMES if name in used}
    if not typed:
        return "Ask who looks after Dibs for a link."
    return f"Type {' or '.join(f'{words} in {name.capitalize()}' for name, words in typed.items())} to get a link."


def build(settings: DeskSettings, backend: Backend, surroundings: Surroundings) -> "Desk":
    """Build the desk for the composition root."""
    return Desk(
        backend,
        public_url=surroundings.public_url or "",
        host=surroundings.host,
        port=surroundings.port,
        fetcher=surroundings.fetcher,
        personas=settings.personas,
        proxy=settings.proxy,
        idle=settings.idle,
        signing_in=surroundings.signing_in,
    )


class Desk:
    """Serve the desk. Without a public URL it answers to loopback names only."""

    name = "desk"
    messenger: Messenger | None = None

    def __init__(
        self,
        backend: Backend,
        *,
        public_url: str,
        host: str,
        port: int,
        fetcher: Fetches,
        personas: Sequence[Persona] = (),
        proxy: SigningProxy | None = None,
        idle: timedelta | None = None,
        signing_in: SigningIn | None = None,
    ) -> None:
        self._backend = backend
        self._url = public_url or f"http://{host}:{port}"
        lettered = tuple(verb for verb in VERBS if verb.key)
        going = tuple((letter, LABELS[tab], write_wanted(Wanted(tab=tab))) for letter, tab in GOING.items())
        site = {
            "name": backend.organisation.name,
            "demo": bool(personas),
            "asking": tuple(verb for verb in STANDALONE if verb.on == On.POST),
            "lettered": lettered,
            "going": going,
            "several": tuple(FOR_SEVERAL.values()),
        }
        self._pages = Pages(site | {"way_in": way_in(backend.organisation)})
        self._access = Access(backend, self._pages, public_url=public_url, port=port, proxy=proxy, idle=idle)
        self._live = Live(backend)
        self._views = Views(backend, self._pages, self._access, tuple(personas))
        self._records = Records(backend, self._views, signing_in)
        self._mention = MentionPage(backend, self._views)
        self._several = Several(backend, self._views)
        self._overviews = Overviews(backend, self._views)
        self._reports = Reports(backend, self._views)
        self._voice = Voice(backend, self._views)
        self._networks = Networks(backend, self._views, signing_in)
        self._gestures = Gestures(backend, self._pages, self._access, self._views, self._live, tuple(personas))
        self._pictures = Pictures(fetcher, backend.clock)
        self._streams: set[asyncio.Task[object]] = set()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return the pages."""
        access, views, records, gestures = self._access, self._views, self._records, self._gestures
        return [
            web.get("/", access.closed(views.board)),
            web.get("/tabs", access.closed(views.tabs)),
            web.get("/log", access.closed(records.log)),
            web.get("/digest", access.closed(records.own_digest)),
            web.get("/digest/{department}", access.closed(records.digest)),
            web.get("/help", access.closed(records.help)),
            web.get("/sources", access.closed(records.sources)),
            web.get("/report", access.closed(self._reports.show)),
            web.get("/report/rows", access.closed(self._reports.rows)),
            web.get("/voice", access.closed(self._voice.show)),
            web.get("/voice/rows", access.closed(self._voice.rows)),
            web.get("/charters", access.closed(self._overviews.charters)),
            web.get("/topics", access.closed(self._overviews.topics)),
            web.get("/people", access.closed(self._overviews.people)),
            web.get("/held", access.closed(self._overviews.held)),
            web.get("/welcome", access.closed(self._overviews.welcome)),
            web.get("/oauth/{source}", access.closed(self._networks.show)),
            web.post("/oauth/{source}", access.closed(self._networks.begin)),
            web.get("/sessions", access.closed(records.sessions)),
            web.post("/sessions", access.closed(gestures.end_elsewhere)),
            *(web.get(f"/{verb.name}", access.closed(partial(views.ask, verb))) for verb in STANDALONE),
            *(web.post(f"/{verb.name}", access.closed(partial(gestures.ask, verb))) for verb in STANDALONE),
            web.get("/m/{token}", access.closed(self._mention.show)),
            web.get("/m/{token}/card", access.closed(views.card)),
            web.get("/m/{token}/{verb}", access.closed(views.form)),
            web.post("/m/{token}/{verb}", access.closed(gestures.act)),
            web.post("/m/{token}/{verb}/check", access.closed(views.check)),
            web.post("/several/{verb}", access.closed(self._several.act)),
            web.get("/enter", access.open(gestures.look_at_link)),
            web.post("/enter", access.open(gestures.enter)),
            web.post("/leave", access.closed(gestures.leave)),
            web.post("/persona", access.closed(gestures.switch)),
            web.get("/picture/{name}", access.closed(self._picture)),
            web.get("/live", access.closed(self._stream)),
            web.get("/static/{name}", access.open(self._static)),
            web.get("/favicon.ico", access.open(self._favicon)),
            web.get("/{elsewhere:.*}", access.closed(views.nowhere, outside=404)),
        ]

    async def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Find nothing: the desk has no channels."""
        return {}

    async def lost(self) -> Sequence[str]:
        """Return nothing: the desk has no channels."""
        return ()

    async def start(self) -> None:
        """Begin to listen for commits, and let sessions from before end when they are not used."""
        self._live.start()
        if (idle := self._access.idle) is not None:
            until = self._backend.clock.now() + idle
            await self._backend.tx(lambda session: sign_in.bound(session, until))

    async def stop(self) -> None:
        """End the open streams; pages that are open come back by themselves."""
        await self._live.stop()
        await self._pictures.stop()
        if self._streams:
            await asyncio.wait(self._streams, timeout=2)

    async def refresh(self) -> None:
        """Nothing to learn: who comes is known by the platform that gave them their link."""

    def health(self) -> Health:
        """Say that it is well: it has no connection that could break."""
        return Health(ok=True)

    async def check(self) -> list[Finding]:
        """Say where it is."""
        return [Finding(ok=True, subject="desk", sentence=f"The desk is at {self._url}. {self._pages.way_in}")]

    async def _static(self, request: web.Request) -> web.StreamResponse:
        asset = self._pages.assets.get(request.match_info["name"])
        if asset is None:
            raise Turned(404, "There is no such file.")
        tag = f'"{asset.tag}"'
        headers = {"ETag": tag, "Cache-Control": _YEAR if request.query.get("v") == asset.tag else "no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        charset = "utf-8" if asset.kind.startswith("text/") else None
        return web.Response(body=asset.body, content_type=asset.kind, charset=charset, headers=headers)

    async def _favicon(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": "/static/favicon.svg"})

    async def _picture(self, visit: Visit) -> web.StreamResponse:
        name, token = visit.request.match_info["name"], visit.request.query.get("of", "")
        address = await self._backend.read(lambda session: picture_address(session, token, name))
        return served(await self._pictures.get(address) if address else None)

    async def _stream(self, visit: Visit) -> web.StreamResponse:
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        try:
            return await self._feed(visit)
        except TooMany:
            response = self._pages.plain(429, "There are too many open pages of the desk. Close some.")
            response.headers["Retry-After"] = "30"
            return response

    async def _feed(self, visit: Visit) -> web.StreamResponse:
        since = visit.request.query.get("since", "")
        row = int(since) if since.isascii() and since.isdigit() and len(since) < 16 else None
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        async with self._live.join(visit.token, row) as (listener, missed):
            await response.prepare(visit.request)
            # Who reads too slowly, or is gone, is let go: their page comes back and says what it saw last.
            with contextlib.suppress(TimeoutError, ConnectionError):
                await _send(response, listener, missed)
        return response


async def _send(response: web.StreamResponse, listener: Listener, missed: list[Event]) -> None:
    async def write(frame: bytes) -> None:
        await asyncio.wait_for(response.write(frame), WRITE_SECONDS)

    for event in missed:
        await write(event.frame())
    loop = asyncio.get_running_loop()
    ends = loop.time() + STREAM_SECONDS
    while not listener.dropped and loop.time() < ends:
        try:
            event_or_end = await asyncio.wait_for(listener.queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            await write(BEAT.frame())
            continue
        if event_or_end is None:
            return
        await write(event_or_end.frame())
