"""Bluesky with the runner and a database: what streams by becomes a mention once, over cuts and restarts."""

import asyncio
from datetime import timedelta

from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.bluesky.source import LONGEST_SILENCE, Bluesky, BlueskyOptions
from handlers.base.organisation import SourceRules
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.fakes.jetstream import FakeJetstream, commit
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

ANA = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
US = 1_772_600_000_000_000


def stream_at(url: str) -> SourceSettings:
    options = BlueskyOptions(listen="stream", jetstream_url=url)
    rules = SourceRules(name="sky", kind="bluesky", place=url, unmatched=options.unmatched)
    config = SourceConfig(name="sky", kind="bluesky", options=options, allow_private=True)
    return SourceSettings(config=config, rules=rules, every=timedelta(seconds=60))


def test_what_streams_by_becomes_a_mention_once_whatever_is_cut(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async with FakeJetstream() as jets:
            settings = stream_at(jets.url)
            for begin in (0, 3, 6):  # three lives of the bot, each cut off while it listens
                running = asyncio.create_task(house.runner(settings).listen_once("sky"))
                await jets.heard()
                for number in range(begin, begin + 3):
                    jets.tell(
                        commit(ANA, US + number, f"a refund, number {number}", rkey=f"a{number}"),
                        commit(ANA, US + number, "nothing that concerns us", rkey=f"b{number}"),
                    )
                jets.cut()
                polled = await running
                assert "ended the stream" in polled.trouble
                house.scene.pass_time(minutes=1)
        assert sorted(house.texts()) == [f"a refund, number {number}" for number in range(9)]
        assert len(house.known("at://x", *(f"at://{ANA}/app.bsky.feed.post/b{n}" for n in range(9)), source="sky")) == 0

    at_work(scene, story)


def test_a_deletion_on_the_stream_takes_the_text_away(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async with FakeJetstream() as jets:
            running = asyncio.create_task(house.runner(stream_at(jets.url)).listen_once("sky"))
            await jets.heard()
            jets.tell(commit(ANA, US, "a refund", rkey="a"), commit(ANA, US + 1, None, rkey="a"))
            jets.cut()
            await running
        post = house.known(f"at://{ANA}/app.bsky.feed.post/a", source="sky")[f"at://{ANA}/app.bsky.feed.post/a"]
        assert (post.text, post.deleted_at is not None) == ("", True)

    at_work(scene, story)


def test_a_jetstream_that_only_holds_its_connection_is_down_and_asked_again_with_the_cursor(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async with FakeJetstream() as jets:
            runner = house.runner(stream_at(jets.url))
            sky = runner.sources["sky"]
            assert isinstance(sky, Bluesky)
            assert sky.longest_silence == LONGEST_SILENCE
            sky.longest_silence = 1.5
            running = asyncio.create_task(runner.listen_once("sky"))
            await jets.heard()
            jets.tell(commit(ANA, US, "a refund", rkey="a"))
            polled = await asyncio.wait_for(running, HANG_SECONDS)
            assert "nothing was heard" in polled.trouble
            assert house.state("sky").down_since is not None
            house.scene.pass_time(minutes=1)
            again = asyncio.create_task(runner.listen_once("sky"))
            await jets.heard()
            jets.tell(commit(ANA, US + 1, "another refund", rkey="b"))
            await asyncio.wait_for(again, HANG_SECONDS)
            assert int(jets.asked[1]["cursor"]) <= US
        assert sorted(house.texts()) == ["a refund", "another refund"]

    at_work(scene, story)


def test_a_jetstream_of_few_people_may_be_silent(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        sky = house.runner(stream_at(f"wss://jets.example/subscribe?wantedDids={ANA}")).sources["sky"]
        assert isinstance(sky, Bluesky)
        assert sky.longest_silence is None

    at_work(scene, story)
