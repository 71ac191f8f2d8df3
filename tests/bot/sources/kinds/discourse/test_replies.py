"""Rules of answering on a forum: once, below the right post, found again by its mark, and held is not published."""

import json
from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.discourse.replies import CHUNK, MOST
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.discourse.scene import Make, heard, parent_of, played
from tests.bot.sources.scene import outcome_of, prepared
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_board import OPEN, STAFF, US


async def asked(forum: FakeDiscourse, make: Make) -> Parent:
    """Let Ben ask below Kim's question, and hear it."""
    forum.topic("Charged twice", "Acme charged me twice")
    return await parent_of(make(), forum.post(forum.topics[11], "Me too", "ben", to=1))


@pytest.mark.parametrize("number", [1, 2])
def test_a_reply_stands_below_what_it_answers_says_where_it_is_and_shows_no_mark(number: int) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        await asked(forum, make)
        parent = await parent_of(make(), next(one for one in forum.posts.values() if one["post_number"] == number))
        replies = make().replies
        assert replies.can_reply(parent) == Allowed()
        outcome = await replies.publish(await prepared(make(), parent))
        (ours,) = forum.ours()
        assert outcome == Published(str(ours["id"]), f"{forum.base_url}/t/charged-twice/11/3")
        assert (ours["topic_id"], ours["reply_to_post_number"]) == (11, number)
        assert ours["raw"] == "We look into it. Ana\n\n<!-- dibs:5e -->"
        shown = [one for one in await heard(make()) if one.author.handle == US]
        assert [(one.external_id, one.text, one.reply_to) for one in shown] == [
            (str(ours["id"]), "We look into it. Ana", parent.external_id)
        ]

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
@pytest.mark.parametrize("moderated", [False, True])
def test_what_was_accepted_without_an_answer_is_unclear_and_found(fault: str, moderated: bool) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        request = await prepared(make(), parent)
        forum.faults.append(fault)
        assert isinstance(await outcome_of(make(), request), Unclear)
        found = await make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.held == moderated
        assert forum.made == 1

    played(story, moderated=moderated)


@pytest.mark.parametrize("fault", ["early", "die", "hang"])
def test_a_cut_or_silent_connection_is_unclear_and_what_stands_is_told_from_what_does_not(fault: str) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        request = await prepared(make(), parent)
        forum.faults.append(fault)
        assert isinstance(await outcome_of(make(), request), Unclear)
        assert (await make().replies.find_published(request) is None) == (fault == "early")

    played(story, seconds=0.5)


def test_a_reply_that_waits_for_the_moderators_is_held_until_they_let_it_through() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        request = await prepared(make(), parent)
        held = Published("", "", held=True)
        assert await make().replies.publish(request) == held
        assert await make().replies.find_published(request) == held
        assert forum.ours() == []
        forum.let_through()
        (ours,) = forum.ours()
        assert await make().replies.find_published(request) == Published(
            str(ours["id"]), f"{forum.base_url}/t/charged-twice/11/3"
        )

    played(story, moderated=True)


def test_a_reply_that_the_moderators_rejected_is_certainly_gone() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        await make().replies.publish(request)
        forum.queue.clear()
        assert await make().replies.find_published(request) is None

    played(story, moderated=True)


def test_where_the_queue_is_not_shown_nothing_is_certain_but_what_stands() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        forum.faults.append("early")
        await outcome_of(make(), request)
        with pytest.raises(CannotLook, match="does not show"):
            await make().replies.find_published(request)
        await make().replies.publish(request)
        assert isinstance(await make().replies.find_published(request), Published)

    played(story, shows_queue=False)


def test_too_similar_is_no_refusal_but_the_same_reply_that_stands() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        first = await make().replies.publish(request)
        outcome = await make().replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert "too similar" in outcome.why
        assert await make().replies.find_published(request) == first
        assert forum.made == 1

    played(story)


def test_too_similar_in_another_language_is_looked_up_too() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.sentences["similar"] = "Textkörper ist zu ähnlich zu einem kürzlich geschriebenen"
        request = await prepared(make(), await asked(forum, make))
        first = await make().replies.publish(request)
        assert isinstance(await make().replies.publish(request), Unclear)
        assert await make().replies.find_published(request) == first

    played(story)


