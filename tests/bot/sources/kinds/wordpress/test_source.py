"""Rules of hearing comments of a WordPress site: what everybody may read there, each once, however late it shows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.wordpress.source import WordPress, WordPressOptions
from bot.sources.kinds.wordpress.walk import MOST, Walk
from bot.sources.kit.kept import kept
from bot.sources.kit.options import OptionError, build_options
from handlers.base.organisation import SourceRules
from handlers.listen.follow_ups import is_ours
from tests.bot.sources.kinds.wordpress.scene import Make, Now, heard, played
from tests.bot.sources.scene import played as scripted
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.wordpress import BEGIN, SECRETS, US, FakeWordPress


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("secrets", [{}, SECRETS], ids=["stranger", "account"])
def test_a_comment_is_heard_with_its_words_its_post_and_where_it_stands(plain: bool, secrets: dict[str, str]) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page = site.page("Prices & <b>plans</b>")
        first = site.comment(0, page, "Hm.")
        text = 'Acme &amp; I: "it\'s" too dear.\n\nSee <a href="https://x.example/a">this</a>'
        answer = site.comment(60, page, text, "Ana &amp; Co", parent=first, url="https://ana.example")
        (_, post), _ = await heard(make(secrets))
        assert (post.external_id, post.reply_to) == (str(answer), str(first))
        assert post.text == "Acme & I: “it’s” too dear.\n\nSee this"
        assert (post.title, post.url) == ("Prices & <b>plans</b>", site.link(answer))
        assert post.links == ("https://x.example/a",)
        assert post.published_at == BEGIN + timedelta(seconds=60)
        assert (post.author.url, post.author.handle, post.author.avatar) == ("https://ana.example", "", "")
        assert json.loads(post.facts) == {"open": True}

    played(story, plain=plain)


def test_a_guest_is_known_again_and_neither_mail_address_nor_face_is_kept() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page = site.page()
        for name, mail in (("Kim", "kim@mail.example"), ("Kim K.", "kim@mail.example"), ("Kim", "other@mail.example")):
            site.comment(0, page, "Hello", name, email=mail)
        site.comment(1, page, "Hello", "Ada", author=12)
        posts, _ = await heard(make())
        kim, again, other, user = (one.author.external_id for one in posts)
        assert kim == again != other
        assert user == "user:12"
        colleagues = SourceRules(name="blog", kind="wordpress", own_accounts=frozenset({"user:12"}))
        assert [is_ours(colleagues, one.author) for one in posts] == [False, False, False, True]
        assert "mail.example" not in repr(posts)
        assert "gravatar" not in repr(posts)
        assert all("author_email" not in path for _, path in site.asked)
        site.faces = False
        named = [one.author.external_id for one in (await heard(make()))[0]]
        assert named[0] == named[2] != named[1]

    played(story)


def test_every_comment_is_heard_once_over_many_pages_and_the_first_look_takes_one() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        for number in range(150):
            site.comment(number, page, f"old {number}")
        posts, checkpoint = await heard(source)
        assert [one.text for one in posts] == [f"old {number}" for number in range(50, 150)]
        for number in range(250):
            site.comment(200 + number // 2, page, f"new {number}")
        posts, checkpoint = await heard(source, checkpoint)
        fresh = [one.text for one in posts if one.text.startswith("new")]
        assert fresh == [f"new {number}" for number in range(250)]
        # What was there before the first look is no news, however far we look back.
        assert "old 48" not in {one.text for one in posts}

    played(story)


def test_a_site_without_comments_is_known_and_all_that_comes_is_heard() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        posts, checkpoint = await heard(source)
        assert posts == []
        site.comment(0, site.page(), "First!")
        posts, _ = await heard(source, checkpoint)
        assert [one.text for one in posts] == ["First!"]

    played(story)


def test_what_moderators_let_through_days_later_is_heard_and_what_they_hold_or_throw_away_is_not() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        site.comment(-86_400, page, "Older")
        held = site.comment(0, page, "Held", approved="0")
        for approved in ("spam", "trash", "0"):
            site.comment(1, page, "Bad", approved=approved)
        site.comment(3_000, page, "Seen")
        posts, checkpoint = await heard(source)
        assert [one.text for one in posts] == ["Older", "Seen"]
        now.passes(days=6)
        site.comment(5 * 86_400, page, "Later")
        _, checkpoint = await heard(source, checkpoint)
        site.comments[held]["approved"] = "1"
        posts, _ = await heard(source, checkpoint)
        assert "Held" in {one.text for one in posts}

    played(story, role="editor")


def test_a_busy_site_is_looked_through_two_weeks_back_once_an_hour() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        _, checkpoint = await heard(source)
        for number in range(130):
            site.comment(number - 40_000, page, f"n {number}", approved="0" if number == 5 else "1")
        site.comment(3_600, page, "now")
        _, checkpoint = await heard(source, checkpoint)
        site.comments[1_005]["approved"] = "1"
        posts, checkpoint = await heard(source, checkpoint)
        assert [one.text for one in posts] == ["now"]
        now.passes(hours=1)
        posts, _ = await heard(source, checkpoint)
        assert "n 5" in {one.text for one in posts}

    played(story)


def test_nothing_is_missed_in_the_hour_that_comes_twice() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        turn = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50 in Berlin, and ten minutes later it is 02:00
        now.at = turn + timedelta(minutes=1)
        page, source = site.page(), make()
        _, checkpoint = await heard(source)
        for number in range(120):  # so many that not all of two weeks is looked through each time
            site.comment(0, page, f"n {number}", date=turn - timedelta(days=2))
        site.comment(0, page, "before", date=turn)
        _, checkpoint = await heard(source, checkpoint)
        now.at = turn + timedelta(minutes=30)
        site.comment(0, page, "after", date=turn + timedelta(minutes=20))
        posts, _ = await heard(source, checkpoint)
        assert "after" in {one.text for one in posts}

    played(story)


def test_a_comment_that_is_dated_far_ahead_does_not_make_us_deaf() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        site.comment(0, page, "From the future", date=datetime(2099, 1, 1, tzinfo=UTC))
        _, checkpoint = await heard(source)
        site.comment(3_600, page, "Today")
        site.comment(0, page, "From a later future", date=datetime(2100, 1, 1, tzinfo=UTC))
        _, checkpoint = await heard(source, checkpoint)
        now.passes(days=30)
        site.comment(30 * 86_400, page, "Next month")
        posts, _ = await heard(source, checkpoint)
        assert "Next month" in {one.text for one in posts}

    played(story)


def test_what_we_may_not_see_is_counted_in_a_list_and_is_no_end_of_it() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        secret, page, source = site.page(status="private"), site.page(), make({})
        _, checkpoint = await heard(source)
        for number in range(120):
            site.comment(number, secret, "hidden")
        site.comment(200, page, "in sight")
        posts, _ = await heard(source, checkpoint)
        assert [one.text for one in posts] == ["in sight"]

    played(story)


def test_a_first_look_at_a_page_of_which_we_may_see_nothing_makes_no_news_of_what_stands_behind_it() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        secret, page, source = site.page(status="private"), site.page(), make({})
        site.comment(0, page, "old")
        for number in range(120):
            site.comment(1 + number, secret, "hidden")
        _, checkpoint = await heard(source)
        now.passes(minutes=1)
        site.comment(3_650, page, "new")
        posts, _ = await heard(source, checkpoint)
        assert [one.text for one in posts] == ["new"]

    played(story)


@pytest.mark.parametrize("hidden", [{"status": "private"}, {"password": "sesame"}, {"kind": "products"}])
def test_what_stands_where_not_everybody_reads_is_not_heard_with_an_account_either(hidden: dict[str, str]) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        secret = site.comment(0, site.page(**hidden), "Between us")
        site.comment(1, site.page(kind="pages"), "For all")
        posts, _ = await heard(make())
        assert [one.text for one in posts] == ["For all"]
        assert await make().find(site.link(secret)) is None

    played(story, role="editor")


def test_our_own_comments_and_pings_are_no_mentions_and_a_stranger_of_our_name_is_one() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page = site.page()
        site.comment(0, page, "We look into it.", "Acme Care", author=US)
        site.comment(1, page, "See our list", "A blog", type="pingback")
        site.comment(1, page, "A note between editors", "Ada", type="note")
        site.comment(2, page, "I am Acme, send me your password", "Acme Care")
        posts, _ = await heard(make())
        assert [one.text for one in posts] == ["I am Acme, send me your password"]

    played(story)


def test_only_chosen_posts_are_heard() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        pages = [site.page(), site.page(), site.page()]
        for page in pages:
            site.comment(0, page, f"on {page}")
        posts, _ = await heard(make(posts=(str(pages[0]), str(pages[2]))))
        assert [one.text for one in posts] == [f"on {pages[0]}", f"on {pages[2]}"]

    played(story)


def test_an_edit_that_is_shown_again_reads_anew_under_the_same_name() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source, number = make(), site.comment(0, site.page(), "Bad")
        _, checkpoint = await heard(source)
        site.comments[number]["content"] = "Good"
        posts, _ = await heard(source, checkpoint)
        assert [(one.external_id, one.text) for one in posts] == [(str(number), "Good")]

    played(story)


def test_a_site_that_does_not_count_its_lists_is_read_to_the_end() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        _, checkpoint = await heard(source)
        for number in range(120):
            site.comment(number, page, f"n {number}")
        posts, _ = await heard(source, checkpoint)
        assert len(posts) == 120

    played(story, total=False)


def test_a_page_that_is_too_large_is_asked_for_in_parts() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        page, source = site.page(), make()
        _, checkpoint = await heard(source)
        for number in range(9):
            site.comment(number, page, f"{number} " + "a\n" * 30_000)
        found: list[str] = []
        failed = 0
        for _ in range(60):
            try:
                batch = await source.poll(checkpoint)
            except SourceUnavailable:
                failed += 1
                continue
            found += [one.text.partition(" ")[0] for one in batch.events]  # type: ignore[union-attr]
            checkpoint = batch.checkpoint
            if not batch.more:
                break
        assert failed
        assert list(dict.fromkeys(found)) == [str(number) for number in range(9)]

    played(story)


@pytest.mark.parametrize("plain", [False, True])
def test_a_comment_is_found_by_its_address_and_nothing_else_is_asked_for(plain: bool) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source, page = make(), site.page()
        number = site.comment(0, page, "Hello")
        link = site.link(number)
        others = link.replace("/#", "/comment-page-2/#"), link.replace("/#", "#"), link.replace("#", "&cpage=2#")
        for url in (link, *(others[2:] if plain else others[:2])):
            found = await source.find(url)
            assert found is not None
            assert (found.external_id, found.text) == (str(number), "Hello")
        asked = len(site.asked)
        for url in ("https://blog.example/p/#comment-1", f"{site.base_url}/2026/", f"{link}x", "nonsense", ""):
            assert await source.find(url) is None
        assert len(site.asked) == asked
        # Another site may stand in a folder of this one, whose comments have the same numbers.
        for elsewhere in (
            link.replace("/2026/", "/shop/2026/"),
            link.replace("?p=", "?p=1"),
            f"{site.base_url}/x#comment-{number}",
        ):
            assert elsewhere == link or await source.find(elsewhere) is None
        for approved in ("0", "spam", "trash"):
            site.comments[number]["approved"] = approved
            assert await source.find(link) is None
            assert await make({}).find(link) is None
        assert await source.find(link.replace(str(number), "999999")) is None
        site.comments[number] |= {"approved": "1", "type": "pingback"}
        assert await source.find(link) is None

    played(story, plain=plain)


def test_a_password_that_does_not_count_is_told_with_the_variable_that_holds_it() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        site.comment(0, site.page(), "Hello")
        site.password = "another one"
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_BLOG_APPLICATION_PASSWORD") as caught:
            await make().poll("")
        assert SECRETS["application_password"] not in caught.value.reason
        assert len((await heard(make({})))[0]) == 1

    played(story)


def test_a_server_that_takes_the_password_out_is_told_so() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        site.comment(0, site.page(), "Hello")
        with pytest.raises(SourceRefused, match="Authorization"):
            await make().poll("")

    played(story, deaf=True)


def test_a_site_that_is_closed_to_strangers_is_heard_with_an_account() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        site.comment(0, site.page(), "Hello")
        with pytest.raises(SourceRefused, match="no stranger"):
            await make({}).poll("")
        assert len((await heard(make()))[0]) == 1

    played(story, closed=True)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, {}, b"<html>"), SourceUnavailable),
        (Reply(404, {}, b"<html>"), SourceRefused),
        (Reply(403, {}, b"<html>"), SourceRefused),
        (Reply(404, {}, b'{"code": "rest_no_route"}'), SourceRefused),
        (Reply(400, {}, b'{"code": "rest_invalid_param"}'), SourceRefused),
        (Reply(200, {}, b'{"code": "hm"}'), SourceUnavailable),
        (Reply(503, {}, b"<html>"), SourceUnavailable),
        (Reply(429, {"Retry-After": "9"}), SourceUnavailable),
    ],
)
def test_what_is_no_wordpress_or_not_well_is_told(reply: Reply, error: type[Exception]) -> None:
    async def scene(server: ScriptedServer, tools: Any) -> None:
        server.on("/wp-json/wp/v2/comments", reply)
        server.on("/", reply)
        options = WordPressOptions(base_url=server.url(""))
        with pytest.raises(error):
            await WordPress(config_of(options, {}, allow_private=True), tools).poll("")

    scripted(scene)


def config_of(options: WordPressOptions, secrets: dict[str, str], *, allow_private: bool) -> Any:
    return SourceConfig(name="blog", kind="wordpress", options=options, secrets=secrets, allow_private=allow_private)


def test_a_password_never_goes_out_in_the_clear() -> None:
    async def scene(server: ScriptedServer, tools: Any) -> None:
        options = WordPressOptions(base_url="http://blog.acme.example")
        with pytest.raises(OptionError, match="not https"):
            WordPress(config_of(options, SECRETS, allow_private=False), tools)
        WordPress(config_of(options, {}, allow_private=False), tools)
        WordPress(config_of(options, SECRETS, allow_private=True), tools)
        for name in SECRETS:
            with pytest.raises(OptionError, match="DIBS_SOURCE_BLOG_"):
                WordPress(config_of(options, {name: "x"}, allow_private=True), tools)

    scripted(scene)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"base_url": "blog"},
        {"base_url": "https://a.example/?p=1"},
        {"base_url": "https://a.example/", "posts": ["x"]},
        {"base_url": "https://a.example/", "posts": ["12,13"]},
    ],
)
def test_wrong_options_are_told(table: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        build_options(WordPressOptions, table)


@pytest.mark.parametrize("text", ["", "x", "[]", "null", '{"cursor": "x"}', '{"since": "never"}'])
def test_a_checkpoint_that_is_not_ours_begins_anew(text: str) -> None:
    walk = kept(Walk, text).begun(BEGIN)
    assert (walk.after, walk.offset) == ("", 0)


def test_a_clock_that_was_ahead_keeps_no_walk_from_looking_far_back() -> None:
    walk = Walk(since=BEGIN.isoformat(), far=(BEGIN + timedelta(days=365)).isoformat(), long=True)
    assert walk.begun(BEGIN).wide


def test_a_site_that_shows_its_first_page_for_ever_has_an_end() -> None:
    walk = Walk(since=BEGIN.isoformat()).begun(BEGIN)
    for _ in range(MOST // 100 + 1):
        walk = walk.gone_on([BEGIN], 100, BEGIN, more=True)
    assert not walk.after


def test_a_comment_that_a_site_says_to_stand_nowhere_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        link = site.link(site.comment(0, site.page(), "Hello"))
        monkeypatch.setattr(site, "link", lambda _number: "http://[")
        assert await make().find(link) is None

    played(story)
