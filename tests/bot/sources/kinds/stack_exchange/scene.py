"""A source of Stack Exchange against the fake API: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.stack_exchange.source import StackExchange, StackExchangeOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event
from tests.fakes.stack_exchange import BEGIN, FakeStackExchange

VARIABLE = "DIBS_SOURCE_STACK_KEY"
Make = Callable[..., StackExchange]


class Now:
    """This moment, as both the API and the bot know it; a story moves it."""

    def __init__(self) -> None:
        self.at = BEGIN + timedelta(hours=1)

    def __call__(self) -> datetime:
        """Return it."""
        return self.at

    def passes(self, **more: float) -> None:
        """Let time pass."""
        self.at += timedelta(**more)


Story = Callable[[FakeStackExchange, Make, Now], Awaitable[None]]


def played(story: Story, **settings: Any) -> None:
    """Run a story with the API, what makes sources that ask it, and the time."""

    async def run() -> None:
        now = Now()
        fetcher = Fetcher(Clock(now), seconds=5)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(now))
        async with FakeStackExchange(clock=now, **settings).serve() as site:

            def make(secrets: Mapping[str, str] | None = None, **options: Any) -> StackExchange:
                known = StackExchangeOptions(**({"base_url": site.base_url, "query": "acme"} | options))
                return StackExchange(
                    SourceConfig(
                        name="stack", kind="stack_exchange", options=known, secrets=secrets or {}, allow_private=True
                    ),
                    tools,
                )

            try:
                await story(site, make, now)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: StackExchange, checkpoint: str = "") -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")
