"""Real feeds, where they lie beside the checkout: served over HTTP, every post of theirs stands in Slack."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import ROOT, BotProcess
from tests.end_to_end.feed_server import FeedServer
from tests.end_to_end.office import Office, tally
from tests.fakes.http import Reply
from tests.fakes.slack.server import FakeSlack

FEEDS = ROOT.parent / "shared" / "recorded" / "feeds"
FILES = sorted(FEEDS.glob("*/*")) if FEEDS.is_dir() else []


@pytest.mark.skipif(not FILES, reason="there are no recorded feeds beside the checkout")
@pytest.mark.timeout(240)
def test_recorded_feeds_become_cards(tmp_path: Path, say: Callable[[str], None]) -> None:
    with FakeSlack.run(posts_per_second=0) as slack, FeedServer.run() as feeds:
        office = Office.open(slack)
        for number, file in enumerate(FILES):
            feeds.play(Reply(body=file.read_bytes()), path=f"/{number}")
        named = {f"recorded-{number}": feeds.url(f"/{number}") for number in range(len(FILES))}
        with BotProcess(tmp_path, slack, named, every="5m") as bot:
            asked = "SELECT name, last_ok_at, down_since FROM source_state WHERE kind = 'feed'"
            bot.wait_for(
                lambda: (
                    sum(bool(row["last_ok_at"] or row["down_since"]) for row in bot.reader.rows(asked)) == len(FILES)
                ),
                120,
            )
            mentions = bot.reader.mentions()
            bot.settle(len(mentions))
            found = tally(office, bot, [row["external_id"] for row in mentions])
            # Feeds of different systems may use the same ids: those are two posts, and not one shown twice.
            assert not [*found.lost, *found.strange, *found.untrue], found
            keys = [card.key for room in (office.support, office.finance) for card in office.cards(room)]
            assert sorted(keys) == sorted(f"card:{row['id']}:{row['channel']}" for row in mentions)
            assert slack.refusals == []
            assert not bot.reader.rows("SELECT * FROM message WHERE state = 'parked' OR plain")
            assert "Traceback" not in bot.log
            assert mentions
            down = sum(bool(row["down_since"]) for row in bot.reader.rows(asked))
            broken = f"{len(FILES)} recorded feeds, {down} of them no feed at all"
            say(f"{broken}: {len(keys)} cards for {len(mentions)} mentions")
