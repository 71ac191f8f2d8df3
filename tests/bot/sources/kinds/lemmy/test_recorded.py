"""Recorded answers of a real Lemmy, in both versions of its API, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.base import SourceConfig
from bot.sources.kinds.lemmy.options import LemmyOptions
from bot.sources.kinds.lemmy.posts import address_of, read_event, seconds, thing_of, view_of
from bot.sources.kinds.lemmy.source import Lemmy
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from handlers.base.replying import Allowed
from tests.bot.sources.scene import parent_of, played, posts_of
from tests.fakes.http import Reply, ScriptedServer

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "lemmy"
FILES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
HOST = "https://test1.lemmy.ddenis.info"

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def playing(server: ScriptedServer, tools: SourceTools, version: str, **answers: Any) -> Lemmy:
    """Let the server answer what was recorded, and make a source that asks it."""
    site = {"/site": {"site_view": {"local_site": {"private_instance": False}}}}
    for path, told in (site | {"/user/login": {"jwt": "a"}, "/account/auth/login": {"jwt": "a"}} | answers).items():
        server.on(f"/api/{version}{path}", Reply(body=json.dumps(told).encode()))
    options = LemmyOptions(base_url=server.url(""), username="seed_reader")
    secrets = {"password": "correct-horse"}
    return Lemmy(SourceConfig(name="l", kind="lemmy", options=options, secrets=secrets, allow_private=True), tools)


def test_recorded_mentions_of_version_3_are_heard() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        mentions = recorded("getPersonMentionsResponseV3")
        source = playing(server, tools, "v3", **{"/user/mention": mentions, "/user/replies": {"replies": []}})
        (post,) = posts_of(await source.poll(""))
        assert (post.external_id, post.url) == (f"{HOST}/comment/502", f"{HOST}/comment/502")
        assert (post.title, post.text) == (
            "Album on repeat this week (thread 7)",
            "Hey @seed_reader, check this out!",
        )
        assert (post.author.handle, post.author.name) == ("seed_botanist@test1.lemmy.ddenis.info", "GardenBot")
        assert post.reply_to == f"{HOST}/post/179"
        assert source.replies.can_reply(parent_of(post)) == Allowed()
        assert json.loads(post.facts) == {"comment": 502, "post": 179}

    played(scene)


def test_recorded_notifications_of_version_4_are_heard_without_the_private_message() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        told = recorded("listNotificationsResponseV4")
        source = playing(server, tools, "v4", **{"/account/notification/list": told})
        batch = await source.poll("")
        (post,) = posts_of(batch)
        assert (post.external_id, post.text) == (f"{HOST}/comment/501", "Great track, thanks for sharing!")
        assert post.reply_to == f"{HOST}/post/180"
        assert len(told["items"]) == 2
        assert "Hey there!" not in repr(batch)

    played(scene)


def test_a_recorded_comment_of_version_4_is_read() -> None:
    view = recorded("commentResponseV4")["comment_view"]
    post = read_event(view_of(view), "test1.lemmy.ddenis.info")
    assert isinstance(post, Posted)
    assert (post.external_id, address_of(thing_of(view))) == (f"{HOST}/comment/501", f"{HOST}/comment/501")
    assert post.published_at is not None
    assert seconds(view) == int(post.published_at.timestamp())


def test_both_versions_of_the_same_things_are_read_alike() -> None:
    third = recorded("getPersonMentionsResponseV3")["mentions"][0]
    fourth = json.loads(json.dumps(third).replace('"actor_id"', '"ap_id"').replace('"published"', '"published_at"'))
    fourth["community"]["visibility"] = "public"
    told = [read_event(view_of(one), "lemmy.example") for one in (third, {"data": fourth, "notification": {}})]
    assert isinstance(told[0], Posted)
    assert told[0] == told[1]
