"""A source of Google Play against the fake service: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.google_play.source import GooglePlay, GooglePlayOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import NOW
from tests.fakes.google_play import PACKAGE, SECRETS, FakeGooglePlay

Make = Callable[..., GooglePlay]
Story = Callable[[FakeGooglePlay, Make], Awaitable[None]]


def played(story: Story, **settings: Any) -> None:
    """Run a story with the service, and what makes sources that ask it."""

    async def run() -> None:
        clock = Clock(lambda: NOW)
        fetcher = Fetcher(clock, seconds=5)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
        async with FakeGooglePlay(**settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> GooglePlay:
                chosen = {"package": PACKAGE, "base_url": site.base_url, "token_url": f"{site.base_url}/token"}
                known = GooglePlayOptions(**(chosen | options))
                config = SourceConfig(
                    name="play", kind="google_play", options=known, secrets=secrets, allow_private=True
                )
                return GooglePlay(config, tools)

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())
