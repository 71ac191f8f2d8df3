"""The database goes and comes back: told once each, and nobody is left behind; and a disk that is full is told."""

import json
import resource
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import HOOK_SECRET, mentioned
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import RunningOnSlack, running_on_slack
from tests.harness.postgres import Cluster, PostgresUnavailable


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A server of this test alone."""
    try:
        cluster = Cluster.start()
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))
    try:
        yield cluster
    finally:
        cluster.stop()


def push(scene: RunningOnSlack, name: str) -> tuple[int, str | None]:
    """Deliver a post to the hook; returns the status and when to come again."""
    request = urllib.request.Request(
        f"{scene.bot.url}/hooks/hook",
        json.dumps([mentioned(name)]).encode(),
        {"Authorization": f"Bearer {HOOK_SECRET}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return answer.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"]


def test_a_database_that_goes_is_one_line_and_one_when_it_is_back(tmp_path: Path) -> None:
    with (
        own_cluster() as cluster,
        running_on_slack(tmp_path, [Item(id="post-0")], database_url=cluster.create_database()) as scene,
    ):
        scene.bot.start()
        assert push(scene, "before") == (200, None)
        scene.settle(["post-0", "hook-before"])
        before = len(scene.bot.log)
        with cluster.away():
            until = time.monotonic() + 4
            while time.monotonic() < until:
                assert push(scene, "meanwhile") == (503, "5")
                assert scene.bot.get("/readyz")[0] == 503
                assert scene.bot.get("/healthz")[0] == 200
                status, figures = scene.bot.get("/metrics")
                assert status == 200
                assert b"dibs_database_up 0.0" in figures
                assert b"dibs_mentions_total" in figures
                assert scene.bot.get("/")[0] in (401, 503)
                assert scene.slack.slash(scene.office.ana, scene.office.finance, "mine").status == 503
                time.sleep(0.2)
            scene.feeds.add(Item(id="post-1"))
        scene.bot.wait_for(lambda: "The database is back." in scene.bot.log)
        scene.bot.wait_for(lambda: push(scene, "after")[0] == 200)
        scene.settle(["post-0", "post-1", "hook-before", "hook-after"])
        lines = [
            line
            for line in scene.bot.log[before:].splitlines()
            if "A mention arrived." not in line and "stands in the channel" not in line
        ]
        assert len(lines) == 2, lines
        assert "The database is away; what needs it waits." in lines[0]
        assert scene.bot.ready["sources"]["blog"]["status"] == "ok"
        assert b"dibs_database_up 1.0" in scene.bot.get("/metrics")[1]


@pytest.mark.slow  # it is looked for every half minute
def test_a_channel_that_is_made_after_an_outage_is_found(tmp_path: Path) -> None:
    with own_cluster() as cluster, running_on_slack(tmp_path, database_url=cluster.create_database()) as scene:
        toml = tmp_path / "dibs.toml"
        toml.write_text(toml.read_text().replace("#finance-care", "#later"))
        scene.bot.start(ready=False)
        scene.bot.wait_for(lambda: "connected" in scene.bot.log and scene.bot.reader.count("home") == 1)
        with cluster.away():
            time.sleep(1)
        later = scene.slack.workspace.add_channel("later", members=[scene.office.ana])
        scene.bot.wait_for(lambda: scene.bot.reader.count("home") == 2)
        scene.bot.wait_for(lambda: push(scene, "one")[0] == 200)
        scene.bot.wait_for(lambda: scene.office.cards(later))


def test_a_disk_that_is_full_is_told_by_readyz_and_nobody_else(tmp_path: Path) -> None:
    with running_on_slack(tmp_path) as scene:
        scene.bot.start()
        assert scene.bot.get("/readyz")[0] == 200
        with closing(sqlite3.connect(tmp_path / "dibs.db")) as beside:
            beside.execute("BEGIN")  # a reader keeps the log of writes from being begun anew, as one often is there
            beside.execute("SELECT count(*) FROM person").fetchone()
            grown = (tmp_path / "dibs.db-wal").stat().st_size
            before = len(scene.bot.log)
            resource.prlimit(scene.bot.pid, resource.RLIMIT_FSIZE, (grown, resource.RLIM_INFINITY))
            scene.bot.wait_for(lambda: scene.bot.get("/readyz")[0] == 503)
            assert push(scene, "full") == (503, "5")
            resource.prlimit(scene.bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        scene.bot.wait_for(lambda: scene.bot.get("/readyz")[0] == 200)
        scene.bot.wait_for(lambda: "The database is back." in scene.bot.log)
        assert push(scene, "full") == (200, None)
        scene.settle(["hook-full"])
        assert scene.bot.log[before:].count("The database is away") == 1
        assert "Traceback" not in scene.bot.log


def written_in(seconds: float, log: Path) -> float:
    """Return how many pages are written in a while."""
    before = log.stat().st_size
    time.sleep(seconds)
    return (log.stat().st_size - before) / 4_120


def test_readyz_writes_at_a_sensible_rate_however_often_it_is_asked(tmp_path: Path) -> None:
    with running_on_slack(tmp_path) as scene:
        scene.bot.start()

        log = tmp_path / "dibs.db-wal"
        scene.bot.wait_for(lambda: written_in(0.5, log) <= 4)  # what is done once at a start is done
        begun, before = time.monotonic(), log.stat().st_size
        for _ in range(200):
            assert scene.bot.get("/readyz")[0] == 200
        allowed = 2 + (time.monotonic() - begun) / 5
        assert (log.stat().st_size - before) / 4_120 <= 8 * allowed
