"""A source of the App Store against the fake service: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.app_store.source import AppStore, AppStoreOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import NOW
from tests.fakes.app_store import APP, ISSUER, KEY_ID, SECRETS, FakeAppStore

Make = Callable[..., AppStore]
Story = Callable[[FakeAppStore, Make], Awaitable[None]]


def played(story: Story, *, wrong_by: timedelta = timedelta(), **settings: Any) -> None:
    """Run a story with the service, and what makes sources that ask it, by a clock that is wrong by so much."""

    async def run() -> None:
        clock = Clock(lambda: NOW + wrong_by)
        fetcher = Fetcher(clock, seconds=5)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
        async with FakeAppStore(now=NOW, **settings).serve() as site:

            def make(secrets: Mapping[str, str] = SECRETS, **options: Any) -> AppStore:
                chosen = {"app": APP, "issuer_id": ISSUER, "key_id": KEY_ID, "base_url": site.base_url}
                known = AppStoreOptions(**(chosen | options))
                config = SourceConfig(
                    name="store", kind="app_store", options=known, secrets=secrets, allow_private=True
                )
                return AppStore(config, tools)

            try:
                await story(site, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())
