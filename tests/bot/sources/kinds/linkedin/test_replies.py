"""Rules of answering on LinkedIn: once, as the Page, in the row of the first comment."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.linkedin.scene import Here, all_of, played, posts_of
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.linkedin import POST, US

TEXT = "We look into it: https://help.example/refunds \U0001f600 Ana"


@pytest.mark.parametrize("bare", [False, True])
def test_a_reply_stands_below_its_comment_and_says_where_it_is(bare: bool) -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.comment("Late"))
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent, TEXT)
        outcome = await source.replies.publish(request)
        (ours,) = here.site.ours()
        assert ours["message"]["text"] == TEXT
        assert (ours["parentComment"], ours["actor"]) == (made["commentUrn"], US)
        assert isinstance(outcome, Published)
        assert (outcome.external_id, outcome.held) == (f"comment/{ours['id']}", False)
        assert f"%2C{made['id']}%29&replyUrn=" in outcome.url
        assert outcome.url.endswith(f"%2C{ours['id']}%29")
        assert await here.make().replies.find_published(request) == outcome

    played(story, bare=bare)


def test_a_reply_to_one_that_answers_joins_its_row_and_the_look_at_it_too() -> None:
    async def story(here: Here) -> None:
        top = here.site.comment("Late", ago=60)
        below = here.site.comment("Mine too", "kim", to=top, ago=30)
        source, parent = await here.heard(below)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published), outcome
        assert [one["parentComment"] for one in here.site.ours()] == [top["commentUrn"]]
        assert await source.replies.find_published(request) == outcome

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
def test_what_was_taken_without_an_answer_is_unclear_and_found(fault: str) -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent, TEXT)
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == f"comment/{here.site.ours()[0]['id']}"

    played(story)


def test_what_linkedin_made_of_a_link_is_the_same_reply() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent, TEXT)
        await source.replies.publish(request)
        (ours,) = here.site.ours()
        ours["message"]["text"] = TEXT.replace("https://help.example/refunds", "https://lnkd.in/gX7")
        assert isinstance(await source.replies.find_published(request), Published)
        ours["message"]["text"] = "Something else"
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_words_from_before_are_another_reply() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late", ago=30))
        first = await source.replies.publish(await prepared(source, parent))
        assert isinstance(first, Published)
        known = replace(parent, ours=frozenset({first.external_id}))
        request = await prepared(source, known)
        assert await source.replies.find_published(request) is None
        second = await source.replies.publish(request)
        assert isinstance(second, Published)
        assert await source.replies.find_published(request) == second != first

    played(story)


def test_somebody_else_s_same_words_are_not_ours() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent, "Thanks")
        here.site.comment("Thanks", "kim", to=next(iter(here.site.comments.values())))
        assert await source.replies.find_published(request) is None

    played(story)


def test_what_was_cut_before_it_was_taken_is_certainly_not_found() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        here.site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_passing_no_is_looked_at_and_sent_again_where_nothing_is_found() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        for fault, stands in (("403", False), ("403 taken", True)):
            here.site.faults.append(fault)
            outcome = await source.replies.publish(request)
            assert isinstance(outcome, Unclear)
            assert not outcome.refused  # what is not found is sent again, and comes not back to its writer
            assert isinstance(await source.replies.find_published(request), Published) == stands
        assert len(here.site.ours()) == 1

    played(story)


def test_comments_that_come_too_fast_are_sent_again_in_a_minute() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        here.site.faults.append("429")
        with pytest.raises(SourceUnavailable, match="429") as caught:
            await source.replies.publish(request)
        assert caught.value.retry_after == 60
        assert here.site.ours() == []

    played(story)


def test_a_colleague_s_answer_is_shown_before_ours_and_our_own_is_not() -> None:
    async def story(here: Here) -> None:
        made = here.site.comment("Late", ago=60)
        earlier = here.site.comment("We are closed today", "us", to=made, ago=90)
        source, parent = await here.heard(made)
        assert isinstance(await source.replies.check(parent), Alive), earlier
        by_hand = here.site.comment("Sorry! Ben", "us", to=made)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert by_hand["id"] in state.what
        assert isinstance(
            await source.replies.check(replace(parent, ours=frozenset({f"comment/{by_hand['id']}"}))), Alive
        )
        # Somebody says so all the same.
        request = source.replies.prepare(parent, "Thanks, Ana", "s", state.context)
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


def test_a_comment_that_was_changed_or_deleted_is_told_before_the_send() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.comment("Late"))
        here.site.edit(made, "Late and cold")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "Late and cold"
        here.site.delete(made)
        assert isinstance(await source.replies.check(parent), Gone)
        request = source.replies.prepare(parent, "Hello", "s", state.context)
        assert await source.replies.publish(request) == Refused("The post or the comment was deleted on LinkedIn.")

    played(story)


def test_below_a_post_that_takes_no_comments_nothing_is_sent() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        here.site.closed.add(POST)
        assert await source.replies.check(parent) == Gone("Comments are closed under the post.")
        # LinkedIn does not write down what it says then: it is looked up, and nothing stands there.
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_post_that_mentions_us_is_answered_below_it() -> None:
    async def story(here: Here) -> None:
        urn, source = here.site.mention("Has anybody tried Acme?"), here.make()
        (post,) = posts_of((await all_of(source, ""))[0])
        parent = parent_of(post)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        (ours,) = here.site.ours()
        assert (ours["object"], "parentComment" in ours) == (urn, False)
        assert await source.replies.find_published(request) == outcome
        assert isinstance(await source.replies.check(parent), Changed)

    played(story)


def test_where_linkedin_does_not_show_what_stands_there_a_person_is_asked() -> None:
    async def story(here: Here) -> None:
        urn, source = here.site.mention("Has anybody tried Acme?"), here.make()
        here.site.foreign.add(urn)
        (post,) = posts_of((await all_of(source, ""))[0])
        request = await prepared(source, parent_of(post))
        assert isinstance(await source.replies.publish(request), Published)
        with pytest.raises(CannotLook):
            await source.replies.find_published(request)

    played(story)


def test_a_row_that_is_too_long_to_be_looked_through_is_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sources.kinds.linkedin.api.COMMENTS", 2)

    async def story(here: Here) -> None:
        top = here.site.comment("Late")
        source, parent = await here.heard(top)
        for number in range(30):
            here.site.comment(f"number {number}", "kim", to=top)
        request = await prepared(source, parent)
        with pytest.raises(CannotLook):
            await source.replies.find_published(request)

    played(story)


def test_a_retired_version_and_a_lost_right_wait_for_a_person_and_sent_nothing() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        here.site.approved = False
        with pytest.raises(SourceRefused, match="approve"):
            await source.replies.publish(request)
        here.site.approved, here.site.versions = True, ("202709",)
        for step in (
            source.replies.publish(request),
            source.replies.find_published(request),
            source.replies.check(parent),
        ):
            with pytest.raises(SourceRefused, match="`version`"):
                await step
        assert here.site.ours() == []

    played(story)


def test_a_reply_has_at_most_so_many_characters() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        assert isinstance(await source.replies.publish(await prepared(source, parent, "ä" * 1_250)), Published)
        with pytest.raises(ValueError, match="1,251 characters"):
            source.replies.prepare(parent, "ä" * 1_251, "s", "{}")

    played(story)


def test_what_is_prepared_holds_no_secret() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.comment("Late"))
        request = await prepared(source, parent)
        assert here.seed not in request
        assert "access" not in request

    played(story)


@pytest.mark.parametrize("facts", ["", "x", "{}", '{"thread": "urn:li:person:1"}', '{"thread": 7}'])
def test_what_is_nothing_of_linkedin_s_is_answered_by_hand(facts: str) -> None:
    async def story(here: Here) -> None:
        parent = Parent(external_id="x", url="https://www.linkedin.com/x", facts=facts)
        assert isinstance(here.make().replies.can_reply(parent), Handoff)

    played(story)
