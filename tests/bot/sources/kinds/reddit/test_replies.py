"""Rules of answering on Reddit: once, looked for in two places, and errors inside a 200 are errors."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.reddit.source import Reddit
from handlers.base.events import Posted
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.reddit.scene import Make, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.reddit import US, FakeReddit, Json, markdown


async def asked(site: FakeReddit, source: Reddit, kind: str = "t1") -> tuple[Json, Parent]:
    """Let Ben ask in a comment, or Ana in a post, and hear it."""
    post = site.post(1, "Hello", "Acme charged me twice")
    thing = site.comment(2, post, "Me too") if kind == "t1" else post
    for event in (await source.poll("")).events:
        if isinstance(event, Posted) and event.external_id == thing["name"]:
            return thing, parent_of(event)
    raise AssertionError("It was not heard.")


def room(make: Make) -> Reddit:
    return make(listen="subreddit", subreddit="acme", query="")


@pytest.mark.parametrize("kind", ["t1", "t3"])
def test_a_reply_stands_below_what_it_answers_and_says_where_it_is(kind: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source, kind)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = [one for one in site.answers_to(thing["name"]) if one["author"] == US]
        assert outcome == Published(ours["name"], f"https://www.reddit.com{ours['permalink']}")
        assert ours["body"] == "We look into it. Ana"

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
@pytest.mark.parametrize("lag", ["", "tree", "user"])
@pytest.mark.parametrize("kind", ["t1", "t3"])
def test_what_was_accepted_without_an_answer_is_unclear_and_found_in_either_place(
    fault: str, lag: str, kind: str
) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source, kind)
        request = await prepared(source, parent, "See *here* & there:\n\nhttps://help.example/")
        site.faults.append(fault)
        site.lags = {lag}
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await room(make).replies.find_published(request)
        assert isinstance(found, Published)
        assert site.things[found.external_id]["author"] == US
        assert site.made == 1

    played(story)


def test_a_reply_is_found_when_its_thread_is_closed_to_us_since() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        del site.things[thing["link_id"]]
        assert await source.replies.find_published(request) is not None

    played(story)


def test_what_was_cut_before_it_was_accepted_is_certainly_not_found() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_hangs_is_unclear_and_found() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("hang")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is not None

    played(story, seconds=1.0)


def test_an_older_answer_of_ours_with_the_same_words_is_not_taken_for_the_reply() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        ours = site.comment(3, thing, "We look into it. Ana", US)
        site.comment(4, ours, "We look into it. Ana", US)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert ours["permalink"] in state.what
        request = source.replies.prepare(parent, "We look into it. Ana", "s", state.context)
        assert await source.replies.find_published(request) is None
        site.faults.append("die")
        await outcome_of(source, request)
        assert await source.replies.find_published(request) is not None

    played(story)


def test_a_reply_is_found_below_many_later_ones_of_ours() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        site.lags = {"tree"}
        for number in range(250):
            site.comment(7_200 + number, site.things[thing["link_id"]], f"news {number}", US)
        assert await source.replies.find_published(request) is not None

    played(story)


@pytest.mark.parametrize(
    ("sentence", "number", "seconds"),
    [
        ("you are doing that too much. try again in 9 minutes.", None, 540),
        ("Looks like you've been doing that a lot. Take a break for 34 seconds before trying again.", None, 34),
        ("try again in 1 hour.", None, 3_600),
        ("try again in 9 minutes.", 512.5, 512.5),
        ("try again later", None, None),
    ],
)
def test_a_pause_that_reddit_asks_for_was_certainly_not_sent(
    sentence: str, number: float | None, seconds: float | None
) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(f"RATELIMIT: {sentence}")
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert (caught.value.retry_after, site.made) == (seconds, 0)

    played(story, ratelimit=number)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("THREAD_LOCKED: Comments are locked.", "locked"),
        ("DELETED_COMMENT: that comment has been deleted", "deleted"),
        ("TOO_OLD: that's a piece of history now", "archived"),
        ("SOMETHING_NEW: it says so", "SOMETHING_NEW it says so"),
        ("403", "closed to it, or has banned it"),
    ],
)
def test_an_error_inside_a_200_is_a_refusal_in_a_sentence(fault: str, why: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert why in outcome.why
        assert site.made == 0

    played(story)


def test_a_full_reddit_asks_for_a_rest_and_got_nothing() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("429")
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert (caught.value.retry_after, site.made) == (90, 0)

    played(story)


def test_an_ended_access_token_is_bought_anew_and_the_reply_stands_once() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.expire()
        assert isinstance(await source.replies.publish(request), Published)
        assert site.made == 1

    played(story)


def test_a_revoked_credential_is_the_sources_trouble() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("scope")
        with pytest.raises(SourceRefused, match="lacks a scope"):
            await source.replies.publish(request)
        site.refresh_token = "another"
        site.expire()
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_TALK_REFRESH_TOKEN"):
            await source.replies.publish(request)
        with pytest.raises(SourceRefused):
            await source.replies.find_published(request)
        with pytest.raises(SourceRefused):
            await source.replies.check(parent)
        assert site.made == 0

    played(story)


def test_a_parent_that_was_edited_deleted_or_locked_is_told_before_the_send() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        thing["body_html"] = markdown("Something else")
        assert isinstance(await source.replies.check(parent), Changed)
        thing["body_html"] = markdown("Me too")
        thing["locked"] = True
        assert isinstance(await source.replies.check(parent), Gone)
        thing["locked"] = False
        thing["body"] = "[removed]"
        assert isinstance(await source.replies.check(parent), Gone)
        del site.things[thing["name"]]
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        outcome = await source.replies.publish(await prepared(source, parent))
        assert isinstance(outcome, Published)
        by_hand = outcome.url.replace("www.reddit", "old.reddit").rstrip("/")
        for name in (outcome.external_id, outcome.url, by_hand):
            assert isinstance(await source.replies.check(replace(parent, ours=frozenset({name}))), Alive)
        colleague = site.comment(4_000, thing, "Ben here", US)
        state = await source.replies.check(replace(parent, ours=frozenset({outcome.external_id})))
        assert isinstance(state, Changed)
        assert colleague["permalink"] in state.what

    played(story)


def test_the_same_words_below_the_same_comment_are_another_reply_that_is_not_found_before_it_is_sent() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        thing, parent = await asked(site, source)
        first = await source.replies.publish(await prepared(source, parent, "Thanks!", "s1"))
        assert isinstance(first, Published)
        again = await prepared(source, replace(parent, ours=frozenset({first.external_id})), "Thanks!", "s2")
        assert await source.replies.find_published(again) is None
        second = await source.replies.publish(again)
        assert second == await source.replies.find_published(again) != first
        assert len(site.answers_to(thing["name"])) == 2

    played(story)


def test_a_reply_has_at_most_ten_thousand_characters() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = room(make)
        _, parent = await asked(site, source)
        await prepared(source, parent, "x" * 10_000)
        with pytest.raises(ValueError, match="10,001 characters"):
            await prepared(source, parent, "x" * 10_001)

    played(story)


def test_what_is_no_post_or_comment_is_answered_by_hand() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        parent = Parent(external_id="t4_abc", url="https://www.reddit.com/message/messages/abc")
        assert isinstance(make().replies.can_reply(parent), Handoff)

    played(story)


@pytest.mark.parametrize("context", ["", "[]", "{}", "null"])
def test_nothing_is_prepared_from_a_look_that_did_not_happen(context: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        with pytest.raises(ValueError, match="looked at again"):
            make().replies.prepare(Parent(external_id="t1_a", url=""), "Hello", "s", context)

    played(story)
