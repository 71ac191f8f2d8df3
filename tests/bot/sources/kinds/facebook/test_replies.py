"""Rules of answering on a Page: in the thread of the first comment, once, and nothing that a colleague answered."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.facebook.api import FacebookApi
from bot.sources.kinds.facebook.source import Facebook
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.facebook.scene import Make, heard, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.facebook import MOST, FakeFacebook
from tests.fakes.meta import APP_SECRET, TOKEN, Json

TEXT = "We look into it. Ana"


async def asked(site: FakeFacebook, source: Facebook) -> tuple[Json, Parent]:
    """Let Kim comment, and hear it."""
    comment = site.comment(1, site.post(0), "Where is my refund?")
    return comment, parent_of(await heard(source, comment["id"]))


def test_a_reply_stands_in_the_thread_of_its_comment_and_says_where_it_is() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent)
        assert TOKEN not in request
        assert APP_SECRET not in request
        outcome = await source.replies.publish(request)
        (ours,) = site.ours()
        assert (ours["message"], ours["parent"]) == (TEXT, comment["id"])
        url = f"{parent.url}&reply_comment_id={ours['id'].partition('_')[2]}"
        assert outcome == Published(ours["id"], url)
        assert await make().replies.find_published(request) == outcome
        shown = await heard(source, ours["id"])
        assert (shown.url, shown.reply_to) == (url, comment["id"])

    played(story)


def test_an_answer_to_an_answer_goes_below_the_first_comment() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(0)
        first = site.comment(1, post, "Where is it?")
        answer = site.comment(2, post, "Mine is lost, too", "ben", to=first)
        parent = parent_of(await heard(source, answer["id"]))
        await source.replies.publish(await prepared(source, parent))
        assert ("POST", f"/v25.0/{first['id']}/comments") in {
            (method, path.partition("?")[0]) for method, path in site.app.asked
        }
        assert site.ours()[0]["parent"] == first["id"]

    played(story)


def test_a_visitor_s_post_is_answered_by_a_comment_below_it() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source, post = make(), site.post(1, "I want my refund", "kim")
        site.comment(2, post, "Others answered", "ben")
        parent = parent_of(await heard(source, post["id"]))
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        (ours,) = site.ours()
        assert (ours["post"], ours["parent"]) == (post["id"], None)
        assert outcome == Published(ours["id"], f"{parent.url}?comment_id={ours['id'].partition('_')[2]}")
        assert await source.replies.find_published(request) == outcome

    played(story)


def test_what_stands_elsewhere_and_what_is_closed_is_answered_by_hand() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        elsewhere = site.post(1, "Acme is down", "mia", place="8800")
        closed = site.comment(2, site.post(0), "Hello")
        closed["can_comment"] = False
        for thing, why in ((elsewhere, "does not stand on our Page"), (closed, "does not let our Page")):
            parent = parent_of(await heard(source, thing["id"]))
            allowed = source.replies.can_reply(parent)
            assert isinstance(allowed, Handoff)
            assert why in allowed.why
            assert allowed.url == parent.url
        assert isinstance(source.replies.can_reply(replace(parent, facts="")), Handoff)
        assert isinstance(source.replies.can_reply(replace(parent, facts='{"thread": "../me"}')), Handoff)

    played(story)


# --- just before the send ---


def test_what_is_gone_hidden_or_closed_by_now_is_not_answered() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        for key, value in (("is_hidden", True), ("can_comment", False), ("message", "")):
            before, comment[key] = comment[key], value
            assert isinstance(await source.replies.check(parent), Gone), key
            comment[key] = before
        assert isinstance(await source.replies.check(parent), Alive)
        site.remove(comment)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_an_edit_is_shown_before_it_is_answered() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        site.edit(comment, "Where is my refund, please?")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "Where is my refund, please?"
        assert json.loads(state.posted.facts) == json.loads(parent.facts)

    played(story)


def test_a_colleague_s_answer_is_told_of_and_ours_and_those_to_others_are_not() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        post = site.posts[comment["post"]]
        site.comment(0.5, post, "Welcome", "", to=comment)  # stood there before it did
        other = site.comment(2, post, "And mine?", "ben", to=comment)
        to_ben = await source.replies.publish(await prepared(source, parent_of(await heard(source, other["id"]))))
        assert isinstance(to_ben, Published)
        assert isinstance(await source.replies.check(parent), Alive)
        by_hand = site.comment(9_000, post, "It is on its way", "", to=comment)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert f"reply_comment_id={by_hand['id'].partition('_')[2]}" in state.what
        assert isinstance(await source.replies.check(replace(parent, ours=frozenset({by_hand["id"]}))), Alive)

    played(story)


def test_a_reply_that_is_too_long_is_not_sent() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        assert await source.replies.publish(await prepared(source, parent, "x" * MOST))
        with pytest.raises(ValueError, match="8,001 characters"):
            source.replies.prepare(parent, "x" * (MOST + 1), "5e", '{"known": [], "since": 0}')
        with pytest.raises(ValueError, match="looked at again"):
            source.replies.prepare(parent, "x", "5e", "")

    played(story)


# --- what became of it ---


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("advanced", [True, False])
@pytest.mark.parametrize("fault", ["die", "500", "made 1", "made 2", "made 1/99", "made 4321", "made 506"])
def test_what_was_made_without_saying_so_is_unclear_and_found(fault: str, advanced: bool, ordered: bool) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        for number in range(230):  # long before: whoever takes the oldest page for the last one finds nothing
            site.comment(number - 9_000, site.posts[comment["post"]], f"c{number}", to=comment)
        request = await prepared(source, parent, "See\n\nhttps://help.example/ & come  back 😀")
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        (ours,) = site.ours()
        found = await make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == ours["id"]
        assert site.made == 1

    played(story, advanced=advanced, ordered=ordered)


def test_what_was_made_is_found_where_facebook_names_nobody_not_even_our_page() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("die")
        assert isinstance(await outcome_of(source, request), Unclear)
        site.names_us = False
        found = await source.replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == site.ours()[0]["id"]

    played(story, advanced=False)


@pytest.mark.parametrize("fault", ["early", "503"])
def test_what_did_not_arrive_is_certainly_not_found(fault: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


@pytest.mark.parametrize("seconds", [-50, 0.5, 1, 1.5, 30])
def test_the_same_words_from_before_the_send_are_not_taken_for_it(seconds: float) -> None:
    """Facebook tells seconds, so what came just before a comment may seem to be as old as it is."""

    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        before = site.comment(seconds, site.posts[comment["post"]], TEXT, "", to=comment)
        known = replace(parent, ours=frozenset({before["id"]}))
        request = await prepared(source, known)
        site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


@pytest.mark.parametrize("fault", ["368", "368/1390008", "1390008", "4", "32", "613", "80001"])
def test_a_rest_that_is_asked_for_leaves_the_reply_as_it_is(fault: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert caught.value.retry_after == (3_600 if fault in ("368", "368/1390008", "1390008") else None)
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


@pytest.mark.parametrize(
    "fault", ["190/460", "190/463", "190/467", "190/492", "102", "200", "10", "200/1404006", "459"]
)
def test_what_a_person_has_to_mend_was_certainly_not_sent(fault: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.extend([fault])
        with pytest.raises(SourceRefused) as caught:
            await source.replies.publish(request)
        assert TOKEN not in caught.value.reason
        assert site.made == 0

    played(story)


@pytest.mark.parametrize("fault", ["368/1346003", "100/1404102"])
def test_words_that_facebook_does_not_let_stand_come_back_to_their_writer(fault: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert "abuse" in outcome.why

    played(story)


def test_what_was_deleted_meanwhile_is_a_refusal() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        comment, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.remove(comment)
        assert isinstance(await source.replies.publish(request), Refused)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_limit_on_reading_lets_a_reply_go_out() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        told = {"1": [{"type": "pages", "estimated_time_to_regain_access": 12}]}
        site.app.limits["read"] = (80001, {"x-business-use-case-usage": json.dumps(told)})
        with pytest.raises(SourceUnavailable):
            await source.poll("")
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


@pytest.mark.parametrize("answer", [None, 7, "", "x", {"id": None}, {"id": [1]}])
def test_a_yes_that_names_nothing_is_looked_up(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        send = FacebookApi.comment

        async def comment(api: FacebookApi, thread: str, text: str) -> Any:
            return replace(await send(api, thread, text), json=answer)

        monkeypatch.setattr(FacebookApi, "comment", comment)
        assert isinstance(await source.replies.publish(request), Unclear)
        assert isinstance(await source.replies.find_published(request), Published)

    played(story)