def test_the_same_words_below_the_same_post_are_another_reply() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        first = await make().replies.publish(await prepared(make(), parent, "Thank you for that!", "5e"))
        assert isinstance(first, Published)
        again = await prepared(
            make(), replace(parent, ours=frozenset({first.external_id})), "Thank you for that!", "s2"
        )
        assert await make().replies.find_published(again) is None
        second = await make().replies.publish(again)
        assert second == await make().replies.find_published(again) != first
        assert len(forum.ours()) == 2

    played(story)


def test_a_mark_counts_in_what_our_account_wrote_alone() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        forum.post(forum.topics[11], "[quote]We look into it. Ana\n\n<!-- dibs:5e -->[/quote] really?", "ben")
        forum.post(forum.topics[11], "We look into it. Ana", US)
        assert await make().replies.find_published(request) is None

    played(story)


def test_a_mark_in_the_first_post_of_a_topic_which_is_always_shown_is_not_ours() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        forum.topic("Billing", "As they say: We look into it. <!-- dibs:5e -->")
        forum.move(forum.posts[int(parent.external_id)], forum.topics[12])
        request = await prepared(make(), parent)
        assert await make().replies.find_published(request) is None

    played(story)


def test_a_reply_that_somebody_edited_or_deleted_there_is_found() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        first = await make().replies.publish(request)
        (ours,) = forum.ours()
        forum.edit(ours, f"Quite another text {ours['raw']}")
        assert await make().replies.find_published(request) == first
        ours["deleted_at"] = "2026-03-04T05:00:00Z"
        assert await make().replies.find_published(request) == first

    played(story)


def test_a_reply_is_found_among_many_of_ours_a_page_at_a_time() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        for number in range(CHUNK * 3):
            forum.post(forum.topics[11], f"News {number} for all", US, to=99)
        request = await prepared(make(), parent)
        first = await make().replies.publish(request)
        for number in range(CHUNK * 3):
            forum.post(forum.topics[11], f"More news {number} for all", US, to=99)
        assert await make().replies.find_published(request) == first
        for number in range(MOST):
            forum.post(forum.topics[11], f"Still more {number} for all", US, to=99)
        with pytest.raises(CannotLook):
            await make().replies.find_published(request)

    played(story)


def test_a_topic_that_does_not_show_markdown_cannot_be_looked_through() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        await make().replies.publish(request)
        del forum.ours()[0]["raw"]
        with pytest.raises(CannotLook):
            await make().replies.find_published(request)

    played(story)


def test_a_full_forum_asks_for_a_rest_and_got_nothing() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = await prepared(make(), await asked(forum, make))
        for tells in (True, False):
            forum.tells_rest = tells
            forum.faults.append("429")
            with pytest.raises(SourceUnavailable) as caught:
                await make().replies.publish(request)
            assert (caught.value.retry_after, forum.made) == (18, 0)

    played(story)


@pytest.mark.parametrize("what", ["closed", "archived"])
def test_a_topic_that_was_closed_meanwhile_is_not_answered(what: str) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        request = await prepared(make(), parent)
        forum.topics[11][what] = True
        assert isinstance(await make().replies.check(parent), Gone)
        outcome = await make().replies.publish(request)
        assert isinstance(outcome, Refused)
        assert "closed" in outcome.why
        known = await parent_of(make(), forum.topic("Other", "Another question"))
        assert make().replies.can_reply(known) == Allowed()
        found = await make().find(parent.url)
        assert found is not None
        assert isinstance(make().replies.can_reply(replace(known, facts=found.facts)), Handoff)

    played(story)


def test_a_text_that_is_too_short_or_too_long_is_refused_in_its_words() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        outcome = await make().replies.publish(await prepared(make(), parent, "Hi"))
        assert isinstance(outcome, Refused)
        assert "too short" in outcome.why
        forum.longest = 100
        outcome = await make().replies.publish(await prepared(make(), parent, "x" * 90))
        assert isinstance(outcome, Refused)
        assert "too long" in outcome.why
        assert forum.made == 0

    played(story)


def test_the_mark_counts_towards_the_longest_post() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        mark = len("\n\n<!-- dibs:5e -->")
        await prepared(make(), parent, "x" * (32_000 - mark))
        with pytest.raises(ValueError, match="32,001 characters"):
            await prepared(make(), parent, "x" * (32_001 - mark))
        with pytest.raises(ValueError, match="takes 500"):
            await prepared(make(longest=500), parent, "x" * 500)

    played(story)


def test_a_key_that_was_revoked_or_may_not_write_is_the_sources_trouble() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        source = make()
        request = await prepared(source, parent)
        forum.key = "another"
        for asking in (
            source.replies.publish(request),
            source.replies.check(parent),
            source.replies.find_published(request),
        ):
            with pytest.raises(SourceRefused, match="DIBS_SOURCE_FORUM_API_KEY"):
                await asking
        assert forum.made == 0

    played(story)


