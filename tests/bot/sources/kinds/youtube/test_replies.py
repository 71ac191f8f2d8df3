"""Rules of answering on YouTube: once, always to the thread, and what is held back is not said to stand there."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.youtube.replies import HELD_PAGES, KNOWN, LOOK_PAGES
from bot.sources.kinds.youtube.source import YouTube
from handlers.base.events import Posted
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.youtube.scene import Here, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.google import Json
from tests.fakes.youtube import PAGE, US

KINDS = ("first comment", "answer")


async def asked(here: Here, source: YouTube, kind: str = "first comment") -> tuple[Json, Parent]:
    """Let Ana ask in a thread, or Ben in an answer, and hear it; returns the thread, too."""
    thread = here.site.comment(1, "Acme charged me twice")
    name = here.site.answer(2, thread, "Me too", "ben")["id"] if kind == "answer" else thread["id"]
    for event in (await source.poll("")).events:
        if isinstance(event, Posted) and event.external_id == name:
            return thread, parent_of(event)
    raise AssertionError("It was not heard.")


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_stands_in_the_thread_of_what_it_answers_and_says_where_it_is(kind: str) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source, kind)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = here.site.ours()
        assert outcome == Published(ours["id"], f"https://www.youtube.com/watch?v=v1&lc={ours['id']}")
        assert ours["snippet"]["parentId"] == thread["id"]
        assert ours["snippet"]["textOriginal"] == "We look into it. Ana"

    played(story)


@pytest.mark.parametrize("fault", ["die", "500", "processingFailure"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_accepted_without_a_yes_is_unclear_and_found(fault: str, kind: str) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source, kind)
        request = await prepared(source, parent, "See *here* & there:\n\nhttps://help.example/")
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        for number in range(2 * PAGE):
            here.site.answer(9_000 + number, thread, f"later {number}", "kim")
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert (found.external_id, found.held, here.site.made) == (here.site.ours()[0]["id"], False, 1)

    played(story)


@pytest.mark.parametrize("fault", ["early", "processingFailure early"])
def test_what_was_not_accepted_is_certainly_not_found(fault: str) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.faults.append(fault)
        outcome = await outcome_of(source, request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused is (fault != "early")
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_is_held_back_is_not_said_to_stand_there_until_it_does() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.faults.append("held")
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.held
        (ours,) = here.site.ours()
        assert await source.replies.find_published(request) == outcome
        ours["snippet"]["moderationStatus"] = "published"
        assert await source.replies.find_published(request) == replace(outcome, held=False)
        ours["snippet"]["moderationStatus"] = "rejected"  # they are shown nowhere
        assert await source.replies.find_published(request) is None

    played(story)


def test_what_is_taken_and_shown_to_nobody_is_published_as_far_as_anybody_says() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.faults.append("hidden")
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert not outcome.held

    played(story)


def test_our_channel_answers_where_youtube_lets_it_and_comments_alone() -> None:
    async def story(here: Here) -> None:
        source = here.make(query="acme")
        thread = here.site.comment(1, "Acme", canReply=False)
        here.site.video(2, "abcdefghijk", "Acme")
        closed, video = (event for event in (await source.poll("")).events if isinstance(event, Posted))
        handoff = source.replies.can_reply(parent_of(closed))
        assert isinstance(handoff, Handoff)
        assert (handoff.url, "does not let" in handoff.why) == (closed.url, True)
        assert isinstance(source.replies.can_reply(parent_of(video)), Handoff)
        thread["snippet"]["canReply"] = True
        assert source.replies.can_reply(parent_of(next(iter((await source.poll("")).events)))) == Allowed()  # type: ignore[arg-type]

    played(story)


def test_a_parent_that_was_edited_closed_held_back_or_deleted_is_told_before_the_send() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        top = thread["snippet"]["topLevelComment"]
        here.site.edit(top, "Something else", 5)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "Something else"
        here.site.edit(top, parent.text, 6)
        thread["snippet"]["canReply"] = False
        assert isinstance(await source.replies.check(parent), Gone)
        thread["snippet"]["canReply"] = True
        top["snippet"]["moderationStatus"] = "heldForReview"
        assert isinstance(await source.replies.check(parent), Gone)
        del here.site.threads[thread["id"]]
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_an_answer_that_was_deleted_is_gone_though_its_thread_is_there() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source, "answer")
        here.site.below[thread["id"]].clear()
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        before = here.site.answer(0, thread, "Welcome, everybody", US)
        outcome = await source.replies.publish(await prepared(source, parent))
        assert isinstance(outcome, Published)
        for name in (outcome.external_id, f"https://youtube.com/watch?v=v1&lc={outcome.external_id}"):
            assert isinstance(await source.replies.check(replace(parent, ours=frozenset({name}))), Alive)
        colleague = here.site.answer(8_000, thread, "Ben here", US)
        state = await source.replies.check(replace(parent, ours=frozenset({outcome.external_id})))
        assert isinstance(state, Changed)
        assert colleague["id"] in state.what
        assert before["id"] not in state.what

    played(story)


def test_the_same_words_in_the_same_thread_are_another_reply_that_is_not_found_before_it_is_sent() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        first = await source.replies.publish(await prepared(source, parent, "Thanks!", "s1"))
        assert isinstance(first, Published)
        again = await prepared(source, replace(parent, ours=frozenset({first.external_id})), "Thanks!", "s2")
        assert await source.replies.find_published(again) is None
        second = await source.replies.publish(again)
        assert second == await source.replies.find_published(again) != first
        assert here.site.made == 2

    played(story)


def test_of_many_replies_of_the_same_words_none_from_before_is_taken_for_ours() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        many = [here.site.answer(10 * number, thread, "Thanks!", US)["id"] for number in range(1, KNOWN + 20)]
        request = await prepared(source, replace(parent, ours=frozenset(many)), "Thanks!")
        assert await source.replies.find_published(request) is None
        outcome = await source.replies.publish(request)
        assert outcome == await source.replies.find_published(request)

    played(story, oldest_first=True)


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_crowd_in_the_thread_keeps_nobody_from_answering_and_our_reply_is_found_above_it(oldest_first: bool) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        crowd = LOOK_PAGES - 2 if oldest_first else LOOK_PAGES + 3
        for number in range(crowd * PAGE):
            here.site.answer(3 + 7 * number, thread, f"me too {number}", "kim")
        request = await prepared(source, parent)
        here.site.asked.clear()
        assert await source.replies.find_published(request) is None
        here.site.faults.append("die")
        await outcome_of(source, request)
        assert await source.replies.find_published(request) is not None
        assert oldest_first or sum("parentId" in path for _, path in here.site.asked) <= 4

    played(story, oldest_first=oldest_first)


def test_words_of_others_are_not_taken_for_ours() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.answer(9_000, thread, "We look into it. Ana", "imitator")
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_day_whose_units_are_spent_sent_nothing() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.units = here.site.most_units - 49
        with pytest.raises(SourceUnavailable, match="midnight in California"):
            await source.replies.publish(request)
        assert here.site.made == 0
        here.pass_time(hours=24)
        assert isinstance(await source.replies.publish(request), Published)
        assert here.site.units == 50

    played(story)


def test_a_thread_that_is_gone_meanwhile_is_a_refusal_and_nothing_stands_there() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source)
        request = await prepared(source, parent)
        del here.site.threads[thread["id"]]
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert await source.replies.find_published(request) is None

    played(story)


def test_an_account_that_is_not_let_in_any_more_is_told_at_every_step() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.tokens.revoke()
        for step in (
            source.replies.publish(request),
            source.replies.find_published(request),
            source.replies.check(parent),
        ):
            with pytest.raises(SourceRefused, match="DIBS_SOURCE_TUBE_REFRESH_TOKEN"):
                await step
        assert here.site.made == 0

    played(story)


def test_a_reply_has_at_most_ten_thousand_characters() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        await prepared(source, parent, "x" * 10_000)
        with pytest.raises(ValueError, match="10,001 characters"):
            await prepared(source, parent, "x" * 10_001)

    played(story)


@pytest.mark.parametrize("context", ["", "[]", "{}", "null"])
def test_nothing_is_prepared_from_a_look_that_did_not_happen(context: str) -> None:
    async def story(here: Here) -> None:
        with pytest.raises(ValueError, match="looked at again"):
            here.make().replies.prepare(Parent(external_id="Ugx", url=""), "Hello", "s", context)

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_public_any_more_is_neither_answered_nor_shown(kind: str) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread, parent = await asked(here, source, kind)
        thread["snippet"]["isPublic"] = False
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_a_reply_that_may_be_among_more_than_can_be_looked_through_is_neither_sent_again_nor_called_rejected() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, parent = await asked(here, source)
        request = await prepared(source, parent)
        here.site.faults.append("held")
        await source.replies.publish(request)
        for number in range(HELD_PAGES * PAGE):
            thread = here.site.comment(10 + number, "Hm", "kim")
            here.site.answer(9_000 + number, thread, "spam", "kim", moderationStatus="heldForReview")
        with pytest.raises(CannotLook):
            await source.replies.find_published(request)

    played(story)
