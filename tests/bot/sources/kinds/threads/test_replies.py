"""Rules of answering on Threads: two steps, of which the second is taken once, whatever is lost on the way."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.sources.kinds.threads.source import Threads
from handlers.base.replying import (
    Alive,
    Allowed,
    Changed,
    Gone,
    Handoff,
    Parent,
    Published,
    Refused,
    Staged,
    Unclear,
)
from tests.bot.sources.kinds.threads.scene import OnThreads, played, prepared
from tests.bot.sources.scene import outcome_of
from tests.fakes.threads import Json

ASKS = "@acme_support my refund is late"
SAYS = "We look into it. Ana"


async def asked(here: OnThreads, text: str = ASKS, **more: Any) -> tuple[Json, Threads, Parent]:
    """Let Kim speak to us, and hear it."""
    made = here.site.write(text, ago=120, **more)
    return made, *await here.heard(made)


async def between(here: OnThreads, text: str = SAYS) -> tuple[Json, Threads, str]:
    """Take the first step of a reply; returns what the second one is taken with."""
    made, source, parent = await asked(here)
    staged = await source.replies.publish(await prepared(source, parent, text))
    assert isinstance(staged, Staged), staged
    return made, source, staged.prepared


def test_a_reply_is_made_public_in_the_second_step_and_says_where_it_is() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        assert source.replies.can_reply(parent) == Allowed()
        staged = await source.replies.publish(await prepared(source, parent))
        assert isinstance(staged, Staged)
        assert staged.after_seconds > 0
        assert here.site.answers_to(made) == []
        assert json.loads(staged.prepared)["container"] in here.site.containers
        outcome = await here.make().replies.publish(staged.prepared)
        (ours,) = here.site.answers_to(made)
        assert outcome == Published(ours["id"], ours["permalink"])
        assert ours["text"] == SAYS

    played(story)


def test_no_secret_stands_in_what_is_stored() -> None:
    async def story(here: OnThreads) -> None:
        _, _, stored = await between(here)
        assert "sample" not in stored

    played(story)


@pytest.mark.parametrize("fault", ["die", "500", "hang"])
def test_what_was_made_public_without_an_answer_is_found(fault: str) -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here, "Sorry & thanks:\n\nRene\u0301  \U0001f44b")
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, stored), Unclear)
        found = await here.make().replies.find_published(stored)
        (ours,) = here.site.answers_to(made)
        assert found == Published(ours["id"], ours["permalink"])

    played(story, seconds=1.0 if fault == "hang" else 5.0)


def test_what_was_cut_before_is_certainly_not_public_and_the_same_container_is_taken_again() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        here.site.faults.append("early")
        assert isinstance(await outcome_of(source, stored), Unclear)
        assert await source.replies.find_published(stored) is None
        assert isinstance(await source.replies.publish(stored), Published)
        assert (len(here.site.answers_to(made)), len(here.site.containers)) == (1, 1)

    played(story)


@pytest.mark.parametrize("fault", ["die", "500", "early"])
def test_a_first_step_without_an_answer_left_nothing_that_anybody_sees(fault: str) -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.first.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None
        staged = await source.replies.publish(request)
        assert isinstance(staged, Staged)
        await source.replies.publish(staged.prepared)
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_a_container_is_made_public_once_however_often_it_is_asked_for() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        await source.replies.publish(stored)
        again = await source.replies.publish(stored)
        assert isinstance(again, Unclear)
        assert not again.refused
        assert [path for _, path, _ in here.site.asked].count("/me/threads_publish") == 1
        assert isinstance(await source.replies.find_published(stored), Published)
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_a_container_that_is_refused_though_it_was_done_with_is_looked_for_and_taken_again() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        here.site.faults.append("lag")
        outcome = await source.replies.publish(stored)
        assert isinstance(outcome, Unclear)
        assert not outcome.refused
        assert await source.replies.find_published(stored) is None
        assert isinstance(await source.replies.publish(stored), Published)
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_a_container_that_is_not_finished_yet_is_come_back_to() -> None:
    async def story(here: OnThreads) -> None:
        here.site.slow = 2
        made, source, stored = await between(here)
        for _ in range(2):
            waits = await source.replies.publish(stored)
            assert isinstance(waits, Staged)
            assert (json.loads(waits.prepared), waits.after_seconds) == (json.loads(stored), 30)
        assert here.site.answers_to(made) == []
        assert isinstance(await source.replies.publish(stored), Published)

    played(story)


def test_a_container_that_failed_is_refused_with_the_reason() -> None:
    async def story(here: OnThreads) -> None:
        here.site.broken = "UNKNOWN"
        made, source, stored = await between(here)
        assert await source.replies.publish(stored) == Refused("Threads could not make a post of it (UNKNOWN).")
        assert here.site.answers_to(made) == []

    played(story)


def test_a_container_that_waited_too_long_is_refused() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        here.pass_time(hours=25)
        outcome = await source.replies.publish(stored)
        assert isinstance(outcome, Refused)
        assert "more than a day" in outcome.why
        assert here.site.answers_to(made) == []

    played(story)


def test_a_container_that_threads_does_not_know_any_more_is_looked_for() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        await source.replies.publish(stored)
        here.site.containers.clear()
        outcome = await source.replies.publish(stored)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert isinstance(await source.replies.find_published(stored), Published)
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_what_is_public_and_not_listed_yet_is_never_said_not_to_be_there() -> None:
    async def story(here: OnThreads) -> None:
        _, source, stored = await between(here)
        here.site.faults.append("die")
        await outcome_of(source, stored)
        here.site.lags = True
        with pytest.raises(SourceUnavailable, match="does not show it"):
            await source.replies.find_published(stored)
        here.site.lags = False
        assert isinstance(await source.replies.find_published(stored), Published)

    played(story)


def test_what_threads_wrote_in_another_way_is_found_where_it_can_be_nothing_else() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        here.site.faults.append("die")
        await outcome_of(source, stored)
        (ours,) = here.site.answers_to(made)
        ours["text"] = "We look into it …"
        assert isinstance(await source.replies.find_published(stored), Published)

    played(story)


def test_an_older_answer_of_ours_is_told_and_never_taken_for_the_reply() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        ours = here.site.write(SAYS, "acme_support", to=made, ago=60)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert ours["permalink"] in state.what
        staged = await source.replies.publish(source.replies.prepare(parent, SAYS, "s", state.context))
        assert isinstance(staged, Staged)
        assert await source.replies.find_published(staged.prepared) is None
        known = replace(parent, ours=frozenset({ours["id"]}))
        assert isinstance(await source.replies.check(known), Alive)

    played(story)


def test_the_same_words_below_another_post_are_not_taken_for_the_reply() -> None:
    async def story(here: OnThreads) -> None:
        made, source, stored = await between(here)
        other = here.site.write("me too", "ben")
        here.site.write(SAYS, "acme_support", to=other)
        here.site.write("And another thing", "acme_support", to=made)
        assert await source.replies.find_published(stored) is None

    played(story)


# --- the post that is answered ----------------------------------------------------------------------------------------


def test_a_post_that_was_edited_or_is_gone_is_told() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        here.site.edit(made, f"{ASKS} again")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == f"{ASKS} again"
        here.site.delete(made)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_a_mention_that_threads_shows_in_its_list_alone_is_looked_up_there() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        here.site.private = True
        assert isinstance(await source.replies.check(parent), Alive)
        here.site.delete(made)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_what_was_hidden_since_is_gone() -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        made, source, parent = await asked(here, to=ours)
        made["hide_status"] = "HIDDEN"
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_a_post_that_is_gone_when_it_is_answered_is_no_reply() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.delete(made)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert await source.replies.find_published(request) is None

    played(story)


def test_whoever_lets_only_those_answer_whom_they_name_is_answered_by_hand() -> None:
    async def story(here: OnThreads) -> None:
        named = await asked(here, reply_audience="MENTIONED_ONLY")
        assert named[1].replies.can_reply(named[2]) == Allowed()
        other = here.site.write("Acme owes me", ago=90, reply_audience="MENTIONED_ONLY")
        source, parent = await here.heard(other, query="acme owes")
        allowed = source.replies.can_reply(parent)
        assert isinstance(allowed, Handoff)
        assert allowed.url == other["permalink"]

    played(story)


# --- the words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("  ", "empty"),
        ("x" * 501, r"501 characters \(an emoji counts its bytes\), and Threads takes 500"),
        ("x" * 493 + "👍🏿", "It has 501"),
        (" ".join(f"https://acme.example/{one}" for one in range(6)), "5 links at most"),
    ],
)
def test_what_threads_would_refuse_is_told_before(text: str, why: str) -> None:
    async def story(here: OnThreads) -> None:
        _, source, parent = await asked(here)
        with pytest.raises(ValueError, match=why):
            await prepared(source, parent, text)

    played(story)


@pytest.mark.parametrize("text", ["x" * 500, "x" * 492 + "👍🏿", " ".join(["https://acme.example/1"] * 9)])
def test_what_just_fits_is_taken(text: str) -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        staged = await source.replies.publish(await prepared(source, parent, text))
        assert isinstance(staged, Staged), staged
        await source.replies.publish(staged.prepared)
        assert [one["text"] for one in here.site.answers_to(made)] == [text]

    played(story)


# --- limits and rights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["first", "faults"])
def test_a_limit_is_waited_for_and_a_missing_right_is_a_person_s_to_mend(step: str) -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        if step == "faults":
            staged = await source.replies.publish(request)
            assert isinstance(staged, Staged)
            request = staged.prepared
        played_next = getattr(here.site, step)
        played_next.append("400 4/ Application request limit reached")
        with pytest.raises(SourceUnavailable):
            await source.replies.publish(request)
        played_next.append("429")
        with pytest.raises(SourceUnavailable):
            await source.replies.publish(request)
        for code in ("10/", "200/", "100/4279013"):
            played_next.append(f"400 {code} It says so")
            with pytest.raises(SourceRefused):
                await source.replies.publish(request)
        assert here.site.answers_to(made) == []

    played(story)


def test_a_thousand_replies_a_day_are_booked_and_only_what_is_made_public_counts() -> None:
    async def story(here: OnThreads) -> None:
        _, source, parent = await asked(here)
        assert here.meter is not None
        await here.meter.reserve("publishing", 999)
        request = await prepared(source, parent)
        first, second = [await source.replies.publish(request) for _ in range(2)]
        assert isinstance(first, Staged)
        assert isinstance(second, Staged)
        assert isinstance(await source.replies.publish(first.prepared), Published)
        with pytest.raises(SourceUnavailable, match="1,000 replies"):
            await source.replies.publish(second.prepared)

    played(story)


def test_another_account_answers_nothing() -> None:
    async def story(here: OnThreads) -> None:
        made = here.site.write(ASKS, ago=60)
        _, parent = await here.heard(made)
        with pytest.raises(SourceRefused, match="is @acme_support"):
            await here.make(username="other").replies.check(parent)

    played(story)


def test_a_post_that_was_found_before_there_were_facts_is_answered() -> None:
    async def story(here: OnThreads) -> None:
        made, source, parent = await asked(here)
        bare = replace(parent, facts="", digest="")
        assert source.replies.can_reply(bare) == Allowed()
        staged = await source.replies.publish(await prepared(source, bare))
        assert isinstance(staged, Staged)
        assert isinstance(await source.replies.publish(staged.prepared), Published)
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_a_5xx_of_the_first_step_may_have_left_a_container() -> None:
    async def story(here: OnThreads) -> None:
        _, source, parent = await asked(here)
        here.site.first.append("500")
        with pytest.raises(MaybeSent):
            await source.replies.publish(await prepared(source, parent))

    played(story)
