"""Rules of listening to GitHub, against a site of our own on loopback."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.posts import visible
from bot.sources.kinds.github.source import OVERLAP
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Deleted, Posted
from handlers.text.bounds import MAX_FACTS
from tests.bot.sources.kinds.github.scene import Make, played, walked
from tests.fakes.github import FakeGitHub
from tests.fakes.github_things import US

ALL = OVERLAP.total_seconds() * 2


def test_issues_comments_and_discussions_are_heard_each_with_what_it_stands_below() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Charged twice", "Acme charged me twice 😭\n\n- [x] again")
        comment = site.comment(issue, "Me too", "ben")
        topic = site.discussion("Refunds?", "How long?")
        remark = site.comment(topic, "Weeks", "ben")
        answer = site.comment(topic, "Days", "ana", below=remark)
        found, _ = await walked(make())
        assert list(found) == [one["_name"] for one in (issue, comment, topic, remark, answer)]
        told = found["acme/app#1"]
        assert (told.title, told.text) == ("Charged twice", "Acme charged me twice 😭\n\n- [x] again")
        assert (told.author.handle, told.author.external_id) == ("kim", str(issue["user"]["id"]))
        assert told.url == f"{site.base_url}/acme/app/issues/1"
        assert told.published_at is not None
        above = [found[one["_name"]].reply_to for one in (issue, comment, topic, remark, answer)]
        assert above == ["", "acme/app#1", "", "acme/app#2", remark["_name"]]

    played(story)


@pytest.mark.parametrize("body", [None, ""])
def test_an_issue_without_a_body_has_its_title(body: str | None) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.issue("It breaks", body)
        found, _ = await walked(make())
        assert (found["acme/app#1"].title, found["acme/app#1"].text) == ("It breaks", "")

    played(story)


def test_a_robot_is_known_by_its_name_alone_where_nobody_says_what_it_is() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        del site.issue("Bump left-pad", "…", "dependabot[bot]")["user"]["type"]
        kims = site.issue("It breaks")
        found, _ = await walked(make())
        assert list(found) == [kims["_name"]]

    played(story)


def test_what_robots_write_and_pull_requests_are_not_heard_unless_wanted_and_a_ghost_is_nobody() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        pull = site.issue("A change", "…", kind="pull")
        below = site.comment(pull, "Looks good")
        site.issue("Bump left-pad", "…", "dependabot[bot]")
        ghost = site.issue("I left", "…")
        ghost["user"] = None
        found, _ = await walked(make())
        assert list(found) == [ghost["_name"]]
        assert found[ghost["_name"]].author.handle == ""
        found, _ = await walked(make(pull_requests=True))
        assert list(found) == [pull["_name"], below["_name"], ghost["_name"]]

    played(story)


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("<!-- Fill this in -->\nIt breaks", "\nIt breaks"),
        ("a <!-- b\n\nc --> d", "a  d"),
        ("`<!-- shown -->` and ``<!-- too -->``", "`<!-- shown -->` and ``<!-- too -->``"),
        ("```html\n<!-- shown -->\n```\n<!-- not -->x", "```html\n<!-- shown -->\n```\nx"),
        ("~~~~\n```\n<!-- shown -->\n~~~~\n", "~~~~\n```\n<!-- shown -->\n~~~~\n"),
        ("it never <!-- ends", "it never "),
        ("a ` b <!-- c --> d", "a ` b  d"),
        ("**bold** and [a link](https://blog.example/)", "**bold** and [a link](https://blog.example/)"),
    ],
)
def test_markdown_is_read_as_it_was_written_without_what_readers_are_not_shown(markdown: str, seen: str) -> None:
    assert visible(markdown) == seen


@pytest.mark.parametrize("hostile", ["`" * 80_000, "``` " * 20_000, "<!--" * 20_000, "`a" * 40_000, "\n```" * 20_000])
def test_hostile_markdown_is_read_in_no_time(hostile: str) -> None:
    assert len(visible(hostile)) <= len(hostile)


def test_a_walk_goes_forward_over_pages_even_where_many_changed_in_one_second() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Hello")
        _, batch = await walked(make())
        moment = site.tick(ALL)
        for number in range(130):
            site.comment(issue, f"number {number}")["updated_at"] = moment
        for number in range(60):
            site.comment(issue, f"later {number}")
        found, batch = await walked(make(), batch.checkpoint)
        assert len([one for one in found if one.startswith("comment/")]) == 190
        site.tick(ALL)
        again = site.comment(issue, "the last")
        found, _ = await walked(make(), batch.checkpoint)
        assert again["_name"] in found
        found, _ = await walked(make(), (await walked(make(), batch.checkpoint))[1].checkpoint)
        assert [one for one in found if one.startswith("comment/")] == [again["_name"]]

    played(story)


def test_what_is_shown_late_is_found_by_the_overlap_and_an_edit_comes_again() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        first = site.issue("First")
        _, batch = await walked(make())
        late = site.issue("Late")
        late["updated_at"] = late["created_at"] = first["created_at"]
        site.edit(first, "edited")
        found, _ = await walked(make(), batch.checkpoint)
        assert found[late["_name"]].title == "Late"
        assert found[first["_name"]].text == "edited"

    played(story)


def test_what_was_written_before_the_first_look_and_changes_later_is_old_news() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        old = [site.issue(f"Old {number}") for number in range(30)]
        topic = site.discussion("Old topic")
        for number, one in enumerate((*old, topic)):
            one["created_at"] = one["updated_at"] = f"2025-03-04T05:00:{number:02}Z"
        found, batch = await walked(make())
        assert old[0]["_name"] not in found
        site.edit(old[0], "labelled, as it were")
        site.comment(topic, "bump")
        new = site.issue("New")
        found, batch = await walked(make(), batch.checkpoint)
        assert {old[0]["_name"], new["_name"]} <= found.keys()
        assert old[0]["_name"] in batch.stale
        assert new["_name"] not in batch.stale

    played(story)


def test_a_checkpoint_keeps_its_bound_however_much_we_said_and_one_that_is_not_ours_begins_anew() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Is it down?")
        _, batch = await walked(make())
        for number in range(300):
            site.comment(issue, f"Yes.\n\n<!-- dibs:5ex0x{100_000_000 + number} -->", US)
        to_kim = site.comment(issue, f"Yes.\n\n<!-- dibs:5ex0x{issue['user']['id']} -->", US)
        _, batch = await walked(make(), batch.checkpoint)
        assert 9_000 < len(batch.checkpoint) < 10_000
        answered = site.comment(issue, "It is well now.")
        found, _ = await walked(make(), batch.checkpoint)
        assert found[answered["_name"]].reply_to == to_kim["_name"]
        for nonsense in ("[]", "{", '{"lists": 3, "spoken": [], "began": 1}'):
            assert (await make().poll(nonsense)).events

    played(story)


# --- whom a comment answers -------------------------------------------------------------------------------------------


def test_a_comment_answers_our_latest_reply_to_its_author_and_else_what_it_stands_below() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        issue = site.issue("Charged twice")
        bens = site.comment(issue, "Me too", "ben")
        (kim, ben) = (one["user"]["id"] for one in (issue, bens))
        to_kim = site.comment(issue, f"We pay.\n\n<!-- dibs:5ex0x{kim} -->", US)
        to_ben = site.comment(issue, f"You too.\n\n<!-- dibs:5fx{bens['id']}x{ben} -->", US)
        kims, other = site.comment(issue, "Thanks!"), site.comment(issue, "And me?", "ana")
        found, batch = await walked(source)
        told = {one["_name"]: found[one["_name"]].reply_to for one in (bens, to_kim, to_ben, kims, other)}
        assert told == {
            bens["_name"]: "acme/app#1",
            to_kim["_name"]: "acme/app#1",
            to_ben["_name"]: bens["_name"],
            kims["_name"]: to_kim["_name"],
            other["_name"]: "acme/app#1",
        }
        assert found[to_kim["_name"]].text == "We pay."
        again = site.comment(issue, f"And once more.\n\n<!-- dibs:60x{kims['id']}x{kim} -->", US)
        _, batch = await walked(source, batch.checkpoint)
        site.tick(ALL)
        site.edit(to_kim, to_kim["body"].replace("pay", "paid"))
        _, batch = await walked(source, batch.checkpoint)
        last = site.comment(issue, "Good night")
        later = site.comment(issue, "Also thanks", "ben")
        by_hand = site.comment(issue, "All is well now.", US)
        anas = site.comment(issue, "Not here", "ana")
        found, _ = await walked(make(), batch.checkpoint)
        assert found[last["_name"]].reply_to == again["_name"]
        assert found[later["_name"]].reply_to == to_ben["_name"]
        assert found[anas["_name"]].reply_to == by_hand["_name"]

    played(story)


def test_a_quote_of_our_mark_by_somebody_else_is_no_reply_of_ours() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Charged twice")
        site.comment(issue, f"> We pay.\n\n<!-- dibs:5ex0x{issue['user']['id']} -->", "ben")
        kims = site.comment(issue, "Really?")
        found, _ = await walked(make())
        assert found[kims["_name"]].reply_to == "acme/app#1"

    played(story)


def test_facts_are_short_enough_to_be_kept_for_the_longest_names() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        repository = f"{'a' * 39}/{'b' * 100}"
        site.visibility[repository] = "public"
        topic = site.discussion("Hello", repository=repository)
        remark = site.comment(topic, "Hello")
        site.comment(topic, "Hello", below=remark)
        found, _ = await walked(make(repositories=(repository,)))
        assert len(found) == 3
        assert all(0 < len(one.facts) <= MAX_FACTS for one in found.values())

    played(story)


def test_a_comment_of_a_discussion_that_was_deleted_below_its_answers_is_gone() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        topic = site.discussion("Hello")
        remark = site.comment(topic, "Mine", "ben")
        site.comment(topic, "His", "ana", below=remark)
        _, batch = await walked(make())
        site.tick(ALL)
        site.delete(remark)
        batch = await make().poll(batch.checkpoint)
        assert Deleted(external_id=remark["_name"]) in batch.events
        assert await make().find(remark["html_url"]) is None

    played(story)


# --- what is not public, not there, or spent --------------------------------------------------------------------------


@pytest.mark.parametrize("seen", ["private", "internal"])
def test_a_repository_that_not_everybody_reads_is_refused_and_nothing_of_it_is_found(seen: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue, topic = site.issue("Secret"), site.discussion("Secret, too")
        with pytest.raises(SourceRefused, match="acme/app is not there, or not public"):
            await make().poll("")
        for one in (issue, topic):
            assert await make().find(one["html_url"]) is None
        found, _ = await walked(make(listen="search", query="secret"))
        assert found == {}

    played(story, visibility={"acme/app": seen})


def test_a_repository_that_is_not_there_and_a_token_that_is_not_taken_are_refused() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        with pytest.raises(SourceRefused, match="acme/gone is not there"):
            await make(repositories=("acme/gone",)).poll("")
        site.token = "another"
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_CODE_TOKEN"):
            await make().poll("")

    played(story)


@pytest.mark.parametrize("bucket", ["core", "graphql"])
def test_a_budget_that_is_spent_is_asked_again_when_it_opens(bucket: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.left[bucket] = 0
        with pytest.raises(SourceUnavailable) as caught:
            await make().poll("")
        assert caught.value.retry_after == 600

    played(story)


@pytest.mark.parametrize("status", [500, 502])
def test_a_question_that_was_answered_by_nothing_is_asked_again(status: int) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.down = status
        for source in (make(), make(listen="search", query="acme")):
            with pytest.raises(SourceUnavailable):
                await source.poll("")

    played(story)


def test_discussions_that_are_not_shown_to_us_are_told_and_a_trouble_of_githubs_own_passes() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.hidden = True
        with pytest.raises(SourceRefused, match="does not show us the discussions"):
            await make().poll("")
        site.went_wrong = True
        for source in (make(), make(listen="search", query="acme")):
            with pytest.raises(SourceUnavailable, match="Something went wrong"):
                await source.poll("")

    played(story)


# --- searches ---------------------------------------------------------------------------------------------------------


def test_a_search_finds_issues_and_discussions_by_title_and_text_in_public_alone() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.visibility |= {"other/tool": "public", "other/secret": "private"}
        hit = site.issue("Acme broke my build", repository="other/tool")
        site.issue("Nothing", repository="other/tool")
        topic = site.discussion("Which is better?", "Acme or anvil", repository="other/tool")
        site.issue("Acme in secret", repository="other/secret")
        source = make(listen="search", query="acme", repositories=())
        found, batch = await walked(source)
        assert list(found) == [hit["_name"], topic["_name"]]
        asked = next(one for one in site.asked if "/search/issues" in one)
        assert all(part in asked for part in ("in%3Atitle%2Cbody", "is%3Apublic", "is%3Aissue"))
        site.tick(ALL)
        new = site.issue("Acme again", repository="other/tool")
        found, _ = await walked(source, batch.checkpoint)
        assert new["_name"] in found
        assert batch.stale == frozenset()

    played(story)


def test_a_search_that_github_broke_off_is_taken_and_begun_there_again() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make(listen="search", query="acme")
        site.issue("Acme one")
        _, first = await walked(source)
        site.tick(ALL)
        missed = site.issue("Acme two")
        site.tick(ALL)
        site.incomplete = True
        third = site.issue("Acme three")
        del site.things[missed["_name"]]
        found, batch = await walked(source, first.checkpoint)
        assert third["_name"] in found
        site.incomplete = False
        site.things[missed["_name"]] = missed
        found, _ = await walked(source, batch.checkpoint)
        assert missed["_name"] in found

    played(story)


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_pasted_address_is_found_where_everybody_reads_it() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make(repositories=("acme/other",))
        issue, topic = site.issue("Hello"), site.discussion("Which?")
        pull = site.issue("A change", kind="pull")
        things = [issue, topic, pull, site.comment(issue, "a"), site.comment(topic, "b"), site.comment(pull, "c")]
        things.append(site.comment(topic, "d", below=things[4]))
        for one in things:
            found = await source.find(one["html_url"])
            assert isinstance(found, Posted), one
            assert found.external_id == one["_name"]
            assert found.facts
        for address in (
            "https://elsewhere.example/acme/app/issues/1",
            f"{site.base_url}/acme/app",
            f"{site.base_url}/acme/app/issues/99",
            f"{site.base_url}/acme/app/discussions/99",
            f"{site.base_url}/acme/app/discussions/1",
            f"{site.base_url}/acme/app/issues/1#issuecomment-1",
            f"{site.base_url}/acme/../issues/1",
            "nonsense",
        ):
            assert await source.find(address) is None, address

    played(story)


@pytest.mark.parametrize(
    ("base_url", "site", "rest", "graphql"),
    [
        ("https://api.github.com", "github.com", "https://api.github.com", "https://api.github.com"),
        (
            "https://git.acme.example/api/v3/",
            "git.acme.example",
            "https://git.acme.example/api/v3",
            "https://git.acme.example/api",
        ),
        ("https://api.acme.ghe.com", "acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com"),
    ],
)
def test_an_enterprise_server_has_its_own_addresses(base_url: str, site: str, rest: str, graphql: str) -> None:
    async def story(_: FakeGitHub, make: Make) -> None:
        api = make(base_url=base_url)._api
        assert (api.site, api.rest.base_url, api._graph.base_url) == (site, rest, graphql)

    played(story)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"repositories": ["acme/app"]}, "username"),
        ({"username": " ", "repositories": ["acme/app"]}, "username"),
        ({"username": US}, "repositories"),
        ({"username": US, "repositories": ["acme"]}, "repositories"),
        ({"username": US, "repositories": ["acme/../app"]}, "repositories"),
        ({"username": US, "repositories": [f"acme/app{number}" for number in range(11)]}, "repositories"),
        ({"username": US, "listen": "search"}, "query"),
        ({"username": US, "listen": "all"}, "listen"),
        ({"username": US, "repositories": ["acme/app"], "base_url": "github"}, "base_url"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_their_name(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(GitHubOptions, table)
    assert caught.value.key == key


def test_there_is_no_source_without_a_token_and_our_own_account_is_none_of_its_mentions() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_CODE_TOKEN"):
            make(secrets={})
        options = GitHubOptions(username=US, repositories=("acme/app",))
        assert (options.account, options.own_accounts) == (US, (US,))

    played(story)


def test_a_clock_that_was_ahead_at_the_first_look_makes_no_old_news_once_it_is_right() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        _, batch = await walked(make())
        checkpoint = json.dumps(json.loads(batch.checkpoint) | {"began": "2099-01-01T00:00:00Z"})
        _, batch = await walked(make(), checkpoint)
        assert json.loads(batch.checkpoint)["began"] < "2099"

    played(story)
