"""Rules of answering on Bluesky: once, to what still stands, and as the network wants its records."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.bluesky.facets import facets_of
from bot.sources.kinds.bluesky.replies import record_key
from bot.sources.kinds.bluesky.source import Bluesky
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.bluesky.scene import BlueskyService, at_work, parent
from tests.bot.sources.scene import outcome_of
from tests.fakes.bluesky import Fault, Written
from tests.fakes.bluesky_records import TID

PUT, CREATE, GET = "com.atproto.repo.putRecord", "com.atproto.repo.createRecord", "com.atproto.repo.getRecord"
TEXT = "Sorry, Ana! We look into it. – Ben, https://acme.example/help #acme"


async def prepared(source: Bluesky, post: Written, text: str = TEXT, send_id: str = "send-1") -> str:
    state = await source.replies.check(parent(post))
    assert isinstance(state, Alive)
    return source.replies.prepare(parent(post), text, send_id, state.context)


def ours(house: BlueskyService) -> list[Written]:
    return [post for post in house.sky.posts.values() if post.did == house.us.did]


# --- what is sent ---


def test_a_reply_stands_under_its_post_and_in_its_thread() -> None:
    async def story(house: BlueskyService) -> None:
        root = house.sky.write(house.ana.did, "A thread")
        named = {"uri": root.uri, "cid": root.cid}
        post = house.sky.write(house.ana.did, "acme?", reply={"root": named, "parent": named})
        source = house.source()
        outcome = await source.replies.publish(await prepared(source, post))
        assert isinstance(outcome, Published)
        (reply,) = ours(house)
        assert (outcome.external_id, outcome.url) == (
            reply.uri,
            f"https://bsky.app/profile/{house.us.did}/post/{reply.uri.rpartition('/')[2]}",
        )
        assert reply.record["reply"] == {"root": named, "parent": {"uri": post.uri, "cid": post.cid}}
        assert (reply.record["text"], reply.record["createdAt"]) == (TEXT, "2026-03-04T06:07:08.901Z")
        assert "langs" not in reply.record

    at_work(story)


def test_the_first_answer_in_a_thread_names_its_post_as_the_root() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        await source.replies.publish(await prepared(source, post))
        named = {"uri": post.uri, "cid": post.cid}
        assert ours(house)[0].record["reply"] == {"root": named, "parent": named}

    at_work(story)


def test_five_repeats_make_one_record() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        outcomes = {await source.replies.publish(request) for _ in range(5)}
        assert len(outcomes) == 1
        assert len(ours(house)) == 1
        assert house.sky.calls[CREATE] == 0

    at_work(story)


def test_the_key_is_a_send_s_own_and_the_same_whenever_it_is_prepared() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        state = await source.replies.check(parent(post))
        assert isinstance(state, Alive)
        one, again, other = (
            source.replies.prepare(parent(post), TEXT, send_id, state.context)
            for send_id in ("send-1", "send-1", "send-2")
        )
        assert one == again
        assert json.loads(one)["rkey"] != json.loads(other)["rkey"]
        assert TID.fullmatch(json.loads(one)["rkey"])

    at_work(story)


def test_keys_stand_in_the_order_of_time() -> None:
    keys = [record_key(f"2026-03-04T05:06:{second:02}.000Z", f"send-{second}") for second in range(60)]
    assert keys == sorted(keys)
    assert all(TID.fullmatch(key) for key in keys)


# --- what may go wrong with a send ---


@pytest.mark.parametrize("fault", [Fault(500, after=True), Fault(0, after=True), Fault(-1, after=True)])
def test_what_was_taken_and_not_answered_is_unclear_and_found(fault: Fault) -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.faults[PUT] = [fault]
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await source.replies.find_published(request)
        assert found == await source.replies.publish(request)
        assert len(ours(house)) == 1

    at_work(story, seconds=2.0)


@pytest.mark.parametrize("fault", [Fault(502), Fault(0)])
def test_what_was_not_taken_is_unclear_too_and_certainly_not_there(fault: Fault) -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.faults[PUT] = [fault]
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None
        assert isinstance(await source.replies.publish(request), Published)

    at_work(story)


def test_a_rest_that_is_asked_for_means_not_sent() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.faults[PUT] = [Fault(429)]
        with pytest.raises(SourceUnavailable, match="asks for a rest"):
            await source.replies.publish(request)
        assert not ours(house)

    at_work(story)


def test_a_token_that_expires_before_the_send_is_refreshed_and_sent_once() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.expire_access()
        assert isinstance(await source.replies.publish(request), Published)
        assert len(ours(house)) == 1

    at_work(story)


def test_a_revoked_credential_needs_a_person_and_sends_nothing() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.revoke(house.us)
        with pytest.raises(SourceRefused, match="make a new one"):
            await source.replies.publish(request)
        with pytest.raises(SourceRefused, match="make a new one"):
            await source.replies.check(parent(post))
        assert not ours(house)

    at_work(story)


def test_a_reply_prepared_as_one_account_is_never_sent_as_another() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        request = await prepared(house.source(), post)
        with pytest.raises(SourceRefused):
            await house.source(handle="ana.example").replies.publish(request)
        assert not ours(house)

    at_work(story)


def test_what_the_service_does_not_take_is_told_to_the_drafter() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request: dict[str, Any] = json.loads(await prepared(source, post))
        request["record"]["text"] = "x" * 301
        outcome = await source.replies.publish(json.dumps(request))
        assert isinstance(outcome, Refused)
        assert outcome.why.startswith(
            "Bluesky did not take the reply: InvalidRequest: Invalid app.bsky.feed.post record"
        )

    at_work(story)


def test_an_answer_of_another_kind_to_a_look_up_is_no_answer() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.faults[GET] = [Fault(503), Fault(404)]
        with pytest.raises(SourceUnavailable):
            await source.replies.find_published(request)
        with pytest.raises(SourceRefused):
            await source.replies.find_published(request)

    at_work(story)


# --- the post that is answered ---


def test_a_post_that_is_gone_is_not_answered_though_the_service_would_take_it() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        request = await prepared(source, post)
        house.sky.delete(post.uri)
        assert isinstance(await source.replies.check(parent(post)), Gone)
        assert isinstance(await source.replies.publish(request), Published)  # which is why it is looked at

    at_work(story)


def test_an_edited_post_is_told_and_can_be_answered_all_the_same() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        edited = house.sky.write(house.ana.did, "I love acme", rkey=post.uri.rpartition("/")[2])
        assert isinstance(await source.replies.check(replace(parent(post), digest="")), Changed)
        state = await source.replies.check(parent(post))
        assert isinstance(state, Changed)
        assert "edited" in state.what
        await source.replies.publish(source.replies.prepare(parent(post), TEXT, "send-1", state.context))
        assert ours(house)[0].record["reply"]["parent"]["cid"] == edited.cid

    at_work(story)


def test_white_space_is_no_edit_and_a_post_known_without_its_digest_is_compared_by_its_text() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?\n\n  why ")
        assert isinstance(await house.source().replies.check(replace(parent(post), digest="")), Alive)
        assert isinstance(await house.source().replies.check(parent(post)), Alive)

    at_work(story)


def test_a_post_that_we_answered_meanwhile_is_told_with_the_answer() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        published = await source.replies.publish(await prepared(source, post))
        assert isinstance(published, Published)
        state = await source.replies.check(parent(post))
        assert isinstance(state, Changed)
        assert state.what == f"We answered it already: {published.url}"
        assert state.context

    at_work(story)


def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        published = await source.replies.publish(await prepared(source, post))
        assert isinstance(published, Published)
        by_hand = published.url.replace(house.us.did, house.us.handle)
        for name in (published.external_id, published.url, by_hand):
            assert isinstance(await source.replies.check(replace(parent(post), ours=frozenset({name}))), Alive)
        known = replace(parent(post), ours=frozenset({published.external_id}))
        named = {"uri": post.uri, "cid": post.cid}
        colleague = house.sky.write(house.us.did, "Ben here", reply={"root": named, "parent": named})
        state = await source.replies.check(known)
        assert isinstance(state, Changed)
        assert colleague.uri.rpartition("/")[2] in state.what

    at_work(story)


def test_an_answer_of_somebody_else_is_none_of_ours() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        named = {"uri": post.uri, "cid": post.cid}
        house.sky.write(house.ana.did, "me again", reply={"root": named, "parent": named})
        assert isinstance(await house.source().replies.check(parent(post)), Alive)

    at_work(story)


@pytest.mark.parametrize(
    ("view", "why"),
    [
        ({"author": {"viewer": {"blockedBy": True}}}, "has blocked our account"),
        ({"author": {"viewer": {"blocking": "at://x"}}}, "has blocked its author"),
        ({"viewer": {"replyDisabled": True}}, "takes no replies"),
    ],
)
def test_an_author_who_wants_no_answer_gets_none(view: dict[str, Any], why: str) -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        house.sky.views[post.uri] = view
        state = await house.source().replies.check(parent(post))
        assert isinstance(state, Gone)
        assert why in state.why

    at_work(story)


def test_without_an_account_a_person_answers_by_hand() -> None:
    async def story(house: BlueskyService) -> None:
        post = parent(house.sky.write(house.ana.did, "acme?"))
        without = house.source("stream", handle="", password="")
        assert isinstance(without.replies.can_reply(post), Handoff)
        assert house.source().replies.can_reply(post) == Allowed()
        elsewhere = Parent(external_id="https://blog.example/1", url="https://blog.example/1")
        assert house.source().replies.can_reply(elsewhere) == Handoff(
            "https://blog.example/1", "It is no post of Bluesky's."
        )

    at_work(story)


# --- the text ---


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * 301, "has 301 characters; Bluesky takes 300"),
        ("👨‍👩‍👧‍👦" * 150, "more than 3000 bytes"),
        ("  \n", "is empty"),
    ],
)
def test_what_cannot_be_sent_is_said_before_it_is(text: str, sentence: str) -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        with pytest.raises(ValueError, match=sentence):
            await prepared(house.source(), post, text)

    at_work(story)


def test_three_hundred_graphemes_are_taken() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme?")
        source = house.source()
        assert isinstance(
            await source.replies.publish(await prepared(source, post, "ö" * 290 + "👩🏽‍🚀" * 10)), Published
        )

    at_work(story)


@pytest.mark.parametrize("context", ["", "{}", "[]", '{"uri": 1}'])
def test_nothing_is_prepared_for_a_post_that_was_not_looked_at(context: str) -> None:
    async def story(house: BlueskyService) -> None:
        post = parent(house.sky.write(house.ana.did, "acme?"))
        with pytest.raises(ValueError, match="looked at again"):
            house.source().replies.prepare(post, TEXT, "send-1", context)

    at_work(story)


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("grüß 👨‍👩‍👧 https://acme.example/ä?q=1#x.", [("link", "https://acme.example/ä?q=1#x")]),
        ("(https://acme.example/a_(b))", [("link", "https://acme.example/a_(b)")]),
        ("https://acme.example https://acme.example", [("link", "https://acme.example")] * 2),
        ("#acme, #größe! #日本語 ＃全角", [("tag", "acme"), ("tag", "größe"), ("tag", "日本語"), ("tag", "全角")]),
        ("a#b #1 # #! https://acme.example/#frag @ana.example", [("link", "https://acme.example/#frag")]),
        ("#" + "x" * 65, []),
        ("javascript:alert(1) http:// https://", []),
    ],
)
def test_links_and_hashtags_are_named_by_the_bytes_that_they_cover(text: str, covered: list[tuple[str, str]]) -> None:
    found = []
    for facet in facets_of(text):
        piece = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        kind = feature["$type"].rpartition("#")[2]
        value = feature["uri" if kind == "link" else "tag"]
        assert piece.lstrip("#＃") == value
        found.append((kind, value))
    assert found == covered
