"""Rules of answering reviews: one reply each, nothing replaced without a question, and Google approves."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.google_reviews.source import GoogleReviews
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.google_reviews.scene import Make, played
from tests.bot.sources.scene import heard, outcome_of, parent_of, prepared
from tests.fakes.google import Json
from tests.fakes.google_reviews import PLACE, FakeGoogleReviews


async def asked(site: FakeGoogleReviews, source: GoogleReviews) -> tuple[Json, Parent]:
    """Let Ana review us, and hear it."""
    review = site.review(1, "Cold soup", stars=1)
    return review, parent_of(await heard(source, review["name"]))


def test_a_reply_stands_below_its_review_and_says_where_it_is() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.external_id.startswith(f"{parent.external_id}/reply/")
        assert (outcome.url, outcome.held) == ("", False)  # Google tells its address where it is read
        found = await source.replies.find_published(request)
        assert found == replace(outcome, url=review["reviewReply"]["reviewReplyUrl"])
        assert site.puts == [(review["name"], "We look into it. Ana")]

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
def test_what_was_taken_without_an_answer_is_unclear_and_found(fault: str) -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent, "See\n\nhttps://help.example/ & come back")
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found == await source.replies.find_published(request)
        assert len(site.puts) == 1

    played(story)


def test_what_was_cut_before_it_was_taken_is_certainly_not_found() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_is_pending_is_held_until_google_says_more() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.held
        outcome = replace(outcome, url=review["reviewReply"]["reviewReplyUrl"])
        assert await source.replies.find_published(request) == outcome
        site.moderate(review, "APPROVED")
        assert await source.replies.find_published(request) == replace(outcome, held=False)

    played(story, state="PENDING")


@pytest.mark.parametrize(
    ("violation", "why"),
    [
        ("", "Google rejected it."),
        ("PROFANITY", "Google rejected it: profanity."),
        (["OFF_TOPIC", "SPAM"], "Google rejected it: off topic, spam."),
        ({"reason": "OFF_TOPIC"}, "Google rejected it: off topic."),
        ([{}], "Google rejected it."),
    ],
)
def test_a_reply_that_is_rejected_an_hour_later_comes_back_with_the_reason(violation: str, why: str) -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        site.moderate(review, "REJECTED", violation)
        assert await source.replies.find_published(request) == Refused(why)
        # Nobody sees it, so it is no answer that another one would replace.
        assert isinstance(await source.replies.check(parent), Alive)

    played(story, state="PENDING")


def test_a_reply_that_is_rejected_at_once_is_refused() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        assert await source.replies.publish(await prepared(source, parent)) == Refused("Google rejected it.")

    played(story, state="REJECTED")


def test_google_that_says_nothing_of_approval_has_published() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        outcome = await source.replies.publish(await prepared(source, parent))
        assert isinstance(outcome, Published)
        assert not outcome.held

    played(story, state="")


def test_a_colleague_s_reply_is_shown_before_ours_replaces_it_and_our_own_is_not() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        review["reviewReply"] = {"comment": "Sorry!\nBen", "updateTime": "2026-03-04T05:00:00Z"}
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.what == "It was answered already: “Sorry! Ben” Yours would replace it."
        assert state.posted is None
        # Somebody says so all the same.
        outcome = await source.replies.publish(source.replies.prepare(parent, "Thanks, Ana", "s", state.context))
        assert isinstance(outcome, Published)
        assert isinstance(await source.replies.check(replace(parent, ours=frozenset({outcome.external_id}))), Alive)
        review["reviewReply"]["comment"] = "Ben was here again"
        state = await source.replies.check(replace(parent, ours=frozenset({outcome.external_id})))
        assert isinstance(state, Changed)
        assert "Ben was here again" in state.what

    played(story)


def test_our_reply_that_somebody_replaced_is_not_taken_for_standing() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        review["reviewReply"]["comment"] = "Ben was here"
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_review_that_was_changed_or_deleted_is_told_before_the_send() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make(locations={PLACE: "Berlin"})
        review, parent = await asked(site, source)
        site.change(review, 5, starRating="FIVE")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.title == "5 of 5 stars for Berlin"
        del site.reviews[review["name"]]
        assert isinstance(await source.replies.check(parent), Gone)
        request = source.replies.prepare(parent, "Hello", "s", "")
        assert await source.replies.publish(request) == Refused("The review was deleted.")
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_rest_that_google_asks_for_sent_nothing() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("429")
        with pytest.raises(SourceUnavailable, match="429"):
            await source.replies.publish(request)
        assert site.puts == []

    played(story)


def test_a_place_that_is_closed_to_us_since_waits_for_a_person() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.closed[PLACE] = "denied"
        for step in (
            source.replies.publish(request),
            source.replies.find_published(request),
            source.replies.check(parent),
        ):
            with pytest.raises(SourceRefused, match="neither an owner nor a manager"):
                await step
        assert site.puts == []

    played(story)


def test_a_reply_has_at_most_so_many_bytes() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        assert isinstance(await source.replies.publish(await prepared(source, parent, "ä" * 2_048)), Published)
        with pytest.raises(ValueError, match="4,098 bytes"):
            source.replies.prepare(parent, "ä" * 2_049, "s", "")

    played(story)


def test_what_is_no_review_is_answered_by_hand() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        assert isinstance(make().replies.can_reply(Parent(external_id="x", url="")), Handoff)

    played(story)
