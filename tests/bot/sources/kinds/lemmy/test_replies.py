"""Rules of answering on Lemmy: once, known again by a mark, in a language that the community takes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.lemmy import replies
from bot.sources.kinds.lemmy.replies import RULES
from bot.sources.kinds.lemmy.source import Lemmy
from bot.sources.kinds.lemmy.verdicts import MAX_CHARACTERS
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.lemmy.scene import VARIABLE, Make, Now, both, heard, parent, played
from tests.bot.sources.scene import outcome_of, parent_of, prepared
from tests.fakes.lemmy import ANY, BEGIN, ENGLISH, FAR, GERMAN, US, FakeLemmy, Json


async def asked(site: FakeLemmy, source: Lemmy) -> tuple[Json, Parent]:
    """Let Lee ask on another instance, and hear it."""
    top = site.post("Tools")
    said = site.comment("Acme charged me twice", top, "lee", FAR, far=f"https://{FAR}/comment/3")
    site.tell(said)
    return said, await parent(source, said["ap_id"])


@both
def test_a_reply_stands_below_what_it_answers_with_a_mark_that_nobody_sees(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        assert source.replies.can_reply(question) == Allowed()
        outcome = await source.replies.publish(await prepared(source, question))
        (ours,) = site.ours()
        assert outcome == Published(site.at(ours), site.at(ours))
        assert ours["path"] == f"{said['path']}.{ours['id']}"
        assert ours["content"] == "We look into it. Ana\n\n[//]: # (dibs:5e)"
        site.tell(ours, "reply")
        (shown,) = [one for one in await heard(make()) if one.external_id == site.at(ours)]
        assert (shown.text, shown.reply_to) == ("We look into it. Ana", said["ap_id"])

    played(story, version=version)


@both
def test_a_post_is_answered_at_its_top(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme")
        top = site.post("acme is slow", far=f"https://{FAR}/post/4")
        question = await parent(source, top["ap_id"])
        request = await prepared(source, question)
        assert isinstance(await source.replies.publish(request), Published)
        (ours,) = site.ours()
        assert ours["path"] == f"0.{ours['id']}"
        assert await make().replies.find_published(request) == Published(site.at(ours), site.at(ours))

    played(story, version=version)


@both
@pytest.mark.parametrize("fault", ["die", "500", "behind"])
def test_what_was_accepted_without_a_yes_is_unclear_and_found_however_its_text_was_changed(
    version: str, fault: str
) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question, "See https://acme.example/help?utm_source=lemmy&page=2 please.")
        site.faults.append(fault)
        outcome = await outcome_of(source, request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused is (fault == "behind")
        (ours,) = site.ours()
        assert "utm_source" not in ours["content"]
        found = await make().replies.find_published(request)
        assert found == Published(site.at(ours), site.at(ours))
        ours["content"] = ours["content"].replace("please", "a colleague's edit")
        assert await make().replies.find_published(request) == found

    played(story, version=version)


@both
def test_what_was_cut_before_it_was_accepted_is_certainly_not_found(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        for fault in ("early", "503"):
            site.faults.append(fault)
            assert isinstance(await outcome_of(source, request), Unclear)
            assert await source.replies.find_published(request) is None

    played(story, version=version)


def test_a_reply_that_hangs_is_unclear_and_found() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.faults.append("hang")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert isinstance(await source.replies.find_published(request), Published)

    played(story, seconds=0.5)


@both
def test_two_replies_of_the_same_words_are_told_apart_and_a_stranger_s_copy_is_not_ours(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        one, other = [await prepared(source, question, send_id=send_id) for send_id in ("5e", "s2")]
        content = json.loads(other)["comment"]["content"]
        site.comment(content, said, "lee", FAR)
        site.comment(content, site.post("Elsewhere"), US)
        await source.replies.publish(one)
        assert await source.replies.find_published(other) is None
        await source.replies.publish(other)
        first, second = [await source.replies.find_published(request) for request in (one, other)]
        assert first is not None
        assert second is not None
        assert first != second

    played(story, version=version)


@both
def test_a_session_that_ended_before_the_look_is_renewed_so_that_all_is_seen(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.faults.append("die")
        await outcome_of(source, request)
        site.ours()[0]["deleted"] = True  # shown to our account alone; it was published all the same
        site.ours()[0]["content"] += " "
        site.sessions.clear()
        now.passes(minutes=5)
        with pytest.raises(CannotLook):
            await source.replies.find_published(request)
        assert site.logins == 2

    played(story, version=version)


def test_what_moderators_removed_before_anybody_looked_is_asked_of_a_person() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        site.comment("Of long ago", said, US, removed=True)
        request = await prepared(source, question)
        assert await source.replies.find_published(request) is None
        site.faults.append("die")
        await outcome_of(source, request)
        site.ours()[-1]["removed"] = True
        with pytest.raises(CannotLook, match="removed"):
            await source.replies.find_published(request)

    played(story, version="v4")


def test_what_another_instance_has_to_take_first_is_held_until_it_does() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        outcome = await source.replies.publish(request)
        (ours,) = site.ours()
        assert outcome == Published(site.at(ours), site.at(ours), held=True)
        assert await source.replies.find_published(request) == outcome
        ours["federation_pending"] = False
        assert await source.replies.find_published(request) == Published(site.at(ours), site.at(ours))

    played(story, version="v4", slow=True)


@both
@pytest.mark.parametrize(
    ("taken", "chosen", "own", "sent"),
    [
        ((), (), GERMAN, ANY),
        ((ANY, ENGLISH), (), GERMAN, ANY),
        ((ENGLISH, GERMAN), (), GERMAN, GERMAN),
        ((ENGLISH, GERMAN), (ANY, ENGLISH), GERMAN, ENGLISH),
        ((ENGLISH,), (), ANY, ENGLISH),
        ((), (ENGLISH,), GERMAN, ENGLISH),
        ((GERMAN,), (ANY, ENGLISH), ANY, None),
    ],
)
def test_a_reply_goes_out_in_a_language_that_the_community_takes_and_our_account_reads(
    version: str, taken: tuple[int, ...], chosen: tuple[int, ...], own: int, sent: int | None
) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        site.taken[10] = taken
        source = make()
        said = site.comment("Acme?", site.post("Tools", language=own), "lee", language=own)
        site.tell(said)
        question = await parent(source, said["ap_id"])
        if sent is None:
            with pytest.raises(ValueError, match="languages"):
                await prepared(source, question)
            return
        request = await prepared(source, question)
        assert isinstance(await source.replies.publish(request), Published)
        assert site.ours()[0]["language"] == sent
        assert isinstance(await source.replies.find_published(request), Published)

    played(story, version=version, chosen=chosen)


@both
def test_a_community_that_forbids_a_language_meanwhile_refuses_and_nothing_stands_there(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.taken[10] = (GERMAN,)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert "language" in outcome.why
        assert site.made == 0

    played(story, version=version)


@both
def test_an_answer_of_ours_that_nobody_here_knows_of_is_told_before_the_send(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        site.comment("Elsewhere", site.post("Other"), US)
        site.comment("Taken back", said, US, deleted=True)
        assert isinstance(await source.replies.check(question), Alive)
        ours = site.comment("Look here", said, US)
        for number in range(120):
            site.comment(f"On and on {number}", site.post("Other"), US)
        state = await source.replies.check(question)
        assert isinstance(state, Changed)
        assert site.at(ours) in state.what
        assert isinstance(await source.replies.check(replace(question, ours=frozenset({site.at(ours)}))), Alive)

    played(story, version=version)


@both
def test_an_edit_is_told_with_how_it_reads_now(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        said["content"] = "All is well"
        state = await source.replies.check(question)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "All is well"
        assert state.context

    played(story, version=version)


@both
@pytest.mark.parametrize(
    "how", ["deleted", "removed", "purged", "locked", "post deleted", "post removed", "banned", "community", "closed"]
)
def test_what_cannot_be_answered_any_more_is_gone_before_anything_is_sent(version: str, how: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        top = site.things["post", said["post"]]
        if how in ("deleted", "removed"):
            said[how] = True
        elif how == "purged":
            del site.things["comment", said["id"]]
        elif how == "locked":
            top["locked"] = True
        elif how.startswith("post"):
            top[how.removeprefix("post ")] = True
        elif how == "banned":
            site.banned_from.add(10)
        elif how == "community":
            site.communities[10]["visibility"] = "private"
        elif version == "v4":
            said["locked"] = True
        else:
            top["locked"] = True
        assert isinstance(await source.replies.check(question), Gone)

    played(story, version=version)


@both
@pytest.mark.parametrize("how", ["locked", "deleted", "removed", "banned", "gone"])
def test_what_is_closed_between_the_look_and_the_send_is_refused(version: str, how: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        request = await prepared(source, question)
        if how == "banned":
            site.banned_from.add(10)
        elif how == "gone":
            del site.things["post", said["post"]]
        else:
            site.things["post", said["post"]][how] = True
        assert isinstance(await source.replies.publish(request), Refused)
        assert site.made == 0

    played(story, version=version)


@both
def test_a_source_that_moved_to_another_instance_answers_what_was_heard_on_the_one_before(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        said, question = await asked(site, source)
        other = site.comment("Something else", site.post("Other"))
        # The numbers of the instance before name other things here.
        moved = replace(question, facts=json.dumps({"post": 999, "comment": other["id"]}))
        request = await prepared(source, moved)
        assert isinstance(await source.replies.publish(request), Published)
        assert site.ours()[0]["path"].startswith(said["path"])
        del site.things["comment", said["id"]]
        assert isinstance(await source.replies.check(moved), Gone)

    played(story, version=version)


@both
def test_who_may_reply_is_told_from_the_mention_alone(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme")
        _, question = await asked(site, source)
        locked = site.comment("acme", site.post("Closed", locked=True))
        post = next(one for one in await heard(source) if one.external_id == locked["ap_id"])
        count = len(site.asked)
        assert source.replies.can_reply(question) == Allowed()
        assert source.replies.can_reply(parent_of(post)) == Handoff(post.url, "It was locked: nobody may answer.")
        assert isinstance(source.replies.can_reply(replace(question, facts="")), Handoff)
        stranger = make({}, username="", query="acme").replies.can_reply(question)
        assert isinstance(stranger, Handoff)
        assert VARIABLE in stranger.why
        assert len(site.asked) == count

    played(story, version=version)


def test_what_is_longer_than_lemmy_takes_is_told_before_the_send_and_the_longest_goes_out() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        with pytest.raises(ValueError, match="9,875"):
            await prepared(source, question, "é" * (RULES.limit + 1))
        longest = await prepared(source, question, "é" * RULES.limit, "x" * 100)
        assert RULES.limit < len(json.loads(longest)["comment"]["content"]) <= MAX_CHARACTERS
        assert isinstance(await source.replies.publish(longest), Published)

    played(story)


@both
@pytest.mark.parametrize("status", [400, 429])
def test_who_comments_too_often_waits_and_the_same_goes_out_then(version: str, status: int) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.limits["/comment"] = status
        with pytest.raises(SourceUnavailable):
            await source.replies.publish(request)
        site.limits.clear()
        assert isinstance(await source.replies.publish(request), Published)
        assert site.made == 1

    played(story, version=version)


@both
def test_a_session_that_ended_before_the_send_costs_no_reply(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.sessions.clear()
        now.passes(minutes=5)
        assert isinstance(await source.replies.publish(request), Published)
        assert (site.made, site.logins) == (1, 2)

    played(story, version=version)


@both
def test_a_password_that_was_changed_since_waits_for_a_person(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        site.password, site.sessions = "another", set()
        now.passes(minutes=5)
        for ask in (
            source.replies.publish(request),
            source.replies.find_published(request),
            source.replies.check(question),
        ):
            with pytest.raises(SourceRefused, match=VARIABLE):
                await ask
        assert site.made == 0

    played(story, version=version)


def test_nothing_secret_stands_in_what_is_stored_before_the_send() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        assert site.password not in request
        assert not [one for one in site.sessions if one in request]

    played(story)


@both
def test_what_our_account_said_long_before_is_not_looked_through(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        other = site.post("Other")
        for number in range(120):
            site.comment(f"Of long ago {number}", other, US, at=BEGIN - timedelta(days=9))
        _, question = await asked(site, source)
        request = await prepared(source, question)
        monkeypatch.setattr(replies, "PAGES", 2)
        count = len(site.asked)
        assert await source.replies.find_published(request) is None
        assert len([one for one in site.asked[count:] if "person_id" in one[1]]) == 1

    played(story, version=version)


def test_where_our_account_said_too_much_to_look_through_it_is_not_said_that_nothing_stands_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        _, question = await asked(site, source)
        request = await prepared(source, question)
        other = site.post("Other")
        for number in range(120):
            site.comment(f"On and on {number}", other, US, at=BEGIN)
        monkeypatch.setattr(replies, "PAGES", 2)
        with pytest.raises(SourceUnavailable):
            await source.replies.find_published(request)

    played(story)
