"""Rules of listening to Reddit, against a site of our own on loopback."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.posts import read_post
from bot.sources.kinds.reddit.source import PAGE
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Deleted, Posted
from tests.bot.sources.kinds.reddit.scene import Make, all_of, played
from tests.fakes.reddit import BEGIN, SECRETS, FakeReddit


def test_a_post_is_read_without_its_marks_and_with_its_links() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        made = site.post(1, "Acme & bills", "Twice!\n\nSee https://blog.example/a?b=1&c=2")
        (found,) = (await make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.external_id, found.title) == (made["name"], "Acme & bills")
        assert found.text == "Twice!\n\nSee https://blog.example/a?b=1&c=2"
        assert found.links == ("https://blog.example/a?b=1&c=2",)
        assert found.url == f"https://www.reddit.com{made['permalink']}"
        assert (found.author.handle, found.author.url) == ("ana", "https://www.reddit.com/user/ana")
        assert (found.published_at, found.reply_to) == (datetime.fromtimestamp(BEGIN + 1, UTC), "")

    played(story)


def test_a_link_that_was_posted_without_words_has_its_title_and_its_link() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        site.post(1, "Acme in the news", url="https://news.example/acme")
        (found,) = (await make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.title, found.text, found.links) == ("Acme in the news", "", ("https://news.example/acme",))

    played(story)


def test_a_subreddit_is_heard_in_its_posts_and_its_comments() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        post = site.post(1, "Hello")
        comment = site.comment(2, post, "Mine too")
        batch = await make(listen="subreddit", subreddit="r/acme", query="").poll("")
        first, second = batch.events
        assert isinstance(first, Posted)
        assert isinstance(second, Posted)
        assert (first.external_id, second.external_id) == (post["name"], comment["name"])
        assert (second.reply_to, second.title) == (post["name"], "Hello")

    played(story)


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        *((word, True) for word in ("public", "restricted", "archived", "user")),
        *((word, False) for word in ("private", "employees_only", "gold_only", "gold_restricted", "invited", "", None)),
    ],
)
def test_a_subreddit_that_not_everybody_reads_is_not_heard(kind: str | None, heard: bool) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        post = site.post(1, "Hello", subreddit_type=kind)
        site.comment(2, post, "Mine too", subreddit_type=kind)
        batch = await make(listen="subreddit", subreddit="acme", query="").poll("")
        assert len(batch.events) == (2 if heard else 0)
        found = await make(query="x").find(f"https://www.reddit.com{post['permalink']}")
        assert (found is not None) is heard

    played(story)


def test_a_mention_is_read_from_the_inbox_where_its_address_is_called_context() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        comment = site.comment(2, site.post(1, "Hello"), "u/acme_support look")
        site.mentions.append(comment["name"])
        (found,) = (await make(listen="mentions", query="").poll("")).events
        assert isinstance(found, Posted)
        assert found.url == f"https://www.reddit.com{comment['permalink']}"
        assert (found.external_id, found.text) == (comment["name"], "u/acme_support look")

    played(story)


def test_a_list_is_walked_to_where_the_last_walk_began_even_when_that_thing_is_gone() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        site.post(0, "acme old")
        _, checkpoint = await all_of(source, "")
        site.things.clear()
        total = 2 * PAGE + 7
        for number in range(total):
            site.post(10 + number, f"acme {number}")
        events, checkpoint = await all_of(source, checkpoint)
        assert [event.title for event in events if isinstance(event, Posted)].count("acme 0") == 1
        assert len(events) == total
        assert not any("before=" in path for _, path in site.asked)

    played(story)


def test_a_walk_that_fell_off_the_list_is_walked_again() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        site.post(0, "acme old")
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE + 20):
            site.post(10 + 100 * number, f"acme {number}")
        batch = await source.poll(checkpoint)
        assert batch.more
        last = batch.events[0]
        assert isinstance(last, Posted)
        del site.things[last.external_id]
        events, checkpoint = await all_of(source, batch.checkpoint)
        assert events == []
        events, _ = await all_of(source, checkpoint)
        assert "acme 0" in [event.title for event in events if isinstance(event, Posted)]

    played(story)


def test_a_walk_looks_back_an_hour_and_no_further() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        site.post(10_000, "acme new")
        _, checkpoint = await all_of(source, "")
        for number in range(3 * PAGE):
            site.post(number, f"acme long ago {number}")
        site.post(9_000, "acme approved late")
        for number in range(PAGE - 1):
            site.post(9_001 + number, f"acme {number}")
        site.asked.clear()
        events, _ = await all_of(source, checkpoint)
        assert "acme approved late" in [event.title for event in events if isinstance(event, Posted)]
        assert len(site.asked) == 2

    played(story)


def test_what_comes_after_an_empty_first_poll_is_taken_whole() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE + 7):
            site.post(number, f"acme {number}")
        events, _ = await all_of(source, checkpoint)
        assert len(events) == PAGE + 7

    played(story)


@pytest.mark.parametrize("text", ["[deleted]", "[removed]", "[ Removed by Reddit ]"])
def test_what_was_taken_away_is_a_deletion(text: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        post = site.post(1, "Hello")
        comment = site.comment(2, post, text, "[deleted]")
        site.post(3, "acme", "acme", removed_by_category="moderator")
        batch = await make(listen="subreddit", subreddit="acme", query="").poll("")
        assert [type(event) for event in batch.events] == [Posted, Deleted, Deleted]
        assert batch.events[1] == Deleted(external_id=comment["name"])

    played(story)


def test_what_stands_there_without_its_author_is_a_post_of_nobody() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        site.post(1, "acme", "text", author="[deleted]")
        (found,) = (await make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.text, found.author.handle) == ("text", "")

    played(story)


def test_a_token_is_bought_once_and_again_when_it_ended() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        for _ in range(3):
            await source.poll("")
        assert site.bought == 1
        site.expire()
        await source.poll("")
        assert site.bought == 2

    played(story)


@pytest.mark.parametrize("status", [200, 400])
def test_a_revoked_refresh_token_is_told_with_how_to_mend_it(status: int) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        await source.poll("")
        site.refresh_token = "another"
        site.expire()
        with pytest.raises(SourceRefused, match=r"authorise .* DIBS_SOURCE_TALK_REFRESH_TOKEN") as caught:
            await source.poll("")
        assert SECRETS["refresh_token"] not in str(caught.value)
        assert not any(secret in path for secret in SECRETS.values() for _, path in site.asked)

    played(story, oauth_error=status)


def test_a_wrong_application_is_told_apart_from_a_revoked_token() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_TALK_CLIENT_SECRET"):
            await make(secrets={**SECRETS, "client_secret": "other"}).poll("")

    played(story)


def test_a_subreddit_that_is_not_there_is_told() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        with pytest.raises(SourceRefused, match="no such subreddit"):
            await make(listen="subreddit", subreddit="nowhere").poll("")

    played(story)


@pytest.mark.parametrize("field", list(SECRETS))
def test_nothing_is_built_without_its_credentials(field: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        with pytest.raises(OptionError, match=f"DIBS_SOURCE_TALK_{field.upper()}"):
            make(secrets={**SECRETS, field: ""})

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"/search": 1}', '{"/search": {"since": "x"}}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        site.post(1, "acme")
        assert len((await make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"query": "acme"}, "username"),
        ({"query": "acme", "username": "a b"}, "username"),
        ({"username": "acme_support"}, "query"),
        ({"username": "acme_support", "listen": "subreddit"}, "subreddit"),
        ({"username": "acme_support", "listen": "subreddit", "subreddit": "a/b"}, "subreddit"),
        ({"username": "acme_support", "query": "acme", "base_url": "x"}, "base_url"),
        ({"username": "acme_support", "query": "acme", "listen": "all"}, "listen"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(RedditOptions, table)
    assert caught.value.key == key


def test_a_post_and_a_comment_are_found_by_their_addresses() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        post = site.post(1, "Hello", "text")
        comment = site.comment(2, post, "Mine too")
        link_id = post["name"].removeprefix("t3_")
        source = make()
        for url in (
            f"https://www.reddit.com{post['permalink']}",
            f"https://old.reddit.com/comments/{link_id}?utm=1",
            f"https://redd.it/{link_id}",
        ):
            found = await source.find(url)
            assert found is not None
            assert (found.external_id, found.title) == (post["name"], "Hello")
        found = await source.find(f"https://www.reddit.com{comment['permalink']}?context=3")
        assert found is not None
        assert (found.external_id, found.title, found.text) == (comment["name"], "Hello", "Mine too")
        comment["body"] = "[deleted]"
        assert await source.find(f"https://www.reddit.com{comment['permalink']}") is None

    played(story)


@pytest.mark.parametrize(
    "url",
    [
        "https://blog.example/comments/abc",
        "https://www.reddit.com/r/acme",
        "https://notreddit.com/comments/abc",
        "",
        "x",
    ],
)
def test_other_addresses_are_not_asked_for(url: str) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        assert await make().find(url) is None
        assert site.asked == []

    played(story)


def test_an_answer_of_another_kind_is_said_to_be_one() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        with pytest.raises(SourceUnavailable, match="as Reddit does"):
            source._api.things_of({"kind": "Listing", "data": {}})

    played(story)


def test_of_what_reddit_shows_collapsed_it_is_said() -> None:
    comment = {"name": "t1_k7", "body": "Refund", "collapsed": True}
    assert [read_post({**comment, "collapsed": one}).low for one in (True, False)] == ["Reddit shows it collapsed", ""]
