"""A replica: the real composition of Dibs, as one process of it runs, in a simulated world.

What ``bot.app`` builds is built by it, from the settings that dibs.toml would give; what it starts is started here, but
for the door and APScheduler, whose ticks are a loop each: both wait by the machine's clock.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import cache, partial
from random import Random
from typing import Any, Protocol, cast
from unittest.mock import patch

from bot.app import App, _assemble
from bot.chat import registry as platforms
from bot.chat.registry import PlatformEntry
from bot.runtime.bells import ring
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.instance_lock import InstanceLock
from bot.settings.settings import Settings
from bot.sources import registry as kinds
from bot.sources.base import SourceConfig, SourceSettings
from handlers.base.charter import ANYONE, NO_REVIEW, SECOND_PERSON, Charter, ReplyRules
from handlers.base.organisation import DigestTime, Organisation, SourceRules
from handlers.dispatch.ticks import TICKS, EachMinute, Every, Tick
from handlers.own.reconcile import reconcile
from handlers.people.accounts import Account, learn_account, sync_members
from storage.engine.database import Session
from tests.harness.scene import ORGANISATION, START
from tests.simulator import chat, sites
from tests.simulator.database import Around, Face, Store, schema
from tests.simulator.loop import LIFE, Life
from tests.simulator.sites import CALLING, POLLED, Site, SiteOptions

PEOPLE = {"Ana": "finance", "Dan": "finance", "Ben": "support", "Chloe": "support"}
HOOK = "hook"
_REVIEW = {"blog": NO_REVIEW, "forum": SECOND_PERSON}
EVERY = timedelta(seconds=4)


def _rules(name: str) -> SourceRules:
    if name == HOOK:
        return SourceRules(name=name, kind="simulated calls", backfill=None)
    charter = Charter(written=True, publish=(ANYONE,), review=_REVIEW[name])
    reply = ReplyRules(by_api=True, limit=sites.LIMIT)
    return SourceRules(name=name, kind="simulated", backfill=None, baseline=False, charter=charter, reply=reply)


@cache
def organisation() -> Organisation:
    """Return the organisation in which the days happen; the digest of finance is due 40 s after their beginning."""
    digests = {"finance": DigestTime(at=time(10))}
    members = {key: tuple(address(name) for name in PEOPLE if PEOPLE[name] == key) for key in ("support", "finance")}
    departments = tuple(
        replace(one, digest=digests.get(one.key), members=members[one.key]) for one in ORGANISATION.departments
    )
    return replace(ORGANISATION, departments=departments, sources=tuple(_rules(name) for name in (*_REVIEW, HOOK)))


def address(name: str) -> str:
    """Return the e-mail address of somebody of ours."""
    return f"{name.lower()}@acme.example"


@cache
def prepared() -> bytes:
    """Return a database in which the organisation and its people are known."""
    store = Store(schema())

    def work(session: Session) -> None:
        reconcile(session, organisation(), START, Random(1))
        for name in PEOPLE:
            account = Account(
                platform="slack", workspace="T1", external_id=f"U{name.upper()}", name=name, email=address(name)
            )
            learn_account(session, account, START)
        sync_members(session, organisation(), {})

    store.run(work)
    content = store.content()
    store.close()
    return content


@contextmanager
def plugged_in() -> Iterator[None]:
    """Let the simulated platform and kinds be found where the real ones are."""
    platform = PlatformEntry(settings="", build=f"{chat.__name__}:build")
    own = {"simulated": POLLED, "simulated calls": CALLING}
    with (
        patch.dict(cast("dict[str, PlatformEntry]", platforms.PLATFORMS), {"slack": platform}),
        patch.dict(cast("dict[str, Any]", kinds.KINDS), own),
    ):
        yield


class World(Around, Protocol):
    """What a replica asks of the world."""

    store: Store
    server: chat.Server
    sites: dict[str, Site]
    paced: bool

    def clock_of(self, life: Life) -> Clock:
        """Return the clock of a process."""
        ...

    def chance(self, of: str) -> Random:
        """Return the chance of something."""
        ...


@dataclass(eq=False)
class Replica:
    """One process, running."""

    world: World
    life: Life
    app: App
    context: Context

    @classmethod
    def start(cls, world: World, life: Life) -> "Replica":
        """Compose a process and let it run."""
        context = copy_context()
        context.run(LIFE.set, life)
        app = context.run(_compose, world, life)
        one = cls(world, life, app, context)
        world.loop.create_task(one._begin(), context=context)
        return one

    def begin(self, work: Awaitable[Any]) -> "asyncio.Task[Any]":
        """Let this process do something."""
        return self.world.loop.create_task(cast("Any", work), context=self.context)

    async def _begin(self) -> None:
        app = self.app
        app.database.listen(partial(ring, self.world.loop, app.delivery.ring))
        app.database.listen(partial(ring, self.world.loop, app.publishing.ring))
        for platform in app.platforms:
            await platform.start()
        parts = app.backend.parts
        parts.keep("delivery", app.delivery.run)
        parts.keep("publishing", app.publishing.run)
        parts.keep("sources", app.runner.run)
        parts.keep("homes", app._find_homes)
        for tick in TICKS:
            if isinstance(tick.when, Every | EachMinute):
                parts.keep(tick.name, partial(self._tick, tick))

    async def _tick(self, tick: Tick) -> None:
        clock = self.app.backend.clock
        while True:
            await self.app.schedule.run(tick)
            seconds = 60.0 - (clock.now().timestamp() - 1) % 60
            await clock.sleep(tick.when.seconds if isinstance(tick.when, Every) else seconds)


def _compose(world: World, life: Life) -> App:
    clock, ids = world.clock_of(life), Ids(world.chance(f"ids of {life}"))
    face = Face(world.store, world, life, world.chance(f"database of {life}"))
    settings = Settings(
        organisation=organisation(),
        sources=tuple(_source(world.sites[one.name], one) for one in organisation().sources),
        platforms={"slack": chat.ChatSettings(world.server, world.paced)},
    )
    face.write(lambda session: reconcile(session, organisation(), clock.now(), ids.random))
    return _assemble(settings, organisation(), face.as_database, InstanceLock(None), clock, ids, {})


def _source(site: Site, rules: SourceRules) -> SourceSettings:
    options = SiteOptions(site=site, base_url=f"https://{rules.name}.example")
    config = SourceConfig(name=rules.name, kind=rules.kind, options=options)
    return SourceSettings(config=config, rules=rules, every=EVERY)
