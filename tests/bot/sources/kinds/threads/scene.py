"""A Threads source against the fake network, with tokens that are kept: what its tests share."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kinds.threads.options import ThreadsOptions
from bot.sources.kinds.threads.source import Threads
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.meter import Meter, MeteredFetcher
from handlers.base.events import Event, Posted, content_digest
from handlers.base.replying import Alive, Parent
from storage.engine.database import Database
from tests.fakes.letting_in import CLIENT
from tests.fakes.threads import NOW, US, FakeThreads, Json
from tests.harness.accounts import KEY
from tests.harness.engines import open_migrated
from tests.harness.postgres import memory

Story = Callable[["OnThreads"], Awaitable[None]]
HOOK = {"app_secret": "sample-app-secret", "verify_token": "sample-verify-token"}


@dataclass
class OnThreads:
    """The network, and what makes sources that ask it; time goes on as a test says."""

    site: FakeThreads
    database: Database
    seconds: float = 5.0
    now: datetime = NOW
    opened: list[Fetcher] = field(default_factory=list)
    meter: Meter | None = None

    def __post_init__(self) -> None:
        self.site.now = self.site.letting.now = lambda: self.now
        self.clock = Clock(lambda: self.now)
        self.seed = self.site.letting.long_lived(age=timedelta(days=30))

    def config(self, secrets: Mapping[str, str] | None = None, **options: Any) -> SourceConfig[ThreadsOptions]:
        """Describe a source."""
        known = ThreadsOptions(**({"username": US["username"], "base_url": self.site.base_url} | options))
        held = {**CLIENT, **HOOK, "access_token": self.seed} if secrets is None else secrets
        return SourceConfig(name="threads", kind="threads", options=known, secrets=held, allow_private=True)

    def tools(self) -> SourceTools:
        """Lend it what every source is lent."""
        self.opened.append(Fetcher(self.clock, seconds=self.seconds))
        budgets = ThreadsOptions(username="x", query="y").budgets
        self.meter = Meter("threads", budgets, AsyncDatabase(self.database), self.clock)
        accounts = Accounts(AsyncDatabase(self.database), Seal.of(KEY), self.clock, Ids())
        fetcher = MeteredFetcher(self.opened[-1], self.meter)
        return SourceTools(fetcher=fetcher, isolation=Isolation(), clock=self.clock, accounts=accounts)

    def make(self, secrets: Mapping[str, str] | None = None, **options: Any) -> Threads:
        """Make a source: what a restart would be."""
        return Threads(self.config(secrets, **options), self.tools())

    def pass_time(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)

    async def heard(self, one: Json, **options: Any) -> tuple[Threads, Parent]:
        """Make a source that hears a post; returns it, and what a reply is told of the post."""
        source = self.make(**options)
        events, _ = await walked(source, "")
        found = [post for post in events if isinstance(post, Posted) and post.external_id == one["id"]]
        return source, parent_of(found[0])


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the network."""

    async def run(database: Database) -> None:
        async with FakeThreads(**settings).serve() as site:
            here = OnThreads(site, database, seconds)
            try:
                await story(here)
            finally:
                for one in here.opened:
                    await one.aclose()

    with a_database() as opened:
        asyncio.run(run(opened))


@contextmanager
def a_database() -> Iterator[Database]:
    """Open a new one, in memory."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        opened = Database(open_migrated(Path(folder) / "dibs.db"))
        yield opened
        opened.close()


async def walked(source: Threads, checkpoint: str) -> tuple[list[Event], str]:
    """Poll until there is no more; return the events and the checkpoint."""
    found: list[Event] = []
    for _ in range(200):
        batch = await source.poll(checkpoint)
        found += batch.events
        checkpoint = batch.checkpoint
        assert len(checkpoint) <= 10_000
        if not batch.more:
            return found, checkpoint
    raise AssertionError("It never ends.")


async def texts(source: Threads, checkpoint: str = "") -> set[str]:
    """Poll until there is no more; return what was said."""
    return {one.text for one in (await walked(source, checkpoint))[0] if isinstance(one, Posted)}


def parent_of(post: Posted) -> Parent:
    """Return what a reply to a post is told of it."""
    return Parent(
        external_id=post.external_id,
        url=post.url,
        text=post.text,
        author_handle=post.author.handle,
        digest=content_digest(post),
        published_at=post.published_at,
        facts=post.facts,
    )


async def prepared(source: Threads, parent: Parent, text: str = "We look into it. Ana", send_id: str = "s1") -> str:
    """Check and prepare a reply, as publishing does."""
    state = await source.replies.check(parent)
    assert isinstance(state, Alive), state
    return source.replies.prepare(parent, text, send_id, state.context)
