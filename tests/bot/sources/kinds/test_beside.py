"""Rules of what stands beside the words of a post, on each network: topics find it, and the card shows it."""

from typing import Any

import pytest

from bot.sources.kinds.bluesky.posts import at_uri, read_record, writer
from bot.sources.kinds.mastodon.posts import read_status
from bot.sources.kinds.reddit.posts import read_post, read_thing
from handlers.base.events import Deleted, Posted, content_digest
from handlers.listen.route import match_post
from handlers.text.match import Matcher, Topic

ANA = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
WEB = "app.bsky.embed.external"


def on_bluesky(record: dict[str, Any]) -> Posted:
    post = read_record(at_uri(ANA, "3kabc"), {"text": "hm", **record}, writer(ANA))
    assert post is not None
    return post


def on_mastodon(status: dict[str, Any]) -> Posted:
    return read_status({"id": "7", "content": "", **status}, "x.example")


def on_reddit(thing: dict[str, Any]) -> Posted:
    return read_post({"name": "t3_abc", "title": "See this", "selftext": "", **thing})


def found(post: Posted, term: str) -> bool:
    matcher = Matcher([Topic(name="t", department="d", any=(term,))])
    return match_post(matcher, post.title, post.text, post, "s") is not None


def external(title: str, description: str = "", uri: str = "https://news.example/1") -> dict[str, Any]:
    return {"$type": WEB, "external": {"uri": uri, "title": title, "description": description}}


