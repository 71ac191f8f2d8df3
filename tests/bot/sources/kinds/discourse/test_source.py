"""Rules of listening to a forum: all of its public posts, each once, and nothing that fewer than everybody may read."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.discourse.doors import HOLDS
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Posted
from tests.bot.sources.kinds.discourse.scene import Make, Time, all_of, heard, played, told_gone
from tests.bot.sources.scene import played as played_by
from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import IDEAS, STAFF, US
from tests.fakes.http import Reply, ScriptedServer


def test_a_post_is_told_with_its_author_its_place_and_what_its_answer_needs() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        first = forum.topic("Charged twice", "Acme charged me twice, see https://bank.example/1 <@U1> & co")
        forum.post(forum.topics[11], "Me too", "ben", to=1)
        one, other = await heard(make())
        assert (one.external_id, one.title) == (str(first["id"]), "Charged twice")
        assert one.text == "Acme charged me twice, see https://bank.example/1 <@U1> & co"
        assert one.url == f"{forum.base_url}/t/charged-twice/11/1"
        assert one.links == ("https://bank.example/1",)
        assert (one.author.handle, one.author.name, one.author.external_id) == ("kim", "Kim", "21")
        assert one.author.url == f"{forum.base_url}/u/kim"
        assert one.published_at is not None
        assert json.loads(one.facts) == {"topic": 11, "number": 1}
        assert (one.reply_to, other.reply_to) == ("", one.external_id)

    played(story)


@pytest.mark.parametrize("era", ["new", "middle", "elder"])
def test_a_long_walk_hears_every_post_and_oldest_first(era: str) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "The first")
        source = make()
        _, checkpoint = await all_of(source)
        for number in range(230):
            forum.post(forum.topics[11], f"post {number}")
        posts = await heard(source, checkpoint)
        texts = [one.text for one in posts if one.text != "The first"]
        assert set(texts) == {f"post {number}" for number in range(230)}
        assert texts[:50] == [f"post {number}" for number in range(180, 230)]

    played(story, era=era)


@pytest.mark.parametrize("era", ["new", "middle", "elder"])
def test_a_page_of_what_is_not_for_our_eyes_does_not_end_a_walk(era: str) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "The first")
        source = make()
        _, checkpoint = await all_of(source)
        wanted = forum.post(forum.topics[11], "Acme is down")
        forum.topic("Secret", "Not for all", category=STAFF)
        for number in range(170):
            forum.post(forum.topics[12], f"secret {number}")
        # While all of the newest page is secret, nothing is seen, and nothing is passed over either.
        batch = await source.poll(checkpoint)
        assert (batch.events == ()) == (era != "new")
        checkpoint = batch.checkpoint if era != "new" else checkpoint
        forum.post(forum.topics[11], "Another word to all")
        assert str(wanted["id"]) in {one.external_id for one in await heard(source, checkpoint)}

    played(story, admin=False, era=era)


def test_the_newest_fifty_are_told_again_so_that_an_edit_and_a_deletion_by_its_author_are_seen() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        first = forum.topic("Hello", "Acme is down")
        other = forum.post(forum.topics[11], "Nonsense about Acme")
        source = make()
        _, checkpoint = await all_of(source)
        forum.edit(first, "Acme is up again")
        other["user_deleted"] = True
        assert [one.text for one in await heard(source, checkpoint)] == ["Acme is up again"]
        assert await told_gone(source, checkpoint) == [str(other["id"])]

    played(story)


@pytest.mark.parametrize(
    "more",
    [
        {"post_type": 4},  # a whisper
        {"post_type": 3},  # "closed this topic"
        {"post_type": 2},
        {"post_type": None},
        {"username": "system"},
        {"deleted_at": "2026-03-04T05:00:00Z"},
        {"hidden": True},
        {"user_deleted": True},
    ],
    ids=str,
)
def test_whispers_notes_the_system_and_what_was_taken_away_are_no_mentions(more: dict[str, Any]) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "Acme is down", **more)
        assert await heard(make()) == []
        assert await heard(make(members=True)) == []

    played(story)


def test_what_fewer_than_everybody_may_read_is_heard_only_where_that_was_chosen_and_a_private_message_never() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Secret", "For staff", category=STAFF)
        private = forum.topic("Hello you", "For you", category=None)
        public = forum.topic("Hello", "For all")
        assert [one.text for one in await heard(make())] == ["For all"]
        assert [one.text for one in await heard(make(members=True))] == ["For staff", "For all"]
        for one, found in ((private, None), (public, "For all")):
            post = await make(members=True).find(f"{forum.base_url}/t/x/{one['topic_id']}/1")
            assert (post.text if post else None) == found

    played(story)


def test_a_category_that_is_closed_later_is_heard_no_more() -> None:
    time = Time()

    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "For all")
        source = make()
        assert len(await heard(source)) == 1
        forum.topics[11]["category_id"] = STAFF
        assert await heard(source) == []
        forum.topics[11]["category_id"] = IDEAS
        asked = len(forum.asked)
        assert len(await heard(source)) == 1
        assert len(await heard(source)) == 1
        assert len(forum.asked) == asked + 3  # two pages, and one question about a category
        time.passes(seconds=HOLDS.total_seconds())
        await heard(source)
        assert len(forum.asked) == asked + 6

    played(story, time=time)


def test_a_forum_behind_a_login_is_not_heard_unless_that_was_chosen() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "For members")
        with pytest.raises(SourceRefused, match="members = true"):
            await make().poll("")
        assert len(await heard(make(members=True))) == 1
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_FORUM_API_KEY"):
            await make({}).poll("")

    played(story, login_required=True)


def test_a_public_forum_is_heard_without_a_key_and_answered_by_hand() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Secret", "For staff", category=STAFF)
        forum.topic("Hello", "For all")
        assert [one.text for one in await heard(make({}, username=""))] == ["For all"]

    played(story)


def test_only_the_categories_that_were_named_are_heard() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "Help me")
        forum.topic("Idea", "Better", category=IDEAS)
        assert [one.text for one in await heard(make(categories=("Support",)))] == ["Help me"]

    played(story)


def test_a_search_asks_for_each_new_post_and_for_none_again() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "Acme is down, and this is more than an excerpt")
        forum.post(forum.topics[11], "nothing of the kind")
        for number in range(30):
            forum.post(forum.topics[11], f"something else {number}")
        source = make(query="acme")
        (first,) = await heard(source)
        assert (first.text, first.title) == ("Acme is down, and this is more than an excerpt", "Hello")
        _, checkpoint = await all_of(source)
        for number in range(70):
            forum.post(forum.topics[11], f"acme {number}")
        forum.asked.clear()
        posts = await heard(source, checkpoint)
        assert {one.text for one in posts} >= {f"acme {number}" for number in range(70)}
        assert sum(one.startswith("GET /search") for one in forum.asked) == 2
        _, checkpoint = await all_of(source, checkpoint)
        forum.asked.clear()
        await all_of(source, checkpoint)
        assert sum("/posts/" in one for one in forum.asked) <= 26  # the overlap

    played(story)


def test_what_a_post_answers_is_known_by_its_id_though_it_is_told_by_a_number() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        old = forum.topic("Old", "An old question")
        for number in range(60):
            forum.topic(f"Other {number}", "Something else")
        source = make()
        _, checkpoint = await all_of(source)
        plain = forum.post(forum.topics[11], "A word to the topic", "ben")
        nested = forum.post(forum.topics[11], "A word to Ben", to=2)
        gone = forum.post(forum.topics[11], "A word to nobody", to=77)
        names = {one.external_id: one.reply_to for one in await heard(source, checkpoint)}
        assert names[str(plain["id"])] == str(old["id"])
        assert names[str(nested["id"])] == str(plain["id"])
        assert names[str(gone["id"])] == ""
        asked = [one for one in forum.asked if "by_number" in one]
        assert len(asked) == len(set(asked)) == 2
        await all_of(source, checkpoint)
        assert [one for one in forum.asked if "by_number" in one] == asked

    played(story)


def test_a_post_that_a_moderator_moved_is_the_same_post() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "The first")
        forum.topic("Billing", "The other first")
        moved = forum.post(forum.topics[11], "Acme charged me twice")
        source = make()
        _, checkpoint = await all_of(source)
        forum.move(moved, forum.topics[12])
        (found,) = [one for one in await heard(source, checkpoint) if one.text == "Acme charged me twice"]
        assert found.external_id == str(moved["id"])
        assert found.url.endswith("/t/billing/12/2")

    played(story)


def test_a_post_is_found_by_its_address() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "The first")
        for number in range(40):
            forum.post(forum.topics[11], f"post {number}")
        forum.topics[11]["closed"] = True
        for path, text in (
            ("/t/hello/11", "The first"),
            ("/t/11", "The first"),
            ("/t/11/31", "post 29"),
            ("/t/any-slug/11/31?u=kim", "post 29"),
            ("/t/hello/11/31/", "post 29"),
        ):
            post = await make().find(forum.base_url + path)
            assert post is not None, path
            assert post.text == text
            assert json.loads(post.facts)["closed"] is True
        for path in ("/t/hello/12", "/t/11/77", "/u/kim", "/c/support/4", "/t/hello/11/31/more", ""):
            assert await make().find(forum.base_url + path) is None
        asked = len(forum.asked)
        for url in ("https://forum.example/t/hello/11", "javascript:alert(1)", "", "http://[", "https://other.example"):
            assert await make().find(url) is None
        assert len(forum.asked) == asked

    played(story)


def test_a_post_of_a_closed_category_is_not_found_by_its_address() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Secret", "For staff", category=STAFF)
        whisper = forum.topic("Hello", "Psst", post_type=4)
        assert await make().find(f"{forum.base_url}/t/secret/11") is None
        assert await make().find(f"{forum.base_url}/t/hello/{whisper['topic_id']}") is None

    played(story)


def test_a_key_that_does_not_count_says_how_to_mend_it_and_shows_nowhere() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "For all")
        forum.key = "another"
        source = make()
        for asking in (source.poll(""), source.find(f"{forum.base_url}/t/11")):
            with pytest.raises(SourceRefused, match="DIBS_SOURCE_FORUM_API_KEY") as caught:
                await asking
            assert KEY not in str(caught.value)
        assert KEY not in repr(source.__dict__)

    played(story)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"null", b"{}", b'{"latest_posts": 7}', b'{"grouped_search_result": 7, "posts": 7}']
)
@pytest.mark.parametrize("query", ["", "acme"])
def test_an_answer_of_the_wrong_shape_is_a_trouble_of_the_forum(body: bytes, query: str) -> None:
    async def scene(server: ScriptedServer, tools: Any) -> None:
        from bot.sources.base import SourceConfig
        from bot.sources.kinds.discourse.source import Discourse

        for path in ("/posts.json", "/search.json"):
            server.on(path, Reply(body=body))
        options = DiscourseOptions(base_url=server.url(""), query=query)
        source = Discourse(SourceConfig(name="f", kind="discourse", options=options, allow_private=True), tools)
        with pytest.raises(SourceUnavailable, match="as Discourse does"):
            await source.poll("")

    played_by(scene)


NONSENSE: list[Any] = [None, True, 7, -1.5, "x", "\ud800", [], [7], {}, {"a": 1}, 10**30]


@pytest.mark.parametrize("given", NONSENSE, ids=repr)
def test_nonsense_in_a_post_costs_itself_alone(given: Any) -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        for name in (
            "name",
            "username",
            "avatar_template",
            "created_at",
            "cooked",
            "reply_to_post_number",
            "version",
            "user_deleted",
            "hidden",
        ):
            forum.topic("Hello", "Acme").update({name: given})
        forum.topic("Hello", "The good one")
        assert "The good one" in [one.text for one in await heard(make())]

    played(story)


def test_a_forum_that_asks_for_a_rest_in_its_body_alone_gets_it() -> None:
    async def scene(server: ScriptedServer, tools: Any) -> None:
        from bot.sources.base import SourceConfig
        from bot.sources.kinds.discourse.source import Discourse

        told = b'{"errors": ["no"], "error_type": "rate_limit", "extras": {"wait_seconds": 41}}'
        server.on(
            "/posts.json", Reply(429, body=told), Reply(429, {"Retry-After": "7"}, told), Reply(429, body=b"Slow")
        )
        options = DiscourseOptions(base_url=server.url(""))
        source = Discourse(SourceConfig(name="f", kind="discourse", options=options, allow_private=True), tools)
        for seconds in (41, 7, None):
            with pytest.raises(SourceUnavailable) as caught:
                await source.poll("")
            assert caught.value.retry_after == seconds

    played_by(scene)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"base_url": "forum.example"}, "base_url"),
        ({"query": "ab"}, "query"),
        ({"longest": 0}, "longest"),
        ({"picture_hosts": ["*.com"]}, "picture_hosts"),
        ({"categories": "support"}, "categories"),
        ({"tags": ["x"]}, "tags"),
    ],
)
def test_a_wrong_option_is_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(DiscourseOptions, {"base_url": "https://forum.example", **table})
    assert caught.value.key == key


def test_a_key_wants_to_know_whose_it_is() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        with pytest.raises(OptionError) as caught:
            make(username="")
        assert caught.value.key == "username"

    played(story)


def test_our_own_account_is_known_by_its_option() -> None:
    options = DiscourseOptions(base_url="https://forum.example", username=US)
    assert (options.account, options.own_accounts) == (US, (US,))
    assert DiscourseOptions(base_url="https://forum.example").own_accounts == ()


def test_a_post_of_a_forum_below_a_path_is_found() -> None:
    from bot.sources.kinds.discourse.posts import place, read_post

    base = "https://acme.example/forum"
    assert place(f"{base}/t/hello/11/3", base) == (11, 3)
    assert place("https://acme.example/t/hello/11/3", base) is None
    post = read_post({"id": 1, "topic_id": 11, "post_number": 3, "topic_slug": "hello", "username": "kim"}, base)
    assert isinstance(post, Posted)
    assert (post.url, post.author.url) == (f"{base}/t/hello/11/3", f"{base}/u/kim")


def test_a_clock_that_was_ahead_keeps_no_closed_category_open() -> None:
    time = Time()

    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.topic("Hello", "For all")
        source = make()
        time.passes(days=365)
        assert len(await heard(source)) == 1
        time.passes(days=-365)
        forum.topics[11]["category_id"] = IDEAS
        asked = len(forum.asked)
        await heard(source)
        assert len(forum.asked) == asked + 3  # the page, the forum and its category

    played(story, time=time)
