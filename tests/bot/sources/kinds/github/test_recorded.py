"""Recorded deliveries and answers of the real GitHub, where they lie beside the checkout."""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.sources.base import Delivered, SourceConfig
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.source import GitHub
from bot.sources.kinds.github.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.build import iso_moment
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.kinds.github.scene import SECRETS
from tests.bot.sources.scene import NOW, played, posts_of
from tests.fakes.github_things import SECRET
from tests.fakes.http import Reply, ScriptedServer

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "github"
DELIVERIES = sorted((RECORDED / "webhooks").glob("*.json")) if RECORDED.is_dir() else []
OURS = ("Codertocat/Hello-World", "octo-org/octo-repo")

pytestmark = pytest.mark.skipif(not DELIVERIES, reason="the recorded answers are not beside the checkout")


def source_on(server: ScriptedServer, tools: SourceTools, **options: Any) -> GitHub:
    known = GitHubOptions(username="acme-support", base_url=server.url(""), **{"repositories": OURS, **options})
    return GitHub(SourceConfig(name="code", kind="github", options=known, secrets=SECRETS, allow_private=True), tools)


def received(name: str, options: Mapping[str, Any] | None = None) -> Delivered[Event]:
    """Let a recorded delivery come to a hook of ours, a minute after what it tells of was changed."""
    raw = (RECORDED / "webhooks" / f"{name}.payload.json").read_bytes()
    payload = json.loads(raw)
    about = payload.get("comment") or payload.get("issue") or payload.get("discussion") or {}
    changed = iso_moment(about.get("updated_at", "")) or NOW
    headers = {"X-Hub-Signature-256": f"sha256={hmac.digest(SECRET.encode(), raw, 'sha256').hex()}"}
    found: list[Delivered[Event]] = []

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = source_on(server, tools, **(options or {}))
        found.append(source.receive(headers, raw, changed + timedelta(minutes=1)))

    played(scene)
    return found[0]


@pytest.mark.parametrize(
    ("name", "said", "rings"),
    [
        ("issues.opened", ["Codertocat/Hello-World#1"], True),
        ("issues.opened.with-empty-body", ["Codertocat/Hello-World#1"], True),
        ("issues.edited", ["Codertocat/Hello-World#1"], True),
        ("issues.locked", [], False),
        ("issue_comment.created", [], True),
        ("issue_comment.edited", [], True),
        ("discussion.created", ["Codertocat/Hello-World#4"], True),
        ("discussion.edited", ["Codertocat/Hello-World#4"], True),
        ("discussion_comment.created", [], True),
        ("discussion_comment.edited", [], True),
        ("ping", [], False),
    ],
)
def test_a_recorded_delivery_says_what_it_holds(name: str, said: list[str], rings: bool) -> None:
    delivered = received(name)
    assert [one.external_id for one in delivered if isinstance(one, Posted)] == [one.casefold() for one in said]
    assert delivered.poll_now is rings
    for one in delivered:
        assert isinstance(one, Posted)
        assert one.title
        assert one.url.startswith("https://github.com/Codertocat/Hello-World/")
        assert (one.author.handle, one.author.external_id) == ("Codertocat", "21031067")
        assert one.author.avatar.startswith("https://avatars")
        assert one.published_at is not None


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("issues.deleted", "codertocat/hello-world#1"),
        ("issue_comment.deleted", "comment/492700400"),
        ("discussion_comment.deleted", "discussion-comment/550062"),
    ],
)
def test_a_recorded_deletion_takes_away_what_it_names(name: str, gone: str) -> None:
    assert list(received(name)) == [Deleted(external_id=gone)]


def test_a_recorded_transfer_is_of_a_pull_request_out_of_a_private_repository_and_nothing() -> None:
    assert list(received("issues.transferred")) == []


def test_every_recorded_delivery_of_a_repository_of_others_is_nothing() -> None:
    for file in DELIVERIES:
        delivered = received(file.name.removesuffix(".payload.json"), {"repositories": ("acme/app",)})
        assert (list(delivered), delivered.poll_now) == ([], False)


def exchanges(name: str) -> list[Any]:
    found: list[Any] = json.loads((RECORDED / "rest" / f"{name}.json").read_text("utf-8"))
    return found


def test_a_recorded_search_is_read() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        (recorded,) = [one for one in exchanges("search-issues") if one["path"].startswith("/search/issues")]
        headers = {"x-ratelimit-resource": recorded["headers"]["x-ratelimit-resource"]}
        server.on("/search/issues", Reply(200, headers, json.dumps(recorded["response"]).encode()))
        empty = {"data": {"search": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}}
        server.on("/graphql", Reply(body=json.dumps(empty).encode()))
        batch = await source_on(server, tools, listen="search", query="sesame").poll("")
        two, one = sorted(posts_of(batch), key=lambda post: post.title)
        assert (two.title, one.title) == ("Sesame seeds split without a pop!", "The doors don’t open")
        assert two.text == "I’ve waited all year long, but there was no pop 😭"
        assert json.loads(two.facts)["repository"] == "octokit-fixture-org/search-issues"
        asked = dict(parse_qsl(urlsplit(server.requests[0].path).query))
        assert asked["q"].startswith("sesame in:title,body is:public is:issue")

    played(scene)


def test_recorded_pages_of_issues_are_read() -> None:
    for exchange in exchanges("paginate-issues"):
        if exchange["method"] != "get" or not isinstance(exchange["response"], list):
            continue

        async def scene(server: ScriptedServer, tools: SourceTools, exchange: Any = exchange) -> None:
            topics = {"nodes": [], "pageInfo": {"hasNextPage": False}}
            told = {"data": {"repository": {"visibility": "PUBLIC", "discussions": topics}}}
            server.on("/graphql", Reply(body=json.dumps(told).encode()))
            repository = exchange["path"].split("/issues")[0].removeprefix("/repos/")
            if "/" not in repository or "repositories" in repository:
                repository = "octokit-fixture-org/paginate-issues"
            issues = json.dumps(exchange["response"]).encode()
            server.on(f"/repos/{repository}/issues", Reply(body=issues))
            server.on(f"/repos/{repository}/issues/comments", Reply(body=b"[]"))
            batch = await source_on(server, tools, repositories=(repository,)).poll("")
            assert len(batch.events) == len(exchange["response"])
            assert all(post.title for post in posts_of(batch))

        played(scene)


def test_a_recorded_422_is_a_refusal() -> None:
    (recorded,) = [one for one in exchanges("errors") if one["status"] == 422]
    answer = Answer(422, {}, recorded["response"])
    assert VERDICTS.judge(answer).means is Means.REFUSED
    assert "Validation Failed invalid" in VERDICTS.judge(answer).why
