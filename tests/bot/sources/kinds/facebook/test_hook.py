"""Rules of the webhook: verified as it came, told once, whatever the order, and likes are nothing."""

import json
from typing import Any

import pytest

from bot.sources.base import Delivered, Greeting, HookRefused
from bot.sources.kinds.facebook.source import REMEMBERED, Facebook
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.kinds.facebook.scene import Make, all_of, heard, played, told
from tests.bot.sources.scene import NOW
from tests.fakes.facebook import PAGE, FakeFacebook
from tests.fakes.meta import SECRETS, VERIFY_TOKEN, Json

Delivery = tuple[dict[str, str], bytes]


def received(source: Facebook, delivery: Delivery) -> Delivered[Event]:
    return source.receive(*delivery, NOW)


def entry(*values: Json, topic: str = "feed", at: Any = 1772600000, node: Any = PAGE) -> Json:
    return {"id": node, "time": at, "changes": [{"field": topic, "value": value} for value in values]}


def plain(site: FakeFacebook, *entries: Json) -> Delivery:
    """Return a delivery whose letters are escaped, whatever they are."""
    raw = json.dumps({"object": "page", "entry": entries}).encode()
    return site.app.sign(raw), raw


COMMENT: Json = {"item": "comment", "verb": "add", "comment_id": "12_34", "post_id": f"{PAGE}_12", "message": "Hello"}


@pytest.mark.parametrize("advanced", [True, False])
def test_what_comes_by_the_hook_is_what_a_poll_finds_and_rings(advanced: bool) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(0)
        first = site.comment(1, post, "Where is it? 😀 für mich")
        answer = site.comment(2, post, "Mine too, ça", "ben", to=first)
        visitor = site.post(3, "I want my refund 😡", "kim")
        for thing in (first, answer, visitor):
            by_turns = [received(source, site.change(thing)) for _ in range(2)]
            for brought in by_turns:
                assert tuple(brought) == (await heard(source, thing["id"]),)
                assert brought.poll_now
            assert by_turns[0].known_by != by_turns[1].known_by != ""  # other bytes: escapes, and letters as they are

    played(story, advanced=advanced)


