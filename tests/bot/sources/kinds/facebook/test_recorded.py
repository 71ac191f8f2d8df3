"""Recorded deliveries and answers of the real Facebook, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.base import Delivered, SourceConfig
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.posts import id_of, read_comment, read_post
from bot.sources.kinds.facebook.source import Facebook
from bot.sources.kinds.facebook.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import objects
from bot.sources.kit.meta import read_error
from bot.sources.kit.meta_lists import begin, following
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means
from handlers.base.events import Deleted, Event, Posted
from handlers.base.media import MediaKind
from tests.bot.sources.scene import NOW, played
from tests.fakes.http import ScriptedServer
from tests.fakes.meta import SECRETS, MetaApp

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "facebook"
DELIVERIES = sorted((RECORDED / "webhooks").glob("*.json")) if RECORDED.is_dir() else []
PAGE = "1234567890321"

pytestmark = pytest.mark.skipif(not DELIVERIES, reason="the recorded answers are not beside the checkout")


def received(name: str, page: str = PAGE) -> Delivered[Event]:
    """Let a recorded delivery come to a hook of ours."""
    raw = (RECORDED / "webhooks" / f"{name}.json").read_bytes()
    found: list[Delivered[Event]] = []

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        options = FacebookOptions(page=page, base_url=server.url(""))
        config = SourceConfig(name="page", kind="facebook", options=options, secrets=SECRETS, allow_private=True)
        found.append(Facebook(config, tools).receive(MetaApp().sign(raw), raw, NOW))

    played(scene)
    return found[0]


COMMENTS = {
    "feed-comment-add-211": "and the next one",
    "feed-comment-add-25": "and the next one",
    "feed-comment-add-with-photo": "and the next one",
    "feed-comment-add-with-video": "and the next one",
    "feed-comment-edited-25": "Let's see the Webhooks in action :D",
    "feed-comment-edited-with-photo": "Let's see the Webhooks in action :D",
    "feed-comment-edited-with-video": "Let's see the Webhooks in action :D",
    "feed-comment-unhide": "and the next one",
    "mention-comment-add": "Just a test message",
}
POSTS = {
    "feed-post-add-25": "Let's check this",
    "feed-post-edit": "Let's check this",
    "feed-post-unhide": "Let's check this",
    "feed-status-unhide": "Testmessage",
    "mention-post-add-real": "A test post message",
}
GONE = ("feed-comment-hide", "feed-comment-remove-25", "feed-post-hide", "feed-post-remove-25", "feed-status-hide-25")
# They do not say when the post was made.
TIMELESS = ("feed-post-add-25", "feed-post-unhide", "feed-status-unhide")


@pytest.mark.parametrize(("name", "text"), (COMMENTS | POSTS).items())
def test_a_recorded_delivery_says_what_it_holds(name: str, text: str) -> None:
    delivered = received(name)
    (event,) = delivered
    assert isinstance(event, Posted)
    assert event.text == text
    assert (event.published_at is None) == (name in TIMELESS)
    assert event.url.startswith("https://www.facebook.com/")
    assert delivered.poll_now
    assert json.loads(event.facts)["thread"] == event.external_id
    if "photo" in name:
        assert (event.media[0].kind, event.media[0].url[:31]) == (MediaKind.PICTURE, "https://scontent-fra3-1.xx.fbcd")
    if "video" in name:
        assert [one.kind for one in event.media] == [MediaKind.VIDEO]


def test_recorded_ids_are_those_by_which_the_api_names_the_same() -> None:
    (event,) = received("feed-comment-add-25")
    assert isinstance(event, Posted)
    assert (event.external_id, event.reply_to) == ("901097836652708_903438993085259", "1234567890321_901097836652708")
    assert (event.author.external_id, event.author.name) == ("1234567890321", "Tester")
    (event,) = received("feed-post-edit")
    assert isinstance(event, Posted)
    assert (event.external_id, event.author.external_id) == ("1234567890321_7293787835232", "8423678347823")


@pytest.mark.parametrize("name", GONE)
def test_a_recorded_deletion_takes_away_what_it_names(name: str) -> None:
    (event,) = received(name)
    assert isinstance(event, Deleted)


def test_every_other_recorded_delivery_is_taken_and_says_nothing() -> None:
    others = {one.stem for one in DELIVERIES} - {*COMMENTS, *POSTS, *GONE}
    assert {"feed-reaction-add-comment", "feed-two-entries-25", "ratings-comment-add-25", "mention-post-add"} <= others
    for name in others:
        # Posts of the Page itself, and what visitors' are not: likes, ratings, other fields.
        assert [one for one in received(name) if not isinstance(one, Deleted)] == [], name
    for one in DELIVERIES:
        assert tuple(received(one.stem, "999999")) == (), one.stem


def test_recorded_reactions_and_ratings_ring_for_nobody() -> None:
    for one in DELIVERIES:
        if "reaction" in one.stem or "ratings" in one.stem or "two-entries" in one.stem:
            assert not received(one.stem).poll_now, one.stem


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "code", "means"),
    [
        ("graph/exampleError", "190/460", Means.ACCOUNT),
        ("graph/exampleErrorNew", "190/460", Means.ACCOUNT),
        ("graph/oauthExampleError", "1/1965014", Means.LOOK),
        ("graph/exampleOauthError", "", Means.LOOK),
        ("python-facebook/error", "100", Means.ACCOUNT),
        ("python-facebook/error_data", "100", Means.PARENT_GONE),
    ],
)
def test_a_recorded_no_is_understood(name: str, code: str, means: Means) -> None:
    answer = Answer(400, {}, recorded(name))
    assert read_error(answer).code == code
    assert VERDICTS.judge(answer).means is means


def test_recorded_comments_are_read_and_named_as_they_name_themselves() -> None:
    told = recorded("python-facebook/comments-comment_info")
    read = read_comment(told, "19292868552_10158371815748553")
    assert read is not None
    assert read.url.replace("?", "/?") == told["permalink_url"]
    made = recorded("python-facebook/comments-create_resp")
    read = read_comment(made, "245628824887810_245778718206154")
    assert read is not None
    assert read.url == made["permalink_url"]
    answer = recorded("python-facebook/comments-comments_p2")["data"][1]
    named = answer["permalink_url"].partition("reply_comment_id=")[2]
    read = read_comment(
        answer | {"id": f"10158407654328553_{named}", "parent": {"id": "10158407654328553_10158412899928553"}},
        "19292868552_10158407654328553",
    )
    assert read is not None
    assert read.url.replace("?", "/?", 1) == answer["permalink_url"]
    hidden = recorded("graph/v2_2-comment_noCanHide")
    assert read_comment(hidden, "1_2") is None
    assert read_comment(hidden | {"is_hidden": False}, "1_2") is not None


def test_recorded_pages_are_read_and_lead_on_without_the_token() -> None:
    first = recorded("python-facebook/posts-feed_fields_p1")
    assert dict(begin(following(first))) == {"until": "1624385168", "__paging_token": "__paging_token"}
    posts = [read_post(one) for one in objects(first["data"])]
    assert all(post is not None and post.published_at is not None for post in posts)
    assert following(recorded("python-facebook/posts-feed_fields_p2")) == ""
    comments = recorded("python-facebook/comments-comments_p1")
    assert "access_token" not in following(comments)
    below = recorded("graph/v5_0-post-with-comment")["comments"]["data"][0]
    assert id_of(below) == "123456789_9876543"
    read = read_comment(below, "1234567890123_456789012345")
    assert read is not None
    assert read.author.external_id == "987654321"
