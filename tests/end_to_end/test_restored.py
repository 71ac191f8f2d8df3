"""A backup is taken in the middle of a burst and restored after it was over: no card is lost, none stands twice.

What came after the backup is not in it, but its cards stand in Slack; the feed shows those posts again.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.feed_server import FeedServer, Item
from tests.end_to_end.office import Office, RunningOnSlack
from tests.fakes.slack.server import FakeSlack
from tests.harness.postgres import Cluster

POST = "chat.postMessage"


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("sqlite", 150),
        pytest.param("sqlite", 1_000, marks=pytest.mark.slow),
        pytest.param("postgresql", 1_000, marks=pytest.mark.slow),
    ],
)
def test_a_backup_in_a_burst_of_mentions_is_restored_and_nothing_is_posted_twice(
    kind: str, number: int, tmp_path: Path, request: pytest.FixtureRequest, say: Callable[[str], None]
) -> None:
    urls = ["", ""]
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        urls = [cluster.create_database(), cluster.create_database()]
    items = [Item(id=f"post-{one}") for one in range(number)]
    with FakeSlack.run(posts_per_second=0, tiers=False) as slack, FeedServer.run() as feeds:
        office = Office.open(slack)
        feeds.add(*items[: number // 10])
        first, second = (
            BotProcess(tmp_path / f"bot-{one}", slack, {"blog": feeds.url()}, database_url=url)
            for one, url in enumerate(urls)
        )
        with first:
            first.wait_for(lambda: len(office.cards(office.finance)) > number // 20)
            feeds.add(*items[number // 10 : -number // 10])
            first.wait_for(lambda: first.reader.count("mention") > number // 5)
            taken = first.command("db", "backup", str(tmp_path / "dibs.backup"))
            assert taken.returncode == 0, taken.stderr
            feeds.add(*items[-number // 10 :])
            RunningOnSlack(office, feeds, first).settle([item.id for item in items])
            first.term()
        posted = len(slack.requests(POST))
        assert posted == number
        restored = second.command("db", "restore", str(tmp_path / "dibs.backup"))
        assert restored.returncode == 0, restored.stderr
        before = second.reader.count("mention")
        assert number // 5 <= before < number, "the backup was not taken within the burst"
        with second:
            RunningOnSlack(office, feeds, second).settle([item.id for item in items])
            assert len(slack.requests(POST)) == posted, "something was posted again"
            (head,) = re.findall(r"head ([0-9a-f]{64})", taken.stdout)
            assert second.command("log", "verify", "--head", head).returncode == 0
        say(f"restored ({kind}): {before} of {number} mentions were in the backup; lost 0, posted twice 0")
