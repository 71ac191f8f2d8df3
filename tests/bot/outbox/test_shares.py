"""Shares: of several replicas on one PostgreSQL each sends its share, whoever commits, and each card stands once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest

from bot.chat.base import Limit, Pace
from bot.outbox.delivery import Delivery
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.bells import ring
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from storage.channels import messages
from storage.engine.database import Database, open_engine
from tests.fakes.messenger import FakeMessenger
from tests.harness.engines import migrate
from tests.harness.installation import Installation
from tests.harness.patience import until
from tests.harness.postgres import Cluster
from tests.harness.scene import Scene

REPLICAS = 4
TERM = 0.05


@dataclass
class Replica:
    """One replica: its own connections, its own loop's delivery, and what it has sent."""

    database: Database
    delivery: Delivery
    messenger: FakeMessenger

    @property
    def sent(self) -> list[str]:
        """The messages that it posted."""
        return [one for one in self.messenger.sends if one.startswith("post")]


@dataclass
class SharingInstallation(Installation):
    """Several replicas on one database."""

    url: str = ""
    pace: Pace = field(default_factory=Pace)
    others: list[Database] = field(default_factory=list)

    @asynccontextmanager
    async def replicas(self, number: int = REPLICAS) -> AsyncIterator[list[Replica]]:
        """Run some until the block ends; all of them know each other at once."""
        some = [self._made(seed) for seed in range(number)]
        for one in (*some, *some):
            assert one.delivery.replicas is not None
            await one.delivery.replicas.look()
            one.database.hear_others()
        await until(lambda: all(one.database.hears_others for one in some))
        loop = asyncio.get_running_loop()
        for one in some:
            one.database.listen(partial(ring, loop, one.delivery.ring))
        running = [asyncio.create_task(one.delivery.run()) for one in some]
        try:
            yield some
        finally:
            for one in some:
                await one.delivery.stop()
            await asyncio.gather(*running)

    def _made(self, seed: int) -> Replica:
        database = self.scene.database if seed == 0 else Database(open_engine(self.url))
        self.others += [database] if seed else []
        ours = AsyncDatabase(database)
        replicas = Replicas(database=ours, clock=self.clock, ids=Ids(Random(seed)), term=TERM)
        messenger = FakeMessenger(pace=self.pace)
        delivery = Delivery(
            database=ours,
            messengers=[messenger],
            organisation=self.scene.organisation,
            clock=self.clock,
            ids=Ids(Random(100 + seed)),
            replicas=replicas,
        )
        return Replica(database, delivery, messenger)

    async def arrive(self, number: int) -> None:
        """Let mentions arrive, all of them at the first replica, and time pass as they do and are sent.

        Turns are counted by that time, however long a busy machine takes for them.
        """
        for _ in range(number):
            self.scene.pass_time(seconds=TERM / 3)
            words = ("Where is my refund?", "It does not open.")[next(self.scene.numbers) % 2]
            await asyncio.to_thread(self.scene.ingest, self.scene.posted(words))
            await until(self.all_shown)

    def all_shown(self) -> bool:
        """Nothing waits in any lane."""
        return not self.scene.database.read(messages.backlogs)


@pytest.fixture
def shared(cluster: Cluster) -> Iterator[SharingInstallation]:
    url = cluster.create_database(cluster.template(migrate))
    made = SharingInstallation(Scene(Database(open_engine(url))), url=url)
    yield made
    for one in (made.scene.database, *made.others):
        one.close()
    cluster.drop(url)


def test_each_of_four_sends_at_least_half_its_share_of_two_channels_whoever_commits(
    shared: SharingInstallation,
) -> None:
    async def story() -> None:
        async with shared.replicas() as some:
            await shared.arrive(240)
            await until(shared.all_shown)
            sent = Counter(key for one in some for key in one.sent)
            assert (len(sent), set(sent.values())) == (240, {1})
            shares = [len(one.sent) for one in some]
            assert min(shares) >= 240 / REPLICAS / 2, shares

    asyncio.run(story())


def test_a_channel_that_never_falls_silent_changes_hands(shared: SharingInstallation) -> None:
    shared.pace = Pace(batch=4)
    shared.scene.ingest(*(shared.scene.posted() for _ in range(100)))

    async def story() -> None:
        async with shared.replicas(2) as some:
            while not shared.all_shown():
                shared.scene.pass_time(seconds=TERM)
                await asyncio.sleep(TERM / 2)
            shares = [len(one.sent) for one in some]
            assert (sum(shares), min(shares) >= 25) == (100, True), shares

    asyncio.run(story())


def test_a_channel_with_a_pace_stays_with_one_of_them(shared: SharingInstallation) -> None:
    shared.pace = Pace((Limit(1000, 1.0),))

    async def story() -> None:
        async with shared.replicas() as some:
            await shared.arrive(60)
            await until(shared.all_shown)
            places = [
                {channel for channel in one.messenger.channels if one.messenger.channels[channel]} for one in some
            ]
            assert sorted(len(one) for one in places) == [0, 0, 1, 1]

    asyncio.run(story())


def test_what_is_the_turn_of_one_that_does_nothing_is_sent_by_the_others(shared: SharingInstallation) -> None:
    async def story() -> None:
        async with shared.replicas(3) as some:
            await some[1].delivery.stop()  # it lives, and sends nothing any more
            await some[2].delivery.stop()
            await shared.arrive(6)
            await until(shared.all_shown)
            assert [len(one.sent) for one in some] == [6, 0, 0]

    asyncio.run(story())
