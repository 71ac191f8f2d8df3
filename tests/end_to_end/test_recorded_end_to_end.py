"""Real feeds and payloads, where they lie beside the checkout: every post of theirs stands in Slack and on the desk."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.at_desk import AtDesk
from tests.end_to_end.bot_process import ROOT, BotProcess
from tests.end_to_end.feed_server import FeedServer
from tests.end_to_end.office import Office, tally
from tests.fakes.http import Reply
from tests.fakes.slack.records import Json
from tests.fakes.slack.server import FakeSlack

RECORDED = ROOT.parent / "shared" / "recorded"
FEEDS = RECORDED / "feeds"
FILES = sorted(FEEDS.glob("*/*")) if FEEDS.is_dir() else []


@pytest.mark.skipif(not FILES, reason="there are no recorded feeds beside the checkout")
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
                )
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


def reddit_posts() -> Iterator[Json]:
    """Yield what a vendor would push of the recorded listings: the newest answer of each file."""
    for file in sorted((RECORDED / "reddit").glob("Test*Subreddit*.json")):
        body = json.loads(file.read_text())["interactions"][-1]["response"]["body"]["string"]
        for child in json.loads(body)["data"]["children"]:
            post = child["data"]
            address = f"https://www.reddit.com{post['permalink']}"
            text = post.get("selftext") or post["title"]
            yield {"id": post["name"], "title": post["title"], "text": text, "url": address, "author": post["author"]}


def bluesky_posts() -> Iterator[Json]:
    """Yield what a vendor would push of the recorded events."""
    for line in (RECORDED / "jetstream" / "events.jsonl").read_text().splitlines():
        commit = json.loads(line).get("commit") or {}
        if commit.get("operation") == "create" and commit.get("collection") == "app.bsky.feed.post":
            author = json.loads(line)["did"]
            address = f"https://bsky.app/profile/{author}/post/{commit['rkey']}"
            text = commit["record"]["text"] or "(no words)"
            yield {"id": f"{author}/{commit['rkey']}", "text": text, "url": address, "author": author}


@pytest.mark.skipif(not FILES, reason="there are no recorded feeds beside the checkout")
def test_recorded_payloads_become_cards_in_slack_and_on_the_desk(tmp_path: Path, say: Callable[[str], None]) -> None:
    posts = {post["id"]: post for post in [*reddit_posts(), *bluesky_posts()]}
    with FakeSlack.run(posts_per_second=0) as slack:
        office = Office.open(slack)
        with BotProcess(tmp_path, slack) as bot:
            assert bot.push(*posts.values()) == 200
            bot.settle(len(posts))
            found = tally(office, bot, posts)
            assert not [*found.lost, *found.strange, *found.untrue], found
            assert slack.refusals == []
            tokens = {row["token"] for row in bot.reader.mentions()}
            assert AtDesk(bot).tokens() == tokens
            say(f"{len(posts)} recorded payloads: {len(tokens)} mentions, each a card in Slack and on the desk")
