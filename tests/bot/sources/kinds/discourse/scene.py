"""A Discourse source against the fake forum: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kinds.discourse.source import Discourse
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Deleted, Event, Posted
from handlers.base.replying import Parent
from tests.bot.sources import scene
from tests.bot.sources.scene import NOW
from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import HOOK_SECRET, US, Json

SECRETS = {"api_key": KEY, "webhook_secret": HOOK_SECRET}

Make = Callable[..., Discourse]
Story = Callable[[FakeDiscourse, Make], Awaitable[None]]


@dataclass
class Time:
    """The clock of a story."""

    now: datetime = field(default=NOW)

    def passes(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)


def played(story: Story, *, seconds: float = 5.0, time: Time | None = None, **settings: Any) -> None:
    """Run a story with the forum, and what makes sources that ask it."""
    clock = Clock(lambda: (time or Time()).now)

    async def run() -> None:
        fetcher = Fetcher(clock, seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
        async with FakeDiscourse(**settings).serve() as forum:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> Discourse:
                known = DiscourseOptions(**({"base_url": forum.base_url, "username": US} | options))
                config = SourceConfig(
                    name="forum", kind="discourse", options=known, secrets=secrets, allow_private=True
                )
                return Discourse(config, tools)

            try:
                await story(forum, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: Discourse, checkpoint: str = "") -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


async def heard(source: Discourse, checkpoint: str = "") -> list[Posted]:
    """Poll until there is no more, and return the posts."""
    return [one for one in (await all_of(source, checkpoint))[0] if isinstance(one, Posted)]


async def told_gone(source: Discourse, checkpoint: str = "") -> list[str]:
    """Poll until there is no more, and return the names of what is gone."""
    return [one.external_id for one in (await all_of(source, checkpoint))[0] if isinstance(one, Deleted)]


async def parent_of(source: Discourse, post: Json) -> Parent:
    """Hear a post, and return what a reply to it is told of it."""
    (found,) = [one for one in await heard(source) if one.external_id == str(post["id"])]
    return scene.parent_of(found)
