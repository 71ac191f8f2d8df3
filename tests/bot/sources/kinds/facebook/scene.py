"""A Facebook Page against the fake one: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.source import Facebook
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.scene import NOW
from tests.fakes.facebook import PAGE, FakeFacebook
from tests.fakes.meta import SECRETS

Make = Callable[..., Facebook]
Story = Callable[[FakeFacebook, Make], Awaitable[None]]


class Time:
    """What time it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


def played(story: Story, *, seconds: float = 5.0, time: Time | None = None, **settings: Any) -> None:
    """Run a story with the Page, and what makes sources that ask it."""

    async def run() -> None:
        clock = Clock(time or Time())
        fetcher = Fetcher(clock, seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
        async with FakeFacebook(**settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> Facebook:
                known = FacebookOptions(**({"page": PAGE, "base_url": site.base_url} | options))
                config = SourceConfig(name="page", kind="facebook", options=known, secrets=secrets, allow_private=True)
                return Facebook(config, tools)

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: Facebook, checkpoint: str = "") -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        assert len(batch.checkpoint) <= 10_000
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


async def heard(source: Facebook, name: str) -> Posted:
    """Poll, and return the post of this name."""
    for event in (await source.poll("")).events:
        if isinstance(event, Posted) and event.external_id == name:
            return event
    raise AssertionError("It was not heard.")


def told(events: Iterable[Event]) -> list[str]:
    """Return texts of posts, and a cross before the names of what is gone."""
    return [_told(one) for one in events]


def _told(event: Event) -> str:
    assert isinstance(event, Posted | Deleted)
    return event.text if isinstance(event, Posted) else f"x{event.external_id}"
