"""Rules of listening to a Page on LinkedIn, against a network of our own on loopback."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.linkedin.options import LinkedInOptions
from bot.sources.kinds.linkedin.source import SEEN
from bot.sources.kinds.linkedin.urns import address_of, comment_in, read_urn
from bot.sources.kit.options import OptionError, build_options
from bot.sources.runner.poller import MAX_CHECKPOINT
from handlers.base.events import Deleted
from handlers.base.media import MediaKind
from handlers.base.replying import Changed
from tests.bot.sources.kinds.linkedin.scene import Here, all_of, played, posts_of
from tests.bot.sources.scene import parent_of
from tests.fakes.letting_in import CLIENT
from tests.fakes.linkedin import NUMBER, POST, US

A = POST.removeprefix("urn:li:activity:")


def test_a_comment_is_heard_whole_and_known_by_its_number() -> None:
    async def story(here: Here) -> None:
        picture = "https://media.licdn.com/dms/image/v2/D4E22AQ/comment.png"
        made = here.site.comment(
            "Late \U0001f600 see https://blog.example/a", ago=60, content=[{"type": "IMAGE", "url": picture}]
        )
        (found,) = posts_of((await all_of(here.make(), ""))[0])
        assert found.external_id == f"comment/{made['id']}"
        assert found.text == "Late \U0001f600 see https://blog.example/a"
        assert found.links == ("https://blog.example/a",)
        assert (found.author.external_id, found.author.name) == ("urn:li:person:ana", "")
        assert found.published_at is not None
        assert (here.now - found.published_at).total_seconds() == 60
        assert found.url == (
            f"https://www.linkedin.com/feed/update/{POST}/"
            f"?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A{A}%2C{made['id']}%29"
        )
        assert [(one.kind, one.url) for one in found.media] == [(MediaKind.PICTURE, picture)]
        assert (found.reply_to, json.loads(found.facts)) == ("", {"thread": POST, "comment": made["id"]})

    played(story)


def test_a_post_that_mentions_the_page_is_heard_as_its_notification_tells_it() -> None:
    async def story(here: Here) -> None:
        urn = here.site.mention("Has anybody tried Acme?")
        (found,) = posts_of((await all_of(here.make(), ""))[0])
        assert (found.external_id, found.text, found.author.external_id) == (
            urn,
            "Has anybody tried Acme?",
            "urn:li:person:ben",
        )
        assert found.url == f"https://www.linkedin.com/feed/update/{urn}/"
        assert len(here.calls()) == 1

    played(story)


def test_likes_and_what_our_page_says_to_nobody_are_not_heard() -> None:
    async def story(here: Here) -> None:
        here.site.like()
        here.site.comment("More in the comments", "us")
        assert (await all_of(here.make(), ""))[0] == []

    played(story)


def test_what_was_looked_into_is_not_asked_for_again() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment("one")
        _, checkpoint = await all_of(source, "")
        here.calls()
        for _ in range(3):
            here.passes(minutes=5)
            events, checkpoint = await all_of(source, checkpoint)
            assert events == []
        assert here.calls() == ["/rest/organizationalEntityNotifications"] * 3
        here.site.comment("two")
        assert [one.text for one in posts_of((await all_of(source, checkpoint))[0])] == ["two"]

    played(story)


def test_an_edit_shows_the_words_of_now_and_a_deletion_is_told() -> None:
    async def story(here: Here) -> None:
        source, made = here.make(), here.site.comment("Late")
        _, checkpoint = await all_of(source, "")
        here.passes(minutes=1)
        here.site.edit(made, "Late, and cold")
        here.site.edit(made, "Late, cold and broken")
        here.calls()
        events, checkpoint = await all_of(source, checkpoint)
        assert [(one.external_id, one.text) for one in posts_of(events)] == [
            (f"comment/{made['id']}", "Late, cold and broken")
        ]
        assert len(here.calls()) == 2  # it is looked at once, however often it was changed
        here.passes(minutes=1)
        here.site.delete(made)
        events, _ = await all_of(source, checkpoint)
        assert events == [Deleted(external_id=f"comment/{made['id']}")]

    played(story)


def test_a_comment_that_is_gone_when_it_is_looked_at_is_deleted() -> None:
    async def story(here: Here) -> None:
        made = here.site.comment("Late")
        here.site.comments.clear()
        assert (await all_of(here.make(), ""))[0] == [Deleted(external_id=f"comment/{made['id']}")]

    played(story)


def test_whom_a_comment_in_a_row_answers_follows_from_what_stands_before_it() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        top = here.site.comment("Late")
        _, checkpoint = await all_of(source, "")
        here.passes(minutes=1)
        ours = here.site.comment("Sorry", "us", to=top)
        here.passes(minutes=1)
        theirs = here.site.comment("Still late", to=ours)
        here.passes(minutes=1)
        other = here.site.comment("Mine too", "kim", to=theirs)
        found = {one.external_id: one for one in posts_of((await all_of(source, checkpoint))[0])}
        name = {one["id"]: f"comment/{one['id']}" for one in (top, ours, theirs, other)}
        assert {one.external_id: one.reply_to for one in found.values()} == {
            name[ours["id"]]: name[top["id"]],
            name[theirs["id"]]: name[ours["id"]],
            name[other["id"]]: name[top["id"]],
        }
        assert found[name[ours["id"]]].author.external_id == US
        assert "&replyUrn=urn%3Ali%3Acomment" in found[name[theirs["id"]]].url

    played(story)


def test_many_comments_at_once_are_heard_though_a_day_has_few_calls() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment("old")
        _, checkpoint = await all_of(source, "")
        here.passes(minutes=1)
        top = here.site.comment("Late")
        for number in range(60):
            here.site.comment(f"number {number}", "kim", to=top)
        heard, days = set[str](), 0
        while len(heard) < 61:
            days, here.site.left = days + 1, 70
            assert days < 10
            while True:
                try:
                    batch = await source.poll(checkpoint)
                except SourceUnavailable:
                    break
                heard |= {one.text for one in posts_of([*batch.events])} - {"old"}
                checkpoint = batch.checkpoint
                if not batch.more:
                    break

    played(story)


def test_a_reply_of_ours_that_names_nobody_costs_one_call() -> None:
    async def story(here: Here) -> None:
        top = here.site.comment("Late", ago=30)
        here.site.comment("Sorry", "us", to=top)
        here.site.notes.pop(0)
        (found,) = posts_of((await all_of(here.make(), ""))[0])
        assert found.reply_to == f"comment/{top['id']}"
        assert len(here.calls()) == 2

    played(story)


def test_a_reply_of_ours_answers_whom_it_names_first() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        top = here.site.comment("Late", ago=30)
        kim = here.site.comment("Mine too", "kim", to=top, ago=20)
        named = {"start": 0, "length": 3, "value": {"person": {"person": "urn:li:person:kim"}}}
        here.site.comment("Kim we look", "us", to=top, message={"attributes": [named], "text": "Kim we look"})
        found = posts_of((await all_of(source, ""))[0])
        assert found[-1].reply_to == f"comment/{kim['id']}"

    played(story)


def test_more_than_a_page_is_walked_and_a_checkpoint_stays_small() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment("old")
        _, checkpoint = await all_of(source, "")
        for number in range(SEEN + 30):
            here.passes(minutes=1)
            here.site.comment(f"number {number}")
        events, checkpoint = await all_of(source, checkpoint)
        assert {one.text for one in posts_of(events)} - {"old"} == {f"number {number}" for number in range(SEEN + 30)}
        assert len(checkpoint) < MAX_CHECKPOINT * 0.8
        assert (await all_of(source, checkpoint))[0] == []

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"seen": 1}', '{"seen": {"1": "x", "2": {}}}', "[" * 9_000])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(here: Here) -> None:
        here.site.comment("Late")
        assert len((await here.make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    "more",
    [
        {"generatedActivity": "urn:li:comment:(activity:1)", "decoratedGeneratedActivity": {"comment": []}},
        {"generatedActivity": 7, "decoratedGeneratedActivity": None},
        {"notificationId": None, "generatedActivity": "", "decoratedGeneratedActivity": {}},
        {"action": "SHARE_MENTION", "decoratedGeneratedActivity": {"share": {"entity": "urn:li:person:1"}}},
        {"action": "COMMENT_DELETE", "generatedActivity": "urn:li:share:1", "decoratedGeneratedActivity": 1},
    ],
)
def test_a_notification_that_names_nothing_costs_itself_alone(more: dict[str, Any]) -> None:
    async def story(here: Here) -> None:
        here.site.comment("good")
        here.site.comment("bad")
        here.site.notes[-1] |= more
        assert [one.text for one in posts_of((await all_of(here.make(), ""))[0])] == ["good"]

    played(story)


def test_a_comment_that_is_forbidden_stops_no_other_and_is_heard_as_it_was_told() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        bad = here.site.comment("Late", ago=30)
        ours = here.site.comment("Sorry", "us", to=bad, ago=20)
        bare = here.site.comment("Mine too", "kim", ago=10)
        here.site.comment("And mine", "ben")
        here.site.notes[2].pop("decoratedGeneratedActivity")
        here.site.forbidden = {bad["id"], ours["id"], bare["id"]}
        posts = posts_of((await all_of(source, ""))[0])
        assert [one.text for one in posts] == ["Late", "And mine"]
        assert (posts[0].external_id, posts[0].author.external_id) == (f"comment/{bad['id']}", "urn:li:person:ana")
        # Whoever answers it looks again: then it can wait.
        with pytest.raises(SourceUnavailable, match="at times"):
            await source.replies.check(parent_of(posts[0]))
        here.site.forbidden.clear()
        assert isinstance(await source.replies.check(parent_of(posts[0])), Changed)  # we answered it

    played(story)


def test_a_version_that_linkedin_retired_names_the_option() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(SourceRefused, match=r"set `version` of this source .* version 20250401 is not active"):
            await here.make(version="202504").poll("")

    played(story)


def test_an_application_that_is_not_approved_is_told_so() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(SourceRefused, match=r"its review has to approve the application"):
            await here.make().poll("")

    played(story, approved=False)


def test_the_end_of_the_day_s_calls_is_a_rest() -> None:
    async def story(here: Here) -> None:
        here.site.left = 0
        with pytest.raises(SourceUnavailable, match="429"):
            await here.make().poll("")

    played(story)


def test_a_token_that_was_taken_back_says_how_to_mend_it() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        await source.poll("")
        here.site.letting.families.clear()
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_PAGE_REFRESH_TOKEN") as caught:
            await source.poll("")
        assert not any(one in str(caught.value) for one in (here.seed, *CLIENT.values()))

    played(story)


# --- addresses ---

LONG, SHORT = "urn:li:comment:(urn:li:activity:71,72)", "urn:li:comment:(activity:71,72)"
PAGE = "https://www.linkedin.com/feed/update/urn:li:activity:71"


@pytest.mark.parametrize(
    "urn", [LONG, SHORT, "urn:li:fsd_comment:(72,urn:li:activity:71)", "urn:li:fsd_comment:(72,activity:71)"]
)
def test_all_forms_of_a_comment_s_name_are_one(urn: str) -> None:
    found = read_urn(urn)
    assert found is not None
    assert (found.urn, found.short, found.name) == (LONG, SHORT, "comment/72")


@pytest.mark.parametrize("urn", ["", "urn:li:activity:71", "urn:li:comment:(activity:71,7x)", LONG + ")", "x" + LONG])
def test_what_is_no_name_of_a_comment_is_none(urn: str) -> None:
    assert read_urn(urn) is None


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (f"{PAGE}?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29", "72"),
        (f"{PAGE}/?commentUrn=urn%3Ali%3Acomment%3A(activity%3A71%2C72)&dashCommentUrn=x", "72"),
        (f"{PAGE}/?dashCommentUrn=urn%3Ali%3Afsd_comment%3A%2872%2Curn%3Ali%3Aactivity%3A71%29", "72"),
        (f"{PAGE}/?commentUrn={SHORT}&replyUrn=urn:li:comment:(activity:71,73)", "73"),
        (f"https://de.linkedin.com/feed/update/x?commentUrn={SHORT}", "72"),
        (PAGE, ""),
        (f"https://linkedin.com.evil.example/?commentUrn={SHORT}", ""),
        (f"https://evil.example/linkedin.com?commentUrn={SHORT}", ""),
        ("not an address", ""),
        (f"{PAGE}?commentUrn=", ""),
    ],
)
def test_the_comment_in_an_address_is_the_innermost(url: str, number: str) -> None:
    found = comment_in(url)
    assert (found.number if found else "") == number


def test_the_address_of_a_comment_leads_back_to_it() -> None:
    top, reply = read_urn(LONG), read_urn("urn:li:comment:(ugcPost:71,73)")
    assert top is not None
    assert reply is not None
    assert comment_in(address_of(top)) == comment_in(address_of(top, top)) == top
    assert comment_in(address_of(reply, top)) == reply
    # Addresses have the short names.
    assert address_of(reply, top) == (
        "https://www.linkedin.com/feed/update/urn:li:ugcPost:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29"
        "&replyUrn=urn%3Ali%3Acomment%3A%28ugcPost%3A71%2C73%29"
    )


def test_a_comment_is_found_by_its_address_and_what_is_not_for_our_eyes_is_not() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        top = here.site.comment("Late")
        below = here.site.comment("Mine too", "kim", to=top)
        events = posts_of((await all_of(source, ""))[0])
        for one in events:
            found = await source.find(one.url)
            assert found is not None
            assert (found.external_id, found.text) == (one.external_id, one.text)
        assert await source.find(PAGE) is None
        assert await source.find(f"{PAGE}?commentUrn={SHORT}") is None
        here.site.foreign.add(POST)
        assert await source.find(events[0].url) is None
        assert below["parentComment"] == top["commentUrn"]

    played(story)


# --- options ---


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "organization"),
        ({"organization": "acme"}, "organization"),
        ({"organization": "urn:li:organization:1"}, "organization"),
        ({"organization": "²"}, "organization"),
        ({"organization": NUMBER, "version": "2026"}, "version"),
        ({"organization": NUMBER, "version": "202613"}, "version"),
        ({"organization": NUMBER, "version": "202609\r\nx: y"}, "version"),
        ({"organization": NUMBER, "scopes": ["a b"]}, "scopes"),
        ({"organization": NUMBER, "base_url": "x"}, "base_url"),
        ({"organization": NUMBER, "token_url": "x"}, "token_url"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(LinkedInOptions, table)
    assert caught.value.key == key


@pytest.mark.parametrize("missing", CLIENT)
def test_without_an_application_nothing_is_asked(missing: str) -> None:
    async def story(here: Here) -> None:
        with pytest.raises(OptionError, match=f"DIBS_SOURCE_PAGE_{missing.upper()}"):
            here.make({name: one for name, one in CLIENT.items() if name != missing})

    played(story)
