"""Recorded answers of a real Discourse, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.base import SourceConfig
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kinds.discourse.posts import is_speech, read_post
from bot.sources.kinds.discourse.source import Discourse
from bot.sources.kit.tools import SourceTools
from handlers.base.replying import Allowed, Changed, Gone, Parent
from tests.bot.sources.kinds.discourse.scene import SECRETS
from tests.bot.sources.scene import played, posts_of
from tests.fakes.discourse_board import US
from tests.fakes.http import Reply, ScriptedServer

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "discourse"
FILES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
BASE = "https://forum.example"

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def playing(server: ScriptedServer, tools: SourceTools, **answers: Any) -> Discourse:
    """Let the server answer what was recorded, and make a source that asks it."""
    for path, told in {"/site/basic-info": {"login_required": False}, **answers}.items():
        server.on(
            f"{path}.json",
            *(Reply(body=json.dumps(one).encode()) for one in ([told] if isinstance(told, dict) else told)),
        )
    for number in (1, 3, 13):
        told = {"category": {"id": number, "slug": f"c{number}", "read_restricted": False}}
        server.on(f"/c/{number}/show.json", Reply(body=json.dumps(told).encode()))
    options = DiscourseOptions(base_url=server.url(""), username=US)
    return Discourse(
        SourceConfig(name="f", kind="discourse", options=options, secrets=SECRETS, allow_private=True), tools
    )


def test_recorded_posts_are_read_without_those_of_the_system() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = playing(server, tools, **{"/posts": [recorded("posts_latest"), recorded("posts_before")]})
        posts = posts_of(await source.poll(""))
        assert [one.external_id for one in posts] == ["14", "15"]
        assert [one.text for one in posts] == ["hi there. hi there. hi there.", "holla bullhonky."]
        assert {one.title for one in posts} == {"This is an uncategorized title"}
        assert [one.reply_to for one in posts] == ["", "14"]
        for one in posts:
            assert one.published_at is not None
            assert one.author.handle == "johndoe"
            assert one.author.avatar == ""

    played(scene)


def test_the_recorded_page_before_a_post_begins_with_it() -> None:
    before, latest = (recorded(name)["latest_posts"] for name in ("posts_before", "posts_latest"))
    assert [one["id"] for one in before] == [one["id"] for one in latest][1:]


def test_every_recorded_post_is_read() -> None:
    found = [
        recorded("post"),
        *recorded("topic")["post_stream"]["posts"],
        *recorded("topic_posts")["post_stream"]["posts"],
    ]
    for told in found:
        post = read_post(told, BASE)
        assert post.external_id == str(told["id"])
        assert post.url.endswith(f"/{told['topic_id']}/{told['post_number']}")
        assert post.text
        assert "<" not in post.text
    assert [is_speech(told) for told in found] == [False, True, False, True, True, True]


def test_a_recorded_topic_is_found_by_its_address_and_looked_through() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        topic = recorded("topic")
        first = topic["post_stream"]["posts"][0]
        source = playing(server, tools, **{"/t/57": topic, "/t/57/1": topic, "/posts/83": first})
        post = await source.find(f"{server.url('')}/t/this-site-is-a-sandbox/57/1")
        assert post is not None
        assert post.title.startswith("THIS SITE IS A SANDBOX")
        parent = Parent(external_id="83", url=post.url, title=post.title, text=post.text, facts=post.facts)
        assert source.replies.can_reply(parent) == Allowed()
        assert not isinstance(await source.replies.check(parent), Gone | Changed)

    played(scene)
