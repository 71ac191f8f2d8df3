"""A WordPress source against the fake site: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.wordpress.source import WordPress, WordPressOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from tests.fakes.wordpress import BEGIN, SECRETS, FakeWordPress

Make = Callable[..., WordPress]


class Now:
    """This moment, as both the site and the bot know it; a story moves it."""

    def __init__(self) -> None:
        self.at = BEGIN + timedelta(hours=1)

    def __call__(self) -> datetime:
        """Return it."""
        return self.at

    def passes(self, **more: float) -> None:
        """Let time pass."""
        self.at += timedelta(**more)


Story = Callable[[FakeWordPress, Make, Now], Awaitable[None]]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the site, what makes sources that ask it, and the time."""

    async def run() -> None:
        now = Now()
        fetcher = Fetcher(Clock(now), seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(now))
        async with FakeWordPress(clock=now, **settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> WordPress:
                known = WordPressOptions(**({"base_url": site.base_url} | options))
                return WordPress(
                    SourceConfig(name="blog", kind="wordpress", options=known, secrets=secrets, allow_private=True),
                    tools,
                )

            try:
                await story(site, make, now)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def heard(source: WordPress, checkpoint: str = "") -> tuple[list[Posted], str]:
    """Poll until there is no more; return the posts and the checkpoint."""
    found: list[Posted] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        found += [event for event in batch.events if isinstance(event, Posted)]
        checkpoint = batch.checkpoint
        if not batch.more:
            return found, checkpoint
    raise AssertionError("It never ends.")
