"""A Mastodon source against the fake instance: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import Batch, SourceConfig
from bot.sources.kinds.mastodon.source import Mastodon, MastodonOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted
from handlers.base.replying import Parent
from handlers.text.handles import addressed
from tests.bot.sources import scene
from tests.bot.sources.scene import NOW
from tests.fakes.mastodon import TOKEN, FakeMastodon

Story = Callable[[FakeMastodon, "Make"], Awaitable[None]]
Make = Callable[..., Mastodon]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with an instance, and what makes sources that ask it."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: NOW), seconds=seconds)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock(lambda: NOW))
        async with FakeMastodon(**settings).serve() as instance:

            def make(token: str = TOKEN, **options: Any) -> Mastodon:
                known = MastodonOptions(**({"base_url": instance.base_url, "hashtag": "acme"} | options))
                secrets = {"access_token": token} if token else {}
                return Mastodon(
                    SourceConfig(name="fedi", kind="mastodon", options=known, secrets=secrets, allow_private=True),
                    tools,
                )

            try:
                await story(instance, make)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


async def all_of(source: Mastodon, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


def texts(found: Batch | list[Event]) -> list[str]:
    """Return the texts of posts."""
    events = found.events if isinstance(found, Batch) else found
    return [event.text for event in events if isinstance(event, Posted)]


def spoken(parent: Parent, text: str = "We look into it. Ana") -> str:
    """Return a reply as it comes to a source: people saw to whom it speaks."""
    return addressed(text, parent.author_handle, "127.0.0.1")


async def prepared(source: Mastodon, parent: Parent, text: str = "We look into it. Ana", send_id: str = "s1") -> str:
    """Check and prepare a reply that speaks to its author, as publishing does."""
    return await scene.prepared(source, parent, spoken(parent, text), send_id)
