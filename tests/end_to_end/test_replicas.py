"""Three replicas, one of which is killed each second while mentions come in: nothing is lost, late or doubled."""

import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.outbox.worker import BEGIN_WITHIN, SEND_SECONDS
from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.office import Office, tally
from tests.end_to_end.senders import push_while
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import Cluster

REPLICAS = 3
SECONDS = 40
PER_SECOND = 50
# After the last kill: ten seconds, and the limit of a send for what was on its way at that very moment.
LATEST = 10.0 + BEGIN_WITHIN + SEND_SECONDS


@dataclass
class Storm:
    """Three replicas on one database, and who kills them."""

    bots: list[BotProcess]
    office: Office
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


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_random_replica_is_killed_each_second(tmp_path: Path, cluster: Cluster, say: Callable[[str], None]) -> None:
    database = cluster.create_database()
    with FakeSlack.run(posts_per_second=0, tiers=False, allow={"late"}) as slack, ExitStack() as ends:
        bots = [BotProcess(tmp_path / f"bot-{one}", slack, database_url=database) for one in range(REPLICAS)]
        storm = Storm(bots, Office.open(slack))
        for bot in bots:
            ends.enter_context(bot)
        sent = push_while(storm.kill, bots, SECONDS * PER_SECOND, PER_SECOND)
        for bot in bots:
            bot.wait_for(lambda one=bot: one.get("/healthz")[0] == 200)  # type: ignore[misc]
        bots[0].settle(len(sent))
        found = tally(storm.office, bots[0], sent)
        assert not found, found
        cards = [
            float(card.ts) for room in (storm.office.support, storm.office.finance) for card in storm.office.cards(room)
        ]
        late = max(cards) - storm.kills[-1]
        waits = bots[0].reader.rows(
            "SELECT extract(epoch FROM carded_at - ingested_at) AS seconds FROM mention ORDER BY id"
        )
        seconds = sorted(float(row["seconds"]) for row in waits)
        say(
            f"{len(storm.kills)} kills of {REPLICAS} replicas under {PER_SECOND} mentions/s: {len(cards)} cards of "
            f"{len(sent)}, lost {len(found.lost)}, twice {len(found.twice)}; the last card {late:.1f} s after the last "
            f"kill; a card took p50 {statistics.median(seconds):.1f} s, at most {seconds[-1]:.1f} s"
        )
        assert late < LATEST, f"the last card came {late:.1f} s after the last kill"
