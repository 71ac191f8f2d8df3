"""Vendors by name: deliveries as their table says that they look, what is missing or changed in them, and secrets.

None of these was sent by a vendor: they are samples of our own, of Acme, made by what each vendor documents.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import Delivered, HookRefused, SourceConfig
from bot.sources.kinds.webhook.options import FIELDS, WebhookOptions
from bot.sources.kinds.webhook.presets import PRESETS, Preset, Vendor
from bot.sources.kinds.webhook.source import Webhook
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.signatures import Scheme
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.vendors import PATH_TAIL
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.kinds.webhook.test_source import NOW

SECRET, OLD = "acme-sample-secret-of-a-test", "acme-older-secret-of-a-test"
WORDS = "Acme's anvil broke, where is my refund?"
BUILT = {
    "id": "p1",
    "text": WORDS,
    "title": "Anvils",
    "url": "https://forum.example/1",
    "author": "Kim",
    "handle": "kim",
    "author_url": "https://forum.example/kim",
    "published": "2026-03-04T05:00:00Z",
    "lang": "en",
}
SAMPLES: Mapping[Vendor, Any] = {
    Vendor.OCTOLENS: {
        "action": "mention_created",
        "data": {
            "title": "Anvils",
            "body": WORDS,
            "url": "https://www.reddit.com/r/anvils/comments/k7/anvils/",
            "timestamp": "2026-03-04T05:00:00.000Z",
            "imageUrl": "https://cdn.acme.example/1.png",
            "author": "kim_k",
            "authorName": "Kim",
            "authorAvatarUrl": "https://cdn.acme.example/kim.png",
            "authorProfileLink": "https://www.reddit.com/user/kim_k",
            "source": "reddit",
            "sourceId": "k7",
            "keywords": ["Acme"],
            "language": "en",
            "bookmarked": False,
            "viewId": 1,
        },
    },
    Vendor.SYFTEN: [
        {
            "backend": "reddit",
            "backend_sub": "anvils",
            "type": "comment",
            "timestamp": "2026-03-04T05:00:00Z",
            "item_url": "https://www.reddit.com/r/anvils/comments/k7/anvils/z9/",
            "author": "kim_k",
            "text": WORDS,
            "title": "Anvils",
            "title_type": 1,
            "lang": "en",
            "filter": "acme",
        }
    ],
    Vendor.BRAND24: [
        {
            "date": "2026-03-04",
            "time": "05:00",
            "title": "Anvils",
            "content": WORDS,
            "source": "https://www.tiktok.com/@kim/video/71",
            "host": "tiktok.com",
            "category": "tiktok",
            "sentiment": -1,
            "tags": [],
        }
    ],
    Vendor.MENTION: {
        "id": "5278",
        "alert_id": "11",
        "title": "Anvils",
        "description": WORDS,
        "original_url": "https://blog.example/anvils",
        "published_at": "2026-03-04T05:00:00.10+00:00",
        "source_type": "blogs",
        "source_name": "blog.example",
        "language_code": "en",
        "author_influence": {"name": "Kim", "url": "https://blog.example/kim", "author_unique_id": "kim"},
    },
    Vendor.TRUSTPILOT: {
        "events": [
            {
                "eventName": "service-review-created",
                "version": "1",
                "eventData": {
                    "id": "aa11",
                    "stars": 1,
                    "title": "Anvils",
                    "text": WORDS,
                    "language": "en",
                    "createdAt": "2026-03-04T05:00:00Z",
                    "isVerified": True,
                    "consumer": {"id": "c1", "name": "Kim"},
                },
            }
        ]
    },
    Vendor.ZAPIER: BUILT,
    Vendor.N8N: BUILT,
    Vendor.MAKE: [BUILT],
}


def hook(vendor: Vendor, secret: str = SECRET, **options: Any) -> Webhook:
    tools = SourceTools(fetcher=Fetcher(Clock(lambda: NOW)), isolation=Isolation(), clock=Clock(lambda: NOW))
    table = {"preset": str(vendor), **options}
    settings = build_options(WebhookOptions, table)
    secrets = {"secret": secret} if secret else {}
    return Webhook(SourceConfig(name="vendor", kind="webhook", options=settings, secrets=secrets), tools)


def heads(vendor: Vendor, secret: str = SECRET) -> dict[str, str]:
    if PRESETS[vendor].scheme is Scheme.PATH:
        return {PATH_TAIL: secret}
    return {"Authorization": f"Bearer {secret}"}


def deliver(vendor: Vendor, document: Any, **options: Any) -> Delivered[Event]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return hook(vendor, **options).receive(heads(vendor), raw, NOW)


def one_item(vendor: Vendor) -> tuple[Any, Any]:
    """Return a fresh sample, and the one item in it."""
    document = copy.deepcopy(SAMPLES[vendor])
    inner = document["events"] if vendor is Vendor.TRUSTPILOT else document
    return document, inner[0] if isinstance(inner, list) else inner


def holder(item: Any, pointer: str) -> tuple[Any, str]:
    """Return what holds the place that a pointer names, and its key there."""
    *above, key = pointer.split("/")[1:]
    for step in above:
        item = item[step]
    return item, key


def mapped(vendor: Vendor) -> list[tuple[str, str]]:
    """Return each place that the table of a vendor names and its sample has, with its field."""
    _, item = one_item(vendor)
    found = []
    for name, pointers in PRESETS[vendor].map.items():
        for pointer in pointers:
            try:
                there, key = holder(item, pointer)
            except KeyError:
                continue
            found += [(name, pointer)] if key in there else []
    return found


VENDORS = pytest.mark.parametrize("vendor", Vendor)
PLACES = pytest.mark.parametrize(("vendor", "name", "pointer"), [(v, *one) for v in Vendor for one in mapped(v)])
PATHS = [one for one in Vendor if PRESETS[one].scheme is Scheme.PATH]


# --- what they say ---------------------------------------------------------------------------------------------------


@VENDORS
def test_a_delivery_as_its_vendor_documents_it_is_one_post_with_all_that_it_tells(vendor: Vendor) -> None:
    delivery = deliver(vendor, SAMPLES[vendor])
    (post,) = delivery
    assert isinstance(post, Posted)
    assert (delivery.refused, delivery.unread, delivery.known_by) == ((), "", "")
    assert (post.text, post.title.endswith("Anvils")) == (WORDS, True)
    assert post.url.startswith("https://")
    assert post.published_at is not None
    assert post.published_at.date() == NOW.date()
    if vendor is not Vendor.BRAND24:
        assert (post.author.name in ("Kim", "kim_k"), post.lang) == (True, "en")


@VENDORS
def test_whatever_a_vendor_adds_changes_nothing(vendor: Vendor) -> None:
    document, item = one_item(vendor)
    item["added_one_day"] = {"deep": [1, {"text": "nothing"}]}
    if isinstance(document, dict):
        document["version"] = 2
    assert tuple(deliver(vendor, document)) == tuple(deliver(vendor, SAMPLES[vendor]))


@VENDORS
def test_many_items_in_one_delivery_are_many_posts_and_a_large_one_is_read(vendor: Vendor) -> None:
    _, item = one_item(vendor)
    others = []
    for number in range(100):
        other = copy.deepcopy(item)
        for name, field in (("id", str(number)), ("text", f"{number} {'x' * 3_000}")):
            for pointer in PRESETS[vendor].map.get(name, ())[:1]:
                there, key = holder(other, pointer)
                there[key] = field
        others.append(other)
    raw = json.dumps({"events": others} if vendor is Vendor.TRUSTPILOT else others).encode()
    assert len(raw) > 300_000
    delivery = deliver(vendor, raw)
    assert (len(delivery), delivery.unread) == (100, "")
    assert len({one.external_id for one in delivery if isinstance(one, Posted)}) == 100


def test_stars_are_said_before_the_title_and_a_review_has_its_address_by_its_id() -> None:
    document, item = one_item(Vendor.TRUSTPILOT)
    (post,) = deliver(Vendor.TRUSTPILOT, document)
    assert isinstance(post, Posted)
    assert (post.title, post.url) == ("1 of 5 stars: Anvils", "https://www.trustpilot.com/reviews/aa11")
    assert (post.external_id, post.author.external_id) == ("aa11", "c1")
    item["eventData"] |= {"title": None, "text": ""}
    (silent,) = deliver(Vendor.TRUSTPILOT, document)
    assert isinstance(silent, Posted)
    assert (silent.title, silent.text) == ("1 of 5 stars", "")
    item["eventData"]["id"] = "../../evil?"
    (odd,) = deliver(Vendor.TRUSTPILOT, document)
    assert isinstance(odd, Posted)
    assert odd.url == ""


def test_a_review_that_was_edited_is_the_same_post_and_one_that_was_deleted_needs_no_words() -> None:
    document, item = one_item(Vendor.TRUSTPILOT)
    item["eventName"] = "service-review-updated"
    item["eventData"]["text"] = "They sent another one."
    gone = {"eventName": "service-review-deleted", "eventData": {"id": "aa11"}}
    document["events"].append(gone)
    edited, deleted = deliver(Vendor.TRUSTPILOT, document)
    assert isinstance(edited, Posted)
    assert (edited.external_id, edited.text) == ("aa11", "They sent another one.")
    assert deleted == Deleted(external_id="aa11")


@pytest.mark.parametrize(
    ("vendor", "document"),
    [
        (Vendor.TRUSTPILOT, {"events": []}),
        (Vendor.TRUSTPILOT, {"events": [{"eventName": "product-review-created", "eventData": {"id": "1"}}]}),
        (Vendor.TRUSTPILOT, {"events": [{"eventName": "service-review-reply", "eventData": {}}]}),
        (Vendor.OCTOLENS, {"action": "mention_bookmarked", "data": {}}),
        (Vendor.OCTOLENS, {"action": "test"}),
        (Vendor.SYFTEN, []),
        (Vendor.BRAND24, [{"title": None, "content": None, "source": None, "host": "facebook.com"}]),
    ],
)
def test_what_is_of_no_concern_is_taken_and_nothing(vendor: Vendor, document: Any) -> None:
    delivery = deliver(vendor, document)
    assert (tuple(delivery), delivery.refused, delivery.unread) == ((), (), "")


def test_a_name_that_two_networks_have_is_two_posts() -> None:
    document, item = one_item(Vendor.OCTOLENS)
    (first,) = deliver(Vendor.OCTOLENS, document)
    item["data"]["source"] = "hackernews"
    (second,) = deliver(Vendor.OCTOLENS, document)
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert (first.external_id, second.external_id) == ("reddit:k7", "hackernews:k7")


def test_a_face_and_a_picture_are_shown_from_the_hosts_that_the_operator_names() -> None:
    (without,) = deliver(Vendor.OCTOLENS, SAMPLES[Vendor.OCTOLENS])
    (shown,) = deliver(Vendor.OCTOLENS, SAMPLES[Vendor.OCTOLENS], picture_hosts=["cdn.acme.example"])
    assert isinstance(without, Posted)
    assert isinstance(shown, Posted)
    assert (without.author.avatar, without.media and without.media[0].url) == ("", "")
    assert shown.author.avatar == "https://cdn.acme.example/kim.png"
    assert shown.media[0].url == "https://cdn.acme.example/1.png"


@pytest.mark.parametrize(
    ("vendor", "place", "value", "said"),
    [
        (Vendor.OCTOLENS, "relevanceScore", "low", "Octolens says low"),
        (Vendor.OCTOLENS, "relevance", "NOT_RELEVANT", "Octolens says not relevant"),
        (Vendor.OCTOLENS, "relevanceScore", "high", ""),
        (Vendor.OCTOLENS, "relevanceScore", {"of": ["late"]}, ""),
        (Vendor.MENTION, "trashed", True, "Mention says low"),
        (Vendor.MENTION, "trashed", False, ""),
        (Vendor.N8N, "low", "true", "n8n says low"),
        (Vendor.N8N, "low", 3, ""),
    ],
)
def test_what_a_vendor_thinks_little_of_says_so(vendor: Vendor, place: str, value: object, said: str) -> None:
    document, item = one_item(vendor)
    (item["data"] if vendor is Vendor.OCTOLENS else item)[place] = value
    (post,) = deliver(vendor, document)
    assert isinstance(post, Posted)
    assert post.low == said


# --- what a vendor changed -------------------------------------------------------------------------------------------


def needs(preset: Preset, name: str) -> bool:
    return name in preset.needed


@PLACES
def test_without_a_field_a_post_is_poorer_and_without_one_that_it_needs_it_is_kept(
    vendor: Vendor, name: str, pointer: str
) -> None:
    document, item = one_item(vendor)
    there, key = holder(item, pointer)
    del there[key]
    delivery = deliver(vendor, document)
    if needs(PRESETS[vendor], name):
        places = " or ".join(PRESETS[vendor].map[name])
        assert (tuple(delivery), delivery.unread) == ((), f"The delivery holds a post without {name} (at {places}).")
        return
    (post,) = delivery
    assert isinstance(post, Posted)
    assert (delivery.unread, bool(post.text or post.title)) == ("", True)


@VENDORS
def test_without_any_words_a_post_is_kept(vendor: Vendor) -> None:
    document, item = one_item(vendor)
    for name in ("text", "title"):
        there, key = holder(item, PRESETS[vendor].map[name][0])
        there[f"{key}_v2"] = there.pop(key)
    delivery = deliver(vendor, document)
    if vendor is Vendor.TRUSTPILOT:  # whose stars say something
        assert (len(delivery), delivery.unread) == (1, "")
        return
    places = " or ".join(PRESETS[vendor].map["text"])
    assert (tuple(delivery), delivery.unread) == ((), f"The delivery holds a post without text (at {places}).")
    assert delivery.refused == (delivery.unread,)


@PLACES
def test_a_field_that_became_another_thing_is_named_with_its_place(vendor: Vendor, name: str, pointer: str) -> None:
    document, item = one_item(vendor)
    there, key = holder(item, pointer)
    there[key] = [{"now": "a list"}]
    kind = "a time" if name == "published" else "text"
    told = {
        f"The delivery holds a post whose {one} (at {' or '.join(places)}) is not {kind}."
        for one, places in PRESETS[vendor].map.items()
        if pointer in places
    }
    delivery = deliver(vendor, document)
    assert tuple(delivery) == ()
    assert delivery.unread in told


@pytest.mark.parametrize(
    ("vendor", "document", "reason"),
    [
        (Vendor.TRUSTPILOT, {"items": []}, "The delivery does not hold the list that was agreed, at /events."),
        (Vendor.TRUSTPILOT, {"events": [{"name": "x"}]}, "does not say, at /eventName, what happened."),
        (Vendor.TRUSTPILOT, {"events": [{"eventName": "service-review-deleted"}]}, "without id (at /eventData/id)."),
        (Vendor.OCTOLENS, {"event": "mention_created"}, "does not say, at /action, what happened."),
        (Vendor.SYFTEN, b"<xml/>", "The delivery is not JSON."),
        (Vendor.SYFTEN, [1], "something else than objects"),
        (Vendor.ZAPIER, {}, "without text"),
    ],
)
def test_a_delivery_of_another_form_is_kept_and_not_refused(vendor: Vendor, document: Any, reason: str) -> None:
    delivery = deliver(vendor, document)
    assert tuple(delivery) == ()
    assert delivery.unread.endswith(reason) or reason in delivery.unread


def test_an_item_that_cannot_be_read_costs_none_of_the_others() -> None:
    document, item = one_item(Vendor.TRUSTPILOT)
    document["events"].append({"eventName": "service-review-created", "eventData": {"id": "bb22"}})
    delivery = deliver(Vendor.TRUSTPILOT, document)
    assert [one.external_id for one in delivery if isinstance(one, Posted)] == ["aa11"]
    assert delivery.unread == "The delivery holds a post without stars (at /eventData/stars)."
    item["eventData"]["id"] = {}
    assert deliver(Vendor.TRUSTPILOT, document).refused == (
        "The delivery holds a post whose id (at /eventData/id) is not text.",
        "The delivery holds a post without stars (at /eventData/stars).",
    )


def test_who_wrote_a_map_of_their_own_is_still_refused_and_nothing_is_kept() -> None:
    tools = SourceTools(fetcher=Fetcher(Clock(lambda: NOW)), isolation=Isolation(), clock=Clock(lambda: NOW))
    options = build_options(WebhookOptions, {"scheme": "bearer", "map": {"text": "/text"}})
    source = Webhook(SourceConfig(name="own", kind="webhook", options=options, secrets={"secret": SECRET}), tools)
    assert not source.keeps
    with pytest.raises(HookRefused) as caught:
        source.receive({"Authorization": f"Bearer {SECRET}"}, b'{"words": "x"}', NOW)
    assert caught.value.status == 400


@VENDORS
def test_the_operators_own_map_goes_before_the_table_and_reads_what_the_vendor_changed(vendor: Vendor) -> None:
    document, item = one_item(vendor)
    pointer = PRESETS[vendor].map["text"][0]
    there, key = holder(item, pointer)
    there["words_v2"] = there.pop(key)
    raw = json.dumps(document).encode()
    mended = hook(vendor, map={"text": f"{pointer.rpartition('/')[0]}/words_v2"})
    (post,) = mended.read_again("application/json", raw)
    assert isinstance(post, Posted)
    assert post.text == WORDS


def test_an_operator_may_say_otherwise_where_the_list_is_and_how_it_is_signed() -> None:
    _, item = one_item(Vendor.TRUSTPILOT)
    source = hook(Vendor.TRUSTPILOT, items="/batch/list", scheme="bearer")
    raw = json.dumps({"batch": {"list": [item]}}).encode()
    assert len(source.receive({"Authorization": f"Bearer {SECRET}"}, raw, NOW)) == 1
    assert not source.secret_in_path


# --- who is let in ---------------------------------------------------------------------------------------------------


@VENDORS
@pytest.mark.parametrize("wrong", ["", "acme-sample-secret-of-a-tesT", SECRET + "x", "é\udcff", OLD])
def test_a_wrong_secret_lets_nobody_in_whatever_they_say(vendor: Vendor, wrong: str) -> None:
    raw = json.dumps(SAMPLES[vendor]).encode()
    for given in (heads(vendor, wrong), {}):
        with pytest.raises(HookRefused) as caught:
            hook(vendor).receive(given, raw, NOW)
        assert caught.value.status == 401
        assert SECRET not in caught.value.reason


@VENDORS
def test_while_a_secret_is_rotated_both_let_in(vendor: Vendor) -> None:
    raw = json.dumps(SAMPLES[vendor]).encode()
    rotating = hook(vendor, f"{SECRET} {OLD}")
    assert len(rotating.receive(heads(vendor, SECRET), raw, NOW)) == 1
    assert len(rotating.receive(heads(vendor, OLD), raw, NOW)) == 1


@pytest.mark.parametrize("vendor", PATHS)
@pytest.mark.parametrize("secret", ["short", "with/a/slash/and/more", "with spaces? no: two", "ünïcödé-sécrét-ïn-päth"])
def test_a_secret_that_cannot_stand_in_an_address_or_is_guessed_is_refused_at_the_start(
    vendor: Vendor, secret: str
) -> None:
    with pytest.raises(OptionError, match="DIBS_HOOK_VENDOR_SECRET: stands in an address") as caught:
        hook(vendor, secret)
    assert secret not in str(caught.value)


@VENDORS
def test_without_a_secret_there_is_no_hook(vendor: Vendor) -> None:
    with pytest.raises(OptionError, match="is not set"):
        hook(vendor, "")


# --- the table -------------------------------------------------------------------------------------------------------


@VENDORS
def test_the_table_is_whole(vendor: Vendor) -> None:
    preset = PRESETS[vendor]
    assert (set(PRESETS), set(preset.map) - FIELDS) == (set(Vendor), set())
    assert set(preset.needed) <= set(preset.map)
    assert {"text", "title"} <= set(preset.map)
    assert bool(preset.verb) == bool(preset.posts)
    assert all((preset.vendor, preset.known, preset.setup))
    options = build_options(WebhookOptions, {"preset": str(vendor)})
    assert options.via == preset.vendor
    assert bool(options.caution) == (preset.scheme is Scheme.PATH)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, "scheme: is missing."),
        ({"scheme": "bearer"}, "map: is missing."),
        ({"scheme": "bearer", "map": {"url": "/u"}}, "map: names no text."),
        ({"preset": "octopus"}, "preset: is one of octolens, syften"),
        ({"preset": "octolens", "map": {"words": "/w"}}, "map: "),
        ({"preset": "octolens", "map": {"text": "w"}}, "map: text is a JSON pointer"),
    ],
)
def test_what_cannot_be_meant_is_told(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(WebhookOptions, table)
    assert str(caught.value).startswith(sentence)
