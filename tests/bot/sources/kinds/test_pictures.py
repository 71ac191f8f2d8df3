"""Rules of faces and media, on each kind: what comes with a post is shown from the network's own hosts, or named."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.kinds.bluesky.jetstream import read_event
from bot.sources.kinds.bluesky.posts import read_view
from bot.sources.kinds.feed.source import FeedOptions
from bot.sources.kinds.mastodon.posts import read_status
from bot.sources.kinds.mastodon.source import MastodonOptions
from bot.sources.kinds.reddit.posts import read_post
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Posted
from handlers.base.media import Media, MediaKind, in_words
from tests.bot.sources.kinds.feed.test_documents import RSS, json_feed, posts_in, rss
from tests.bot.sources.kinds.webhook.test_source import MAP, received

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "recorded" / "jetstream" / "events.jsonl"
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
CID = "bafkreibogvhstgyanfu7ldxhb6ogkmoyyiaaizhufrvgcvbgz75hamwrfi"
CDN = f"https://cdn.bsky.app/img/feed_thumbnail/plain/{DID}"
FILES = "https://files.social.example"
EVIL = "https://evil.example/a.png"


# --- Bluesky ----------------------------------------------------------------------------------------------------------


def on_bluesky(embed: dict[str, Any] | None = None, record: dict[str, Any] | None = None, **more: Any) -> Posted:
    profile = {"did": DID, "handle": "kim.example", "avatar": f"https://cdn.bsky.app/img/avatar/plain/{DID}/{CID}"}
    view = {
        "uri": f"at://{DID}/app.bsky.feed.post/3kabc",
        "author": {**profile, **more.pop("author", {})},
        "record": {"text": "See.", "createdAt": "2026-03-04T05:06:07Z", **(record or {})},
        **({"embed": embed} if embed else {}),
        **more,
    }
    found = read_view(view)
    assert found is not None
    return found


def images(*thumbs: str) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images#view", "images": [{"thumb": one, "alt": "A bill"} for one in thumbs]}


def test_bluesky_shows_a_face_and_pictures_from_its_own_hosts() -> None:
    post = on_bluesky(images(f"{CDN}/{CID}", EVIL))
    assert post.author.avatar == f"https://cdn.bsky.app/img/avatar/plain/{DID}/{CID}"
    assert post.media == (
        Media(kind=MediaKind.PICTURE, url=f"{CDN}/{CID}", alt="A bill"),
        Media(kind=MediaKind.PICTURE, alt="A bill"),
    )
    assert on_bluesky(author={"avatar": EVIL}).author.avatar == ""


def test_bluesky_shows_a_film_by_its_still_also_beside_a_quoted_post() -> None:
    still = f"https://video.bsky.app/watch/{DID}/{CID}/thumbnail.jpg"
    film = {"$type": "app.bsky.embed.video#view", "thumbnail": still, "playlist": EVIL, "alt": "A van"}
    shown = (Media(kind=MediaKind.VIDEO, url=still, alt="A van"),)
    assert on_bluesky(film).media == shown
    assert on_bluesky({"$type": "app.bsky.embed.recordWithMedia#view", "record": {}, "media": film}).media == shown


def test_the_preview_of_a_link_is_no_picture_of_the_post() -> None:
    card = {"$type": "app.bsky.embed.external#view", "external": {"uri": EVIL, "thumb": f"{CDN}/{CID}"}}
    assert on_bluesky(card).media == ()


@pytest.mark.parametrize(
    "marked",
    [
        {"labels": [{"val": "porn"}]},
        {"labels": [{"val": "graphic-media"}]},
        {"labels": [{"val": "!warn"}]},
        {"author": {"labels": [{"val": "!hide"}]}},
        {"record": {"labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]}}},
    ],
)
def test_what_bears_a_label_is_named_and_not_shown(marked: dict[str, Any]) -> None:
    (one,) = on_bluesky(images(f"{CDN}/{CID}"), **marked).media
    assert (one.url, one.hidden, in_words([one])) == ("", True, "With a picture marked as sensitive (“A bill”).")


def test_the_face_of_a_marked_account_is_not_shown_and_a_harmless_label_hides_nothing() -> None:
    assert on_bluesky(author={"labels": [{"val": "porn"}]}).author.avatar == ""
    post = on_bluesky(
        images(f"{CDN}/{CID}"), author={"labels": [{"val": "!no-unauthenticated"}, {"val": "porn", "neg": True}]}
    )
    assert post.author.avatar
    assert post.media[0].url


def heard(embed: dict[str, Any]) -> Posted:
    record = {"$type": "app.bsky.feed.post", "text": "See.", "createdAt": "2026-03-04T05:06:07Z", "embed": embed}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3kabc", "record": record}
    told = read_event(json.dumps({"did": DID, "time_us": 1_772_600_767_000_000, "kind": "commit", "commit": commit}))
    assert told is not None
    assert isinstance(told.event, Posted)
    return told.event


def test_a_stream_tells_files_alone_and_pictures_have_their_address_by_rule() -> None:
    blob = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png"}
    (one,) = heard({"$type": "app.bsky.embed.images", "images": [{"alt": "A bill", "image": blob}]}).media
    assert one.url == f"{CDN}/{CID}@jpeg"
    (film,) = heard({"$type": "app.bsky.embed.video", "video": blob, "alt": "A van"}).media
    assert (film.kind, film.url) == (MediaKind.VIDEO, "")
    odd = {"$type": "blob", "ref": {"$link": f"{CID}/../../../{CID}"}}
    (other,) = heard({"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": odd}]}).media
    assert other.url == ""


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded events are not beside this checkout")
def test_the_pictures_of_a_recorded_stream_are_found() -> None:
    told = [read_event(line) for line in RECORDED.read_text().splitlines()]
    shown = [one for heard in told if heard and isinstance(heard.event, Posted) for one in heard.event.media]
    assert shown
    assert all(one.url.startswith("https://cdn.bsky.app/img/feed_thumbnail/plain/did:plc:") for one in shown)


# --- Mastodon ---------------------------------------------------------------------------------------------------------


def on_mastodon(*attached: dict[str, Any], home: str = "social.example", **more: Any) -> Posted:
    account = {"id": "7", "acct": "kim", "avatar_static": f"{FILES}/avatars/7.png"}
    status = {"id": "1", "content": "", "account": account, "media_attachments": list(attached), **more}
    return read_status(status, home, ("media.example",))


def attached(kind: str, preview: str = f"{FILES}/small/1.png") -> dict[str, Any]:
    return {"type": kind, "preview_url": preview, "url": EVIL, "remote_url": EVIL, "description": "A bill"}


@pytest.mark.parametrize("kind", ["image", "gifv", "video"])
def test_mastodon_shows_what_lies_on_the_instance_or_where_its_operator_says(kind: str) -> None:
    for host in ("social.example", "files.social.example", "media.example"):
        (one,) = on_mastodon(attached(kind, f"https://{host}/1.png")).media
        assert one.url == f"https://{host}/1.png"
    for elsewhere in (EVIL, "https://example/1.png", "http://files.social.example/1.png"):
        assert on_mastodon(attached(kind, elsewhere)).media[0].url == ""
    assert on_mastodon().author.avatar == f"{FILES}/avatars/7.png"
    assert on_mastodon(home="other.example").author.avatar == ""


def test_what_is_sensitive_or_neither_picture_nor_film_is_named() -> None:
    (one,) = on_mastodon(attached("image"), sensitive=True).media
    assert (one.url, one.hidden) == ("", True)
    assert [one.kind for one in on_mastodon(attached("audio"), attached("unknown"), {}).media] == [MediaKind.OTHER] * 3


def test_who_chose_no_face_has_none() -> None:
    account = {"id": "7", "acct": "kim", "avatar_static": "https://social.example/avatars/original/missing.png"}
    assert on_mastodon(account=account).author.avatar == ""


# --- Reddit -----------------------------------------------------------------------------------------------------------


def copies(name: str, key: str, wide: str) -> list[dict[str, Any]]:
    return [{key: f"https://preview.redd.it/{name}?width={width}", wide: width} for width in (108, 1080, 2160)]


def on_reddit(**thing: Any) -> Posted:
    return read_post({"name": "t3_abc", "title": "See this", "selftext": "", **thing})


PICTURE = {
    "url": "https://i.redd.it/a.jpg",
    "post_hint": "image",
    "preview": {"images": [{"resolutions": copies("a.jpg", "url", "width"), "source": {"url": EVIL}}]},
}
GALLERY = {
    "gallery_data": {"items": [{"media_id": "b", "caption": "Page 2"}, {"media_id": "a"}, {"media_id": "none"}]},
    "media_metadata": {
        "a": {"e": "Image", "p": copies("a.jpg", "u", "x"), "s": {"u": EVIL}},
        "b": {"e": "Image", "p": [], "s": {"u": "https://preview.redd.it/b.jpg?s=1", "x": 9_000}},
    },
}


def test_reddit_shows_a_picture_as_wide_as_a_card_a_gallery_in_its_order_and_the_still_of_a_film() -> None:
    assert [one.url for one in on_reddit(**PICTURE).media] == ["https://preview.redd.it/a.jpg?width=1080"]
    assert [one.url for one in on_reddit(url="https://i.redd.it/a.jpg").media] == ["https://i.redd.it/a.jpg"]
    gallery = on_reddit(**GALLERY).media
    assert [one.url for one in gallery] == [
        "https://preview.redd.it/b.jpg?s=1",
        "https://preview.redd.it/a.jpg?width=1080",
        "",
    ]
    assert gallery[0].alt == "Page 2"
    (film,) = on_reddit(**{**PICTURE, "post_hint": "hosted:video"}, is_video=True).media
    assert (film.kind, film.url) == (MediaKind.VIDEO, "https://preview.redd.it/a.jpg?width=1080")
    inline = {"name": "t1_x", "body": "hm", "media_metadata": GALLERY["media_metadata"]}
    assert len(read_post(inline).media) == 2
    assert [one.url for one in on_reddit(crosspost_parent_list=[PICTURE]).media] == [
        "https://preview.redd.it/a.jpg?width=1080"
    ]


@pytest.mark.parametrize("mark", ["over_18", "spoiler", "quarantine"])
def test_what_reddit_marks_is_named_also_where_it_is_passed_on(mark: str) -> None:
    marked, passed_on = {**PICTURE, mark: True}, {"crosspost_parent_list": [PICTURE], mark: True}
    for thing in (marked, passed_on, {"crosspost_parent_list": [marked]}):
        (one,) = on_reddit(**thing).media
        assert (one.url, one.hidden) == ("", True)


def test_the_preview_of_a_link_on_reddit_is_no_picture_of_the_post() -> None:
    assert on_reddit(url="https://news.example/1", post_hint="link", preview=PICTURE["preview"]).media == ()


# --- feeds and hooks, which may name any address ----------------------------------------------------------------------

MEDIA = "https://cdn.feeds.example"
MEDIA_RSS = RSS.replace("<rss ", '<rss xmlns:media="http://search.yahoo.com/mrss/" ')


def test_the_pictures_of_a_feed_are_named_and_shown_only_from_where_the_operator_says() -> None:
    item = (
        f'<title>acme</title><media:content url="{MEDIA}/1.jpg" medium="image"/><enclosure url="{MEDIA}/1.jpg"'
        f' type="image/jpeg"/><media:content url="{MEDIA}/2.mp4" type="video/mp4"/><enclosure url="{MEDIA}/3.mp3"'
        f' type="audio/mpeg"/><media:thumbnail url="{MEDIA}/still.jpg"/>'
    )
    (post,) = posts_in(MEDIA_RSS % ("", item))
    assert in_words(post.media) == "With a picture, a video and a file."
    (post,) = posts_in(MEDIA_RSS % ("", item), hosts=("cdn.feeds.example",))
    assert [(one.kind, one.url) for one in post.media] == [
        (MediaKind.PICTURE, f"{MEDIA}/1.jpg"),
        (MediaKind.VIDEO, f"{MEDIA}/still.jpg"),
        (MediaKind.OTHER, ""),
    ]
    assert rss("<title>acme</title>").media == ()


def test_a_film_is_seen_by_a_still_and_never_by_itself() -> None:
    films = "".join(f'<media:content url="{MEDIA}/{number}.mp4" medium="video"/>' for number in (1, 2))
    for still, shown in (("", ["", ""]), (f'<media:thumbnail url="{MEDIA}/s.jpg"/>', [f"{MEDIA}/s.jpg", ""])):
        (post,) = posts_in(MEDIA_RSS % ("", f"<title>acme</title>{films}{still}"), hosts=("cdn.feeds.example",))
        assert [one.url for one in post.media] == shown


def test_a_thumbnail_alone_is_the_picture() -> None:
    (post,) = posts_in(MEDIA_RSS % ("", f'<title>acme</title><media:thumbnail url="{MEDIA}/still.jpg"/>'))
    assert in_words(post.media) == "With a picture."


def test_a_json_feed_names_a_face_and_pictures() -> None:
    item = {
        "id": "1",
        "title": "acme",
        "image": "/1.jpg",
        "authors": [{"name": "Kim", "avatar": "/kim.png"}],
        "attachments": [{"url": f"{MEDIA}/2.mp3", "mime_type": "audio/mpeg", "title": "Acme FM"}, 7],
    }
    (post,) = json_feed(items=[item])
    assert (post.author.avatar, in_words(post.media)) == ("", "With a file (“Acme FM”) and a picture.")
    (post,) = json_feed(hosts=("feeds.other.example",), items=[item])
    assert post.author.avatar == "https://feeds.other.example/kim.png"
    assert post.media[0].url == "https://feeds.other.example/1.jpg"


def test_a_hook_names_pictures_that_are_shown_only_from_where_the_operator_says() -> None:
    told = {"id": "1", "body": "acme", "face": f"{MEDIA}/kim.png", "shot": f"{MEDIA}/1.jpg", "alt": "A bill"}
    fields = {**MAP, "avatar": "/face", "picture": "/shot", "picture_alt": "/alt"}
    (post,) = received(told, map=fields)
    assert (post.author.avatar, post.media) == ("", (Media(kind=MediaKind.PICTURE, alt="A bill"),))
    (post,) = received(told, map=fields, picture_hosts=["*.feeds.example"])
    assert (post.author.avatar, post.media[0].url) == (f"{MEDIA}/kim.png", f"{MEDIA}/1.jpg")
    (post,) = received({"id": "1", "body": "acme", "shot": None}, map=fields)
    assert post.media == ()


@pytest.mark.parametrize("given", [["*.com"], ["10.0.0.1"], "files.example", [7]])
def test_hosts_that_are_none_are_refused_at_start(given: Any) -> None:
    for options, table in ((FeedOptions, {"url": MEDIA}), (MastodonOptions, {"base_url": MEDIA, "hashtag": "acme"})):
        with pytest.raises(OptionError) as caught:
            build_options(options, {**table, "picture_hosts": given})
        assert caught.value.key == "picture_hosts"


# --- nonsense ---------------------------------------------------------------------------------------------------------

NONSENSE: list[Any] = [
    None,
    True,
    7,
    -1.5,
    "x",
    "\ud800",
    [],
    [None, 7, "x", []],
    {},
    {"images": {}},
    {"values": "x"},
    {"p": 7},
]


@pytest.mark.parametrize("given", NONSENSE)
def test_nonsense_where_pictures_stand_costs_no_post(given: Any) -> None:
    assert on_bluesky({"images": given, "media": given, "$type": given}, labels=given, author={"avatar": given})
    assert heard({"images": [{"image": given, "alt": given}]})
    attachments = given if isinstance(given, list) else [{"type": given, "preview_url": given}]
    assert on_mastodon(*attachments, sensitive=given, account={"avatar_static": given})
    assert on_reddit(preview=given, media_metadata={"a": given}, gallery_data=given, url=given)
    assert on_reddit(preview={"images": [{"resolutions": [given, {"width": given}], "source": given}]}, is_video=True)
    assert json_feed(items=[{"id": "1", "title": "acme", "image": given, "attachments": given, "author": given}])
