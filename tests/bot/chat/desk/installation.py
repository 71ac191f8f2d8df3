"""A house with a desk: the real bot parts behind a real port, in a thread, so that a test (or a browser) visits it."""

import asyncio
import html
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom
from urllib.parse import urlsplit

import httpx
from aiohttp import web
from sqlmodel import Session

from bot.chat.backend import Backend
from bot.chat.desk.platform import Desk
from bot.chat.desk.settings import Persona, SigningProxy
from bot.cli.demo.run import free_port
from bot.net.answers import dress_answer
from bot.net.certificates import usual_certificates
from bot.net.client import Fetcher
from bot.net.fetching import Fetches
from bot.outbox.publishing import Publishing
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import Source
from bot.sources.lookup import Find, find_nothing
from bot.sources.signing_in import SigningIn
from handlers.base.organisation import Organisation
from handlers.own.reconcile import reconcile
from handlers.people.sign_in import LINK_LIVES, make_link
from storage.engine.database import Database
from storage.people import people
from storage.people.sessions import KeyKind
from tests.harness.engines import open_migrated, open_sharing
from tests.harness.installation import Installation
from tests.harness.loops import loop_in_thread, run_in
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, START, Scene
from tests.harness.templates import share_templates


@dataclass
class DeskInstallation(Installation):
    """A desk that can be visited; ``scene`` lets things happen behind it."""

    port: int
    office: Backend
    desk: Desk
    loop: asyncio.AbstractEventLoop
    browsers: list["Browser"] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, name: str) -> str:
        """Return a way in for a person, as ``/dibs desk`` gives it."""

        def make(session: Session) -> str:
            person = people.by_name(session, name)[0]
            return make_link(session, person.id, KeyKind.LINK, self.scene.now, LINK_LIVES, SystemRandom())

        return f"{self.url}/enter?key={self.scene.database.write(make)}"

    def rest(self, seconds: float) -> None:
        """Let time pass for everybody: a real moment, and the same on the scene's clock."""
        time.sleep(seconds)
        self.scene.pass_time(seconds=seconds)

    def cut_streams(self) -> None:
        """End every open stream, as a proxy or a restart does; called in the desk's own thread."""
        for listener in tuple(self.desk._live._listeners):
            listener.give(None)

    def visitor(self, name: str = "Ana") -> "Browser":
        """Let somebody in."""
        browser = Browser(self)
        key = urlsplit(self.link(name)).query.removeprefix("key=")
        assert browser.post("/enter", {"key": key}).status_code == 303
        return browser


class Browser:
    """A browser without scripts: cookies, forms, and the headers that browsers send."""

    def __init__(self, house: DeskInstallation) -> None:
        self.house = house
        # It reads no certificate here, and loading them for each would take longer than what it asks for.
        trust = usual_certificates()
        self.client = httpx.Client(base_url=house.url, trust_env=False, verify=trust, timeout=HANG_SECONDS)
        house.browsers.append(self)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={"Sec-Fetch-Site": "same-origin", **headers})

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        return self.client.post(path, data=form, headers={"Origin": self.house.url, **headers})

    @property
    def csrf(self) -> str:
        """The token that this session's forms carry."""
        found = re.search(r'name="csrf" value="(\w+)"', self.get("/log").text)
        assert found is not None
        return found[1]

    def form(self, path: str, card: str = "") -> dict[str, str]:
        """Return the hidden fields of the (card's) form on a page."""
        page = self.get(path).text
        if card:
            page = page[page.index(f'id="c-{card}"') :]
        else:
            page = page[page.index("<main") :]
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        return {name: html.unescape(value) for name, value in found[: 4 if card else None]}

    def press(self, verb: str, token: str, path: str = "/", **typed: str) -> httpx.Response:
        """Press a button of a card, or fill in the verb's form and send it."""
        hidden = self.form(f"/m/{token}/{verb}") if typed else self.form(f"/m/{token}", token)
        return self.post(f"/m/{token}/{verb}", {**hidden, "back": path, **typed})


async def _nowhere(host: str, port: int) -> list[str]:
    """Find no address of any host: no test asks the internet."""
    return []


@contextmanager
def open_installation(
    folder: Path,
    organisation: Organisation = ORGANISATION,
    *,
    public_url: str = "",
    personas: bool = False,
    database_url: str = "",
    sources: Mapping[str, Source] | None = None,
    find: Find = find_nothing,
    fetcher: Fetches | None = None,
    proxy: SigningProxy | None = None,
    idle: timedelta | None = None,
    signing_in: Callable[[AsyncDatabase, str], SigningIn] | None = None,
) -> Iterator[DeskInstallation]:
    """Open the desk on a free port, with Ana (finance), Ben and Chloe (support) known from Slack.

    With ``sources`` replies are published on them; ``find`` fetches what is brought in by its address, and ``fetcher``
    the pictures of others, which else are nowhere. ``signing_in`` is given the database and the address of the desk.
    """
    database = Database(open_sharing(database_url) if database_url else open_migrated(folder / "desk.db"))
    scene = Scene(database, organisation)
    for name in ("Ana", "Ben", "Chloe"):
        scene.person(name, f"{name.lower()}@acme.example")
    database.write(lambda session: reconcile(session, organisation, START, Random(1)))  # now that the members are known
    port = free_port(0)
    asynchronous = AsyncDatabase(database)
    office = Backend(
        database=asynchronous, dispatcher=scene.dispatcher, clock=Clock(lambda: scene.now), ids=Ids(), find=find
    )
    publishing = Publishing(
        database=asynchronous,
        sources={} if sources is None else sources,
        organisation=organisation,
        clock=Clock(lambda: scene.now),
        ids=Ids(Random(1)),
    )
    known = database.read(people.active)
    about = {"Ana": "Finance"}
    shown = [Persona(one.id, one.name, about.get(one.name, "Customer support")) for one in known]
    desk = Desk(
        office,
        public_url=public_url,
        host="127.0.0.1",
        port=port,
        fetcher=fetcher or Fetcher(Clock(), resolve=_nowhere),
        personas=shown if personas else (),
        proxy=proxy,
        idle=idle,
        signing_in=signing_in(asynchronous, f"http://127.0.0.1:{port}") if signing_in else None,
    )
    share_templates(desk._pages)

    async def start() -> tuple[web.AppRunner, asyncio.Task[None]]:
        app = web.Application()
        app.on_response_prepare.append(dress_answer)  # as the front does
        app.add_routes(desk.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await desk.start()
        return runner, asyncio.create_task(publishing.run())

    async def stop(runner: web.AppRunner, sending: asyncio.Task[None]) -> None:
        await publishing.stop(2)
        await sending
        await desk.stop()
        await runner.cleanup()

    with closing(database), loop_in_thread("desk") as loop:
        running = run_in(loop, start())
        house = DeskInstallation(scene, port, office, desk, loop)
        try:
            yield house
        finally:
            for browser in house.browsers:
                browser.client.close()
            run_in(loop, stop(*running))
