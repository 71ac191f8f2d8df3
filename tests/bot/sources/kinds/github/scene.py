"""A GitHub source against the fake site: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import Batch, SourceConfig
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.source import GitHub
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, service_of
from handlers.base.events import Posted
from tests.bot.sources.scene import NOW
from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.github_things import REPOSITORY, SECRET, US

Story = Callable[[FakeGitHub, "Make"], Awaitable[None]]
Make = Callable[..., GitHub]
SECRETS = {"token": TOKEN, "webhook_secret": SECRET}


def played(story: Story, *, seconds: float = 5.0, limits: Limits | None = None, **settings: Any) -> None:
    """Run a story with the site, and what makes sources that ask it; ``limits`` are what they share, if any."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: NOW), seconds=seconds)
        async with FakeGitHub(**settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> GitHub:
                known = GitHubOptions(
                    **{"username": US, "repositories": (REPOSITORY,), "base_url": site.base_url, **options}
                )
                config = SourceConfig(name="code", kind="github", options=known, secrets=secrets, allow_private=True)
                asking = HeedfulFetcher(fetcher, limits, service_of(config)) if limits else fetcher
                tools = SourceTools(fetcher=asking, isolation=Isolation(), clock=Clock(lambda: NOW))
                return GitHub(config, tools)

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def walked(source: GitHub, checkpoint: str = "") -> tuple[dict[str, Posted], Batch]:
    """Poll until there is no more; return the posts by their names, and the last batch."""
    found: dict[str, Posted] = {}
    for _ in range(100):
        batch = await source.poll(checkpoint)
        found |= {one.external_id: one for one in batch.events if isinstance(one, Posted)}
        checkpoint = batch.checkpoint
        if not batch.more:
            return found, batch
    raise AssertionError("It never ends.")
