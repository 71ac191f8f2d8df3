"""Operating: a mention can be followed through the log, which tells no secret and no word of it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.end_to_end.bot_process import HOOK_SECRET, mentioned
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import RunningOnSlack, running_on_slack
from tests.fakes.http import Reply
from tests.fakes.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.harness.patience import HANG_SECONDS

ITEMS = [Item(id=f"post-{one}", title="Qwyjibo", text="Zanzibar refund") for one in range(3)]
METRICS = (
    "dibs_mentions_total",
    "dibs_carded_seconds",
    "dibs_claims_total",
    "dibs_lanes_depth",
    "dibs_lanes_parked",
    "dibs_oldest_uncarded_seconds",
    "dibs_source_age_seconds",
)


def test_one_mention_can_be_followed_from_poll_to_card_and_its_words_stay_out(tmp_path: Path) -> None:
    with running_on_slack(tmp_path, ITEMS) as scene:
        scene.bot.start()
        assert scene.bot.push(mentioned(1, text="Zanzibar invoice", author="Xylophon")) == 200
        scene.settle([*(item.id for item in ITEMS), "hook-1"])
        scene.slack.press(scene.office.ana, scene.office.cards(scene.office.finance)[0], "dibs:claim")
        scene.slack.slash(scene.office.ana, scene.office.finance, "note Zanzibar")
        scene.bot.settle(4)
        for row in scene.bot.reader.mentions():
            lines = [line for line in scene.bot.log.splitlines() if f"token={row['token']}" in line]
            assert any(f"source={row['source']}" in line for line in lines)
            assert any(f"lane={row['channel']}" in line for line in lines)
        scene.bot.term()
        for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, HOOK_SECRET, "Zanzibar", "Qwyjibo", "Xylophon"):
            assert secret not in scene.bot.log


def test_a_source_that_is_down_is_one_warning_and_one_line_when_it_is_back(tmp_path: Path) -> None:
    with running_on_slack(tmp_path, ITEMS) as scene:
        scene.bot.start()
        scene.settle([item.id for item in ITEMS])
        scene.feeds.play(Reply(500))
        asked = scene.feeds.asked()
        scene.bot.wait_for(lambda: scene.feeds.asked() >= asked + 3)
        assert scene.bot.ready["sources"]["blog"]["status"] == "degraded"
        assert scene.bot.get("/readyz")[0] == 200
        scene.feeds.add(Item(id="post-later"))
        scene.settle([*(item.id for item in ITEMS), "post-later"])
        scene.bot.wait_for(lambda: "works again" in scene.bot.log)
        assert _lines(scene, "source=blog", " WARNING ") == 1
        assert _lines(scene, "source=blog", "works again") == 1
        assert scene.bot.ready["sources"]["blog"]["status"] == "ok"


def test_a_lane_that_is_parked_is_one_warning_and_one_line_when_it_is_back(tmp_path: Path) -> None:
    with running_on_slack(tmp_path, ITEMS) as scene:
        scene.bot.start()
        scene.settle([item.id for item in ITEMS])
        scene.office.finance.is_archived = True
        scene.feeds.add(Item(id="post-later"))
        lane = f"lane={scene.office.finance.id}"
        scene.bot.wait_for(lambda: _lines(scene, lane, " WARNING ") == 1)
        scene.bot.wait_for(lambda: re.search(r"^dibs_lanes_parked 1\.0$", _metrics(scene), re.MULTILINE))
        scene.office.finance.is_archived = False
        with closing(sqlite3.connect(tmp_path / "dibs.db", timeout=HANG_SECONDS)) as outside, outside:
            # Otherwise it is tried again after two minutes.
            outside.execute("UPDATE lane SET next_at = '2026-01-01 00:00:00' WHERE state = 'parked'")
        scene.bot.wait_for(lambda: _lines(scene, lane, "works again") == 1)
        scene.bot.wait_for(lambda: len(scene.office.cards(scene.office.finance)) == 4)
        assert _lines(scene, lane, " WARNING ") == 1


def test_metrics_count_what_happened(tmp_path: Path) -> None:
    with running_on_slack(tmp_path, ITEMS) as scene:
        scene.bot.start()
        scene.settle([item.id for item in ITEMS])
        card = scene.office.cards(scene.office.finance)[0]
        scene.slack.press(scene.office.ana, card, "dibs:claim")
        scene.slack.press(scene.office.ben, card, "dibs:claim", stale=True)
        shown = _metrics(scene)
        assert not [name for name in METRICS if f"\n{name}" not in shown]
        assert 'dibs_mentions_total{source="blog"} 3.0' in shown
        assert "dibs_carded_seconds_count 3.0" in shown
        assert 'dibs_claims_total{result="won",via="button"} 1.0' in shown
        assert 'dibs_claims_total{result="lost",via="button"} 1.0' in shown
        lines = set(shown.splitlines())
        now = {line for line in lines if line.startswith("dibs_")}
        assert {line.removeprefix("dibs_") for line in now} <= lines, "each under its former name, too"
        assert "Zanzibar" not in shown


def _lines(scene: RunningOnSlack, *parts: str) -> int:
    return sum(all(part in line for part in parts) for line in scene.bot.log.splitlines())


def _metrics(scene: RunningOnSlack) -> str:
    status, body = scene.bot.get("/metrics")
    assert status == 200
    return body.decode()
