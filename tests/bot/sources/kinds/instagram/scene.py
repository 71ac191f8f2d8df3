"""An Instagram source against the fake network, let in by Facebook or by itself: what its tests share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kinds.instagram.options import InstagramOptions
from bot.sources.kinds.instagram.source import Instagram
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted, content_digest
from handlers.base.replying import Alive, Parent
from storage.engine.database import Database
from tests.bot.sources.kinds.threads.scene import a_database
from tests.fakes.instagram import NOW, US, FakeInstagram, Json
from tests.fakes.letting_in import CLIENT
from tests.fakes.meta import SECRETS
from tests.harness.accounts import KEY

Story = Callable[["OnInstagram"], Awaitable[None]]


@dataclass
class OnInstagram:
    """The network, and what makes sources that ask it; time goes on as a test says."""

    site: FakeInstagram
    database: Database
    seconds: float = 5.0
    now: datetime = NOW
    opened: list[Fetcher] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.now = self.site.letting.now = lambda: self.now
        self.clock = Clock(lambda: self.now)

    def config(self, secrets: Mapping[str, str] | None = None, **options: Any) -> SourceConfig[InstagramOptions]:
        """Describe a source."""
        known = {"username": US["username"], "account_id": US["id"], "base_url": self.site.base_url}
        held = SECRETS if secrets is None else secrets
        chosen = InstagramOptions(**(known | options))
        return SourceConfig(name="insta", kind="instagram", options=chosen, secrets=held, allow_private=True)

    def tools(self) -> SourceTools:
        """Lend it what every source is lent."""
        self.opened.append(Fetcher(self.clock, seconds=self.seconds))
        accounts = Accounts(AsyncDatabase(self.database), Seal.of(KEY), self.clock, Ids())
        return SourceTools(fetcher=self.opened[-1], isolation=Isolation(), clock=self.clock, accounts=accounts)

    def make(self, secrets: Mapping[str, str] | None = None, **options: Any) -> Instagram:
        """Make a source: what a restart would be."""
        return Instagram(self.config(secrets, **options), self.tools())

    def by_instagram(self) -> Instagram:
        """Make a source that Instagram itself lets in."""
        seed = self.site.letting.long_lived(age=timedelta(days=30))
        return self.make({**CLIENT, "access_token": seed, "verify_token": "v"}, login="instagram")

    def pass_time(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)

    async def heard(self, one: Json) -> tuple[Instagram, Parent]:
        """Make a source that hears a comment or media; returns it, and what a reply is told of that."""
        source = self.make()
        events, _ = await walked(source, "")
        found = [post for post in events if isinstance(post, Posted) and post.external_id == one["id"]]
        return source, parent_of(found[0])

    async def named(self, source: Instagram, delivery: tuple[dict[str, str], bytes]) -> list[Event]:
        """Take a delivery, as the runner does: with what it names."""
        told = source.receive(*delivery, self.now)
        return [*told, *await source.fetch(told.named)]


def played(story: Story, *, seconds: float = 5.0, **settings: Any) -> None:
    """Run a story with the network."""

    async def run(database: Database) -> None:
        async with FakeInstagram(**settings).serve() as site:
            here = OnInstagram(site, database, seconds)
            try:
                await story(here)
            finally:
                for one in here.opened:
                    await one.aclose()

    with a_database() as opened:
        asyncio.run(run(opened))


async def walked(source: Instagram, checkpoint: str) -> tuple[list[Event], str]:
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


async def texts(source: Instagram, checkpoint: str = "") -> set[str]:
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


async def prepared(source: Instagram, parent: Parent, text: str = "We look into it. Ana", send_id: str = "s1") -> str:
    """Check and prepare a reply, as publishing does."""
    state = await source.replies.check(parent)
    assert isinstance(state, Alive), state
    return source.replies.prepare(parent, text, send_id, state.context)
