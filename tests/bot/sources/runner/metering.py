"""A service that sells what is asked of it, and clients that count: each a replica of its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.net.client import Fetcher
from bot.net.fetching import WRITING
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import objects
from bot.sources.kit.rest import Rest
from bot.sources.runner.meter import Meter, MeteredFetcher
from handlers.base.budget import Budget, Unit, Window
from storage.engine.database import Database
from storage.listen import budgets
from storage.listen.budgets import BudgetRow
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.scene import Scene

UNITS = Unit("unit", "units")
SEARCHES = Unit("search", "searches")
SEARCHING = "searching"
DAY = Budget(unit=UNITS, most=100, window=Window.PACIFIC_DAY, buckets=("", WRITING), for_replies=0.2)
SEARCHES_A_DAY = Budget(unit=SEARCHES, most=2, window=Window.PACIFIC_DAY, buckets=(SEARCHING,))


@dataclass
class Selling:
    """The service, and what it counted."""

    scene: Scene
    server: ScriptedServer
    fetcher: Fetcher
    made: list[Meter] = field(default_factory=list)

    def meter(self, *its: Budget, database: Database | None = None) -> Meter:
        """Make the meter of another replica."""
        at_hand = AsyncDatabase(database or self.scene.database)
        self.made.append(Meter("tube", its or (DAY, SEARCHES_A_DAY), at_hand, Clock(lambda: self.scene.now)))
        return self.made[-1]

    def rest(self, meter: Meter) -> "Rest[str]":
        """Ask the service as a source does."""

        async def renew(_refused: str | None) -> str:
            return "token"

        return Rest(
            MeteredFetcher(self.fetcher, meter),
            self.server.url(""),
            name="Tube",
            not_ours="That is not Tube.",
            renew=renew,
            headers=lambda token: {"authorization": token},
            allow_private=True,
        )

    def show(self, *numbers: int, path: str = "/posts", status: int = 200) -> None:
        """Let the service answer with so many posts, each time."""
        self.server.on(path, *(Reply(status, body=json.dumps({"data": [{}] * one}).encode()) for one in numbers))

    def rows(self) -> list[BudgetRow]:
        """Return what is stored."""
        return self.scene.database.read(lambda session: budgets.rows(session, ["tube"]))

    def spent(self) -> dict[str, int]:
        """Return what is spent by now, by unit."""
        return {row.unit: row.spent for row in self.rows()}


def a_post_each(answer: Answer) -> int:
    """Read a bill of one unit a post."""
    return len(objects(answer.object.get("data"))) if answer.ok else 0


def selling(scene: Scene, story: Callable[[Selling], Awaitable[None]]) -> None:
    """Run a story with a service on loopback."""

    async def run() -> None:
        fetcher = Fetcher(Clock(lambda: scene.now), seconds=60)
        async with ScriptedServer() as server:
            try:
                await story(Selling(scene, server, fetcher))
            finally:
                await fetcher.aclose()

    asyncio.run(run())
