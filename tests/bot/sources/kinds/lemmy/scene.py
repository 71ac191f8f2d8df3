"""A Lemmy source against the fake instance: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.lemmy.options import LemmyOptions
from bot.sources.kinds.lemmy.source import Lemmy
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Deleted, Event, Posted
from handlers.base.replying import Parent
from tests.bot.sources.scene import parent_of
from tests.fakes.lemmy import BEGIN, PASSWORD, US, FakeLemmy

SECRETS = {"password": PASSWORD}
VARIABLE = "DIBS_SOURCE_LEMMY_PASSWORD"
both = pytest.mark.parametrize("version", ["v3", "v4"])

Make = Callable[..., Lemmy]


class Now:
    """This moment, as both the instance and the bot know it; a story moves it."""

    def __init__(self) -> None:
        self.at = BEGIN + timedelta(hours=1)

    def __call__(self) -> datetime:
        """Return it."""
        return self.at

    def passes(self, **more: float) -> None:
        """Let time pass."""
        self.at += timedelta(**more)


Story = Callable[[FakeLemmy, Make, Now], Awaitable[None]]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the instance, what makes sources that ask it, and the time."""

    async def run() -> None:
        now = Now()
        fetcher = Fetcher(Clock(now), seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(now))
        async with FakeLemmy(clock=now, **settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> Lemmy:
                known = LemmyOptions(**({"base_url": site.base_url, "username": US} | options))
                return Lemmy(
                    SourceConfig(name="lemmy", kind="lemmy", options=known, secrets=secrets, allow_private=True), tools
                )

            try:
                await story(site, make, now)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: Lemmy, checkpoint: str = "") -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


async def heard(source: Lemmy, checkpoint: str = "") -> list[Posted]:
    """Poll until there is no more; return the posts."""
    return [one for one in (await all_of(source, checkpoint))[0] if isinstance(one, Posted)]


async def told_gone(source: Lemmy, checkpoint: str = "") -> list[str]:
    """Poll until there is no more; return the names of what is gone."""
    return [one.external_id for one in (await all_of(source, checkpoint))[0] if isinstance(one, Deleted)]


async def parent(source: Lemmy, address: str) -> Parent:
    """Hear a post, and return what a reply to it is told of it."""
    return parent_of(next(one for one in await heard(source) if one.external_id == address))
