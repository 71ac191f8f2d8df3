"""Rules of answering in Google Play: one reply each, as it was written, and nothing replaced without a question."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.google_play.source import GooglePlay
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.google_play.scene import Make, played
from tests.bot.sources.scene import heard, outcome_of, parent_of, prepared
from tests.fakes.google import Json
from tests.fakes.google_play import PACKAGE, FakeGooglePlay

APP = f"/androidpublisher/v3/applications/{PACKAGE}"


async def asked(site: FakeGooglePlay, source: GooglePlay) -> tuple[Json, Parent]:
    """Let Ana review us, and hear it."""
    review = site.review(1, "\tIt crashes", stars=1)
    return review, parent_of(await heard(source, review["reviewId"]))


def test_a_reply_stands_below_its_review_at_once() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.external_id.startswith(f"{review['reviewId']}/reply/")
        assert (outcome.url, outcome.held) == ("", False)
        assert await source.replies.find_published(request) == outcome
        assert site.posts == [(review["reviewId"], "We look into it. Ana")]
        # An id holds a colon, as what is asked of it does.
        assert ("POST", f"{APP}/reviews/gp%3AAOqp0000:reply") in site.asked
        assert "access-" not in request

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
def test_what_was_taken_without_an_answer_is_unclear_and_found(fault: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent, "See\n\nhttps://help.example/ & come back")
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert isinstance(await make().replies.find_published(request), Published)
        assert len(site.posts) == 1

    played(story)


def test_an_unknown_no_to_what_was_taken_is_looked_up_and_found() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("4xx")
        outcome = await source.replies.publish(request)
        assert outcome == Unclear("Google Play refused it (412 FAILED_PRECONDITION/conditionNotMet).", refused=True)
        assert isinstance(await source.replies.find_published(request), Published)

    played(story)


@pytest.mark.parametrize("fault", ["early", "old"])
def test_what_was_not_taken_is_certainly_not_found(fault: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_sent_twice_is_one_reply() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        request = await prepared(source, parent)
        assert await source.replies.publish(request) == await source.replies.publish(request)
        assert len(review["comments"]) == 2

    played(story)


def test_a_colleague_s_reply_is_shown_before_ours_replaces_it_and_our_own_is_not() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        site.reply(review, "Sorry!\nBen")
        state = await source.replies.check(parent)
        assert state == Changed("It was answered already: “Sorry! Ben” Yours would replace it.")
        outcome = await source.replies.publish(source.replies.prepare(parent, "Thanks, Ana", "s", state.context))
        assert isinstance(outcome, Published)
        known = replace(parent, ours=frozenset({outcome.external_id}))
        assert isinstance(await source.replies.check(known), Alive)
        site.reply(review, "Ben was here again")
        state = await source.replies.check(known)
        assert isinstance(state, Changed)
        assert "Ben was here again" in state.what

    played(story)


def test_a_review_that_was_changed_or_deleted_is_told_before_the_send() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        site.change(review, 5, starRating=5)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.title == "5 of 5 stars"
        del site.reviews[review["reviewId"]]
        gone = await source.replies.check(parent)
        assert isinstance(gone, Gone)
        assert "deleted, or is older than the week" in gone.why
        request = source.replies.prepare(parent, "Hello", "s", "")
        assert await source.replies.publish(request) == Refused(gone.why)
        assert await source.replies.find_published(request) is None

    played(story)


@pytest.mark.parametrize("text", ["So <b>sorry</b>", "I <3 you -> all", "<br/>", "<\n>"])
def test_what_would_be_taken_out_as_html_is_not_sent(text: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        with pytest.raises(ValueError, match=r"^Google Play would take “<.*” out of it: say it in another way"):
            source.replies.prepare(parent, text, "s", "")

    played(story)


def test_what_looks_like_half_of_it_is_sent_as_it_was_written() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        await source.replies.publish(await prepared(source, parent, "Faster > slower, and we <3 you & yours"))
        assert site.posts[0][1] == "Faster > slower, and we <3 you & yours"

    played(story)


def test_a_reply_has_at_most_so_many_characters() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        assert isinstance(await source.replies.publish(await prepared(source, parent, "ä" * 350)), Published)
        with pytest.raises(ValueError, match="351 characters, and Google Play takes 350"):
            source.replies.prepare(parent, "ä" * 351, "s", "")

    played(story)


def test_a_no_to_the_words_goes_to_their_writer() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = source.replies.prepare(parent, " ", "s", "")  # its writer cannot send that; Google would say no
        assert await source.replies.publish(request) == Refused("Google Play does not take it: The reply is too long.")

    played(story)


def test_a_rest_that_google_asks_for_sent_nothing() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("429")
        with pytest.raises(SourceUnavailable, match="429"):
            await source.replies.publish(request)
        assert site.posts == []

    played(story)


def test_an_account_that_may_only_read_waits_for_a_person_who_gives_it_the_right() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.right = "read"
        with pytest.raises(SourceRefused, match="“Reply to reviews”"):
            await source.replies.publish(request)
        site.right = ""
        site.closed.add(parent.external_id)
        with pytest.raises(SourceRefused, match="Google refuses this review alone"):
            await source.replies.publish(request)
        assert site.posts == []

    played(story)


def test_an_access_token_that_ended_is_bought_anew_and_the_reply_is_sent_once() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.tokens.expire()
        assert isinstance(await source.replies.publish(request), Published)
        assert (len(site.posts), site.tokens.sold) == (1, 2)

    played(story)


def test_what_is_no_review_is_answered_by_hand() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        assert isinstance(make().replies.can_reply(Parent(external_id="x", url="")), Handoff)

    played(story)
