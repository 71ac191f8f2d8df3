"""A runner over a real database, with sources that a test plays or that stand on a server of ours."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.feed.source import FeedOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.poller import Polled
from bot.sources.runner.runner import SourceRunner
from handlers.base.organisation import SourceRules
from storage.listen import posts, sources
from storage.listen.posts import PostRow
from storage.listen.sources import SourceRow
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.installation import Installation
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

EVERY = timedelta(seconds=60)


def rss(*items: tuple[str, str], dates: Sequence[str] = ()) -> bytes:
    """Write an RSS feed of (guid, title), the newest first, as feeds do."""
    when = {guid: f"<pubDate>{date}</pubDate>" for (guid, _), date in zip(items, dates, strict=False)}
    entries = (
        f"<guid>{guid}</guid><title>{title}</title><link>https://blog.example/{guid}</link>{when.get(guid, '')}"
        for guid, title in items
    )
    body = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<rss version="2.0"><channel><title>Acme</title>{body}</channel></rss>'.encode()


def feed(name: str, url: str, *, every: timedelta = EVERY, private: bool = True, **rules: Any) -> SourceSettings:
    """Describe a feed as dibs.toml would."""
    known = SourceRules(**{"name": name, "kind": "feed", "place": url, "backfill": None, **rules})
    config = SourceConfig(name=name, kind="feed", options=FeedOptions(url=url), allow_private=private)
    return SourceSettings(config=config, rules=known, every=every)


@dataclass
class SourcesInstallation(Installation):
    """Runners on the database of a scene; its clock is the scene's."""

    fetcher: Fetcher
    server: ScriptedServer
    made: int = 0
    counted: list[tuple[str, int]] = field(default_factory=list)

    def runner(
        self, *settings: SourceSettings, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, **options: Any
    ) -> SourceRunner:
        """Build a runner, a replica of its own, for these sources."""
        self.made += 1
        organisation = replace(self.scene.organisation, sources=tuple(one.rules for one in settings))
        return SourceRunner(
            settings,
            SourceTools(fetcher=self.fetcher, isolation=Isolation(), clock=Clock(lambda: self.scene.now)),
            AsyncDatabase(self.scene.database),
            organisation,
            self.scene.matcher,
            Clock(lambda: self.scene.now, sleep=sleep),
            Ids(random.Random(self.made)),
            on_arrival=lambda source, number: self.counted.append((source, number)),
            **options,
        )

    async def poll(self, runner: SourceRunner, name: str = "news", **later: float) -> Polled:
        """Let time pass, an hour if nothing is said, and poll."""
        self.scene.pass_time(**(later or {"hours": 1}))
        return await runner.poll_once(name)

    def show(self, *items: tuple[str, str], path: str = "/feed", dates: Sequence[str] = ()) -> None:
        """Let the server show a feed from now on."""
        self.server.on(path, Reply(body=rss(*items, dates=dates)))

    def mentions(self) -> list[MentionRow]:
        """Return all mentions, in the order of their arrival."""
        return self.scene.database.read(lambda session: mentions.listed(session, Filter(), limit=1_000))

    def texts(self) -> list[str]:
        """Return the titles of all mentions, in the order of their arrival."""
        rows = self.mentions()

        def titles(session: Any) -> list[str]:
            found = mentions.originals(session, [row.id for row in rows])
            return [found[row.id].title or found[row.id].text for row in rows]

        return self.scene.database.read(titles)

    def known(self, *external_ids: str, source: str = "news") -> dict[str, PostRow]:
        """Return those of the posts that are stored."""
        return self.scene.database.read(lambda session: posts.known(session, source, external_ids))

    def state(self, name: str = "news") -> SourceRow:
        """Return what is stored of a source."""
        return self.scene.database.read(lambda session: sources.get(session, name))


def at_work(scene: Scene, story: Callable[[SourcesInstallation], Awaitable[None]], *, seconds: float = 60) -> None:
    """Run a story with a server on loopback and runners over the scene's database."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: scene.now), seconds=seconds)
        async with ScriptedServer() as server:
            try:
                await story(SourcesInstallation(scene, fetcher, server))
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def meanwhile(runner: SourceRunner, story: Callable[[], Awaitable[None]]) -> None:
    """Let a runner run while a story is told, and end both."""
    await runner.start()
    running = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await story()
    finally:
        await runner.stop()
        await asyncio.gather(running, return_exceptions=True)
