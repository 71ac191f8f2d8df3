"""A source of Khoros against the fake community: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.khoros.options import KhorosOptions
from bot.sources.kinds.khoros.source import Khoros
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from handlers.base.replying import Parent
from tests.bot.sources.scene import parent_of
from tests.fakes.khoros import NOW, SECRETS, US, FakeKhoros, Json

Story = Callable[["Here"], Awaitable[None]]


@dataclass
class Here:
    """The community, and what makes sources that ask it; time goes on as a test says."""

    site: FakeKhoros
    now: datetime = NOW
    opened: list[Fetcher] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.now = lambda: self.now

    def make(self, secrets: Mapping[str, str] | None = None, **options: Any) -> Khoros:
        """Make a source: what a restart would be."""
        chosen = {"base_url": self.site.base_url, "username": US["login"]} | options
        config = SourceConfig(
            name="community",
            kind="khoros",
            options=KhorosOptions(**chosen),
            secrets=SECRETS if secrets is None else secrets,
            allow_private=True,
        )
        clock = Clock(lambda: self.now)
        self.opened.append(Fetcher(clock, seconds=5))
        return Khoros(config, SourceTools(fetcher=self.opened[-1], isolation=Isolation(), clock=clock))

    def stranger(self, **options: Any) -> Khoros:
        """Make a source without an account."""
        return self.make({}, username="", **options)

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    async def heard(self, message: Json) -> tuple[Khoros, Parent]:
        """Make a source that hears a message; returns it, and what a reply is told of the message."""
        source = self.make()
        posts, _ = await all_of(source, "")
        (found,) = [one for one in posts if one.external_id == message["id"]]
        return source, parent_of(found)


def played(story: Story, **settings: Any) -> None:
    """Run a story with the community."""

    async def run() -> None:
        async with FakeKhoros(**settings).serve() as site:
            here = Here(site)
            try:
                await story(here)
            finally:
                for one in here.opened:
                    await one.aclose()

    asyncio.run(run())


async def all_of(source: Khoros, checkpoint: str) -> tuple[list[Posted], str]:
    """Poll until there is no more; return the posts, for Khoros tells of nothing else, and the checkpoint."""
    found: list[Posted] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        found += [one for one in batch.events if isinstance(one, Posted)]
        checkpoint = batch.checkpoint
        if not batch.more:
            return found, checkpoint
    raise AssertionError("It never ends.")
