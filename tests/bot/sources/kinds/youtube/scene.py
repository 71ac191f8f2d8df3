"""A YouTube source against the fake site: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.source import YouTube
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted
from tests.bot.sources.scene import NOW
from tests.fakes.google import SECRETS
from tests.fakes.youtube import US, FakeYouTube

Make = Callable[..., YouTube]
Story = Callable[["Here"], Awaitable[None]]


@dataclass
class Here:
    """The site, what makes sources that ask it, and the time of both."""

    site: FakeYouTube
    make: Make
    now: datetime = NOW

    def pass_time(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the site."""

    async def run() -> None:
        clock = Clock(lambda: here.now)
        fetcher = Fetcher(clock, seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)

        def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> YouTube:
            chosen = {"channel": US, "base_url": here.site.base_url, "token_url": f"{here.site.base_url}/token"}
            known = YouTubeOptions(**(chosen | options))
            return YouTube(
                SourceConfig(name="tube", kind="youtube", options=known, secrets=secrets, allow_private=True), tools
            )

        here = Here(FakeYouTube(now=lambda: here.now, **settings), make)
        async with here.site.serve():
            try:
                await story(here)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: YouTube, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


def texts_of(events: list[Event]) -> list[str]:
    """Return the texts of the posts among events."""
    return [event.text for event in events if isinstance(event, Posted)]
