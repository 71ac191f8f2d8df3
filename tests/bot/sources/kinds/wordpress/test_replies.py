"""Rules of answering with a comment: once, known again by its mark, held where moderators read first."""

import json
from dataclasses import replace

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.wordpress.replies import RULES
from bot.sources.kinds.wordpress.source import WordPress
from bot.sources.kinds.wordpress.verdicts import MAX_BYTES
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.wordpress.scene import Make, Now, heard, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.wordpress import US, FakeWordPress, rendered


async def asked(site: FakeWordPress, source: WordPress, text: str = "Acme charged me twice") -> tuple[int, Parent]:
    """Let Kim ask, and hear it."""
    number = site.comment(0, site.page(), text)
    (post,), _ = await heard(source)
    return number, parent_of(post)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("role", ["subscriber", "contributor", "editor"])
def test_a_reply_stands_below_what_it_answers_and_says_where_it_is(role: str, plain: bool) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        number, parent = await asked(site, source)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = site.ours()
        assert outcome == Published(str(ours["id"]), site.link(ours["id"]))
        assert (ours["parent"], ours["post"]) == (number, 100)
        assert ours["content"].startswith("We look into it. Ana\n\n<!-- dibs:5e -->")
        # Our own comment is no mention, and what moderators are told beside it was not asked for.
        assert [one.external_id for one in (await heard(make()))[0]] == [str(number)]

    played(story, role=role, plain=plain)


def test_words_stand_there_as_they_were_written_and_nothing_in_them_is_markup() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        text = "a < b & <b>c</b> &amp; <!-- d --> <script>e</script>\nhttps://help.example/?a=1&b=2"
        request = await prepared(source, parent, text)
        await source.replies.publish(request)
        (ours,) = site.ours()
        shown = rendered(ours["content"])
        assert "&lt;script&gt;e&lt;/script&gt;" in shown
        assert "<b>" not in shown
        assert ours["content"] == json.loads(request)["comment"]["content"]

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
@pytest.mark.parametrize("moderated", [False, True])
def test_what_was_accepted_without_an_answer_is_unclear_and_found_in_sight_or_held(fault: str, moderated: bool) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent, 'See "this" & that -- it\'s <3:\n\nhttps://help.example/')
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        (ours,) = site.ours()
        found = await make().replies.find_published(request)
        assert found == Published(str(ours["id"]), site.link(ours["id"]), held=moderated)
        ours["content"] = ours["content"].replace("this", "a colleague's edit")
        assert await make().replies.find_published(request) == found

    played(story, moderated=moderated)


def test_what_was_cut_before_it_was_accepted_is_certainly_not_found() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        for fault in ("early", "503"):
            site.faults.append(fault)
            assert isinstance(await outcome_of(source, request), Unclear)
            assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_hangs_is_unclear_and_found() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("hang")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert isinstance(await source.replies.find_published(request), Published)

    played(story, seconds=0.5)


def test_the_same_reply_twice_is_refused_by_the_site_looked_up_and_stands_once() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent, "Tom & Jerry: a < b")
        first = await source.replies.publish(request)
        now.passes(minutes=1)
        again = await source.replies.publish(request)
        assert isinstance(again, Unclear)
        assert again.refused
        assert await source.replies.find_published(request) == first
        assert site.made == 1

    played(story)


def test_two_replies_of_the_same_words_are_told_apart() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        one, other = [await prepared(source, parent, send_id=send_id) for send_id in ("5e", "s2")]
        await source.replies.publish(one)
        assert await source.replies.find_published(other) is None
        now.passes(minutes=1)
        await source.replies.publish(other)
        first, second = [await source.replies.find_published(request) for request in (one, other)]
        assert first is not None
        assert first != second

    played(story)


@pytest.mark.parametrize("role", ["subscriber", "contributor"])
def test_a_mark_that_a_stranger_copied_is_not_ours(role: str) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        number, parent = await asked(site, source)
        request = await prepared(source, parent)
        content = json.loads(request)["comment"]["content"]
        site.comment(10, 100, content, "Acme Care", parent=number)
        site.comment(10, 100, content, "Acme Care", parent=number + 1, author=US)
        if role == "contributor":
            assert await source.replies.find_published(request) is None
        else:
            with pytest.raises(CannotLook):
                await source.replies.find_published(request)

    played(story, role=role)


def test_what_moderators_read_first_is_held_until_they_let_it_through_or_throw_it_away() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        (ours,) = site.ours()
        standing = Published(str(ours["id"]), site.link(ours["id"]))
        assert outcome == replace(standing, held=True)
        assert await source.replies.find_published(request) == outcome
        ours["approved"] = "1"
        assert await source.replies.find_published(request) == standing
        for approved in ("trash", "spam", "post-trashed", "something-new"):
            ours["approved"] = approved
            assert isinstance(await source.replies.find_published(request), Refused)
        del site.comments[ours["id"]]
        assert await source.replies.find_published(request) is None

    played(story, moderated=True)


