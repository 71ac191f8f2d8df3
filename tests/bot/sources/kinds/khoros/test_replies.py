"""Rules of answering in a Khoros community: once, escaped, below the very message, and moderators may wait."""

from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.khoros.replies import MAX_CHARACTERS, as_html
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.khoros.scene import Here, all_of, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.khoros import SECRETS

TEXT = "We look into it <soon> & say:\nhttps://help.example/?a=1&b=2\n\nAna"


def test_a_reply_stands_below_its_message_escaped_and_says_where_it_is() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.write("Late"))
        assert source.replies.can_reply(parent) == Allowed()
        request = await prepared(source, parent, TEXT)
        outcome = await source.replies.publish(request)
        (ours,) = here.site.ours()
        assert ours["body"] == (
            "<p>We look into it &lt;soon&gt; &amp; say:<br />https://help.example/?a=1&amp;b=2</p><p>Ana</p>"
        )
        assert (ours["parent"]["id"], ours["subject"]) == (made["id"], "Re: A question")
        assert outcome == Published(ours["id"], here.site.base_url + ours["view_href"])
        assert await here.make().replies.find_published(request) == outcome
        assert SECRETS["password"] not in request

    played(story)


def test_a_reply_to_a_reply_stands_below_that() -> None:
    async def story(here: Here) -> None:
        top = here.site.write("Late", ago=60)
        source, parent = await here.heard(below := here.site.write("Mine too", "ben", to=top, ago=30))
        assert isinstance(await source.replies.publish(await prepared(source, parent)), Published)
        assert [(one["parent"]["id"], one["subject"]) for one in here.site.ours()] == [(below["id"], "Re: A question")]

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
def test_what_was_taken_without_an_answer_is_unclear_and_found(fault: str) -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent, TEXT)
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == here.site.ours()[0]["id"]
        assert len(here.site.ours()) == 1

    played(story)


def test_what_was_cut_before_it_was_taken_is_certainly_not_found() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent)
        here.site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        here.site.write("We look into it. Ana", "ben", to=here.site.messages[parent.external_id])
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_words_from_before_are_another_reply() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        first = await source.replies.publish(await prepared(source, parent))
        assert isinstance(first, Published)
        known = replace(parent, ours=frozenset({first.external_id}))
        request = await prepared(source, known)
        assert await source.replies.find_published(request) is None
        second = await source.replies.publish(request)
        assert isinstance(second, Published)
        assert await source.replies.find_published(request) == second != first

    played(story)


def test_a_reply_that_moderators_keep_back_is_held_until_they_have_decided() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert outcome.held
        assert await source.replies.find_published(request) == outcome
        (ours,) = here.site.ours()
        ours["moderation_status"] = "approved"
        assert await source.replies.find_published(request) == replace(outcome, held=False)
        ours["moderation_status"] = "rejected"
        assert await source.replies.find_published(request) == Refused("The moderators of the community rejected it.")
        # Nobody sees it, so another one may be sent.
        assert isinstance(await source.replies.check(parent), Alive)

    played(story, premoderated=True)


def test_what_nobody_has_moderated_and_everybody_sees_stands() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        here.site.ours()[0]["moderation_status"] = "unmoderated"
        assert await source.replies.find_published(request) == outcome

    played(story, tells=False)


def test_a_colleague_s_answer_is_shown_before_ours_and_our_own_is_not() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.write("Late"))
        by_hand = here.site.write("<p>Sorry! Ben</p>", "acme_support", to=made)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert by_hand["view_href"] in state.what
        assert isinstance(await source.replies.check(replace(parent, ours=frozenset({by_hand["id"]}))), Alive)
        request = source.replies.prepare(parent, "Thanks, Ana", "s", state.context)
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


def test_a_message_that_was_changed_closed_or_deleted_is_told_before_the_send() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.write("Late"))
        made["body"] = "Late and cold"
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "Late and cold"
        made["read_only"] = True
        assert await source.replies.check(parent) == Gone("It takes no answers any more.")
        del here.site.messages[made["id"]]
        assert isinstance(await source.replies.check(parent), Gone)
        # What it says then is written down nowhere: it is looked up.
        outcome = await source.replies.publish(source.replies.prepare(parent, "Hello", "s", state.context))
        assert isinstance(outcome, Unclear)
        assert outcome.refused

    played(story)


def test_a_rest_sent_nothing_and_a_right_that_is_missing_waits_for_a_person() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent)
        here.site.faults.append("429")
        with pytest.raises(SourceUnavailable, match="429"):
            await source.replies.publish(request)
        here.site.may_post = False
        with pytest.raises(SourceRefused, match="does not allow that"):
            await source.replies.publish(request)
        assert here.site.ours() == []

    played(story)


def test_a_session_that_ended_costs_no_reply_and_makes_none_twice() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late"))
        request = await prepared(source, parent)
        here.site.sessions.clear()
        here.passes(minutes=2)
        assert isinstance(await source.replies.publish(request), Published)
        assert len(here.site.ours()) == 1

    played(story)


def test_so_many_answers_that_ours_may_be_behind_them_are_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sources.kinds.khoros.replies.LOOK", 3)

    async def story(here: Here) -> None:
        source, parent = await here.heard(made := here.site.write("Late"))
        request = await prepared(source, parent)
        for number in range(3):
            here.site.write(f"<p>another {number}</p>", "acme_support", to=made)
        with pytest.raises(CannotLook):
            await source.replies.find_published(request)

    played(story)


def test_without_an_account_and_where_it_is_closed_a_person_answers() -> None:
    async def story(here: Here) -> None:
        here.site.write("Late", read_only=True)
        ((post,), _) = await all_of(here.stranger(), "")
        parent = parent_of(post)
        assert isinstance(here.make().replies.can_reply(parent), Handoff)
        handoff = here.stranger().replies.can_reply(parent)
        assert isinstance(handoff, Handoff)
        assert handoff.url == post.url
        for one in (Parent(external_id="x", url=""), replace(parent, facts="")):
            assert isinstance(here.make().replies.can_reply(one), Handoff)

    played(story)


def test_a_reply_has_at_most_so_many_characters_and_no_markup() -> None:
    async def story(here: Here) -> None:
        source, parent = await here.heard(here.site.write("Late", subject="x" * 300))
        request = await prepared(source, parent, "<script>alert(1)</script>" + "ä" * (MAX_CHARACTERS - 25))
        assert isinstance(await source.replies.publish(request), Published)
        assert len(here.site.ours()[0]["subject"]) == 200
        with pytest.raises(ValueError, match="20,001 characters"):
            source.replies.prepare(parent, "ä" * (MAX_CHARACTERS + 1), "s", "{}")

    played(story)


def test_lines_stay_lines() -> None:
    assert as_html(" a\nb \n \n\nc ") == "<p>a<br />b </p><p>c</p>"
