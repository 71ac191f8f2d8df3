"""Rules of the webhook: signed or refused, told once however often it comes, and no wider than what all may read."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from bot.net.errors import SourceRefused
from bot.sources.base import Delivered, HookRefused
from bot.sources.kinds.discourse.doors import HOLDS
from bot.sources.kinds.discourse.source import Discourse
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.kinds.discourse.scene import SECRETS, Make, Time, all_of, heard, played
from tests.bot.sources.scene import NOW
from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import HOOK_SECRET, STAFF, Json, signed


async def listening(forum: FakeDiscourse, make: Make, **options: Any) -> Discourse:
    """Make a source that has polled once, of a forum with a topic."""
    forum.topic("Hello", "The first")
    source = make(**options)
    await heard(source)
    return source


def received(source: Discourse, delivery: tuple[dict[str, str], bytes]) -> Delivered[Event]:
    return source.receive(*delivery, NOW)


def told(source: Discourse, delivery: tuple[dict[str, str], bytes]) -> list[str]:
    """Return what a delivery brought: texts of posts, and a cross before the names of what is gone."""
    return [_told(one) for one in received(source, delivery)]


def _told(event: Event) -> str:
    assert isinstance(event, Posted | Deleted)
    return event.text if isinstance(event, Posted) else f"x{event.external_id}"


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize("escaped", [False, True])
def test_a_delivery_is_told_at_once_and_rings(form: bool, escaped: bool) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "Acme is down 😀 für mich", "ben", to=1)
        brought = received(source, forum.delivery("post_created", post, form=form, escaped=escaped))
        (event,) = brought
        assert isinstance(event, Posted)
        assert (event.text, event.title, event.reply_to) == ("Acme is down 😀 für mich", "Hello", "101")
        assert json.loads(event.facts) == {"topic": 11, "number": 2}
        assert brought.poll_now
        assert event == next(one for one in await heard(source) if one.external_id == event.external_id)

    played(story)


def test_a_body_that_really_is_a_form_is_read_too() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "Acme & co = down 😀", "ben")
        _, raw = forum.delivery("post_created", post)
        form = b"payload=" + quote_plus(raw.decode()).encode()
        assert told(source, (signed(form), form)) == ["Acme & co = down 😀"]

    played(story)


def test_a_repeat_bears_another_id_and_is_known_by_what_it_holds() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "Acme is down")
        one, other = forum.delivery("post_created", post), forum.delivery("post_created", post)
        assert one[0]["X-Discourse-Event-Id"] != other[0]["X-Discourse-Event-Id"]
        known = received(source, one).known_by
        assert known == received(source, other).known_by != ""
        forum.edit(post, "Acme is up")
        assert received(source, forum.delivery("post_edited", post)).known_by != known

    played(story)


def test_what_comes_late_says_nothing() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "one")
        created = forum.delivery("post_created", post)
        second = forum.delivery("post_edited", forum.edit(post, "two"))
        third = forum.delivery("post_edited", forum.edit(post, "three"))
        post["deleted_at"] = "2026-03-04T05:00:00Z"
        gone = forum.delivery("post_destroyed", post)
        assert told(source, third) == ["three"]
        assert told(source, second) == []
        assert told(source, third) == ["three"]
        assert told(source, gone) == [f"x{post['id']}"]
        assert told(source, created) == []
        assert received(source, created).poll_now
        post["deleted_at"] = None
        assert told(source, forum.delivery("post_recovered", post)) == []
        assert [one.text for one in await heard(source)].count("three") == 1
        assert "three" in [one.text for one in await heard(source)]
        assert told(source, forum.delivery("post_recovered", post)) == ["three"]

    played(story)


def test_what_happened_is_read_from_what_is_signed_alone() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "Acme is down")
        headers, raw = forum.delivery("post_created", post)
        assert told(source, (headers | {"X-Discourse-Event": "post_destroyed"}, raw)) == ["Acme is down"]

    played(story)


def test_what_fewer_than_everybody_may_read_is_never_told() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        forum.topic("Secret", "For staff", category=STAFF)
        forum.topic("Hello you", "For you", category=None)
        forum.topic("Hello", "Psst", post_type=4)
        forum.topic("Hello", "This topic was closed", post_type=3)
        forum.topic("Hello", "Welcome", "system")
        await heard(source)
        for post in list(forum.posts.values())[1:]:
            assert told(source, forum.delivery("post_created", post)) == []
        members = await listening(forum, make, members=True)
        texts = [told(members, forum.delivery("post_created", post)) for post in list(forum.posts.values())[1:6]]
        assert texts == [["For staff"], [], [], [], []]

    played(story)


def test_a_private_message_under_a_public_category_is_none_the_less_private() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "For you")
        forum.topics[11]["archetype"] = "private_message"
        assert told(source, forum.delivery("post_created", post)) == []

    played(story)


def test_a_category_of_which_nothing_is_known_only_rings_and_the_poll_tells() -> None:
    time = Time()

    async def story(forum: FakeDiscourse, make: Make) -> None:
        post = forum.topic("Hello", "Acme is down")
        source = make()
        delivery = forum.delivery("post_created", post)
        assert (told(source, delivery), received(source, delivery).poll_now) == ([], True)
        assert [one.text for one in await heard(source)] == ["Acme is down"]
        assert told(source, delivery) == ["Acme is down"]
        time.passes(seconds=HOLDS.total_seconds())
        assert told(source, delivery) == []

    played(story, time=time)


def test_an_edit_of_an_old_post_of_which_nothing_is_known_is_looked_at_by_the_poll_once() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        old = forum.topic("Hello", "Acme is down")
        for number in range(60):
            forum.topic(f"Other {number}", "Something else")
        secret = forum.topic("Secret", "For staff", category=STAFF)
        _, checkpoint = await all_of(make())
        source = make()
        for post in (old, secret):
            assert told(source, forum.delivery("post_edited", forum.edit(post, "Acme is up"))) == []
        forum.key = "another"
        with pytest.raises(SourceRefused):
            await source.poll(checkpoint)
        forum.key = KEY
        assert [one.text for one in await heard(source, checkpoint)].count("Acme is up") == 1
        assert "Acme is up" not in [one.text for one in await heard(source, checkpoint)]
        assert told(source, forum.delivery("post_edited", forum.edit(old, "Acme is up again"))) == ["Acme is up again"]

    played(story)


def test_an_answer_to_what_was_never_seen_only_rings() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        for _ in range(60):
            forum.post(forum.topics[11], "word")
        unseen = make()
        forum.topic("Other", "Something")
        await unseen.poll("")
        late = forum.post(forum.topics[11], "Acme is down", to=3)
        assert told(unseen, forum.delivery("post_created", late)) == []
        assert told(source, forum.delivery("post_created", late)) == []
        found = next(one for one in await heard(source, '{"since": 150}') if one.text == "Acme is down")
        assert found.reply_to == "103"
        assert told(source, forum.delivery("post_created", late)) == ["Acme is down"]

    played(story)


def test_a_search_is_told_nothing_but_rung_for() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make, query="acme")
        post = forum.post(forum.topics[11], "Something else")
        delivery = forum.delivery("post_created", post)
        assert (told(source, delivery), received(source, delivery).poll_now) == ([], True)

    played(story)


@pytest.mark.parametrize(
    ("event", "kind", "held", "rings"),
    [
        ("ping", "ping", {}, False),
        ("topic_created", "topic", {"id": 11}, True),
        ("topic_closed_status_updated", "topic", {"id": 11, "closed": True}, True),
        ("user_created", "user", {"id": 7, "email": "kim@mail.example"}, False),
        ("post_liked", "like", {"post": {"id": 101}}, False),
        ("something_new", "thing", {"a": [1]}, False),
        ("post_created", "post", {}, True),
    ],
)
def test_what_is_no_post_is_well_and_nothing(event: str, kind: str, held: Json, rings: bool) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        raw = json.dumps({kind: held} if kind != "ping" else {"ping": "OK"}).encode()
        brought = received(source, (signed(raw) | {"X-Discourse-Event": event}, raw))
        assert (tuple(brought), brought.poll_now) == ((), rings)

    played(story)


def test_what_is_unsigned_tampered_with_or_encoded_anew_is_refused() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        post = forum.post(forum.topics[11], "Acme is down 😀")
        headers, raw = forum.delivery("post_created", post, escaped=True)
        name = "X-Discourse-Event-Signature"
        for given, body in (
            ({}, raw),
            ({name: ""}, raw),
            ({name: "sha256="}, raw),
            ({name: "sha256=é"}, raw),
            ({name: headers[name].removeprefix("sha256=")}, raw),
            ({name: headers[name].replace("sha256", "sha1")}, raw),
            (headers, raw + b" "),
            (headers, json.dumps(json.loads(raw), ensure_ascii=False).encode()),
            (signed(raw, "another"), raw),
        ):
            with pytest.raises(HookRefused) as caught:
                source.receive(given, body, NOW)
            assert caught.value.status == 401
        assert len(source.receive({key.lower(): value for key, value in headers.items()}, raw, NOW)) == 1

    played(story)


def test_a_hook_without_a_secret_is_no_open_door_and_one_of_several_secrets_is_enough() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        delivery = forum.delivery("post_created", forum.topic("Hello", "Acme is down"))
        empty = b'{"ping": "OK"}'
        for given in (delivery, (signed(empty, ""), empty)):
            with pytest.raises(HookRefused, match="No secret is set") as caught:
                make({"api_key": SECRETS["api_key"]}).receive(*given, NOW)
            assert caught.value.status == 401
        assert make(SECRETS | {"webhook_secret": f"new {HOOK_SECRET}"}).receive(*delivery, NOW).poll_now

    played(story)


@pytest.mark.parametrize(
    "raw",
    [b"", b"x", b"\xff", b"{", b"payload=", b"payload=x", b"payload=%7B", b"[" * 50_000],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_signed_and_no_json_is_refused_once_for_all(raw: bytes) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        with pytest.raises(HookRefused) as caught:
            make().receive(signed(raw), raw, NOW)
        assert caught.value.status == 400

    played(story)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"7", b"{}"], ids=repr)
def test_what_is_signed_and_says_nothing_is_taken_and_rings_for_nobody(raw: bytes) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        delivered = make().receive(signed(raw), raw, NOW)
        assert not delivered
        assert not delivered.poll_now

    played(story)


@pytest.mark.parametrize("given", [None, True, 7, -1.5, "x", "\ud800", [], [7], {"a": 1}, 10**30], ids=repr)
def test_nonsense_in_a_delivery_does_no_harm(given: Any) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = await listening(forum, make)
        good = {"id": 300, "post_type": 1, "user_id": 21, "topic_id": 11, "post_number": 1, "category_id": 4}
        for name in (*good, "cooked", "username", "version", "topic_title", "reply_to_post_number", "created_at"):
            raw = json.dumps({"post": good | {name: given}}).encode()
            received(source, (signed(raw), raw))
        raw = json.dumps({"post": given}).encode()
        assert tuple(received(source, (signed(raw), raw))) == ()

    played(story)
