"""A source of Google reviews against the fake service: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.google_reviews.options import GoogleReviewsOptions
from bot.sources.kinds.google_reviews.source import GoogleReviews
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import NOW
from tests.fakes.google import SECRETS
from tests.fakes.google_reviews import PLACE, FakeGoogleReviews

Make = Callable[..., GoogleReviews]
Story = Callable[[FakeGoogleReviews, Make], Awaitable[None]]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the service, and what makes sources that ask it."""

    async def run() -> None:
        clock = Clock(lambda: NOW)
        fetcher = Fetcher(clock, seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
        async with FakeGoogleReviews(**settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> GoogleReviews:
                chosen = {"locations": {PLACE: ""}, "base_url": site.base_url, "token_url": f"{site.base_url}/token"}
                known = GoogleReviewsOptions(**(chosen | options))
                config = SourceConfig(
                    name="maps", kind="google_reviews", options=known, secrets=secrets, allow_private=True
                )
                return GoogleReviews(config, tools)

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())
