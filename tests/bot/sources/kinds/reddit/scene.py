"""A Reddit source against the fake site: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.source import Reddit
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event
from tests.bot.sources.scene import NOW
from tests.fakes.reddit import SECRETS, US, FakeReddit

Story = Callable[[FakeReddit, "Make"], Awaitable[None]]
Make = Callable[..., Reddit]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the site, and what makes sources that ask it."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: NOW), seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(lambda: NOW))
        async with FakeReddit(**settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> Reddit:
                chosen = {"username": US, "query": "acme", "base_url": site.base_url, "auth_url": site.base_url}
                known = RedditOptions(**(chosen | options))
                return Reddit(
                    SourceConfig(name="talk", kind="reddit", options=known, secrets=secrets, allow_private=True), tools
                )

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: Reddit, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")
