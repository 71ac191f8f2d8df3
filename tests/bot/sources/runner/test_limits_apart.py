"""Rules of limits that a service counts apart: one that is spent rests what it was told for, and nothing beside it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.net.errors import SourceUnavailable
from bot.net.fetching import REFRESHING, SIGNING_IN, WRITING
from bot.runtime.clock import Clock
from bot.sources.base import Source, SourceConfig, SourceSettings
from bot.sources.kinds.bluesky.source import Bluesky, BlueskyOptions
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.source import Facebook
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.source import GitHub
from bot.sources.kinds.mastodon.source import Mastodon, MastodonOptions
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.source import Reddit
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, Service, service_of
from handlers.base.organisation import SourceRules
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.bot.sources.scene import NOW
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.jetstream import FakeJetstream
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

SESSION = json.dumps({"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "accessJwt": "a", "refreshJwt": "r"}).encode()
XRPC = "/xrpc/com.atproto.server."
SPENT = {"ratelimit-limit": "5000", "ratelimit-remaining": "0", "ratelimit-policy": "5000;w=3600"}
COMMENT = {"facts": {"repository": "acme/app", "number": 1}, "body": "x"}
BELOW = {"thread": "12_34", "post": "1_12", "to": "7", "text": "x", "seen": {"known": [], "since": 0}}
PUT = {"repo": "did:plc:a", "collection": "c", "rkey": "3k", "record": {}}


@dataclass
class Heeding:
    """A kind whose requests teach limits, on a server that a test plays."""

    server: ScriptedServer
    limits: Limits
    config: SourceConfig[Any]
    source: Source

    @property
    def service(self) -> Service:
        return service_of(self.config)

    def left(self, bucket: str = "") -> tuple[float, float]:
        """Return for how long polls and people wait."""
        service = replace(self.service, bucket=bucket)
        return round(self.limits.wait(service)), round(self.limits.shut(service))


def bluesky(url: str) -> tuple[SourceConfig[Any], type[Any]]:
    options = BlueskyOptions(query="acme", handle="acme.example", base_url=url)
    return SourceConfig(
        name="sky", kind="bluesky", options=options, secrets={"app_password": "p"}, allow_private=True
    ), Bluesky


def mastodon(url: str) -> tuple[SourceConfig[Any], type[Any]]:
    options = MastodonOptions(base_url=url, hashtag="acme")
    return SourceConfig(
        name="fedi", kind="mastodon", options=options, secrets={"access_token": "t"}, allow_private=True
    ), Mastodon


def reddit(url: str) -> tuple[SourceConfig[Any], type[Any]]:
    options = RedditOptions(username="acme_support", query="acme", base_url=url, auth_url=url)
    secrets = {"client_id": "i", "client_secret": "s", "refresh_token": "r"}
    return SourceConfig(name="talk", kind="reddit", options=options, secrets=secrets, allow_private=True), Reddit


def github(url: str) -> tuple[SourceConfig[Any], type[Any]]:
    options = GitHubOptions(username="acme-support", listen="search", query="acme", base_url=url)
    return SourceConfig(name="code", kind="github", options=options, secrets={"token": "t"}, allow_private=True), GitHub


def facebook(url: str) -> tuple[SourceConfig[Any], type[Any]]:
    options = FacebookOptions(page="100200300400500", base_url=url)
    secrets = {"access_token": "t"}
    return SourceConfig(name="page", kind="facebook", options=options, secrets=secrets, allow_private=True), Facebook


def heeding(
    make: Callable[[str], tuple[SourceConfig[Any], type[Any]]], story: Callable[[Heeding], Awaitable[None]]
) -> None:
    async def run() -> None:
        clock = Clock(lambda: NOW)
        fetcher, limits = Fetcher(clock, seconds=60), Limits(clock)
        async with ScriptedServer() as server:
            config, kind = make(server.url(""))
            heedful = HeedfulFetcher(fetcher, limits, service_of(config))
            tools = SourceTools(fetcher=heedful, isolation=Isolation(), clock=clock)
            server.on(f"{XRPC}createSession", Reply(body=SESSION))
            server.on("/api/v1/access_token", Reply(body=b'{"access_token": "t"}'))
            await story(Heeding(server, limits, config, kind(config, tools)))
            await fetcher.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("make", "path", "prepared"),
    [
        (bluesky, "/xrpc/com.atproto.repo.putRecord", PUT),
        (mastodon, "/api/v1/statuses", {"request": {"status": "x"}, "send_id": "s"}),
        (reddit, "/api/comment", {"thing_id": "t3_a", "text": "x"}),
        (github, "/repos/acme/app/issues/1/comments", COMMENT),
        (facebook, "/12_34/comments", BELOW),
    ],
    ids=["bluesky", "mastodon", "reddit", "github", "facebook"],
)
@pytest.mark.parametrize(
    ("status", "told", "writing"),
    [
        (429, SPENT | {"ratelimit-reset": "3597", "retry-after": "3597"}, (3597, 3597)),
        (429, {"Retry-After": "7200"}, (7200, 7200)),
        (429, {"X-RateLimit-Reset": "90"}, (90, 90)),
        (200, {"X-RateLimit-Remaining": "2", "X-RateLimit-Reset": "10800"}, (5400, 0)),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "600"}, (600, 600)),
        (200, {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "600"}, (600, 600)),
    ],
)
def test_what_the_answer_to_a_reply_tells_is_told_of_writing_alone(
    make: Any, path: str, prepared: Any, status: int, told: dict[str, str], writing: tuple[int, int]
) -> None:
    async def story(here: Heeding) -> None:
        here.server.on(path, Reply(status, told, b"{}"))
        assert here.source.replies is not None
        await asyncio.gather(here.source.replies.publish(json.dumps(prepared)), return_exceptions=True)
        assert (here.left(), here.left(WRITING)) == ((0, 0), writing)

    heeding(make, story)


@pytest.mark.parametrize("left", ["29", "2", "0"])
def test_what_a_login_has_left_says_nothing_about_reading_or_about_refreshing(left: str) -> None:
    async def story(here: Heeding) -> None:
        told = {"ratelimit-policy": "30;w=300", "ratelimit-remaining": left, "ratelimit-reset": "240"}
        here.server.on(f"{XRPC}createSession", Reply(200, told, SESSION))
        here.server.on("/xrpc/app.bsky.feed.searchPosts", Reply(body=b'{"posts": []}'))
        await here.source.poll("")  # type: ignore[attr-defined]
        assert (here.left(), here.left(WRITING), here.left(REFRESHING)) == ((0, 0),) * 3
        assert here.left(SIGNING_IN)[0] == round(240 / max(int(left), 1))

    heeding(bluesky, story)


def test_a_session_is_refreshed_though_no_more_may_be_made() -> None:
    async def story(here: Heeding) -> None:
        told = {"ratelimit-remaining": "0", "ratelimit-reset": "80000"}
        here.server.on(f"{XRPC}createSession", Reply(200, told, SESSION))
        here.server.on(f"{XRPC}refreshSession", Reply(body=SESSION.replace(b'"a"', b'"b"')))
        stale = Reply(400, body=b'{"error": "ExpiredToken"}')
        here.server.on("/xrpc/app.bsky.feed.searchPosts", stale, Reply(body=b'{"posts": []}'))
        await here.source.poll("")  # type: ignore[attr-defined]
        assert here.left() == (0, 0)

    heeding(bluesky, story)


@pytest.mark.parametrize(("status", "left"), [(200, "0"), (403, "0"), (429, "0")])
def test_a_search_that_is_spent_is_told_of_searching_alone(status: int, left: str) -> None:
    async def story(here: Heeding) -> None:
        told = {"x-ratelimit-remaining": left, "x-ratelimit-reset": "40", "x-ratelimit-resource": "search"}
        here.server.on("/search/issues", Reply(status, told, b'{"items": []}'))
        here.server.on("/graphql", Reply(body=b'{"data": {"search": {"nodes": []}}}'))
        await asyncio.gather(here.source.poll(""), return_exceptions=True)  # type: ignore[attr-defined]
        assert (here.left(), here.left(WRITING), here.left("search")) == ((0, 0), (0, 0), (40, 40))
        asked = len(here.server.requests)
        with pytest.raises(SourceUnavailable):
            await here.source.poll("")  # type: ignore[attr-defined]
        assert len(here.server.requests) == asked

    heeding(github, story)


def test_what_is_counted_apart_and_spent_is_not_asked() -> None:
    async def story(here: Heeding) -> None:
        here.limits.rest(replace(here.service, bucket=SIGNING_IN), 300)
        with pytest.raises(SourceUnavailable) as caught:
            await here.source.poll("")  # type: ignore[attr-defined]
        assert (caught.value.retry_after, here.server.requests) == (300, [])

    heeding(bluesky, story)


@pytest.mark.parametrize(("place", "rest"), [("127.0.0.1", 60), ("localhost", 0)])
def test_a_refusal_at_the_end_of_a_redirect_is_of_who_stands_there(place: str, rest: int) -> None:
    async def run() -> None:
        clock = Clock(lambda: NOW)
        limits, fetcher, service = Limits(clock), Fetcher(clock, seconds=60), Service("127.0.0.1")
        async with ScriptedServer() as server:
            server.on("/a", Reply(302, {"Location": server.url("/b", host=place)}))
            server.on("/b", Reply(429, {"Retry-After": "60"}))
            with pytest.raises(SourceUnavailable):
                await HeedfulFetcher(fetcher, limits, service).get(server.url("/a"), allow_private=True)
            assert limits.wait(service) == rest
        await fetcher.aclose()

    asyncio.run(run())


# --- with the runner -------------------------------------------------------------------------------------------------


def on_bluesky(name: str, url: str, jets: str = "", **options: Any) -> SourceSettings:
    told = options | ({"jetstream_url": jets} if jets else {})
    known = BlueskyOptions(query="refund", handle="acme.example", base_url=url, **told)
    rules = SourceRules(name=name, kind="bluesky", place=name, backfill=None)
    config = SourceConfig(name=name, kind="bluesky", options=known, secrets={"app_password": "p"}, allow_private=True)
    return SourceSettings(config=config, rules=rules, every=timedelta(seconds=1))


def test_a_source_that_may_not_sign_in_leaves_another_of_the_account_alone(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        spent = Reply(429, {"ratelimit-remaining": "0", "ratelimit-reset": "80000"}, b"{}")
        house.server.on(f"{XRPC}createSession", Reply(body=SESSION), spent)
        house.server.on("/xrpc/app.bsky.feed.searchPosts", Reply(body=b'{"posts": []}'))
        url = house.server.url("")
        runner = house.runner(on_bluesky("a", url), on_bluesky("b", url))
        assert not (await house.poll(runner, "a", seconds=5)).trouble
        late = await house.poll(runner, "b", seconds=5)
        assert "429" in late.trouble
        again = await house.poll(runner, "a", seconds=5)
        assert (again.asked, again.trouble) == (True, "")
        assert again.next_at is not None
        assert (again.next_at - scene.now).total_seconds() < 2

    at_work(scene, story)


def test_a_stream_is_heard_whatever_its_account_may_not_ask(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async with FakeJetstream() as jets:
            settings = on_bluesky("sky", house.server.url(""), jets.url, listen="stream")
            runner = house.runner(settings)
            runner._limits.rest(service_of(settings.config), 3_600)
            running = asyncio.create_task(runner.listen_once("sky"))
            async with asyncio.timeout(HANG_SECONDS):
                await asyncio.wait({running, asyncio.create_task(jets.heard())}, return_when=asyncio.FIRST_COMPLETED)
            jets.cut()
            assert (await running).asked
            assert runner.seconds_to_publish("sky") == 3_600

    at_work(scene, story)
