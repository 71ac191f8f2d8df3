"""Rules of listening to everything on Bluesky through Jetstream."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import Batch, SourceConfig
from bot.sources.kinds.bluesky.jetstream import BATCH, GAP_US, REWIND_US, read_cursor, read_event
from bot.sources.kinds.bluesky.source import Bluesky, BlueskyOptions
from handlers.base.events import AuthorGone, Deleted, Posted
from tests.bot.sources.kinds.bluesky.scene import BlueskyService, at_work, texts
from tests.fakes.bluesky import Fault
from tests.fakes.jetstream import account, commit, identity
from tests.harness.bare import promised

RECORDED = Path(__file__).parents[6] / "shared" / "recorded" / "jetstream" / "events.jsonl"
ANA = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
US = 1_772_600_000_000_000
HOUR = 3_600_000_000


@asynccontextmanager
async def listening(source: Bluesky, checkpoint: str = "") -> AsyncIterator[AsyncIterator[Batch]]:
    batches = source.stream(checkpoint)
    try:
        yield batches
    finally:
        await batches.aclose()


def stream_of(house: BlueskyService) -> Bluesky:
    return house.source("stream", handle="", password="", query="")


def at(time_us: int) -> str:
    return json.dumps({"time_us": time_us})


def test_what_is_live_is_news_from_the_first_moment_on() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(commit(ANA, US, "before us"))
        async with listening(stream_of(house)) as batches:
            empty = await anext(batches)
            assert (empty.events, read_cursor(empty.checkpoint)) == ((), 0)
            assert empty.checkpoint
            coming = asyncio.ensure_future(anext(batches))
            await house.jets.heard()
            house.jets.tell(commit(ANA, US + 1, "Acme charged me twice"))
            batch = await coming
            (post,) = batch.events
            assert isinstance(post, Posted)
            assert (post.external_id, post.text) == (f"at://{ANA}/app.bsky.feed.post/3k", "Acme charged me twice")
            assert (post.url, post.lang) == (f"https://bsky.app/profile/{ANA}/post/3k", "en")
            assert (post.author.external_id, post.author.handle) == (ANA, "")
            assert read_cursor(batch.checkpoint) == US + 1
            assert house.jets.asked == [
                {"wantedCollections": "app.bsky.feed.post", "maxMessageSizeBytes": str(256 * 1024)}
            ]

    at_work(story)


def test_edits_deletions_and_the_end_of_an_account_are_told_apart() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(
            commit(ANA, US, "acme"),
            commit(ANA, US + 1, "acme, edited", operation="update"),
            identity(ANA, US + 2),
            commit(ANA, US + 3, None),
            account(ANA, US + 4, active=True),
            account(ANA, US + 5, status="deactivated"),
            account(ANA, US + 6, status="suspended"),
            account(ANA, US + 7, status="takendown"),
            account(ANA, US + 8, status="deleted"),
        )
        async with listening(stream_of(house), at(US)) as batches:
            batch = await anext(batches)
        kinds = [type(event) for event in batch.events]
        assert kinds == [Posted, Posted, Deleted, AuthorGone, AuthorGone]
        assert texts(batch) == ["acme", "acme, edited"]
        assert batch.events[2] == Deleted(external_id=f"at://{ANA}/app.bsky.feed.post/3k")
        assert batch.events[3] == AuthorGone(author_external_id=ANA)
        assert read_cursor(batch.checkpoint) == US + 8

    at_work(story)


def test_a_batch_has_at_most_a_hundred_events_and_waits_at_most_a_second() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(*(commit(ANA, US + n, str(n), rkey=f"3k{n}") for n in range(250)))
        async with listening(stream_of(house), at(US)) as batches:
            sizes = [len((await anext(batches)).events) for _ in range(2)]
            with promised(1.5, "the rest of what was told"):
                last = await anext(batches)
            assert (sizes, len(last.events)) == ([BATCH, BATCH], 50)

    at_work(story)


def test_events_that_stand_out_of_order_are_not_lost_when_the_connection_is() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(commit(ANA, US + 9, "first", rkey="a"))
        source = stream_of(house)
        async with listening(source, at(US)) as batches:
            batch = await anext(batches)
        house.jets.tell(commit(ANA, US + 5, "earlier, and later", rkey="b"))
        async with listening(source, batch.checkpoint) as batches:
            assert texts(await anext(batches)) == ["first", "earlier, and later"]
        assert house.jets.asked[-1]["cursor"] == str(US + 9 - REWIND_US)

    at_work(story)


def test_a_connection_that_ends_hands_over_what_it_had_heard() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(commit(ANA, US, "last words"))
        async with listening(stream_of(house), at(US)) as batches:
            coming = asyncio.ensure_future(anext(batches))
            await house.jets.heard()
            house.jets.cut()
            assert texts(await coming) == ["last words"]
            with pytest.raises(SourceUnavailable, match="ended the stream"):
                await anext(batches)

    at_work(story)


def test_what_is_not_understood_is_passed_over_and_a_stranger_is_said_to_be_one() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(commit(ANA, US, "acme"))
        async with listening(stream_of(house), at(US)) as batches:
            coming = asyncio.ensure_future(anext(batches))
            await house.jets.heard()
            strange = commit(ANA, US + 1, "x") | {"did": "nobody"}
            odd = commit(ANA, US + 1, "x") | {"time_us": "soon"}
            shapeless = commit(ANA, US + 1, "x")
            shapeless["commit"]["record"] = [1]
            house.jets.tell(strange, odd, shapeless, commit(ANA, US + 2, "acme again"))
            assert texts(await coming) == ["acme", "acme again"]
        house.jets.events, house.jets.raw = [], ["[" * 90_000]
        with pytest.raises(SourceUnavailable, match="as Jetstream does"):
            async with listening(stream_of(house), at(US)) as batches:
                await anext(batches)

    at_work(story)


@pytest.mark.parametrize("line", ["", "[]", "{", '"x"', '{"kind":"commit"}', '{"time_us":true,"did":"did:plc:a"}'])
def test_no_line_of_a_stranger_is_an_event(line: str) -> None:
    assert read_event(line) is None


# --- gaps ---


def gap_of(house: BlueskyService) -> None:
    """Let the stream begin an hour after where we left off, and something be written meanwhile."""
    begin = datetime.fromtimestamp(US / 1e6, UTC)
    house.sky.write(house.ana.did, "acme before the gap", at=begin - timedelta(seconds=1))
    for number in range(130):
        house.sky.write(house.ana.did, f"acme {number}", at=begin + timedelta(seconds=number + 1))
    house.sky.write(house.ana.did, "acme after the gap", at=begin + timedelta(hours=1, seconds=9))
    house.jets.tell(commit(ANA, US + HOUR, "acme, live"))


def test_what_a_clamped_cursor_passed_over_is_searched_for_before_the_stream_goes_on() -> None:
    async def story(house: BlueskyService) -> None:
        gap_of(house)
        heard, checkpoints = [], []
        async with listening(house.source("stream"), at(US)) as batches:
            while "acme, live" not in heard:
                batch = await anext(batches)
                heard += texts(batch)
                checkpoints.append(read_cursor(batch.checkpoint))
        assert set(heard) == {f"acme {number}" for number in range(130)} | {"acme, live"}
        assert checkpoints == [US, US, US + HOUR]  # a crash within begins the gap anew

    at_work(story)


def test_a_pause_within_what_the_server_keeps_is_no_gap() -> None:
    async def story(house: BlueskyService) -> None:
        house.jets.tell(commit(ANA, US + GAP_US, "acme"))
        async with listening(house.source("stream"), at(US)) as batches:
            assert texts(await anext(batches)) == ["acme"]
        assert not house.sky.calls

    at_work(story)


def test_a_gap_that_cannot_be_searched_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: BlueskyService) -> None:
        gap_of(house)
        with caplog.at_level(logging.INFO, "dibs.sources"):
            async with listening(stream_of(house), at(US)) as batches:
                assert texts(await anext(batches)) == ["acme, live"]
        assert [record.getMessage() for record in caplog.records] == [
            "The stream no longer has what was written between 2026-03-04T04:53:20.000Z and 2026-03-04T05:53:20.001Z; "
            "a handle and a query would let Dibs search for it."
        ]

    at_work(story)


def test_a_search_that_is_refused_does_not_stop_the_stream_and_one_that_is_down_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(house: BlueskyService) -> None:
        gap_of(house)
        house.sky.faults["app.bsky.feed.searchPosts"] = [Fault(503)]
        with pytest.raises(SourceUnavailable):
            async with listening(house.source("stream"), at(US)) as batches:
                await anext(batches)
        house.us.passwords.clear()
        with caplog.at_level(logging.WARNING, "dibs.sources"):
            async with listening(house.source("stream"), at(US)) as batches:
                assert texts(await anext(batches)) == ["acme, live"]
        assert "could not be searched for: Bluesky does not take the app password" in caplog.text

    at_work(story)


# --- the door, and the trial ---


def test_a_stream_in_an_intranet_wants_to_be_allowed() -> None:
    async def story(house: BlueskyService) -> None:
        options = BlueskyOptions(listen="stream", jetstream_url=house.jets.url)
        closed = SourceConfig(name="sky", kind="bluesky", options=options)
        with pytest.raises(SourceRefused, match="not a public address"):
            await anext(Bluesky(closed, house.tools).stream(""))
        assert house.jets.asked == []

    at_work(story)


def test_a_stream_that_is_polled_tells_what_comes_next() -> None:
    async def story(house: BlueskyService) -> None:
        coming = asyncio.ensure_future(stream_of(house).poll(""))
        await house.jets.heard()
        house.jets.tell(commit(ANA, US, "acme"))
        batch = await coming
        assert (texts(batch), read_cursor(batch.checkpoint)) == (["acme"], US)

    at_work(story)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded events are not beside this checkout")
def test_every_recorded_post_and_deletion_is_read() -> None:
    async def story(house: BlueskyService) -> None:
        events = [json.loads(line) for line in RECORDED.read_text().splitlines()]
        house.jets.tell(*events)
        async with listening(stream_of(house), at(min(event["time_us"] for event in events))) as batches:
            heard = (await anext(batches)).events
        posts = [event for event in heard if isinstance(event, Posted)]
        recorded = [
            event["commit"]["record"]
            for event in events
            if event.get("commit", {}).get("collection") == "app.bsky.feed.post"
            and event["commit"]["operation"] == "create"
        ]
        assert [post.text[: len(record["text"].strip())] for post, record in zip(posts, recorded, strict=True)] == [
            record["text"].strip() for record in recorded
        ]
        assert [bool(post.reply_to) for post in posts] == ["reply" in record for record in recorded]
        assert all(post.published_at and post.url and post.author.external_id for post in posts)
        assert len([event for event in heard if isinstance(event, Deleted)]) == 1
        assert "https://www.youtube.com/watch?v=V5lDo-jw8mA" in posts[0].links

    at_work(story)
