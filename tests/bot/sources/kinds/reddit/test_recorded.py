"""Recorded answers of the real Reddit, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.net.errors import SourceRefused
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.posts import read_post
from bot.sources.kinds.reddit.source import Reddit
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, Service
from handlers.base.events import Deleted, Posted
from handlers.base.replying import Gone, Parent, Published
from tests.bot.sources.scene import NOW, parent_of, played, posts_of
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.reddit import SECRETS

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "reddit"
FILES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def played_from(name: str, server: ScriptedServer, tools: SourceTools, **options: Any) -> Reddit:
    """Let the server answer what was recorded, with its status and its limits, and make a source that asks it."""
    document = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    replies: dict[str, list[Reply]] = {}
    for exchange in document["interactions"]:
        path = "/" + exchange["request"]["uri"].split("/", 3)[3].partition("?")[0].rstrip("/")
        response = exchange["response"]
        headers = {}
        for header, value in response["headers"].items():
            if header.startswith("x-ratelimit"):
                headers[header] = value[0] if isinstance(value, list) else value
        body = response["body"]["string"].encode()
        replies.setdefault(path, []).append(Reply(response["status"]["code"], headers, body))
    for path, answers in replies.items():
        server.on(path, *answers)
    chosen = {"username": "acme_support", "base_url": server.url(""), "auth_url": server.url("")} | options
    known = RedditOptions(**chosen)
    return Reddit(SourceConfig(name="talk", kind="reddit", options=known, secrets=SECRETS, allow_private=True), tools)


def test_a_recorded_search_is_read() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestSubreddit.test_search", server, tools, listen="search", query="praw", subreddit="all")
        batch = await source.poll("")
        assert len(batch.events) == 31
        for post in posts_of(batch):
            assert post.external_id.startswith("t3_")
            assert post.url.startswith("https://www.reddit.com/r/")
            assert post.title
            assert post.published_at is not None
            assert "SC_OFF" not in post.text

    played(scene)


def test_a_recorded_subreddit_is_read_oldest_first() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestSubredditListings.test_new", server, tools, listen="subreddit", subreddit="askreddit")
        server.on("/r/askreddit/comments", Reply(body=b'{"kind": "Listing", "data": {"after": null, "children": []}}'))
        batch = await source.poll("")
        moments = [post.published_at for post in posts_of(batch)]
        assert len(moments) == 100
        assert moments == sorted(moment for moment in moments if moment is not None)

    played(scene)


def test_recorded_mentions_are_read() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestInbox.test_mentions", server, tools, listen="mentions")
        batch = await source.poll("")
        assert len(batch.events) == 16
        for post in posts_of(batch):
            assert post.external_id.startswith("t1_")
            assert post.reply_to.startswith("t3_")
            assert post.text.startswith("Hello /u/")
            assert post.title
            assert "?" not in post.url

    played(scene)


def test_recorded_comments_of_an_account_are_read() -> None:
    document = json.loads((RECORDED / "TestRedditorListings.test_comments__new.json").read_text("utf-8"))
    children = json.loads(document["interactions"][2]["response"]["body"]["string"])["data"]["children"]
    for child in children:
        post = read_post(child["data"])
        assert post.author.handle == "spez"
        assert post.reply_to[:3] in ("t1_", "t3_")
        assert post.text


def test_a_recorded_deleted_comment_is_gone() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestComment.test_refresh__deleted_comment", server, tools, query="x")
        assert isinstance(await source.replies.check(Parent(external_id="t1_d7ltvl0", url="")), Gone)
        assert await source.find("https://www.reddit.com/r/test/comments/52o2fl/testing_define_bot/d7ltvl0/") is None

    played(scene)


def test_the_recorded_reply_is_published() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestComment.test_reply", server, tools, query="x")
        context = json.dumps({"link": "t3_gx8r8z", "since": 0, "me": "acme_support", "known": []})
        prepared = source.replies.prepare(Parent(external_id="t1_fx1ec2p", url=""), "Comment reply", "s", context)
        assert await source.replies.publish(prepared) == Published(
            "t1_fx1ie8s", "https://www.reddit.com/r/Lil_SpazJoekp/comments/gx8r8z/test/fx1ie8s/"
        )
        sent = server.requests[-1]
        assert (sent.method, sent.headers["authorization"]) == ("POST", "bearer <ACCESS_TOKEN>")
        assert sent.headers["user-agent"].startswith("python:dibs:")
        assert b"thing_id=t1_fx1ec2p" in sent.body
        assert b"api_type=json" in sent.body

    played(scene)


def test_a_recorded_refusal_is_one() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = played_from("TestInbox.test_message__unauthorized", server, tools, listen="mentions")
        server.on("/message/mentions", server._routes["/message/messages/6i8om7"][0])
        with pytest.raises(SourceRefused, match="403"):
            await source.poll("")

    played(scene)


def test_the_recorded_limits_teach_the_limiter() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        limits, service = Limits(Clock(lambda: NOW)), Service("127.0.0.1")
        heedful = SourceTools(
            fetcher=HeedfulFetcher(tools.fetcher, limits, service), isolation=tools.isolation, clock=tools.clock
        )
        source = played_from(
            "TestSubreddit.test_search", server, heedful, listen="search", query="praw", subreddit="all"
        )
        batch = await source.poll("")
        assert limits.wait(service) == pytest.approx(128 / 151)
        first = next(event for event in batch.events if not isinstance(event, Deleted))
        assert isinstance(first, Posted)
        assert parent_of(first).digest

    played(scene)
