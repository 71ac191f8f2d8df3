"""Rules of answering on GitHub: once, found again by a mark, and only where we are at home."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.kinds.github import replies
from bot.sources.kinds.github.source import GitHub
from bot.sources.kit.marks import bears_mark
from bot.sources.runner.rate_limits import Limits
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from handlers.text.urls import canonical_url
from tests.bot.sources.kinds.github.scene import Make, played, walked
from tests.bot.sources.scene import NOW, outcome_of, parent_of, prepared
from tests.fakes.github import FakeGitHub
from tests.fakes.github_things import REPOSITORY, US, Json

KINDS = ["issue", "comment", "discussion", "remark", "answer"]


async def asked(site: FakeGitHub, source: GitHub, kind: str = "comment") -> tuple[Json, Parent]:
    """Let Kim ask, where Ben wrote before, and hear it."""
    topic = site.issue("Hello", "Acme is down") if kind in ("issue", "comment") else site.discussion("Hello", "Down?")
    thing = topic
    if kind == "comment":
        thing = site.comment(topic, "Me too", "ben")
    elif kind != "issue" and kind != "discussion":
        thing = remark = site.comment(topic, "Since when?", "ben")
        if kind == "answer":
            thing = site.comment(topic, "Since noon.", "ana", below=remark)
    found, _ = await walked(source)
    return thing, parent_of(found[thing["_name"]])


def standing(site: FakeGitHub) -> list[Json]:
    """Return what our account has standing there."""
    return [one for one in site.things.values() if one["user"]["login"] == site.login]


def topic_of(site: FakeGitHub, thing: Json) -> Json:
    """Return the issue or the discussion that a thing is, or stands below."""
    return site.things[str(thing.get("_topic", thing["_name"]))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_stands_where_it_belongs_and_bears_its_mark(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = standing(site)
        assert outcome == Published(ours["_name"], ours["html_url"])
        assert ours["_topic"] == thing.get("_topic", thing["_name"])
        # Answers to answers stand beside them.
        assert ours["_below"] == {"remark": thing["_name"], "answer": thing.get("_below")}.get(kind, "")
        of = thing["id"] if "_topic" in thing else 0
        assert ours["body"] == f"We look into it. Ana\n\n<!-- dibs:5ex{of}x{thing['user']['id']} -->"
        found, _ = await walked(make())
        assert (found[ours["_name"]].text, found[ours["_name"]].reply_to) == ("We look into it. Ana", thing["_name"])

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_made_without_an_answer_is_unclear_and_found_by_its_mark_though_a_person_edited_it(
    fault: str, kind: str
) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        (ours,) = standing(site)
        site.edit(ours, ours["body"].replace("look into", "looked into"))
        for number in range(105):
            site.comment(site.things[ours["_topic"]], f"So loud {number}", "ana", below=site.things.get(ours["_below"]))
        assert await make().replies.find_published(request) == Published(ours["_name"], ours["html_url"])
        assert site.made == 1

    played(story)


@pytest.mark.parametrize("kind", ["comment", "remark", "answer"])
def test_a_reply_is_found_though_what_it_answers_was_deleted_meanwhile(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        published = await source.replies.publish(request)
        site.delete(thing)
        assert await make().replies.find_published(request) == published

    played(story)


def test_what_was_cut_before_it_was_made_is_certainly_not_found() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_hangs_is_unclear_and_found() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("hang")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is not None

    played(story, seconds=0.5)


@pytest.mark.parametrize("kind", ["issue", "discussion"])
def test_the_same_words_by_us_or_our_mark_quoted_by_others_are_not_the_reply(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        topic, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        site.comment(topic, "We look into it. Ana", US)
        site.comment(topic, json.loads(request)["body"], "ben")
        assert await source.replies.find_published(request) is None
        outcome = await source.replies.publish(request)
        assert outcome == await source.replies.find_published(request)

    played(story)


@pytest.mark.parametrize(
    ("fault", "seconds"), [("secondary", 60), ("retry", 37), ("429", 90)], ids=["no time told", "403", "429"]
)
def test_a_rest_that_github_asks_for_was_certainly_not_sent(fault: str, seconds: float) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert (caught.value.retry_after, site.made) == (seconds, 0)

    played(story)


def test_a_search_that_is_spent_stops_neither_replies_nor_reading() -> None:
    limits = Limits(Clock(lambda: NOW))

    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        site.left["search"] = 0
        with pytest.raises(SourceUnavailable):
            await make(listen="search", query="acme").poll("")
        assert {one.bucket for one in limits._opens_at} == {"search"}
        assert isinstance(await source.replies.publish(await prepared(source, parent)), Published)
        assert (await source.poll("")).events

    played(story, limits=limits)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("archived", "stands where nobody may answer: Repository was archived"),
        ("blocked", "you are blocked"),
        ("410", "Issues are disabled"),
        ("422", "Validation Failed body is not right"),
    ],
)
def test_a_no_that_is_known_is_a_refusal_in_a_sentence(fault: str, why: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append(fault)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert why in outcome.why
        assert site.made == 0

    played(story)


@pytest.mark.parametrize("kind", ["comment", "remark"])
def test_what_is_locked_or_gone_meanwhile_is_refused(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        site.things[thing["_topic"]]["locked"] = True
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert "locked" in outcome.why
        site.delete(site.things[thing["_topic"]])
        assert isinstance(await source.replies.publish(request), Refused)

    played(story)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("RATE_LIMITED: API rate limit exceeded", SourceUnavailable),
        ("SOMETHING: You have exceeded a secondary rate limit", SourceUnavailable),
        ("FORBIDDEN: Resource not accessible by integration", SourceRefused),
        ("INSUFFICIENT_SCOPES: Your token has not been granted the required scopes", SourceRefused),
        ("FORBIDDEN: You are blocked", Refused),
        ("UNPROCESSABLE: was submitted too quickly", SourceUnavailable),
        ("UNPROCESSABLE: Body cannot be blank", Refused),
        (": Something went wrong while executing your query", Unclear),
    ],
)
def test_what_graphql_says_inside_a_200_is_read(fault: str, outcome: type[Any]) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source, "remark")
        request = await prepared(source, parent)
        site.faults.append(fault)
        (told,) = await asyncio.gather(source.replies.publish(request), return_exceptions=True)
        assert isinstance(told, outcome)
        assert site.made == 0

    played(story)


def test_a_token_that_may_not_write_is_revoked_or_is_anothers_is_the_sources_trouble() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        request = await prepared(source, parent)
        site.faults.append("right")
        with pytest.raises(SourceRefused, match="give it Issues and Discussions"):
            await source.replies.publish(request)
        # Under another name nothing of ours would be found, and be sent again.
        other, ours = make(username="acme").replies, source.replies
        anothers = await asyncio.gather(other.check(parent), other.find_published(request), return_exceptions=True)
        assert all("is that of acme-support, and username says acme" in str(one) for one in anothers)
        site.token = "another"
        revoked = await asyncio.gather(
            ours.publish(request), ours.find_published(request), ours.check(parent), return_exceptions=True
        )
        for one in (*anothers, *revoked):
            assert isinstance(one, SourceRefused)
        assert all("DIBS_SOURCE_CODE_TOKEN" in str(one) for one in revoked)
        assert site.made == 0

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_a_parent_that_was_edited_locked_or_deleted_is_told_before_the_send(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        words = thing["body"]
        site.edit(thing, "Something else")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert (state.posted.text, state.posted.facts) == ("Something else", parent.facts)
        site.edit(thing, f"{words}<!-- seen by nobody -->")
        assert isinstance(await source.replies.check(parent), Alive)
        topic = topic_of(site, thing)
        topic["locked"] = True
        state = await source.replies.check(parent)
        assert isinstance(state, Gone)
        assert "locked" in state.why
        topic["locked"] = False
        if kind == "remark":
            site.comment(topic, "I know.", "ana", below=thing)
        site.delete(thing)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


@pytest.mark.parametrize(
    ("unseen", "error"),
    [
        ("FORBIDDEN: Resource not accessible by integration", SourceRefused),
        (": Something went wrong while executing your query.", SourceUnavailable),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_shown_to_us_is_neither_said_to_be_gone_nor_our_reply_not_to_stand_there(
    kind: str, unseen: str, error: type[Exception]
) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        site.faults.append("500")
        assert isinstance(await outcome_of(source, request), Unclear)
        site.unseen = unseen
        with pytest.raises(error):
            await source.replies.check(parent)
        with pytest.raises(error):
            await source.replies.find_published(request)

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_place_of_a_reply_is_not_there_nobody_says_that_only_the_reply_is_not(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        del site.things[topic_of(site, thing)["_name"]]
        if kind in ("remark", "answer"):
            del site.things[thing["_below"] or thing["_name"]]
        with pytest.raises(SourceUnavailable):
            await source.replies.find_published(request)

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_that_a_release_prepared_which_kept_no_place_of_it_is_found(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source, kind)
        request = await prepared(source, parent)
        published = await source.replies.publish(request)
        older = json.loads(request)
        del older["place"]
        # It noted of a remark that answers to it stand below it.
        if kind == "remark":
            older["facts"]["thread"] = older["facts"]["node"]
        assert await source.replies.find_published(json.dumps(older)) == published

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        topic = topic_of(site, thing)
        before = site.comment(topic, "Hello all", US, below=site.things.get(thing.get("_below", "")))
        known = replace(parent, ours=frozenset([before["_name"]]))
        outcome = await source.replies.publish(await prepared(source, known))
        assert isinstance(outcome, Published)
        for name in (outcome.external_id, canonical_url(outcome.url)):
            assert isinstance(await source.replies.check(replace(known, ours=known.ours | {name})), Alive)
        state = await source.replies.check(known)
        assert isinstance(state, Changed)
        assert outcome.url in state.what

    played(story)


def test_what_we_said_before_or_to_others_answers_nobody_else() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        issue = site.issue("Hello", "Acme is down")
        site.comment(issue, "We know.", US)
        bens, anas = site.comment(issue, "Me too", "ben"), site.comment(issue, "And me", "ana")
        found, _ = await walked(source)
        ben, ana = (parent_of(found[one["_name"]]) for one in (bens, anas))
        assert isinstance(await source.replies.publish(await prepared(source, ana)), Published)
        assert isinstance(await source.replies.check(ben), Alive)
        site.comment(issue, "All is well again.", US)
        assert isinstance(await source.replies.check(ben), Changed)

    played(story)


@pytest.mark.parametrize("kind", ["issue", "discussion"])
def test_what_is_answered_by_a_crowd_is_answered_all_the_same_and_looked_for_as_far_as_one_can(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_LOOK_PAGES", 2)

    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        topic, parent = await asked(site, source, kind)
        for number in range(60 if kind == "issue" else 220):
            site.comment(topic, f"Me too {number}", "ben")
        request = await prepared(source, parent)
        for number in range(60 if kind == "issue" else 220):
            site.comment(topic, f"And me {number}", "ben")
        with pytest.raises(SourceUnavailable, match="So much was written"):
            await source.replies.find_published(request)
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


def test_an_app_answers_under_its_own_name_which_graphql_tells_without_its_mark() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make(username="acme-dibs[bot]")
        topic = site.discussion("Hello", "Down?")
        found, _ = await walked(source)
        parent = parent_of(found[topic["_name"]])
        request = await prepared(source, parent)
        assert isinstance(await source.replies.publish(request), Published)
        assert await source.replies.find_published(request) is not None
        found, _ = await walked(source)
        assert found[standing(site)[0]["_name"]].author.handle == "acme-dibs[bot]"

    played(story, login="acme-dibs[bot]")


# --- where, and how long ----------------------------------------------------------------------------------------------


def test_others_repositories_are_answered_by_hand_unless_the_operator_says_anywhere() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.visibility["other/tool"] = "public"
        hit, ours = site.issue("Acme broke it", repository="other/tool"), site.issue("Acme broke it")
        search = make(listen="search", query="acme")
        found, _ = await walked(search)
        parent = parent_of(found[hit["_name"]])
        no = search.replies.can_reply(parent)
        assert isinstance(no, Handoff)
        assert (no.url, "other/tool" in no.why) == (hit["html_url"], True)
        assert search.replies.can_reply(parent_of(found[ours["_name"]])) == Allowed()
        anywhere = make(listen="search", query="acme", reply_anywhere=True)
        assert anywhere.replies.can_reply(parent) == Allowed()
        assert isinstance(await anywhere.replies.publish(await prepared(anywhere, parent)), Published)
        assert isinstance(anywhere.replies.can_reply(Parent(external_id="x", url="https://github.com/x")), Handoff)

    played(story)


def test_a_reply_has_room_for_its_mark() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        _, parent = await asked(site, source)
        longest = source.capabilities.reply.limit
        request = await prepared(source, parent, "x" * longest, "5e" * 16)
        assert bears_mark(json.loads(request)["body"], json.loads(request)["name"])
        assert isinstance(await source.replies.publish(request), Published)
        with pytest.raises(ValueError, match="65,537 characters"):
            source.replies.prepare(parent, "x" * 65_537, "5e", '{"since": "", "place": ""}')

    played(story)


@pytest.mark.parametrize("context", ["", "[]", "{}", "null"])
def test_nothing_is_prepared_from_a_look_that_did_not_happen(context: str) -> None:
    async def story(_: FakeGitHub, make: Make) -> None:
        with pytest.raises(ValueError, match="looked at again"):
            make().replies.prepare(Parent(external_id="acme/app#1", url=""), "Hello", "5e", context)

    played(story)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_public_any_more_is_neither_answered_nor_shown(kind: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        thing, parent = await asked(site, source, kind)
        site.visibility[REPOSITORY] = "private"
        site.edit(thing, "Our secret plans")
        state = await source.replies.check(parent)
        assert isinstance(state, Gone)
        assert "not public" in state.why

    played(story)