def test_what_the_site_takes_for_spam_is_refused_to_its_writer() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        outcome = await source.replies.publish(await prepared(source, parent, "Cheap refunds"))
        assert isinstance(outcome, Refused)
        assert "spam" in outcome.why

    played(story, words=("Cheap",))


def test_an_account_that_is_not_shown_what_waits_finds_what_is_in_sight_and_says_when_nobody_can_know() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        outcome = await source.replies.publish(request)
        assert outcome == Published("1001", site.link(1001), held=True)
        with pytest.raises(CannotLook, match="contributor"):
            await source.replies.find_published(request)
        site.comments[1_001]["approved"] = "1"
        assert await source.replies.find_published(request) == Published("1001", site.link(1001))

    played(story, role="subscriber", moderated=True)


def test_a_second_reply_within_fifteen_seconds_waits_and_goes_out_then() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        one, other = [await prepared(source, parent, send_id=send_id) for send_id in ("5e", "s2")]
        await source.replies.publish(one)
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(other)
        assert caught.value.retry_after == 15
        now.passes(seconds=15)
        assert isinstance(await source.replies.publish(other), Published)

    played(story)


def test_an_answer_of_ours_that_nobody_here_knows_of_is_told_before_the_send() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        number, parent = await asked(site, source)
        thrown = site.comment(5, 100, "No", "Acme Care", parent=number, author=US, approved="trash")
        assert isinstance(await source.replies.check(parent), Alive)
        ours = site.comment(10, 100, "Look here", "Acme Care", parent=number, author=US)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert site.link(ours) in state.what
        known = replace(parent, ours=frozenset({str(ours)}))
        assert isinstance(await source.replies.check(known), Alive)
        assert thrown in site.comments

    played(story)


def test_an_edit_is_told_with_how_it_reads_now_and_another_title_of_the_post_is_none() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        number, parent = await asked(site, source)
        site.pages[100]["title"] = "Our old news"
        assert isinstance(await source.replies.check(parent), Alive)
        site.comments[number]["content"] = "All is well"
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "All is well"

    played(story)


@pytest.mark.parametrize("role", ["subscriber", "contributor", "editor"])
@pytest.mark.parametrize(
    ("comment", "page"),
    [
        ({"approved": "trash"}, {}),
        ({"approved": "spam"}, {}),
        ({"approved": "0"}, {}),
        (None, {}),
        ({}, {"status": "draft"}),
        ({}, {"status": "private"}),
        ({}, {"password": "sesame"}),
        ({}, {"comment_status": "closed"}),
    ],
)
def test_what_cannot_be_answered_any_more_is_gone_before_anything_is_sent(
    comment: dict[str, str] | None, page: dict[str, str], role: str
) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        number, parent = await asked(site, source)
        site.pages[100] |= page
        if comment is None:
            del site.comments[number]
        else:
            site.comments[number] |= comment
        assert isinstance(await source.replies.check(parent), Gone)

    played(story, role=role)


@pytest.mark.parametrize(
    "page", [{"status": "draft"}, {"status": "trash"}, {"status": "private"}, {"comment_status": "closed"}]
)
def test_what_is_closed_between_the_look_and_the_send_is_refused(page: dict[str, str]) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.pages[100] |= page
        assert isinstance(await source.replies.publish(request), Refused)
        assert site.made == 0

    played(story)


def test_who_may_reply_is_told_from_the_mention_alone() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        asked_for = len(site.asked)
        assert source.replies.can_reply(replace(parent, facts="")) == Allowed()
        closed = source.replies.can_reply(replace(parent, facts='{"open":false}'))
        assert closed == Handoff(parent.url, "Comments are closed under the post.")
        assert isinstance(source.replies.can_reply(replace(parent, external_id="by-hand:1")), Handoff)
        assert isinstance(make({}).replies.can_reply(parent), Handoff)
        assert len(site.asked) == asked_for

    played(story)


def test_a_comment_under_what_is_closed_is_heard_and_known_to_be_so() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        site.comment(0, site.page(comment_status="closed"), "Too late")
        (post,), _ = await heard(source)
        assert isinstance(source.replies.can_reply(parent_of(post)), Handoff)

    played(story)


def test_what_is_longer_than_wordpress_takes_is_told_before_the_send_and_the_longest_goes_out() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        with pytest.raises(ValueError, match="65,525"):
            await prepared(source, parent, "&" * (RULES.limit // 2))
        assert RULES.marked
        assert RULES.limit < MAX_BYTES
        longest = await prepared(source, parent, "é" * (RULES.limit // 2), "x" * 100)
        assert isinstance(await source.replies.publish(longest), Published)

    played(story)


def test_a_password_that_was_revoked_since_waits_for_a_person() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.password = "another"
        for ask in (
            source.replies.publish(request),
            source.replies.find_published(request),
            source.replies.check(parent),
        ):
            with pytest.raises(SourceRefused, match="APPLICATION_PASSWORD"):
                await ask
        assert site.made == 0

    played(story)