def test_a_parent_that_was_edited_deleted_hidden_or_made_private_is_told_before_the_send() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        post = forum.posts[int(parent.external_id)]
        replies = make().replies
        assert isinstance(await replies.check(parent), Alive)
        forum.edit(post, "Something else")
        state = await replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "Something else"
        forum.edit(post, "Me too")
        for name, value in (("hidden", True), ("user_deleted", True), ("deleted_at", "2026-03-04"), ("post_type", 4)):
            before = post[name]
            post[name] = value
            assert isinstance(await replies.check(parent), Gone), name
            post[name] = before
        for category, archetype in ((STAFF, "regular"), (None, "private_message"), (OPEN, "private_message")):
            forum.topics[11].update(category_id=category, archetype=archetype)
            assert isinstance(await replies.check(parent), Gone)
        forum.topics[11].update(category_id=OPEN, archetype="regular")
        assert isinstance(await replies.check(parent), Alive)
        del forum.posts[post["id"]]
        assert isinstance(await replies.check(parent), Gone)

    played(story)


def test_what_our_account_may_not_see_any_more_is_gone_and_no_trouble_of_the_key() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        forum.topics[11]["category_id"] = STAFF
        assert isinstance(await make().replies.check(parent), Gone)

    played(story, admin=False)


def test_another_title_is_an_edit_of_the_first_post_alone() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        second = await asked(forum, make)
        first = await parent_of(make(), forum.posts[101])
        forum.topics[11]["title"] = "Charged once"
        assert isinstance(await make().replies.check(second), Alive)
        assert isinstance(await make().replies.check(first), Changed)

    played(story)


def test_a_post_that_was_moved_is_answered_where_it_stands_now() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        forum.topic("Billing", "All about billing")
        forum.move(forum.posts[int(parent.external_id)], forum.topics[12])
        outcome = await make().replies.publish(await prepared(make(), parent))
        (ours,) = forum.ours()
        assert (ours["topic_id"], ours["reply_to_post_number"]) == (12, 2)
        assert isinstance(outcome, Published)

    played(story)


@pytest.mark.parametrize("to", [1, None])
def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is(to: int | None) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        await asked(forum, make)
        parent = await parent_of(make(), forum.posts[101])
        colleague = forum.post(forum.topics[11], "Ben here, we look into it", US, to=to)
        url = f"{forum.base_url}/t/charged-twice/11/3"
        state = await make().replies.check(parent)
        assert isinstance(state, Changed)
        assert url in state.what
        for name in (str(colleague["id"]), url, f"{forum.base_url}/t/11/3?u=ben", f"{url}/"):
            assert isinstance(await make().replies.check(replace(parent, ours=frozenset({name}))), Alive)
        colleague["deleted_at"] = "2026-03-04T05:00:00Z"
        assert isinstance(await make().replies.check(parent), Alive)

    played(story)


def test_an_answer_of_ours_to_somebody_else_is_none_to_this_post() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        forum.post(forum.topics[11], "Dear Kim, we look into it", US, to=1)
        forum.post(forum.topics[11], "Dear all, it is mended now", US)
        assert isinstance(await make().replies.check(parent), Alive)

    played(story)


def test_without_a_key_a_person_answers() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        parent = await asked(forum, make)
        state = make({}).replies.can_reply(parent)
        assert isinstance(state, Handoff)
        assert state.url == parent.url
        assert "DIBS_SOURCE_FORUM_API_KEY" in state.why
        assert isinstance(make().replies.can_reply(replace(parent, external_id="https://x.example/1")), Handoff)
        assert make().replies.can_reply(replace(parent, facts="")) == Allowed()

    played(story)


@pytest.mark.parametrize("context", ["", "[]", "{}", "null", '{"topic": 1}'])
def test_nothing_is_prepared_from_a_look_that_did_not_happen(context: str) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        with pytest.raises(ValueError, match="looked at again"):
            make().replies.prepare(Parent(external_id="1", url=""), "Hello", "s", context)

    played(story)


def test_no_secret_stands_in_what_is_stored() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        request = json.loads(await prepared(make(), await asked(forum, make)))
        assert set(request) == {"send_id", "post", "request"}
        assert set(request["request"]) == {"topic_id", "reply_to_post_number", "raw"}
        assert forum.key not in json.dumps(request)

    played(story)
