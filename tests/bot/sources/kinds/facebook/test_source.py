"""Rules of hearing a Page by asking: comments below its newest posts, visitors, and what is gone or hidden."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.facebook.posts import ids_in
from handlers.base.events import Deleted, Posted
from handlers.base.media import MediaKind
from tests.bot.sources.kinds.facebook.scene import Make, Time, all_of, heard, played, told
from tests.bot.sources.scene import NOW
from tests.fakes.facebook import BEGIN, PAGE, RIGHTS, FakeFacebook
from tests.fakes.meta import APP_SECRET, SECRETS, TOKEN, MetaApp


def test_a_comment_is_a_post_with_its_writer_its_address_and_its_thread() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        ours = site.post(0)
        first = site.comment(1, ours, "Where is my refund? 😀")
        answer = site.comment(2, ours, "Mine too", "ben", to=first)
        events, _ = await all_of(make())
        one, two = events
        assert isinstance(one, Posted)
        assert isinstance(two, Posted)
        number = ours["id"].rpartition("_")[2]
        assert (one.external_id, one.text, one.reply_to) == (first["id"], "Where is my refund? 😀", ours["id"])
        assert one.url == f"https://www.facebook.com/{PAGE}/posts/{number}?comment_id={first['id'].partition('_')[2]}"
        assert (one.author.name, one.author.external_id) == ("Kim", "7321")
        assert json.loads(one.facts) == {"post": ours["id"], "thread": first["id"]}
        assert two.url == f"{one.url}&reply_comment_id={answer['id'].partition('_')[2]}"
        assert (two.reply_to, json.loads(two.facts)["thread"]) == (first["id"], first["id"])

    played(story)


def test_what_our_page_posts_is_nothing_and_what_visitors_post_is_heard() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        site.post(0, "We have news")
        visitor = site.post(1, "I want my refund", "kim", picture="https://scontent.fbcdn.net/a.jpg")
        site.post(2, "Nobody sees this", "ben", is_hidden=True)
        elsewhere = site.post(3, "Acme is down", "mia", place="8800")
        events, _ = await all_of(make())
        assert told(events) == ["I want my refund", "Acme is down"]
        first = events[0]
        assert isinstance(first, Posted)
        assert (first.external_id, first.reply_to) == (visitor["id"], "")
        (shown,) = first.media
        assert (shown.kind, shown.url) == (MediaKind.PICTURE, "https://scontent.fbcdn.net/a.jpg")
        assert json.loads(first.facts) == {"post": visitor["id"], "thread": visitor["id"]}
        assert events[1].external_id == elsewhere["id"]  # type: ignore[union-attr]

    played(story)


def test_without_advanced_access_nobody_is_named_and_our_own_comments_are_ours_all_the_same() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        first = site.comment(1, post, "Where is it?")
        site.comment(2, post, "On its way", "", to=first)
        one, two = (await make().poll("")).events
        assert isinstance(one, Posted)
        assert isinstance(two, Posted)
        assert (one.author.name, one.author.external_id, one.author.url) == ("", "", "")
        assert two.author.external_id == PAGE

    played(story, advanced=False)


def test_a_picture_alone_is_heard_and_what_says_and_shows_nothing_is_not() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        site.comment(
            1, post, "", attachment={"type": "photo", "media": {"image": {"src": "https://a.fbcdn.net/b.jpg"}}}
        )
        site.comment(2, post, "", attachment={"type": "photo", "media": {"image": {"src": "https://evil.example/b"}}})
        site.comment(3, post, "", attachment={"type": "video_inline", "media": "?"})
        site.comment(4, post, "")
        events = [one for one in (await make().poll("")).events if isinstance(one, Posted)]
        assert [(one.media[0].kind, one.media[0].url) for one in events] == [
            (MediaKind.PICTURE, "https://a.fbcdn.net/b.jpg"),
            (MediaKind.PICTURE, ""),
            (MediaKind.OTHER, ""),
        ]

    played(story)


def test_a_quiet_poll_asks_twice_and_more_only_where_there_is_more() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        for number in range(60):
            site.post(-3_600 * number)
        source = make()
        _, checkpoint = await all_of(source)
        site.app.asked.clear()
        assert await all_of(source, checkpoint) == ([], checkpoint)
        assert [path.partition("?")[0].rpartition("/")[2] for _, path in site.app.asked] == ["feed", "tagged"]
        assert not any(TOKEN in path for _, path in site.app.asked)

    played(story)


def test_what_came_between_two_polls_is_heard_however_much_it_is() -> None:
    time = Time()

    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        site.comment(1, post, "old")
        source = make()
        _, checkpoint = await all_of(source)
        time.passes(hours=1)
        first = site.comment(2_999, post, "first")
        for number in range(230):
            site.comment(3_000 + number, post, f"c{number}", to=first if number % 2 else None)
        for number in range(60):
            site.post(3_000 + number, f"p{number}", "kim")
        events, _ = await all_of(source, checkpoint)
        texts = told(events)
        assert {f"c{number}" for number in range(230)} <= set(texts)
        assert {f"p{number}" for number in range(60)} <= set(texts)

    played(story, time=time)


def test_people_who_write_as_much_as_they_can_do_not_make_us_deaf() -> None:
    time = Time()

    async def story(site: FakeFacebook, make: Make) -> None:
        posts = [site.post(-3_600 * number, "字" * 60_000, "kim") for number in range(12)]
        source = make()
        events, checkpoint = await all_of(source)
        assert len(told(events)) == 12
        time.passes(hours=1)
        for number in range(120):
            site.comment(3_000 + number, posts[number % 2], "字" * 7_990 + str(number), "ben")
        events, _ = await all_of(source, checkpoint)
        fresh = {one.text[7_990:] for one in events if isinstance(one, Posted) and one.reply_to}
        assert fresh == {str(number) for number in range(120)}

    played(story, time=time)


def test_what_stood_there_before_we_listened_is_stale_whenever_it_comes_into_sight() -> None:
    time = Time()

    async def story(site: FakeFacebook, make: Make) -> None:
        old = [site.post(-100_000 + number, "?", "kim") for number in range(30)]
        source = make()
        _, checkpoint = await all_of(source)
        for one in old[-10:]:
            del site.posts[one["id"]]  # so that older ones come onto the first page
        time.passes(hours=1)
        site.comment(2_000, old[10], "new", "ben")
        site.comment(-100, old[10], "older", "ben")
        site.comment(NOW.timestamp() - BEGIN.timestamp() - 30, old[10], "of a clock that is behind", "ben")
        batch = await source.poll(checkpoint)
        named = {one.external_id: one.text for one in batch.events if isinstance(one, Posted)}
        assert [text for name, text in named.items() if name not in batch.stale] == ["of a clock that is behind", "new"]

    played(story, time=time)


def test_an_edit_shows_and_what_is_missing_is_asked_for_once() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        names = [site.comment(number, post, f"c{number}") for number in range(1, 6)]
        visitor = site.post(9, "visitor", "kim")
        source = make()
        _, checkpoint = await all_of(source)
        site.edit(names[0], "changed")
        site.remove(names[1])
        names[2]["is_hidden"] = True
        site.remove(visitor)
        events, checkpoint = await all_of(source, checkpoint)
        gone = {one.external_id for one in events if isinstance(one, Deleted)}
        assert gone == {names[1]["id"], names[2]["id"], visitor["id"]}
        assert "changed" in told(events)
        site.app.asked.clear()
        events, _ = await all_of(source, checkpoint)
        assert not any(isinstance(one, Deleted) for one in events)
        assert len(site.app.asked) == 2

    played(story)


def test_an_edit_is_seen_for_two_days_and_later_by_the_hook_alone() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(-300_000)
        old, late = site.comment(-200_000, post, "old"), site.comment(-80_000, post, "late")
        source = make()
        _, checkpoint = await all_of(source)
        for one in (old, late):
            site.edit(one, f"{one['message']}, edited")
        events, _ = await all_of(source, checkpoint)
        assert told(events) == ["late, edited"]

    played(story)


def test_what_left_the_page_without_being_deleted_is_not_taken_for_gone() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        old = site.post(0)
        site.comment(1, old, "below the oldest")
        much = site.post(2)
        site.comment(3, much, "soon far down")
        source = make()
        _, checkpoint = await all_of(source)
        for number in range(24):
            site.post(10 + number)
        for number in range(30):
            site.comment(100 + number, much, f"c{number}")
        site.app.asked.clear()
        events, _ = await all_of(source, checkpoint)
        assert not any(isinstance(one, Deleted) for one in events)
        edges = {path.partition("?")[0].rpartition("/")[2] for _, path in site.app.asked}
        assert edges <= {"feed", "tagged", "comments"}  # none is asked for by its name

    played(story)


def test_what_is_missing_and_cannot_be_looked_at_now_is_looked_at_later() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        names = [site.comment(number, post, f"c{number}") for number in (1, 2)]
        source = make()
        _, checkpoint = await all_of(source)
        site.remove(names[0])
        found = site._one
        site.app.limits["read"] = (80001, {})
        with pytest.raises(SourceUnavailable):
            await source.poll(checkpoint)
        site.app.limits.clear()
        assert site._one == found
        assert Deleted(external_id=names[0]["id"]) in (await all_of(source, checkpoint))[0]

    played(story)


def test_the_author_s_answer_in_the_thread_answers_our_reply_and_others_do_not() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        first = site.comment(1, post, "Where is it?")
        early = site.comment(2, post, "one more thing", to=first)
        ours = site.comment(3, post, "On its way", "", to=first)
        late = site.comment(4, post, "Thank you", to=first)
        source = make()
        events, checkpoint = await all_of(source)
        answers = {one.external_id: one.reply_to for one in events if isinstance(one, Posted)}
        assert answers[early["id"]] == first["id"]
        assert answers[ours["id"]] == first["id"]
        assert answers[late["id"]] == ours["id"]
        again = site.comment(5, post, "It came", to=first)
        other = make()  # another process goes on from the checkpoint
        del site.comments[ours["id"]]
        events, _ = await all_of(other, checkpoint)
        answers = {one.external_id: one.reply_to for one in events if isinstance(one, Posted)}
        assert answers[again["id"]] == ours["id"]

    played(story)


def test_a_checkpoint_stays_within_its_bound() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        site._number = 10**17
        for number in range(25):
            post = site.post(number)
            for second in range(5):
                first = site.comment(100 + number * 9 + second, post, "Where is it?")
                site.comment(101 + number * 9 + second, post, "On its way", "", to=first)
        source = make()
        _, checkpoint = await all_of(source)
        _, checkpoint = await all_of(make(), checkpoint)
        assert json.loads(checkpoint)["said"]

    played(story)


def test_a_comment_is_found_by_its_address() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        post = site.post(0)
        first = site.comment(1, post, "Where is it?")
        answer = site.comment(2, post, "Mine too", "ben", to=first)
        visitor = site.post(3, "Hello", "kim")
        source = make()
        for thing in (first, answer, visitor):
            posted = await heard(source, thing["id"])
            assert await source.find(posted.url) == posted
        number = post["id"].rpartition("_")[2]
        same = f"https://m.facebook.com/permalink.php?story_fbid={number}&id={PAGE}&comment_id={first['id'].partition('_')[2]}"
        assert await source.find(same) == await heard(source, first["id"])
        site.remove(first)
        assert await source.find(same) is None

    played(story)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/acme/posts/pfbid02abc",
        "https://www.facebook.com/acme",
        "https://www.facebook.com/permalink.php?story_fbid=12&id=999",
        f"https://facebook.example/{PAGE}/posts/12",
        "https://www.facebook.com/acme/posts/12/more",
        "https://www.facebook.com/?" + "a=b&" * 400,
        "http://[",
        "",
    ],
)
def test_addresses_that_name_nothing_of_ours_are_not_asked_for(url: str) -> None:
    assert ids_in(url, PAGE) == ("", "")


def test_a_limit_rests_the_poll_for_the_minutes_that_are_told_without_retry_after() -> None:
    told = {"x-business-use-case-usage": json.dumps({"1": [{"type": "pages", "estimated_time_to_regain_access": 12}]})}

    async def story(site: FakeFacebook, make: Make) -> None:
        site.app.limits["read"] = (32, told)
        with pytest.raises(SourceUnavailable, match="too often") as caught:
            await make().poll("")
        assert caught.value.retry_after == 720

    played(story)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"app": MetaApp(token="another")}, "DIBS_SOURCE_PAGE_ACCESS_TOKEN"),
        ({"app": MetaApp(token="another", ended=460)}, "password"),
        ({"app": MetaApp(rights=RIGHTS[:1])}, "pages_read_user_content"),
        ({"app": MetaApp(secret="another-secret")}, "secret of the application"),
        ({"page": "777777"}, PAGE),
    ],
)
def test_what_a_person_has_to_mend_is_said(settings: dict[str, Any], said: str) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        with pytest.raises(SourceRefused, match=said) as caught:
            await make().poll("")
        assert TOKEN not in caught.value.reason
        assert APP_SECRET not in caught.value.reason

    played(story, **settings)


def test_the_proof_is_sent_where_the_secret_is_known_and_left_out_else() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        await make().poll("")
        with pytest.raises(SourceRefused, match="secret of the application"):
            await make({"access_token": TOKEN}).poll("")
        site.app.strict = False
        await make({"access_token": TOKEN}).poll("")
        await make(SECRETS | {"app_secret": f"{APP_SECRET} older"}).poll("")

    played(story, app=MetaApp(rights=RIGHTS, strict=True))
