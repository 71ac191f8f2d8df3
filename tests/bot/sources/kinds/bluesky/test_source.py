"""Rules of listening to Bluesky by search and by notifications, of its sessions, and of finding one post."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.bluesky.source import Bluesky, BlueskyOptions
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Posted
from tests.bot.sources.kinds.bluesky.scene import BlueskyService, at_work, texts
from tests.fakes.bluesky import START, Fault

CREATE, REFRESH = "com.atproto.server.createSession", "com.atproto.server.refreshSession"
SEARCH, NOTIFICATIONS = "app.bsky.feed.searchPosts", "app.bsky.notification.listNotifications"


# --- what is heard ---


def test_a_post_that_is_found_says_who_wrote_what_where_and_in_answer_to_what() -> None:
    async def story(house: BlueskyService) -> None:
        first = house.sky.write(house.ana.did, "Acme?")
        link = "https://blog.example/acme/a-long-way"
        facet = {
            "index": {"byteStart": 5, "byteEnd": 20},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
        }
        quoted = {"$type": "app.bsky.embed.record", "record": {"uri": first.uri, "cid": first.cid}}
        post = house.sky.write(
            house.ana.did,
            "Acme blog.example/ac…",
            langs=["en-GB", "de"],
            facets=[facet],
            embed=quoted,
            reply={"root": {"uri": first.uri, "cid": "c"}, "parent": {"uri": first.uri, "cid": "c"}},
        )
        house.sky.views[post.uri] = {
            "author": {"did": house.ana.did, "handle": "ana.example", "displayName": "Ana \u0000A"}
        }
        _, read = (await house.source().poll("")).events
        assert isinstance(read, Posted)
        assert (read.external_id, read.reply_to, read.lang) == (post.uri, first.uri, "en-gb")
        assert read.url == f"https://bsky.app/profile/{house.ana.did}/post/{post.uri.rpartition('/')[2]}"
        assert read.text == "Acme blog.example/ac…"
        assert read.links[:2] == (link, f"https://bsky.app/profile/{house.ana.did}/post/{first.uri.rpartition('/')[2]}")
        assert (read.author.handle, read.author.external_id) == ("ana.example", house.ana.did)
        assert read.author.url == f"https://bsky.app/profile/{house.ana.did}"
        assert read.published_at == START + timedelta(seconds=2)

    at_work(story)


def test_a_search_takes_the_newest_page_first_and_then_everything_that_is_new() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        for number in range(150):
            house.sky.write(house.ana.did, f"acme {number}")
        first = await source.poll("")
        assert texts(first) == [f"acme {number}" for number in range(50, 150)]
        assert not first.more
        for number in range(150, 380):
            house.sky.write(house.ana.did, f"acme {number}")
        heard, batch = [], first
        for _ in range(10):
            batch = await source.poll(batch.checkpoint)
            heard += texts(batch)
            if not batch.more:
                break
        assert {f"acme {number}" for number in range(150, 380)} <= set(heard)
        assert house.sky.calls[SEARCH] == 1 + 4
        assert house.sky.asked[-1][1]["sort"] == "latest"

    at_work(story)


def test_a_search_that_was_empty_at_first_misses_nothing_of_what_comes_then() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        batch = await source.poll("")
        for number in range(250):
            house.sky.write(house.ana.did, f"acme {number}", at=START + timedelta(minutes=number))
        heard = []
        for _ in range(4):
            batch = await source.poll(batch.checkpoint)
            heard += texts(batch)
        assert set(heard) == {f"acme {number}" for number in range(250)}

    at_work(story)


def test_a_post_that_was_indexed_late_or_claims_an_old_date_is_found() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        house.sky.write(house.ana.did, "acme now")
        batch = await source.poll("")
        house.sky.write(house.ana.did, "acme late", at=START - timedelta(minutes=50))
        assert "acme late" in texts(await source.poll(batch.checkpoint))

    at_work(story)


def test_a_walk_that_is_cut_off_goes_on_where_it_was_after_a_restart() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        house.sky.write(house.ana.did, "acme old")
        batch = await source.poll("")
        for number in range(250):
            house.sky.write(house.ana.did, f"acme {number}")
        heard = []
        house.sky.faults[SEARCH] = []
        while True:
            house.sky.faults[SEARCH] = [Fault(503)]
            with pytest.raises(SourceUnavailable):
                await source.poll(batch.checkpoint)
            batch = await house.source().poll(batch.checkpoint)
            heard += texts(batch)
            if not batch.more:
                break
        assert {f"acme {number}" for number in range(250)} <= set(heard)

    at_work(story)


def test_a_search_that_cannot_be_paged_to_its_end_says_so_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        house.sky.write(house.ana.did, "acme old")
        batch = await source.poll("")
        for number in range(250):
            house.sky.write(house.ana.did, f"acme {number}")
        house.sky.ignores_cursor_after = 100
        with caplog.at_level(logging.WARNING, "dibs.sources"):
            batch = await source.poll((await source.poll(batch.checkpoint)).checkpoint)
        assert (batch.events, batch.more) == ((), False)
        assert [record.getMessage() for record in caplog.records] == [
            "Bluesky could not be paged to its end (InvalidRequest: cursor out of bounds)."
        ]

    at_work(story)


def test_of_our_notifications_mentions_answers_and_quotes_are_heard() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source("notifications", query="")
        for reason in ("mention", "like", "reply", "quote", "follow"):
            house.sky.notify(house.sky.write(house.ana.did, f"a {reason}"), reason)
        first = await source.poll("")
        assert texts(first) == ["a mention", "a reply", "a quote"]
        for number in range(250):
            house.sky.notify(house.sky.write(house.ana.did, f"reply {number}"), "reply")
        heard, batch = [], first
        for _ in range(3):
            batch = await source.poll(batch.checkpoint)
            heard += texts(batch)
        assert {f"reply {number}" for number in range(250)} <= set(heard)
        assert not batch.more

    at_work(story)


@pytest.mark.parametrize(
    "record", [{}, {"text": 1}, {"text": "x", "facets": [1], "langs": "en", "reply": [], "embed": 3}, [], None]
)
def test_a_record_of_any_shape_stops_nothing(record: object) -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme")
        house.sky.write(house.ana.did, "acme too")
        house.sky.views[post.uri] = {"record": record, "author": None, "indexedAt": 5}
        assert texts(await house.source().poll(""))[-1] == "acme too"

    at_work(story)


# --- sessions ---


def test_one_session_serves_many_calls_and_is_refreshed_when_it_expires() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        for _ in range(3):
            await source.poll("")
        for _ in range(2):
            house.sky.expire_access()
            await asyncio.gather(*(source.poll("") for _ in range(5)))
        assert (house.sky.calls[CREATE], house.sky.calls[REFRESH]) == (1, 2)

    at_work(story)


def test_a_new_session_is_made_only_when_the_refresh_is_refused() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        await source.poll("")
        house.sky.revoke(house.us)
        house.us.passwords.add("app-pass-word-1")
        await source.poll("")
        assert (house.sky.calls[CREATE], house.sky.calls[REFRESH]) == (2, 1)

    at_work(story)


def test_a_revoked_app_password_is_told_with_how_to_mend_it() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        await source.poll("")
        house.sky.revoke(house.us)
        with pytest.raises(SourceRefused) as caught:
            await source.poll("")
        assert caught.value.reason == (
            "Bluesky does not take the app password of acme.example (AuthenticationRequired): make a new one in its "
            "settings under “App passwords”, and put it into DIBS_SOURCE_SKY_APP_PASSWORD."
        )

    at_work(story)


def test_an_account_that_was_taken_down_is_told() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        await source.poll("")
        house.us.closed = "AccountTakedown"
        for asked in (source, house.source()):
            with pytest.raises(SourceRefused, match=r"closed the account acme\.example \(AccountTakedown\)"):
                await asked.poll("")

    at_work(story)


def test_sessions_past_their_number_ask_for_a_rest() -> None:
    async def story(house: BlueskyService) -> None:
        for _ in range(30):
            await house.source().poll("")
        with pytest.raises(SourceUnavailable, match="asks for a rest"):
            await house.source().poll("")

    at_work(story)


def test_no_secret_stands_in_a_log_or_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: BlueskyService) -> None:
        with caplog.at_level(logging.DEBUG):
            source = house.source()
            await source.poll("")
            house.sky.expire_access()
            await source.poll("")
            house.sky.faults[SEARCH] = [Fault(500), Fault(0)]
            for _ in range(2):
                with pytest.raises(SourceUnavailable) as caught:
                    await source.poll("")
                assert "access-" not in caught.value.reason
            house.sky.revoke(house.us)
            with pytest.raises(SourceRefused):
                await source.poll("")
        assert not [word for word in ("app-pass-word", "access-", "refresh-") if word in caplog.text]
        assert "access-" not in repr(vars(source._api))

    at_work(story)


# --- one post by its address ---


def test_a_post_is_found_by_the_addresses_that_people_paste() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme")
        rkey = post.uri.rpartition("/")[2]
        source = house.source()
        for address in (
            f"https://bsky.app/profile/ana.example/post/{rkey}",
            f"https://bsky.app/profile/{house.ana.did}/post/{rkey}/?ref=x#y",
            f"  http://www.bsky.app/profile/@ana.example/post/{rkey} ",
            f"https://bsky.app/profile/{house.ana.did.replace(':', '%3A')}/post/{rkey}",
            post.uri,
            f"at://ana.example/app.bsky.feed.post/{rkey}",
        ):
            found = await source.find(address)
            assert found is not None
            assert (found.external_id, found.text) == (post.uri, "acme")

    at_work(story)


def test_what_is_no_post_or_is_gone_is_not_found() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme")
        rkey = post.uri.rpartition("/")[2]
        house.sky.delete(post.uri)
        for address in (
            f"https://bsky.app/profile/ana.example/post/{rkey}",
            f"https://bsky.app/profile/nobody.example/post/{rkey}",
            f"https://evil.example/https://bsky.app/profile/ana.example/post/{rkey}",
            "https://bsky.app/profile/ana.example",
            "https://bsky.app/profile/../post/x",
            "",
        ):
            assert await house.source().find(address) is None
        without = house.source("stream", handle="", password="")
        assert await without.find(f"https://bsky.app/profile/ana.example/post/{rkey}") is None

    at_work(story)


# --- options ---


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"handle": "acme.example"}, "query"),
        ({"query": "acme"}, "handle"),
        ({"listen": "notifications"}, "handle"),
        ({"listen": "all"}, "listen"),
        ({"query": "a", "handle": "@acme.example"}, "handle"),
        ({"query": "a", "handle": "acme"}, "handle"),
        ({"query": "a", "handle": "acme.example", "base_url": "bsky.social"}, "base_url"),
        ({"listen": "stream", "jetstream_url": "https://jets.example/subscribe"}, "jetstream_url"),
    ],
)
def test_a_wrong_option_is_named(table: dict[str, object], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(BlueskyOptions, table)
    assert caught.value.key == key


def test_an_account_needs_its_app_password() -> None:
    async def story(house: BlueskyService) -> None:
        config = SourceConfig(
            name="our sky", kind="bluesky", options=BlueskyOptions(listen="stream", handle="acme.example")
        )
        with pytest.raises(OptionError, match="DIBS_SOURCE_OUR_SKY_APP_PASSWORD: is not set"):
            Bluesky(config, house.tools)

    at_work(story)


def test_what_is_searched_for_goes_to_the_fallback_and_what_streams_by_is_dropped() -> None:
    assert build_options(BlueskyOptions, {"query": "a", "handle": "acme.example"}).unmatched == "fallback"
    assert build_options(BlueskyOptions, {"listen": "stream"}).unmatched == "drop"


def test_a_time_that_no_calendar_has_is_none() -> None:
    async def story(house: BlueskyService) -> None:
        post = house.sky.write(house.ana.did, "acme")
        for stamp in ("0000-00-00T00:00:00Z", "9999-12-31T23:59:59-23:59", "soon", ""):
            house.sky.views[post.uri] = {"record": {"text": "acme", "createdAt": stamp}, "indexedAt": stamp}
            (read,) = (await house.source().poll("")).events
            assert isinstance(read, Posted)
            assert read.published_at is None
        house.sky.views[post.uri] = {"record": {"text": "acme", "createdAt": "2026-03-04T06:00:00+01:00"}}
        (read,) = (await house.source().poll("")).events
        assert isinstance(read, Posted)
        assert read.published_at == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)

    at_work(story)
