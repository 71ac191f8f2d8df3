"""A source against a scripted server: what all tests of polled kinds share."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from bot.net.client import Fetcher
from bot.net.errors import MaybeSent
from bot.runtime.clock import Clock
from bot.sources.base import Batch, PollingSource, Source, SourceConfig
from bot.sources.kinds.feed.source import Feed, FeedOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted, content_digest
from handlers.base.replying import Alive, Outcome, Parent, Unclear
from tests.fakes.http import Reply, ScriptedServer

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

Scene = Callable[[ScriptedServer, SourceTools], Awaitable[None]]


def played(scene: Scene, *, reading_seconds: float = 10.0) -> None:
    """Run a scene with a server and the tools of a source."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: NOW), seconds=5)
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(seconds=reading_seconds), clock=Clock(lambda: NOW))
        async with ScriptedServer() as server:
            try:
                await scene(server, tools)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


def config(kind: str, options: Any) -> SourceConfig[Any]:
    """Describe a source that may fetch from loopback."""
    return SourceConfig(name="blog-search", kind=kind, options=options, allow_private=True)


def feed_on(server: ScriptedServer, tools: SourceTools) -> Feed:
    """Make a feed source that polls /feed."""
    return Feed(config("feed", FeedOptions(url=server.url("/feed"))), tools)


def posts_of(batch: Batch) -> list[Posted]:
    """Return the posts of a batch, which hold nothing else in these kinds."""
    return [event for event in batch.events if isinstance(event, Posted)]


def read_feed(document: bytes, content_type: str = "application/xml") -> list[Posted]:
    """Return what a feed source makes of one document."""
    found: list[Posted] = []

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(200, {"Content-Type": content_type}, document))
        found.extend(posts_of(await feed_on(server, tools).poll("")))

    played(scene)
    return found


async def outcome_of(source: Source, prepared: str) -> Outcome:
    """Publish, and take what may have been sent for unclear, as the worker that publishes does."""
    assert source.replies is not None
    try:
        return await source.replies.publish(prepared)
    except MaybeSent as error:
        return Unclear(error.reason)


def parent_of(post: Posted, *ours: str) -> Parent:
    """Return what a reply to a post is told of it, and of our replies ``ours``."""
    return Parent(
        external_id=post.external_id,
        url=post.url,
        title=post.title,
        text=post.text,
        author_id=post.author.external_id,
        author_handle=post.author.handle,
        digest=content_digest(post),
        published_at=post.published_at,
        ours=frozenset(ours),
        facts=post.facts,
    )


async def prepared(source: Source, parent: Parent, text: str = "We look into it. Ana", send_id: str = "5e") -> str:
    """Check and prepare a reply, as publishing does."""
    assert source.replies is not None
    state = await source.replies.check(parent)
    assert isinstance(state, Alive), state
    return source.replies.prepare(parent, text, send_id, state.context)


async def all_of(source: PollingSource, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    events: list[Event] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        events += batch.events
        checkpoint = batch.checkpoint
        if not batch.more:
            return events, checkpoint
    raise AssertionError("It never ends.")


async def heard(source: PollingSource, name: str) -> Posted:
    """Poll, and return the post of this name, or of one that ends so."""
    for event in (await source.poll("")).events:
        if isinstance(event, Posted) and name.endswith(event.external_id):
            return event
    raise AssertionError("It was not heard.")
