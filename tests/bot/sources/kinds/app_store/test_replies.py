"""Rules of answering in the App Store: one reply each, held until Apple shows it, and nothing replaced unasked."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.app_store.source import AppStore
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.app_store.scene import Make, played
from tests.bot.sources.scene import heard, outcome_of, parent_of, prepared
from tests.fakes.app_store import FakeAppStore, Json


async def asked(site: FakeAppStore, source: AppStore) -> tuple[Json, Parent]:
    """Let Ana review us, and hear it."""
    review = site.review(1, "It crashes", stars=1)
    return review, parent_of(await heard(source, review["id"]))


def test_a_reply_stands_below_its_review_when_apple_has_published_it() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.external_id.startswith(f"{review['id']}/reply/")
        assert (outcome.url, outcome.held) == ("", False)
        assert await source.replies.find_published(request) == outcome
        assert site.posts == [(review["id"], "We look into it. Ana")]

    played(story)


@pytest.mark.parametrize("apart", [False, True])
def test_a_reply_that_is_pending_is_held_until_apple_has_published_it(*, apart: bool) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.held
        assert await source.replies.find_published(request) == outcome
        site.publish()
        assert await source.replies.find_published(request) == replace(outcome, held=False)

    played(story, state="PENDING_PUBLISH", apart=apart)


def test_a_reply_that_apple_dropped_is_not_there_and_a_state_that_nobody_knows_is_held() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        site.replies[review["id"]]["attributes"]["state"] = "REJECTED"
        found = await source.replies.find_published(request)
        assert isinstance(found, Published)
        assert found.held
        del site.replies[review["id"]]
        assert await source.replies.find_published(request) is None

    played(story, state="PENDING_PUBLISH")


@pytest.mark.parametrize("fault", ["die", "500"])
def test_what_was_taken_without_an_answer_is_unclear_and_found(fault: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent, "See\n\nhttps://help.example/ & come back")
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert isinstance(await make().replies.find_published(request), Published)
        assert len(site.posts) == 1

    played(story)


def test_an_unknown_no_to_what_was_taken_is_looked_up_and_found() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("409")
        assert await source.replies.publish(request) == Unclear("Apple refused it (409 STATE_ERROR).", refused=True)
        assert isinstance(await source.replies.find_published(request), Published)

    played(story)


def test_what_was_cut_before_it_was_taken_is_certainly_not_found() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_sent_twice_is_one_reply() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        assert await source.replies.publish(request) == await source.replies.publish(request)
        assert len(site.replies) == 1

    played(story)


@pytest.mark.parametrize("state", ["PUBLISHED", "PENDING_PUBLISH"])
def test_a_colleague_s_reply_is_shown_before_ours_replaces_it_also_while_it_is_pending(state: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        site.reply(review["id"], "Sorry!\nBen", state)
        seen = await source.replies.check(parent)
        assert seen == Changed("It was answered already: “Sorry! Ben” Yours would replace it.")
        outcome = await source.replies.publish(source.replies.prepare(parent, "Thanks, Ana", "s", seen.context))
        assert isinstance(outcome, Published)
        known = replace(parent, ours=frozenset({outcome.external_id}))
        assert isinstance(await source.replies.check(known), Alive)
        site.reply(review["id"], "Ben was here again", state)
        seen = await source.replies.check(known)
        assert isinstance(seen, Changed)
        assert "Ben was here again" in seen.what

    played(story, apart=True)


def test_a_review_that_was_edited_or_deleted_is_told_before_the_send() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        review, parent = await asked(site, source)
        site.change(review, rating=5)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.title == "5 of 5 stars in DEU"
        request = source.replies.prepare(parent, "Hello", "s", "")
        site.delete(review)
        assert await source.replies.check(parent) == Gone("The review was deleted.")
        assert await source.replies.publish(request) == Refused("The review was deleted.")
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_has_at_most_so_many_characters_and_a_no_to_the_words_goes_to_their_writer() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        assert isinstance(await source.replies.publish(await prepared(source, parent, "ä" * 5_970)), Published)
        with pytest.raises(ValueError, match="5,971 characters, and Apple takes 5,970"):
            source.replies.prepare(parent, "ä" * 5_971, "s", "")
        request = source.replies.prepare(parent, " ", "s", "")  # its writer cannot send that; Apple would say no
        outcome = await source.replies.publish(request)
        assert outcome == Refused("Apple does not take it: The responseBody is too long.")

    played(story)


def test_a_rest_that_apple_asks_for_sent_nothing() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("429")
        with pytest.raises(SourceUnavailable, match="429") as no:
            await source.replies.publish(request)
        assert (no.value.retry_after, site.posts) == (60, [])

    played(story)


def test_a_key_that_may_only_read_waits_for_a_person_who_gives_it_the_role() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        with pytest.raises(SourceRefused, match="role “Customer Support”"):
            await source.replies.publish(await prepared(source, parent))
        assert site.posts == []

    played(story, role="READ")


def test_what_is_no_review_is_answered_by_hand() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        assert isinstance(make().replies.can_reply(Parent(external_id="x", url="")), Handoff)

    played(story)
