"""The server ends without a word under load, and takes few connections: nothing is lost and nothing stands twice.

Four replicas share a server that is stopped by ``-m immediate`` and recovers when it starts, and a role that may hold
twenty connections, half of what four replicas would take by themselves: each is told how many are its own.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.database import Reader
from tests.end_to_end.office import Office, tally
from tests.end_to_end.senders import push_while
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import SETTINGS, Cluster, PostgresUnavailable

REPLICAS, CONNECTIONS = 4, 20
CRASHES, BETWEEN, AWAY = 3, 8.0, 1.0
PER_SECOND = 25


def crash(cluster: Cluster) -> None:
    """End the server at once, again and again, and start it anew each time."""
    for _ in range(CRASHES):
        time.sleep(BETWEEN)
        with cluster.away(immediately=True):
            time.sleep(AWAY)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_server_that_crashes_under_load_and_takes_few_connections(tmp_path: Path, say: Callable[[str], None]) -> None:
    try:
        cluster = Cluster.start({**SETTINGS, "synchronous_commit": "on"})  # or it forgets what it said was committed
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))
    with FakeSlack.run(posts_per_second=0, tiers=False, allow={"late"}) as slack, ExitStack() as ends:
        ends.callback(cluster.stop)
        whole = cluster.create_database()
        database = cluster.admit(whole, "dibs", CONNECTIONS)
        database = f"{database}&connections={CONNECTIONS // REPLICAS}"
        bots = [BotProcess(tmp_path / f"bot-{one}", slack, database_url=database) for one in range(REPLICAS)]
        office = Office.open(slack)
        for bot in bots:
            bot.reader = Reader(whole)
            ends.enter_context(bot)
        number = int((CRASHES + 1) * BETWEEN * PER_SECOND)
        shown = push_while(lambda: crash(cluster), bots, number, PER_SECOND)
        bots[0].settle(len(shown))
        found = tally(office, bots[0], shown)
        assert not found, found
        assert all(bot.running for bot in bots)
        assert not [line for bot in bots for line in bot.log.splitlines() if "Traceback" in line]
        say(
            f"{CRASHES} crashes of PostgreSQL under {PER_SECOND} mentions/s, {CONNECTIONS} connections for {REPLICAS} "
            f"replicas: {found.mentions} of {len(shown)} mentions, lost {len(found.lost)}, twice {len(found.twice)}"
        )