@pytest.mark.parametrize("verb", ["edit", "edited"])
def test_both_words_for_an_edit_are_understood(verb: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, comment = make(), site.comment(1, site.post(0), "Where is it?")
        assert told(received(source, site.edit(comment, "Where is it??", 5, verb))) == ["Where is it??"]

    played(story)


def test_what_is_removed_or_hidden_is_gone_and_comes_back_when_it_is_shown() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, visitor = site.comment(1, site.post(0), "Where is it?"), site.post(2, "Hello", "kim")
        for thing in (comment, visitor):
            gone = Deleted(external_id=thing["id"])
            assert tuple(received(source, site.change(thing, "hide", 5))) == (gone,)
            assert told(received(source, site.change(thing, "unhide", 6))) == [thing["message"]]
            assert tuple(received(source, site.change(thing, "remove", 7))) == (gone,)

    played(story)


def test_the_same_twice_says_the_same_and_what_comes_late_says_nothing() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, comment = make(), site.comment(1, site.post(0), "one")
        added = site.change(comment)
        second = site.edit(comment, "two", 5)
        third = site.edit(comment, "three", 6)
        gone = site.change(comment, "remove", 7)
        assert told(received(source, third)) == ["three"]
        assert told(received(source, second)) == []
        assert received(source, second).poll_now
        assert [told(received(source, third)) for _ in range(2)] == [["three"]] * 2
        assert received(source, third).known_by == received(source, third).known_by
        assert told(received(source, gone)) == [f"x{comment['id']}"]
        assert [told(received(source, late)) for late in (added, second, third)] == [[], [], []]

    played(story)


def test_of_one_delivery_the_latest_of_each_comment_counts_whatever_its_place() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(0)
        one, two = site.comment(1, post, "one"), site.comment(2, post, "two")
        entries = [site.entry(one, "remove", 9), site.entry(two, "add"), site.entry(one, "add")]
        assert told(received(source, site.app.delivery("page", *entries))) == ["two", f"x{one['id']}"]

    played(story)


def test_an_answer_in_a_thread_is_placed_below_our_reply() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(0)
        first = site.comment(1, post, "Where is it?")
        ours = site.comment(2, post, "On its way", "", to=first)
        early, late = (site.comment(at, post, "Thank you", to=first) for at in (1.5, 3))
        (by_us,) = received(source, site.change(ours))
        assert isinstance(by_us, Posted)
        assert (by_us.author.external_id, by_us.reply_to) == (PAGE, first["id"])
        answers = [received(source, site.change(one))[0] for one in (early, late)]
        assert [one.reply_to for one in answers if isinstance(one, Posted)] == [first["id"], ours["id"]]
        # Another process knows it from the checkpoint.
        _, checkpoint = await all_of(source)
        other = make()
        await all_of(other, checkpoint)
        assert received(other, site.change(late))[0] == answers[1]

    played(story)


@pytest.mark.parametrize(
    "value",
    [
        {"item": "reaction", "verb": "add", "comment_id": "12_34", "post_id": f"{PAGE}_12", "reaction_type": "love"},
        {"item": "like", "verb": "add", "post_id": f"{PAGE}_12"},
        COMMENT | {"comment_id": None},
        COMMENT | {"comment_id": "../me"},
        COMMENT | {"comment_id": 12},
        COMMENT | {"item": "thing_of_tomorrow"},
        COMMENT | {"item": ["comment"]},
        {},
        None,
        "x",
    ],
)
def test_what_is_no_comment_and_no_post_is_taken_and_rings_for_nobody(value: Any) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        brought = received(make(), site.app.delivery("page", entry(value)))
        assert (tuple(brought), brought.poll_now) == ((), False)

    played(story)


@pytest.mark.parametrize(
    "value",
    [
        COMMENT | {"verb": "mute"},
        COMMENT | {"verb": "block"},
        COMMENT | {"verb": None},
        COMMENT | {"message": ""},
        COMMENT | {"message": 7},
        COMMENT | {"is_hidden": True},
        {"item": "status", "verb": "add", "post_id": f"{PAGE}_12", "from": {"id": PAGE}, "message": "News"},
        {"item": "photo", "verb": "add", "post_id": f"{PAGE}_12", "from": {"id": "7"}, "message": "?", "published": 0},
    ],
)
def test_what_says_nothing_of_its_own_rings_only(value: Json) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        brought = received(make(), site.app.delivery("page", entry(value)))
        assert (tuple(brought), brought.poll_now) == ((), True)

    played(story)


@pytest.mark.parametrize(
    "told_there",
    [
        {"object": "instagram", "entry": [entry(COMMENT)]},
        {"object": "page", "entry": [entry(COMMENT, node="999")]},
        {"object": "page", "entry": [entry(COMMENT, topic="ratings")]},
        {"object": "page", "entry": [{"id": PAGE, "messaging": [{"message": {"text": "Hello"}}]}]},
        {"object": "page", "entry": entry(COMMENT)},
        {"object": "page", "entry": [[entry(COMMENT)]]},
        {"object": "page"},
        {"app_id": "1", "topic": "moderate", "target_id": "2", "values": {"value": COMMENT, "field": "replies"}},
        {"entry": [{"changed_fields": ["feed"], "uid": PAGE}], "object": "user"},
        [entry(COMMENT)],
        "page",
        None,
    ],
)
def test_an_envelope_of_another_shape_under_the_right_signature_is_taken_and_nothing(told_there: Any) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        raw = json.dumps(told_there).encode()
        brought = received(make(), (site.app.sign(raw), raw))
        assert (tuple(brought), brought.poll_now) == ((), False)

    played(story)


@pytest.mark.parametrize("given", [None, True, 7, -1.5, "x", "\ud800", [], [7], {"a": 1}, 10**40], ids=repr)
def test_nonsense_in_a_delivery_does_no_harm(given: Any) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        names = ("item", "verb", "comment_id", "post_id", "parent_id", "message", "from", "sender_id", "created_time")
        for name in (*names, "photo", "video", "is_hidden", "published", "sender_name"):
            received(source, plain(site, entry(COMMENT | {name: given})))
        received(source, plain(site, entry(COMMENT, at=given), entry(given), entry(COMMENT, node=given)))

    played(story)


def test_numbers_for_ids_are_the_same_as_texts() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        old = COMMENT | {"sender_id": 7_000_000_000_000_001, "sender_name": "Kim"}
        (event,) = received(make(), site.app.delivery("page", entry(old, node=int(PAGE))))
        assert isinstance(event, Posted)
        assert (event.author.external_id, event.author.name) == ("7000000000000001", "Kim")

    played(story)


def test_who_names_us_elsewhere_is_heard_and_thin_news_of_it_rings() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(1, "Acme is down", "mia", place="8800")
        brought = received(source, site.change(post, topic="mention"))
        assert tuple(brought) == (await heard(source, post["id"]),)
        thin = {"item": "post", "verb": "add", "post_id": "8800_12", "sender_id": 8800, "sender_name": "Mia"}
        brought = received(source, site.app.delivery("page", entry(thin, topic="mention")))
        assert (tuple(brought), brought.poll_now) == ((), True)

    played(story)


def test_what_is_unsigned_tampered_with_or_encoded_anew_is_refused() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, comment = make(), site.comment(1, site.post(0), "Where is it? 😀")
        for headers, raw in (site.change(comment) for _ in range(2)):
            anew = [json.dumps(json.loads(raw), ensure_ascii=escaped).encode() for escaped in (True, False)]
            assert raw in anew
            for given, body in (
                ({}, raw),
                (headers, raw + b" "),
                *((headers, one) for one in anew if one != raw),
                ({name: value.replace("sha256", "sha1") for name, value in headers.items()}, raw),
            ):
                with pytest.raises(HookRefused) as caught:
                    source.receive(given, body, NOW)
                assert caught.value.status == 401
            assert len(source.receive({key.lower(): value for key, value in headers.items()}, raw, NOW)) == 1

    played(story)


def test_the_hook_is_shown_to_be_ours_and_without_secrets_there_is_none() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}
        assert make().handshake(asked, NOW) == Greeting("1158201444")
        assert make().handshake({}, NOW) is None
        bare = make({"access_token": SECRETS["access_token"]})
        for source, query in ((make(), asked | {"hub.verify_token": "guessed"}), (bare, asked)):
            with pytest.raises(HookRefused) as caught:
                source.handshake(query, NOW)
            assert caught.value.status == 403
        with pytest.raises(HookRefused, match="DIBS_SOURCE_PAGE_APP_SECRET"):
            received(bare, site.change(site.post(0)))

    played(story)


def test_what_is_remembered_of_the_order_has_an_end() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        for number in range(REMEMBERED + 10):
            received(source, site.app.delivery("page", entry(COMMENT | {"comment_id": f"12_{number}"})))
        assert len(source._told_at) == REMEMBERED

    played(story)