BESIDE = [
    (on_bluesky, {"tags": ["acme", "billing"]}, "#acme", "#acme #billing"),
    (on_bluesky, {"tags": ["#acme"]}, "#acme", "#acme"),
    (on_bluesky, {"embed": external("Kim v. Acme")}, "acme", "↗ Kim v. Acme"),
    (
        on_bluesky,
        {"embed": external("Court news", "Acme has to\npay back")},
        "acme",
        "↗ Court news — Acme has to pay back",
    ),
    (on_bluesky, {"embed": external("Acme", "Acme has to pay")}, "acme", "↗ Acme has to pay"),
    (
        on_bluesky,
        {"embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {}, "media": external("Acme fined")}},
        "acme",
        "↗ Acme fined",
    ),
    (on_bluesky, {"embed": {"images": [{"alt": "An Acme bill"}, {"alt": ""}, {}]}}, "acme", "[An Acme bill]"),
    (on_bluesky, {"embed": {"media": {"images": [{"alt": "An Acme\nbill"}]}}}, "acme", "[An Acme bill]"),
    (on_bluesky, {"embed": {"$type": "app.bsky.embed.video", "alt": "Acme's van"}}, "acme", "[Acme's van]"),
    (on_mastodon, {"poll": {"options": [{"title": "Acme"}, {"title": "Beta"}]}}, "acme", "○ Acme\n○ Beta"),
    (
        on_mastodon,
        {"media_attachments": [{"description": "An Acme bill"}, {"description": None}]},
        "acme",
        "[An Acme bill]",
    ),
    (on_mastodon, {"spoiler_text": "Acme again"}, "acme", "Acme again"),
    (
        on_reddit,
        {"poll_data": {"options": [{"id": "1", "text": "Acme"}, {"id": "2", "text": "Beta"}]}},
        "acme",
        "○ Acme\n○ Beta",
    ),
    (
        on_reddit,
        {"gallery_data": {"items": [{"media_id": "a", "caption": "Acme's bill"}, {"media_id": "b"}]}},
        "acme",
        "[Acme's bill]",
    ),
    (
        on_reddit,
        {"crosspost_parent_list": [{"name": "t3_x", "title": "They billed twice", "selftext": "Acme billed me"}]},
        "acme",
        "↗ They billed twice\n\nAcme billed me",
    ),
    (
        on_reddit,
        {"crosspost_parent_list": [{"name": "t3_x", "title": "See this", "selftext_html": "<p>by <b>Acme</b></p>"}]},
        "acme",
        "by Acme",
    ),
    (
        on_reddit,
        {"crosspost_parent_list": [{"name": "t3_x", "title": "Poll", "poll_data": {"options": [{"text": "Acme"}]}}]},
        "acme",
        "○ Acme",
    ),
]


@pytest.mark.parametrize(("read", "given", "term", "shown"), BESIDE)
def test_what_stands_beside_the_words_is_matched_and_shown(read: Any, given: Any, term: str, shown: str) -> None:
    assert not found(read({}), term)
    post = read(given)
    assert found(post, term)
    assert shown in f"{post.title}\n\n{post.text}"


@pytest.mark.parametrize(
    ("read", "one", "other"),
    [
        (on_mastodon, {"poll": {"options": [{"title": "Acme"}]}}, {"poll": {"options": [{"title": "Beta"}]}}),
        (on_mastodon, {"media_attachments": [{"description": "a"}]}, {"media_attachments": [{"description": "b"}]}),
        (on_bluesky, {"embed": external("Acme")}, {"embed": external("Beta")}),
    ],
)
def test_what_changes_beside_the_words_is_an_edit(read: Any, one: Any, other: Any) -> None:
    assert content_digest(read(one)) != content_digest(read(other))


@pytest.mark.parametrize(
    ("read", "given", "changed"),
    [
        (
            on_mastodon,
            {"poll": {"options": [{"title": "Acme", "votes_count": 1}]}},
            {"poll": {"options": [{"title": "Acme", "votes_count": 9}], "expired": True}},
        ),
        (
            on_mastodon,
            {"content": "<p>x</p>"},
            {"content": "<p>x</p>", "card": {"title": "Acme", "description": "its server adds this later"}},
        ),
        (
            on_reddit,
            {"poll_data": {"options": [{"text": "A"}]}},
            {"poll_data": {"options": [{"text": "A", "vote_count": 3}]}},
        ),
    ],
)
def test_what_its_author_did_not_write_is_none(read: Any, given: Any, changed: Any) -> None:
    assert content_digest(read(given)) == content_digest(read(changed))


def test_the_words_of_another_who_is_quoted_are_not_its_authors() -> None:
    quoted = {"$type": "app.bsky.embed.record", "record": {"uri": at_uri(ANA, "3kxyz"), "cid": "c", "text": "acme"}}
    assert on_bluesky({"embed": quoted}).text == "hm"
    taken = {"name": "t3_x", "title": "Acme", "selftext": "[removed]"}
    assert not found(on_reddit({"crosspost_parent_list": [taken]}), "acme")
    assert isinstance(
        read_thing({"name": "t3_abc", "selftext": "[deleted]", "crosspost_parent_list": [taken]}), Deleted
    )


@pytest.mark.parametrize(
    "given",
    [
        {"tags": "acme", "langs": "en", "embed": []},
        {"tags": [1, None, {}], "langs": [None, 7], "embed": {"images": "x", "external": 4, "media": [], "alt": {}}},
        {"embed": {"external": {"title": None, "description": 5}, "images": [None, {"alt": 9}]}},
        {"embed": {"external": {"title": "  ", "description": "\n"}}, "tags": ["", "#", " "]},
    ],
)
def test_what_is_broken_beside_the_words_costs_none_of_them(given: Any) -> None:
    assert on_bluesky(given).text == "hm"
    broken = {"poll": given, "media_attachments": given, "gallery_data": given, "poll_data": given}
    assert on_mastodon({"content": "hm", **broken}).text == "hm"
    assert on_reddit({"selftext": "hm", "crosspost_parent_list": [given, 4], **broken}).text == "hm"


def test_tags_that_the_text_has_already_are_not_said_twice_and_no_word_of_ours_is_added() -> None:
    post = on_bluesky({"text": "Lost! #Acme", "tags": ["acme", "post"], "embed": {"images": [{"alt": "a van"}]}})
    assert post.text == "Lost! #Acme\n\n[a van]\n\n#post"
    assert not any(found(post, word) for word in ("image", "picture", "video", "link", "preview", "poll"))


def test_what_stands_beside_the_words_is_bounded() -> None:
    flood = {"options": [{"title": f"{number} {'x' * 9_000}"} for number in range(500)]}
    assert len(on_mastodon({"poll": flood, "media_attachments": [{"description": "y" * 90_000}] * 9}).text) < 40_001


@pytest.mark.parametrize(
    ("langs", "spoken", "silent"),
    [
        (["en", "de"], ["lang:en", "lang:de"], ["lang:fr"]),
        (["de-AT", "pt_BR", "und"], ["lang:de", "lang:pt"], ["lang:at", "lang:und"]),
        (["x-nonsense", "FR"], ["lang:fr"], ["lang:x"]),
        ([], [], ["lang:en"]),
    ],
)
def test_a_post_is_in_every_language_that_it_names(langs: list[str], spoken: list[str], silent: list[str]) -> None:
    post = on_bluesky({"langs": langs})
    assert all(found(post, term) for term in spoken)
    assert not any(found(post, term) for term in silent if term not in ("lang:x", "lang:und"))
