"""No part of the process ends for good by one error: each stumbles once at each of its awaits, and nothing is lost."""

import time
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import RunningOnSlack, running_on_slack
from tests.end_to_end.stumbling import SAID
from tests.harness.patience import HANG_SECONDS

QUIET_SECONDS = {"loops": 3.0, "jobs": 12.0}
STUMBLES = {
    "loops": (
        *("Worker.run", "Agenda.sleep", "watch_database", "App._find_homes", "SocketLine._run"),
        *("Slack._connect", "Heartbeat._beat"),
    ),
    "jobs": ("Poller.under_lease", "Poller._fetch", "Poller.keep", "Delivery._turn", "Delivery._send_all"),
}


@pytest.mark.parametrize("which", ["loops", pytest.param("jobs", marks=pytest.mark.slow)])
def test_each_part_is_back_after_an_error_at_each_of_its_awaits_and_nothing_is_lost(tmp_path: Path, which: str) -> None:
    runner = ("tests.end_to_end.stumbling", which, "run")
    with running_on_slack(tmp_path, [Item(id="post-0")], runner=runner, socket=True) as scene:
        scene.bot.start(ready=False)
        scene.bot.wait_for(lambda: scene.bot.get("/healthz")[0] == 200)
        shown = ["post-0"]
        quiet_since, known, begun = time.monotonic(), 0, time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS[which]:
            assert time.monotonic() - begun < HANG_SECONDS, scene.bot.log[-3000:]
            _something_new(scene, shown)
            if len(stumbles(scene)) > known:
                known, quiet_since = len(stumbles(scene)), time.monotonic()
        scene.bot.wait_ready()
        scene.settle(shown)
        said = "\n".join(stumbles(scene))
        assert [one for one in STUMBLES[which] if f"{one}:" not in said] == [], said
        card = scene.office.cards(scene.office.finance)[0]
        assert scene.slack.press(scene.office.ana, card, "dibs:claim").status == 200
        scene.settle(shown)


def stumbles(scene: RunningOnSlack) -> list[str]:
    """Return every place at which something stumbled."""
    return [line for line in scene.bot.log.splitlines() if line.startswith(SAID)]


def _something_new(scene: RunningOnSlack, shown: list[str]) -> None:
    number = len(shown)
    scene.feeds.add(Item(id=f"post-{number}"))
    shown.append(f"post-{number}")
    if scene.bot.push(mentioned(number)) == 200:
        shown.append(f"hook-{number}")
    time.sleep(0.3)
