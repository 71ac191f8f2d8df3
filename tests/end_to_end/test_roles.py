"""Roles: what one process hears another one sends, at once and once, and each answers only what is its own."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.office import Office, tally
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import Cluster

MENTIONS = 12


def roles(bot: BotProcess) -> dict[str, str]:
    """Return how each role is, as a process says it."""
    status, body = bot.get("/readyz")
    found = json.loads(body).get("roles", {}) if status == 200 else {}
    return {name: one["status"] for name, one in found.items()}


def test_the_web_hears_a_hook_and_the_worker_shows_the_card(
    tmp_path: Path, cluster: Cluster, say: Callable[[str], None]
) -> None:
    database = cluster.create_database()
    with FakeSlack.run(posts_per_second=0, tiers=False, allow={"late"}) as slack, ExitStack() as ends:
        office = Office.open(slack)
        web, worker = (
            ends.enter_context(
                BotProcess(tmp_path / role, slack, database_url=database, runner=("bot", "run", "--role", role))
            )
            for role in ("web", "worker")
        )
        web.wait_for(lambda: roles(worker).get("web") == "ok")
        posts = [mentioned(number) for number in range(MENTIONS)]
        assert worker.push(posts[0]) == 404
        assert [web.push(one) for one in posts] == [200] * MENTIONS
        web.settle(MENTIONS)
        found = tally(office, web, [str(one["id"]) for one in posts])
        assert not found, found
        assert roles(worker)["listen"] == "degraded"
        waits = web.reader.rows("SELECT extract(epoch FROM carded_at - ingested_at) AS seconds FROM mention ORDER BY 1")
        say(f"from the commit of one process to the card of another: {float(waits[len(waits) // 2]['seconds']):.3f} s")
