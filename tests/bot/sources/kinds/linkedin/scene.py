"""A source of LinkedIn against the fake network: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.linkedin.options import LinkedInOptions
from bot.sources.kinds.linkedin.source import LinkedIn
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted
from handlers.base.replying import Parent
from tests.bot.sources.scene import parent_of
from tests.fakes.letting_in import CLIENT
from tests.fakes.linkedin import NOW, NUMBER, FakeLinkedIn, Json

Story = Callable[["Here"], Awaitable[None]]


@dataclass
class Here:
    """The network, and what makes sources that ask it; time goes on as a test says."""

    site: FakeLinkedIn
    now: datetime = NOW
    opened: list[Fetcher] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.now = self.site.letting.now = lambda: self.now
        self.seed = self.site.letting.seed()

    def make(self, secrets: Mapping[str, str] | None = None, **options: Any) -> LinkedIn:
        """Make a source: what a restart would be."""
        base = self.site.base_url
        chosen = {"organization": NUMBER, "base_url": base, "token_url": f"{base}/oauth/v2/accessToken"} | options
        config = SourceConfig(
            name="page",
            kind="linkedin",
            options=LinkedInOptions(**chosen),
            secrets={**CLIENT, "refresh_token": self.seed} if secrets is None else secrets,
            allow_private=True,
        )
        clock = Clock(lambda: self.now)
        self.opened.append(Fetcher(clock, seconds=5))
        return LinkedIn(config, SourceTools(fetcher=self.opened[-1], isolation=Isolation(), clock=clock))

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def calls(self) -> list[str]:
        """Return what was asked of the API since, and forget it."""
        asked = [path.partition("?")[0] for _, path in self.site.asked if path.startswith("/rest")]
        self.site.asked.clear()
        return asked

    async def heard(self, comment: Json) -> tuple[LinkedIn, Parent]:
        """Make a source that hears a comment; returns it, and what a reply is told of the comment."""
        source = self.make()
        events, _ = await all_of(source, "")
        (found,) = [one for one in posts_of(events) if one.external_id == f"comment/{comment['id']}"]
        return source, parent_of(found)


def played(story: Story, **settings: Any) -> None:
    """Run a story with the network."""

    async def run() -> None:
        async with FakeLinkedIn(**settings).serve() as site:
            here = Here(site)
            try:
                await story(here)
            finally:
                for one in here.opened:
                    await one.aclose()

    asyncio.run(run())


async def all_of(source: LinkedIn, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


def posts_of(events: list[Event]) -> list[Posted]:
    """Return the posts among events."""
    return [one for one in events if isinstance(one, Posted)]
