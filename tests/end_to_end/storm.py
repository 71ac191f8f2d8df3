"""A storm: several replicas on one PostgreSQL, of which a random one is killed each second while mentions come in."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.office import Office, Tally, tally
from tests.end_to_end.senders import push_while
from tests.fakes.slack.server import FakeSlack

REPLICAS = 3
SECONDS = 40
PER_SECOND = 50


@dataclass
class Storm:
    """Who kills them."""

    bots: list[BotProcess]
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    kills: list[float] = field(default_factory=list)

    def kill(self) -> None:
        """Kill a random replica each second, and start it again beside the others."""
        with ThreadPoolExecutor(REPLICAS) as starting:
            begun = time.monotonic()
            for second in range(SECONDS):
                time.sleep(max(0.0, begun + second + 1 - time.monotonic()))
                bot = self.chance.choice([one for one in self.bots if one.running])
                self.kills.append(time.time())
                bot.kill()
                starting.submit(bot.start, ready=False).result()


@dataclass(frozen=True, kw_only=True)
class Weathered:
    """What came of it.

    Attributes:
        kills: When replicas were killed.
        sent: How many mentions were acknowledged.
        cards: When each card came to stand.
        waits: How long each mention waited for its card, shortest first; in seconds.
        found: What was lost or stands twice.
    """

    kills: list[float]
    sent: int
    cards: list[float]
    waits: list[float]
    found: Tally

    @property
    def late(self) -> float:
        """How many seconds after the last kill the last card came."""
        return max(self.cards) - self.kills[-1]


def weather(folder: Path, database: str, options: Mapping[str, Any]) -> Weathered:
    """Let replicas, which get these options of a ``BotProcess``, go through a storm until all is quiet."""
    with FakeSlack.run(posts_per_second=0, tiers=False, allow={"late"}) as slack, ExitStack() as ends:
        bots = [BotProcess(folder / f"bot-{one}", slack, database_url=database, **options) for one in range(REPLICAS)]
        storm, office = Storm(bots), Office.open(slack)
        for bot in bots:
            ends.enter_context(bot)
        sent = push_while(storm.kill, bots, SECONDS * PER_SECOND, PER_SECOND)
        for bot in bots:
            bot.wait_for(lambda one=bot: one.get("/healthz")[0] == 200)  # type: ignore[misc]
        bots[0].settle(len(sent))
        waits = bots[0].reader.rows("SELECT extract(epoch FROM carded_at - ingested_at) AS seconds FROM mention")
        return Weathered(
            kills=storm.kills,
            sent=len(sent),
            cards=[float(card.ts) for room in (office.support, office.finance) for card in office.cards(room)],
            waits=sorted(float(row["seconds"]) for row in waits),
            found=tally(office, bots[0], sent),
        )
