"""Three replicas, one of which is killed each second while mentions come in: nothing is lost, late or doubled."""

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.outbox.worker import BEGIN_WITHIN, SEND_SECONDS
from tests.end_to_end.storm import PER_SECOND, REPLICAS, weather
from tests.harness.postgres import Cluster

# After the last kill: ten seconds, and the limit of a send for what was on its way at that very moment.
LATEST = 10.0 + BEGIN_WITHIN + SEND_SECONDS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_random_replica_is_killed_each_second(tmp_path: Path, cluster: Cluster, say: Callable[[str], None]) -> None:
    storm = weather(tmp_path, cluster.create_database(), {})
    assert not storm.found, storm.found
    say(
        f"{len(storm.kills)} kills of {REPLICAS} replicas under {PER_SECOND} mentions/s: {len(storm.cards)} cards of "
        f"{storm.sent}, lost {len(storm.found.lost)}, twice {len(storm.found.twice)}; the last card {storm.late:.1f} s "
        f"after the last kill; a card took p50 {statistics.median(storm.waits):.1f} s, at most {storm.waits[-1]:.1f} s"
    )
    assert storm.late < LATEST, f"the last card came {storm.late:.1f} s after the last kill"
