"""Rules of listening to YouTube, against a site of our own on loopback."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.source import SEARCH_SECONDS
from bot.sources.kinds.youtube.watch import MOST
from bot.sources.kit.options import OptionError, build_options
from bot.sources.runner.poller import MAX_CHECKPOINT
from handlers.base.events import Deleted, Posted
from tests.bot.sources.kinds.youtube.scene import Here, all_of, played, texts_of
from tests.fakes.google import SECRETS
from tests.fakes.youtube import BEGIN, INLINE, PAGE, US


def test_a_comment_is_read_as_it_is_shown() -> None:
    async def story(here: Here) -> None:
        thread = here.site.comment(1, "Twice! See https://blog.example/a <3 & more")
        (found,) = (await here.make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.external_id, found.title, found.reply_to) == (thread["id"], "", "")
        assert found.text == "Twice! See https://blog.example/a <3 & more"
        assert found.links == ("https://blog.example/a",)
        assert found.url == f"https://www.youtube.com/watch?v=v1&lc={thread['id']}"
        assert (found.author.handle, found.author.external_id) == ("@ana", "ana")
        assert found.published_at is not None
        assert (found.published_at - BEGIN).total_seconds() == 1
        assert json.loads(found.facts) == {"open": True, "thread": thread["id"]}

    played(story)


def test_a_comment_below_no_video_or_by_nobody_is_a_post_all_the_same() -> None:
    async def story(here: Here) -> None:
        here.site.comment(1, "below a post", video="")
        here.site.comment(2, "by nobody", "nobody")
        first, second = (await here.make().poll("")).events
        assert isinstance(first, Posted)
        assert isinstance(second, Posted)
        assert first.url == f"https://www.youtube.com/channel/{US}/community?lc={first.external_id}"
        assert (second.author.name, second.author.external_id) == ("", "")

    played(story)


def test_what_was_not_said_in_public_is_not_heard() -> None:
    async def story(here: Here) -> None:
        private = here.site.comment(1, "in private", isPublic=False)
        here.site.answer(2, private, "also")
        open_one = here.site.comment(3, "in public")
        here.site.answer(4, open_one, "held back", moderationStatus="heldForReview")
        source = here.make()
        assert texts_of(list((await source.poll("")).events)) == ["in public"]
        assert await source.find(f"https://youtu.be/v1?lc={open_one['id']}") is not None
        assert await source.find(f"https://www.youtube.com/watch?v=v1&lc={private['id']}") is None

    played(story)


def test_pages_of_twenty_are_walked_to_where_the_last_walk_began() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment(0, "old")
        _, checkpoint = await all_of(source, "")
        total = 2 * PAGE + 7
        for number in range(total):
            here.site.comment(8_000 + 200 * number, f"number {number}")
        events, checkpoint = await all_of(source, checkpoint)
        assert sorted(texts_of(events)) == sorted(["old", *(f"number {number}" for number in range(total))])
        here.site.asked.clear()
        await all_of(source, checkpoint)
        assert not any("pageToken" in path for _, path in here.site.asked)

    played(story)


def test_a_page_that_is_there_no_more_begins_the_walk_anew() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment(0, "old")
        checkpoint = (await source.poll("")).checkpoint
        for number in range(PAGE + 5):
            here.site.comment(8_000 + number, f"number {number}")
        first = await source.poll(checkpoint)
        assert first.more
        told = json.loads(first.checkpoint)
        told["threads"]["cursor"] = "stale"
        events, checkpoint = await all_of(source, json.dumps(told))
        assert events == []
        events, _ = await all_of(source, checkpoint)
        assert "number 0" in texts_of(events)

    played(story)


def test_answers_that_a_thread_does_not_show_are_asked_for_once() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread = here.site.comment(1, "Is it me?")
        _, checkpoint = await all_of(source, "")
        for number in range(INLINE + 3):
            here.site.answer(8_000 + number, thread, f"me too {number}", f"kim{number}")
        here.site.asked.clear()
        events, checkpoint = await all_of(source, checkpoint)
        assert [text for text in texts_of(events) if "too" in text] == [f"me too {n}" for n in range(INLINE + 3)]
        events, _ = await all_of(source, checkpoint)
        assert "me too 0" not in texts_of(events)
        assert sum("parentId" in path for _, path in here.site.asked) == 1

    played(story)


def test_many_long_threads_are_read_over_several_polls() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        threads = [here.site.comment(number, f"number {number}") for number in range(PAGE)]
        _, checkpoint = await all_of(source, "")
        threads += [here.site.comment(200_000 + 300 * number, f"later {number}") for number in range(PAGE)]
        _, checkpoint = await all_of(source, checkpoint)
        for thread in threads:
            for number in range(INLINE + 1):
                here.site.answer(300_000 + number, thread, f"me too {number}", f"kim{number}")
        heard, asked = list[str](), list[int]()
        for _ in range(4):
            here.site.asked.clear()
            batch = await source.poll(checkpoint)
            checkpoint = batch.checkpoint
            heard += texts_of(list(batch.events))
            asked.append(sum("parentId" in path for _, path in here.site.asked))
        assert (heard.count("me too 0"), sum(asked)) == (2 * PAGE, 2 * PAGE)
        assert max(asked) == 20

    played(story)


def test_the_first_look_knows_as_many_threads_as_are_watched() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        oldest = here.site.comment(0, "the oldest")
        for number in range(1, 3 * PAGE):
            here.site.comment(3_600 * number, f"number {number}")
        events, checkpoint = await all_of(source, "")
        assert len(events) == 3 * PAGE
        here.site.answer(400_000, oldest, "And now?")
        heard: list[str] = []
        for _ in range(2):
            events, checkpoint = await all_of(source, checkpoint)
            heard += texts_of(events)
        assert heard.count("And now?") == 1

    played(story)


def test_an_answer_in_an_old_thread_is_heard() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        old = here.site.comment(0, "long ago")
        _, checkpoint = await all_of(source, "")
        here.pass_time(days=3)
        for number in range(3 * PAGE):
            here.site.comment(200_000 + number, f"number {number}")
        _, checkpoint = await all_of(source, checkpoint)
        here.site.answer(250_000, old, "And now it is broken again")
        heard: list[str] = []
        for _ in range(3):
            events, checkpoint = await all_of(source, checkpoint)
            heard += texts_of(events)
        assert heard.count("And now it is broken again") == 1

    played(story)


def test_what_stood_there_before_we_listened_is_old_news_whenever_it_shows() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        thread = here.site.comment(-9_000, "Is it me?")
        for number in range(INLINE + 3):
            here.site.answer(-8_000 + number, thread, f"old {number}")
        batch = await source.poll("")
        assert "old 0" not in texts_of(list(batch.events))
        fresh = here.site.answer(8_000, thread, "new")
        batch = await source.poll(batch.checkpoint)
        names = {event.external_id for event in batch.events if isinstance(event, Posted)}
        assert fresh["id"] in names - batch.stale
        assert names - batch.stale == {fresh["id"]}
        assert len(names) == INLINE + 5

    played(story)


def test_the_author_answers_the_reply_of_ours_that_came_since_they_last_wrote() -> None:
    async def story(here: Here) -> None:
        site, source = here.site, here.make()
        thread = site.comment(1, "Ana asks")
        _, checkpoint = await all_of(source, "")
        to_ana = site.answer(8_001, thread, "We look into it.", US)
        site.answer(8_002, thread, "Ben asks, too", "ben")
        to_ben = site.answer(8_003, thread, "@ben, you as well.", US)
        ana = site.answer(8_004, thread, "Ana thanks")
        ben = site.answer(8_005, thread, "Ben thanks", "ben")
        more = site.answer(8_006, thread, "Ana adds")
        carol = site.answer(8_007, thread, "Carol asks", "carol")
        events, _ = await all_of(source, checkpoint)
        answers = {event.external_id: event.reply_to for event in events if isinstance(event, Posted)}
        asked = next(event.external_id for event in events if isinstance(event, Posted) and "Ben asks" in event.text)
        assert answers[to_ana["id"]] == answers[carol["id"]] == answers[asked] == thread["id"]
        assert answers[to_ben["id"]] == asked
        assert answers[ana["id"]] == to_ana["id"]
        assert answers[ben["id"]] == to_ben["id"]
        assert answers[more["id"]] == ana["id"]

    played(story)


def test_an_edited_comment_is_shown_again_however_old_it_is() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        old = here.site.comment(0, "long ago")
        below = here.site.answer(1, old, "me too", "ben")
        _, checkpoint = await all_of(source, "")
        here.site.comment(200_000, "new")
        _, checkpoint = await all_of(source, checkpoint)
        here.site.edit(old["snippet"]["topLevelComment"], "long ago, mended", 210_000)
        here.site.edit(below, "me neither", 210_000)
        events, _ = await all_of(source, checkpoint)
        assert {"long ago, mended", "me neither"} <= set(texts_of(events))

    played(story)


@pytest.mark.parametrize("whole_404", [False, True])
def test_a_thread_is_gone_that_is_not_shown_twice(whole_404: bool) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        gone, once = here.site.comment(0, "to be deleted"), here.site.comment(1, "away for a moment")
        here.site.comment(2, "stays")
        _, checkpoint = await all_of(source, "")
        for number in range(2 * PAGE):
            here.site.comment(200_000 + 300 * number, f"number {number}")
        _, checkpoint = await all_of(source, checkpoint)  # the old ones are on none of the pages that are read now
        taken = {name: here.site.threads.pop(name) for name in (gone["id"], once["id"])}
        events, checkpoint = await all_of(source, checkpoint)
        assert not any(isinstance(event, Deleted) for event in events)
        here.site.threads[once["id"]] = taken[once["id"]]
        events, checkpoint = await all_of(source, checkpoint)
        assert [event for event in events if isinstance(event, Deleted)] == [Deleted(external_id=gone["id"])]
        events, _ = await all_of(source, checkpoint)
        assert not any(isinstance(event, Deleted) for event in events)

    played(story, whole_404=whole_404)


def test_a_checkpoint_stays_small_however_much_is_said() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        _, checkpoint = await all_of(source, "")
        for number in range(MOST + 2 * PAGE):
            here.site.comment(number, f"number {number}")
        _, checkpoint = await all_of(source, checkpoint)
        watched = json.loads(checkpoint)["watch"]["threads"]
        assert len(watched) == MOST
        assert len(checkpoint) + 50 * 43 + 1_000 < MAX_CHECKPOINT
        assert max(watched) == max(here.site.threads)

    played(story)


def test_a_search_is_made_at_even_times_and_finds_videos() -> None:
    async def story(here: Here) -> None:
        source = here.make(query="acme")
        here.site.video(1, "abcdefghijk", "Acme &amp; me")
        events, checkpoint = await all_of(source, "")
        (found,) = events
        assert isinstance(found, Posted)
        assert (found.external_id, found.title) == ("video/abcdefghijk", "Acme & me")
        assert found.url == "https://www.youtube.com/watch?v=abcdefghijk"
        assert found.facts == ""
        for _ in range(4):
            here.pass_time(seconds=SEARCH_SECONDS / 4)
            _, checkpoint = await all_of(source, checkpoint)
        assert here.site.searches == 2

    played(story)


def test_a_day_of_searches_is_never_ahead_of_a_hundred() -> None:
    async def story(here: Here) -> None:
        source, checkpoint = here.make(query="acme"), ""
        for _ in range(24 * 60 // 8):
            _, checkpoint = await all_of(source, checkpoint)
            here.pass_time(minutes=8)
        assert sum("/search" in path for _, path in here.site.asked) in range(85, 95)

    played(story)


def test_a_search_that_is_spent_leaves_the_comments_alone() -> None:
    async def story(here: Here) -> None:
        source = here.make(query="acme")
        await source.poll("")
        here.site.searches = 100
        here.site.comment(1, "still heard")
        here.pass_time(seconds=SEARCH_SECONDS)
        assert texts_of(list((await source.poll("")).events)) == ["still heard"]

    played(story)


def test_a_day_whose_units_are_spent_is_told_and_the_next_one_is_heard() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        await source.poll("")
        here.site.units = here.site.most_units
        with pytest.raises(SourceUnavailable, match="midnight in California"):
            await source.poll("")
        here.pass_time(hours=24)
        await source.poll("")

    played(story)


def test_a_token_is_bought_once_and_again_when_it_ended_and_told_when_it_is_revoked() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        for _ in range(2):
            await source.poll("")
        assert here.site.tokens.sold == 1
        here.site.tokens.expire()
        await source.poll("")
        assert here.site.tokens.sold == 2
        here.site.tokens.revoke()
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_TUBE_REFRESH_TOKEN") as caught:
            await source.poll("")
        assert not any(secret in str(caught.value) for secret in SECRETS.values())
        assert not any(secret in path for secret in SECRETS.values() for _, path in here.site.asked)

    played(story)


def test_a_channel_that_is_not_ours_is_told() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(SourceRefused, match="not our channel"):
            await here.make(channel="UC" + "x" * 22).poll("")

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"threads": 1, "watch": 2}', '{"begun": "x"}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(here: Here) -> None:
        here.site.comment(1, "acme")
        assert len((await here.make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "channel"),
        ({"channel": "@acme"}, "channel"),
        ({"channel": US, "base_url": "x"}, "base_url"),
        ({"channel": US, "token_url": "x"}, "token_url"),
        ({"channel": US, "videos": "x"}, "videos"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(YouTubeOptions, table)
    assert caught.value.key == key


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_nothing_is_built_without_an_application(field: str) -> None:
    async def story(here: Here) -> None:
        with pytest.raises(OptionError, match=f"DIBS_SOURCE_TUBE_{field.upper()}"):
            here.make(secrets={**SECRETS, field: ""})

    played(story)


def test_a_comment_and_an_answer_are_found_by_their_addresses() -> None:
    async def story(here: Here) -> None:
        thread = here.site.comment(1, "Hello")
        reply = here.site.answer(2, thread, "Mine too", "ben")
        source = here.make()
        for url in (
            f"https://www.youtube.com/watch?v=v1&lc={thread['id']}",
            f"https://m.youtube.com/watch?lc={thread['id']}&v=v1&t=3",
        ):
            found = await source.find(url)
            assert found is not None
            assert (found.external_id, found.text) == (thread["id"], "Hello")
        found = await source.find(f"https://www.youtube.com/watch?v=v1&lc={reply['id']}")
        assert found is not None
        assert (found.text, found.reply_to) == ("Mine too", thread["id"])
        del here.site.threads[thread["id"]]
        assert await source.find(f"https://www.youtube.com/watch?v=v1&lc={reply['id']}") is None

    played(story)


@pytest.mark.parametrize(
    "url",
    [
        "https://blog.example/watch?v=v1&lc=Ugxxxxxxxx",
        "https://www.youtube.com/watch?v=v1",
        "https://www.youtube.com/watch?v=v1&lc=../../x",
        "https://youtube.com.evil.example/watch?lc=Ugxxxxxxxx",
        "",
        "x",
    ],
)
def test_other_addresses_are_not_asked_for(url: str) -> None:
    async def story(here: Here) -> None:
        assert await here.make().find(url) is None
        assert here.site.asked == []

    played(story)


def test_a_clock_that_was_ahead_silences_neither_searches_nor_what_is_new() -> None:
    async def story(here: Here) -> None:
        source = here.make(query="acme")
        here.pass_time(days=365)
        _, checkpoint = await all_of(source, "")
        here.pass_time(days=-365)
        batch = await source.poll(checkpoint)
        assert sum("/search" in path for _, path in here.site.asked) == 2
        assert json.loads(batch.checkpoint)["begun"] == here.now.timestamp()

    played(story)


def test_a_first_look_at_a_list_that_never_ends_costs_a_few_units() -> None:
    async def story(here: Here) -> None:
        here.site.endless = True
        assert not (await here.make().poll("")).more
        assert here.site.units < 10

    played(story)
