"""Run the demo: the whole bot with the desk as its only platform, on a database that is gone when it stops."""

import asyncio
import contextlib
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bot.app import App, build
from bot.chat.desk.settings import DeskSettings, Persona
from bot.cli.demo.past import add_history
from bot.cli.demo.places import PLACES, Answered, SamplePlace, SampleReplies
from bot.cli.demo.storm import add_past
from bot.cli.demo.story import add_colleagues, build_organisation, play
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.settings.settings import Settings
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.feed.source import FeedOptions
from bot.sources.kit.options import OptionError
from handlers.base.command import Context
from handlers.base.organisation import SourceRules
from handlers.own.reconcile import reconcile
from handlers.people.sign_in import make_link
from handlers.report.voice.nightly import ProposeThemes, look, propose_themes
from storage.engine.database import Database, Session, open_engine
from storage.engine.schema import prepare
from storage.people.sessions import KeyKind
from storage.tables.states import Tab, Via

HOST = "127.0.0.1"
_PORTS_TO_TRY = 10
_LINK_LIVES = timedelta(days=2)
_FEED_EVERY = timedelta(seconds=30)
_FROM_FEED = 10


async def run_demo(
    *,
    feed_urls: tuple[str, ...] = (),
    port: int = 8484,
    say: Callable[[str], None] = lambda words: print(words, flush=True),
) -> None:
    """Serve the demo until SIGINT or SIGTERM.

    Args:
        feed_urls: Real feeds to watch beside the samples.
        port: Where to listen; the next free one when it is taken.
        say: Where to tell what to do.

    Raises:
        OptionError: What was given for a feed is no address of one.
        OSError: No port is free.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    feeds = tuple(_feed(number, url) for number, url in enumerate(feed_urls, 1))
    with tempfile.TemporaryDirectory(prefix="dibs-demo-", ignore_cleanup_errors=True) as folder:
        free = free_port(port)
        if port not in (0, free):
            say(f"Port {port} is taken, so the demo is at {free}.")
        database_url = f"sqlite:///{Path(folder) / 'demo.db'}"
        personas = await asyncio.to_thread(_prepare, database_url)
        settings = _settings(database_url, free, feeds, personas)
        answered: asyncio.Queue[Answered] = asyncio.Queue()
        app = build(
            settings, Clock(), Ids(), places={name: SamplePlace(SampleReplies(name, answered)) for name in PLACES}
        )
        try:
            await app.start()
            say(_welcome(await _start_link(app, personas), feed_urls))
            await _play_until(app, personas, answered, stop)
        finally:
            await app.stop()
    say("The demo has stopped, and nothing of it is left.")


async def _play_until(
    app: App, personas: tuple[Persona, ...], answered: "asyncio.Queue[Answered]", stop: asyncio.Event
) -> None:
    playing = asyncio.create_task(play(app.backend, personas, answered))
    playing.add_done_callback(_ended)
    await stop.wait()
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing


def _ended(playing: "asyncio.Task[None]") -> None:
    if not playing.cancelled() and (error := playing.exception()) is not None:
        print(f"The samples stopped by a bug: {error!r}", file=sys.stderr)


def _prepare(database_url: str) -> tuple[Persona, ...]:
    """Create the database with the colleagues in it, before the departments look for their members."""
    database = Database(open_engine(database_url))
    try:
        prepare(database.engine, Clock().now())
        return database.write(lambda session: _fill(session, Clock().now()))
    finally:
        database.close()


def _fill(session: Session, now: datetime) -> tuple[Persona, ...]:
    add_past(session, now)
    personas = add_colleagues(session)
    reconcile(session, build_organisation(), now, Ids().random)
    add_history(session, now)
    _propose(session, now)
    return personas


def _propose(session: Session, now: datetime) -> None:
    """Look for what more people say than usual, as is done at night, of which the demo has none."""
    nobody = Context(
        session=session,
        now=now,
        organisation=build_organisation(),
        actor=None,
        via=Via.TIMER,
        random=Ids().random,
    )
    propose_themes(ProposeThemes(found=look(session, now)), nobody)


def _settings(
    database_url: str, port: int, feeds: tuple[SourceSettings, ...], personas: tuple[Persona, ...]
) -> Settings:
    return Settings(
        organisation=build_organisation(tuple(one.rules for one in feeds)),
        sources=feeds,
        database_url=database_url,
        host=HOST,
        port=port,
        platforms={"desk": DeskSettings(personas=personas)},
    )


def _feed(number: int, url: str) -> SourceSettings:
    name = f"feed-{number}"
    try:
        options = FeedOptions(url=url)
    except OptionError:
        raise OptionError(f"--feed {url[:100]}", "is not the http or https address of a feed.") from None
    return SourceSettings(
        config=SourceConfig(name=name, kind="feed", options=options),
        rules=SourceRules(name=name, kind="feed", place=url, backfill=_FROM_FEED),
        every=_FEED_EVERY,
    )


async def _start_link(app: App, personas: tuple[Persona, ...]) -> str:
    now, random = app.backend.clock.now(), app.backend.ids.random
    key = await app.backend.tx(
        lambda session: make_link(session, personas[0].person_id, KeyKind.START, now, _LINK_LIVES, random)
    )
    return f"http://{HOST}:{app.port}/enter?{urlencode({'back': f'/?tab={Tab.REVIEW}', 'key': key})}"


def _welcome(link: str, feed_urls: tuple[str, ...]) -> str:
    watching = (
        f"\n  It also watches {', '.join(feed_urls)}: its {_FROM_FEED} newest posts arrive first." if feed_urls else ""
    )
    return (
        "\n  Dibs is running, with sample mentions of a company that does not exist.\n"
        "  Open the desk:\n\n"
        f"    {link}\n\n"
        "  Choose whom to be. It opens at To review: Chloe has answered the first mention, and her reply waits for\n"
        "  somebody to read it. Under Unclaimed forty mentions arrive within four minutes: claim what you can do.\n"
        "  After a minute fourteen people say the same within half a minute, and one card stands for all of them.\n"
        "  What you publish stays here, and its author answers a moment later. Report tells of the months before,\n"
        "  Voice of what many people said in the last of their days.\n"
        "  From these months Dibs learnt who cares for deposits, which no topic knows: Paul's card says so, nine\n"
        "  times of ten.\n"
        "  Open the link again in a private window to be two people at once."
        f"{watching}\n"
        "  Ctrl+C ends it and leaves nothing behind.\n"
    )


def free_port(wanted: int) -> int:
    """Return ``wanted`` if it is free, else the next that is; 0 = any.

    Raises:
        OSError: None of ten is free.
    """
    for port in range(wanted, min(wanted + (_PORTS_TO_TRY if wanted else 1), 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    raise OSError(None, f"No port from {wanted} to {wanted + _PORTS_TO_TRY - 1} is free. Name another: --port 9000")
