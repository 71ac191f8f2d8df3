"""Bluesky against its fakes: what all its tests share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import Batch, SourceConfig
from bot.sources.kinds.bluesky.source import Bluesky, BlueskyOptions, Listen
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted, content_digest
from handlers.base.replying import Parent
from tests.fakes.bluesky import Account, FakeBluesky, Written
from tests.fakes.jetstream import FakeJetstream

NOW = datetime(2026, 3, 4, 6, 7, 8, 901_234, tzinfo=UTC)
PASSWORD = "app-pass-word-1"


@dataclass
class BlueskyService:
    """A service with our account and Ana's on it, a Jetstream, and the guarded client."""

    sky: FakeBluesky
    jets: FakeJetstream
    us: Account
    ana: Account
    tools: SourceTools

    def source(self, listen: Listen = "search", *, password: str = PASSWORD, **options: Any) -> Bluesky:
        """Make a source that may go to loopback."""
        known = {"handle": self.us.handle, "query": "acme", "base_url": self.sky.url, "jetstream_url": self.jets.url}
        config = SourceConfig(
            name="sky",
            kind="bluesky",
            options=BlueskyOptions(listen=listen, **{**known, **options}),
            secrets={"app_password": password} if password else {},
            allow_private=True,
        )
        return Bluesky(config, self.tools)


def at_work(story: Callable[[BlueskyService], Awaitable[None]], *, seconds: float = 60.0) -> None:
    """Run a story."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: NOW), seconds=seconds)
        async with FakeBluesky() as sky, FakeJetstream() as jets:
            house = BlueskyService(
                sky,
                jets,
                sky.add_account("acme.example"),
                sky.add_account("ana.example"),
                SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(lambda: NOW)),
            )
            try:
                await story(house)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


def texts(batch: Batch) -> list[str]:
    """Return what the posts of a batch say."""
    return [event.text for event in batch.events if isinstance(event, Posted)]


def parent(post: Written) -> Parent:
    """Return a post as our database has it."""
    text = str(post.record["text"])
    digest = content_digest(Posted(external_id=post.uri, text=text))
    return Parent(external_id=post.uri, url="https://bsky.app/x", text=text, author_id=post.did, digest=digest)
