"""An X source against the fake network, with tokens that are kept: what its tests share."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kinds.x.source import X, XOptions
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.meter import Meter, MeteredFetcher
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, service_of
from handlers.base.events import Posted, content_digest
from handlers.base.replying import Alive, Parent
from storage.engine.database import Database
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.fakes.x import CONSUMER_SECRET, NOW, US, FakeX, Json
from tests.harness.accounts import KEY
from tests.harness.engines import open_migrated
from tests.harness.postgres import memory

Story = Callable[["OnX"], Awaitable[None]]


@dataclass
class OnX:
    """The network, and what makes sources that ask it; time goes on as a test says."""

    site: FakeX
    database: Database
    seconds: float = 5.0
    now: datetime = NOW
    opened: list[Fetcher] = field(default_factory=list)
    meter: Meter | None = None
    limits: Limits | None = None

    def __post_init__(self) -> None:
        self.site.now = self.site.letting.now = lambda: self.now
        self.clock = Clock(lambda: self.now)
        self.seed = self.site.letting.seed()

    def make(self, secrets: Mapping[str, str] | None = None, kept: Database | None = None, **options: Any) -> X:
        """Make a source: what a restart would be; ``kept`` is where another installation keeps what it knows."""
        known = XOptions(**({"username": US["username"], "base_url": self.site.base_url} | options))
        held = {**CLIENT, "refresh_token": self.seed, "consumer_secret": CONSUMER_SECRET}
        config = SourceConfig(
            name="x", kind="x", options=known, secrets=held if secrets is None else secrets, allow_private=True
        )
        self.opened.append(Fetcher(self.clock, seconds=self.seconds))
        self.meter = Meter("x", X.capabilities.budgets, AsyncDatabase(self.database), self.clock)
        self.limits = Limits(self.clock)
        heeding = HeedfulFetcher(MeteredFetcher(self.opened[-1], self.meter), self.limits, service_of(config))
        accounts = Accounts(AsyncDatabase(kept or self.database), Seal.of(KEY), self.clock, Ids())
        return X(config, SourceTools(fetcher=heeding, isolation=Isolation(), clock=self.clock, accounts=accounts))

    @property
    def booked(self) -> int:
        """How much the meter has booked, in thousandths of a dollar."""
        assert self.meter is not None
        return max((one.spent for one in self.meter._known.values()), default=0)

    async def heard(self, one: Json, **options: Any) -> tuple[X, Parent]:
        """Make a source that hears a post; returns it, and what a reply is told of the post."""
        source = self.make(**options)
        posts = await all_of(source, "")
        (found,) = [post for post in posts if post.external_id == one["edit_history_tweet_ids"][0]]
        return source, parent_of(found)


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the network."""

    async def run(database: Database) -> None:
        letting = LettingIn(scopes=("tweet.read", "tweet.write", "users.read", "offline.access"))
        async with FakeX(letting=letting, **settings).serve() as site:
            here = OnX(site, database, seconds)
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


async def walked(source: X, checkpoint: str) -> tuple[list[Posted], str]:
    """Poll until there is no more; return the posts, for X tells of nothing else, and the checkpoint."""
    found: list[Posted] = []
    for _ in range(100):
        batch = await source.poll(checkpoint)
        found += [one for one in batch.events if isinstance(one, Posted)]
        checkpoint = batch.checkpoint
        if not batch.more:
            return found, checkpoint
    raise AssertionError("It never ends.")


async def all_of(source: X, checkpoint: str) -> list[Posted]:
    """Poll until there is no more; return the posts."""
    return (await walked(source, checkpoint))[0]


def parent_of(post: Posted) -> Parent:
    """Return what a reply to a post is told of it."""
    return Parent(
        external_id=post.external_id,
        url=post.url,
        text=post.text,
        author_id=post.author.external_id,
        author_handle=post.author.handle,
        digest=content_digest(post),
        published_at=post.published_at,
        facts=post.facts,
    )


async def prepared(source: X, parent: Parent, text: str = "We look into it. Ana", send_id: str = "s1") -> str:
    """Check and prepare a reply, as publishing does."""
    state = await source.replies.check(parent)
    assert isinstance(state, Alive), state
    return source.replies.prepare(parent, text, send_id, state.context)
