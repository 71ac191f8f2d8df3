"""Recorded answers and deliveries of the real Instagram, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.kinds.instagram.posts import read_live, read_media, read_mention, read_thread
from bot.sources.kit.json import mapping
from tests.bot.sources.kinds.instagram.scene import OnInstagram, played
from tests.fakes.instagram import NOW

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "instagram"
FILES = sorted(RECORDED.glob("*/*.json")) if RECORDED.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def test_recorded_comments_are_read_with_their_answers() -> None:
    with_number, answer = read_thread(recorded("restfb/comment"), "acme")
    assert (with_number.text, answer.text, answer.reply_to) == ("Great!", "yeah", "123456789")
    (by_name,) = read_thread(recorded("restfb/comment_missing_user"), "acme")
    assert (by_name.author.handle, by_name.text) == ("bincyshiona", "Nice")
    (other,) = read_thread(recorded("python-facebook/comments-comment_fields"), "acme")
    assert (other.text, other.author.handle) == ("@ikroskun Hey, guys", "ikroskun")


def test_recorded_mentions_are_read() -> None:
    comment = read_mention(recorded("python-facebook/users-mentioned_comment")["mentioned_comment"], "1")
    assert comment is not None
    assert (comment.text, comment.author.handle) == ("@ikroskun good", "ikroskun")
    for name, caption in (("python-facebook/users-mentioned_media", "@ikroskun hey"), ("restfb/mentioned-media", "")):
        media = read_media(mapping(recorded(name)["mentioned_media"]), "ikroskun", tagged=False)
        assert media is not None
        assert media.text.startswith(caption)


def test_recorded_tags_are_read_and_one_that_names_us_is_a_mention() -> None:
    told = recorded("python-facebook/users-tagged_medias")["data"]
    found = [read_media(one, "ikroskun", tagged=True) for one in told]
    kinds = [json.loads(one.facts)["kind"] for one in found if one is not None]
    assert kinds == ["tag", "tag", "caption", "tag", "tag"]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("wh-comments", ("comment/123456789/",)),
        ("wh-comments-2021", ("comment/123456789/",)),
        ("wh-mentions", ("mention/17887498072083520/17887498072083520",)),
        ("wh-livecomments", ()),
    ],
)
def test_recorded_deliveries_name_what_they_are_about(name: str, named: tuple[str, ...]) -> None:
    async def story(here: OnInstagram) -> None:
        raw = (RECORDED / "restfb" / f"{name}.json").read_bytes()
        told = here.make().receive(here.site.app.sign(raw), raw, NOW)
        assert told.named == named
        assert len(told) == (1 if name == "wh-livecomments" else 0)

    played(story)


def test_a_recorded_live_comment_has_the_time_of_its_delivery() -> None:
    entry = recorded("restfb/wh-livecomments")["entry"][0]
    found = read_live(entry["changes"][0]["value"], entry)
    assert found is not None
    assert found.published_at is not None
    assert int(found.published_at.timestamp()) == 1519399307
