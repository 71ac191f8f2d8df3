"""Rules of the runner: what one source does in its turn, on both databases and against a real server."""

import asyncio
import hashlib
import hmac
import itertools
import json
import logging
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.runtime.heartbeat import BEAT
from bot.sources.base import Batch, Capabilities, HookRefused, SourceConfig, SourceSettings
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kit.signatures import Scheme
from bot.sources.runner.runner import SourceRunner, UnknownSource
from handlers.base.events import Posted
from handlers.base.organisation import SourceRules
from handlers.listen.baseline import stored_baseline
from storage.listen.sources import dropped_between
from storage.tables.messages import Message
from storage.tables.states import MessageKind, PostRole
from tests.bot.sources.runner.running import EVERY, SourcesInstallation, at_work, feed
from tests.fakes.http import Reply
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

DAY = timedelta(days=1)

ITEMS = [(f"g{number}", f"Refund {number}") for number in range(8)]


def news(house: SourcesInstallation, **rules: Any) -> SourceSettings:
    return feed("news", house.server.url("/feed"), **rules)


def cards(scene: Scene) -> list[str]:
    def look(session: Session) -> list[str]:
        return [one.key for one in session.exec(select(Message).where(Message.kind == MessageKind.CARD))]

    return scene.database.read(look)


# --- nothing lost, nothing twice --------------------------------------------------------------------------------------


def test_a_feed_repeated_shuffled_edited_and_back_dated_loses_nothing_and_shows_nothing_twice(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner, shuffled = house.runner(news(house)), random.Random(7)
        for seen in range(1, len(ITEMS) + 1):
            shown = [*ITEMS[:seen], *(ITEMS[:1] if seen == 5 else [])]
            shuffled.shuffle(shown)
            dates = [f"0{shuffled.randint(1, 9)} Mar 20{shuffled.randint(10, 26)} 08:00:00 GMT" for _ in shown]
            house.show(*shown, dates=dates)
            await house.poll(runner)
            await house.poll(runner)
        house.show(*((guid, title + ", edited") for guid, title in ITEMS))
        await house.poll(runner)
        assert sorted(house.texts()) == sorted(f"{title}, edited" for _, title in ITEMS)
        assert len(cards(scene)) == len(ITEMS)
        assert (house.state().seen, house.state().matched) == (len(ITEMS), len(ITEMS))

    at_work(scene, story)


def test_a_long_feed_is_written_down_in_steps_of_a_hundred(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(*((f"g{number}", f"Refund {number}") for number in range(250)))
        polled = await house.poll(house.runner(news(house)))
        assert (polled.arrival.matched, len(house.mentions()), house.state().seen) == (250, 250, 250)
        assert house.counted == [("news", 100), ("news", 100), ("news", 50)]
        assert house.texts()[:2] == ["Refund 249", "Refund 248"]  # a feed's last is its oldest

    at_work(scene, story)


class Played:
    """A source that plays batches; an exception is raised, a callable is called first."""

    capabilities = Capabilities(polls=True)
    replies = None

    def __init__(self, *acts: Any) -> None:
        self.acts = list(acts)
        self.asked: list[str] = []

    async def poll(self, checkpoint: str) -> Batch:
        self.asked.append(checkpoint)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if callable(act):
            act = act()
            if asyncio.iscoroutine(act):
                act = await act
        if isinstance(act, Exception):
            raise act
        assert isinstance(act, Batch)
        return act


def played(runner: SourceRunner, source: Played, name: str = "news") -> SourceRunner:
    """Put a played source into the place of a built one."""
    runner._sources[name].source = source
    return runner


def batch(*ids: str, checkpoint: str = "after", **rest: Any) -> Batch:
    events = tuple(Posted(external_id=one, text=f"Refund {one}", url=f"https://blog.example/{one}") for one in ids)
    return Batch(events=events, checkpoint=checkpoint, **rest)


def test_a_crash_between_steps_leaves_the_checkpoint_and_the_next_poll_makes_it_whole(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        many = [f"p{number}" for number in range(150)]
        broken = batch(*many[:149], "\ud800")  # which no database takes
        source = Played(broken, batch(*many))
        runner = played(house.runner(news(house)), source)
        polled = await house.poll(runner)
        state = house.state()
        assert (len(house.mentions()), state.checkpoint, state.baselined) == (100, "", False)
        assert "UnicodeEncodeError" in polled.trouble
        await house.poll(runner)
        assert (source.asked, house.state().checkpoint) == (["", ""], "after")
        assert len(house.mentions()) == len(cards(scene)) == 150

    at_work(scene, story)


def test_a_batch_fetched_under_a_lost_lease_is_thrown_away(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        slow, quick = house.runner(news(house)), house.runner(news(house))
        played(quick, Played(batch("a", checkpoint="quick")))

        async def sleep_through() -> Batch:
            scene.pass_time(minutes=5)
            assert (await quick.poll_once("news")).arrival.matched == 1
            return batch("a", "b", checkpoint="slow")

        played(slow, Played(sleep_through))
        polled = await house.poll(slow)
        assert (polled.arrival.matched, polled.trouble) == (0, "")
        assert (house.state().checkpoint, house.texts(), house.state().failures) == ("quick", ["Refund a"], 0)

    at_work(scene, story)


@pytest.mark.race
def test_two_runners_on_one_database_poll_once_an_interval(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(*ITEMS)
        first, second = house.runner(news(house)), house.runner(news(house))
        for _ in range(5):
            scene.pass_time(seconds=67)
            both = await asyncio.gather(first.poll_once("news"), second.poll_once("news"))
            assert sorted(one.asked for one in both) == [False, True]
        assert len(house.server.requests) == 5
        assert len(house.mentions()) == len(ITEMS)

    at_work(scene, story)


# --- the baseline -----------------------------------------------------------------------------------------------------


def test_what_stood_there_before_makes_no_card_and_what_comes_after_does(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(news(house, backfill=0))
        house.show(("a", "A refund"), ("b", "Nice weather"), ("c", "An invoice"))
        with caplog.at_level(logging.INFO):
            await house.poll(runner)
        assert "3 seen, 2 would match" in caplog.text
        found = scene.database.read(lambda session: stored_baseline(session, scene.matcher, "news"))
        assert found.sentence == "3 seen, 2 would match"
        house.show(("d", "Refund me"), ("a", "A refund"), ("c", "An invoice"))
        await house.poll(runner)
        assert house.texts() == ["Refund me"]
        assert house.known("a")["a"].role == PostRole.BASELINE

    at_work(scene, story)


@pytest.mark.parametrize(("backfill", "expected"), [(2, ["Refund 1", "Refund 0"]), (None, 8), (99, 8)])
def test_the_newest_of_the_backfill_become_cards(scene: Scene, backfill: int | None, expected: Any) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(*ITEMS)
        await house.poll(house.runner(news(house, backfill=backfill)))
        assert house.texts() == expected if isinstance(expected, list) else len(house.texts()) == expected

    at_work(scene, story)


def test_an_empty_first_poll_is_the_baseline_too(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(news(house, backfill=0))
        house.show()
        await house.poll(runner)
        house.show(*ITEMS[:2])
        await house.poll(runner)
        assert len(house.mentions()) == 2

    at_work(scene, story)


def test_a_failed_first_poll_is_no_baseline(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(news(house, backfill=0))
        house.server.on("/feed", Reply(503))
        await house.poll(runner)
        house.show(*ITEMS)
        await house.poll(runner)
        assert house.mentions() == []
        assert house.state().baselined

    at_work(scene, story)


def test_a_changed_place_has_a_new_baseline_and_ends_the_turn_at_the_former_one(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        old, new = house.server.url("/old"), house.server.url("/new")
        former = house.runner(feed("news", old, backfill=0))
        house.show(*ITEMS[:2], path="/old")
        house.show(*ITEMS[2:], path="/new")
        await house.poll(former)
        latter = house.runner(feed("news", new, backfill=0))

        async def meanwhile() -> Batch:
            await latter.start()
            return batch("late", checkpoint="of the former place")

        played(former, Played(meanwhile))
        await house.poll(former)
        assert (house.state().checkpoint, house.state().baselined) == ("", False)
        assert not (await house.poll(former)).asked  # it is not its source any more
        await house.poll(latter)
        assert house.mentions() == []
        house.show(("n", "New refund"), *ITEMS[2:], path="/new")
        await house.poll(latter)
        assert house.texts() == ["New refund"]

    at_work(scene, story)


def test_the_same_place_after_a_restart_goes_on_where_it_was(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(*ITEMS[:2])
        await house.poll(house.runner(news(house, backfill=0)))
        house.show(*ITEMS[:3])
        await house.poll(house.runner(news(house, backfill=0)))
        assert house.texts() == ["Refund 2"]

    at_work(scene, story)


# --- counts -----------------------------------------------------------------------------------------------------------


def test_dropped_posts_are_counted_once_however_often_they_are_shown(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(news(house, unmatched="drop"))
        house.show(("a", "Refund"), ("b", "Nice weather"))
        await house.poll(runner)
        last = house.state().last_post_at
        house.show(("a", "Refund!"), ("b", "Nice weather"))
        await house.poll(runner)
        state = house.state()
        assert (state.seen, state.matched, state.dropped, state.last_post_at) == (2, 1, 1, last)
        house.show(("b", "Nice weather, and an invoice"))
        await house.poll(runner)
        assert house.texts() == ["Refund!", "Nice weather, and an invoice"]
        last_post_at = house.state().last_post_at
        assert last is not None
        assert last_post_at is not None
        assert last_post_at > last

    at_work(scene, story)


def test_what_was_dropped_is_not_counted_again_after_a_restart_or_by_another_replica(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        settings = news(house, unmatched="drop")
        first, second = house.runner(settings), house.runner(settings)
        house.show(("a", "Fog"), ("b", "Nice weather"))
        await house.poll(first)
        house.show(("a", "Fog"), ("b", "Nice weather"), ("c", "Rain"))
        await house.poll(second)
        await house.poll(first)
        state = house.state()
        assert (state.seen, state.matched, state.dropped) == (3, 0, 3)
        today = house.clock.now().date()
        assert scene.database.read(lambda session: dropped_between(session, today, today + DAY)) == {"news": 3}
        assert scene.database.read(lambda session: dropped_between(session, today - DAY, today)) == {}

    at_work(scene, story)


# --- when to ask again ------------------------------------------------------------------------------------------------


def test_a_source_is_asked_every_interval_more_or_less_a_tenth(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = played(house.runner(news(house)), Played(batch("a")))
        rests = set()
        for _ in range(20):
            polled = await house.poll(runner)
            assert polled.next_at is not None
            assert house.state().next_at == polled.next_at
            rests.add((polled.next_at - scene.now).total_seconds())
        assert min(rests) >= 54
        assert max(rests) <= 66
        assert len(rests) > 10

    at_work(scene, story)


def test_a_service_that_asks_for_a_rest_gets_it_over_a_restart_too(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.server.on("/feed", Reply(429, {"Retry-After": "1800"}))
        polled = await house.poll(house.runner(news(house)))
        assert polled.next_at is not None
        assert 1_800 <= (polled.next_at - scene.now).total_seconds() <= 1_980
        assert not (await house.poll(house.runner(news(house)), minutes=29)).asked
        assert (await house.poll(house.runner(news(house)), minutes=5)).asked
        assert len(house.server.requests) == 2

    at_work(scene, story)


def test_a_batch_that_says_not_before_is_heeded(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        source = Played(lambda: batch("a", not_before=scene.now + timedelta(hours=2)))
        polled = await house.poll(played(house.runner(news(house)), source))
        assert polled.next_at == scene.now + timedelta(hours=2)

    at_work(scene, story)


def test_sources_of_one_host_and_credential_share_its_limits(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        server = house.server
        told = {"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "600"}
        server.on("/a", Reply(200, told, b'<rss version="2.0"><channel/></rss>'))
        server.on("/b", Reply(body=b'<rss version="2.0"><channel/></rss>'))
        other = server.url("/b").replace("//", "//user:word@")
        runner = house.runner(feed("a", server.url("/a")), feed("b", server.url("/b")), feed("c", other))
        first = await house.poll(runner, "a")
        assert first.next_at == scene.now + timedelta(seconds=600)
        second = await runner.poll_once("b")
        assert (second.asked, second.next_at) == (False, first.next_at)
        assert (await runner.poll_once("c")).asked  # another credential has limits of its own

    at_work(scene, story)


def test_pages_are_fetched_at_once_and_their_number_is_bounded(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        numbers = itertools.count()
        source = Played(lambda: batch(f"p{(number := next(numbers))}", checkpoint=str(number), more=number != 12))
        runner = played(house.runner(news(house)), source)
        first = await house.poll(runner)
        assert (len(source.asked), source.asked[:3]) == (10, ["", "0", "1"])
        assert first.next_at == scene.now + timedelta(seconds=1)
        second = await house.poll(runner, seconds=1)
        assert (len(source.asked), house.state().checkpoint, len(house.mentions())) == (13, "12", 13)
        assert second.next_at is not None
        assert second.next_at - scene.now > timedelta(seconds=50)

    at_work(scene, story)


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_going_down_is_one_warning_and_coming_back_is_one_line(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: SourcesInstallation) -> None:
        scene.person("Ana", "ana@acme.example")
        runner = house.runner(news(house))
        house.server.on("/feed", Reply(503))
        rests = []
        for attempt in range(1, 9):
            polled = await house.poll(runner)
            assert (polled.trouble, house.state().failures) == ("127.0.0.1 answered 503.", attempt)
            assert polled.next_at is not None
            rests.append((polled.next_at - scene.now).total_seconds())
            assert len(house.troubles()) == (1 if attempt > 3 else 0)
        assert 48 <= rests[0] <= 60
        assert 96 <= rests[1] <= 120
        assert 720 <= rests[-1] <= 900
        house.show(*ITEMS[:1])
        await house.poll(runner)
        state = house.state()
        assert (state.failures, state.down_since, state.trouble, house.troubles()) == (0, None, "", [])

    with caplog.at_level(logging.INFO, "dibs.sources"):
        at_work(scene, story)
    told = [record for record in caplog.records if "down" in record.getMessage()]
    assert [record.levelname for record in told] == ["WARNING", "INFO"]
    assert {getattr(record, "source", "") for record in told} == {"news"}

    def notices(session: Session) -> list[str]:
        found = session.exec(select(Message).where(Message.kind == MessageKind.NOTICE).order_by(Message.id))  # type: ignore[arg-type]
        return [json.loads(one.body or "")["title"] for one in found]

    first, second = scene.database.read(notices)
    assert first.startswith("The source news is down: 127.0.0.1 answered 503.")
    assert second == "The source news works again."


def test_a_refusal_rests_a_quarter_of_an_hour_but_a_restart_asks_at_once(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.server.on("/feed", Reply(401))
        runner = house.runner(news(house))
        polled = await house.poll(runner)
        assert polled.next_at is not None
        assert 900 <= (polled.next_at - scene.now).total_seconds() <= 990
        assert "refused the request with 401" in house.troubles()[0]
        assert not (await house.poll(runner, minutes=14)).asked
        assert (await house.runner(news(house)).poll_once("news")).asked
        assert (await house.poll(runner, minutes=5)).asked

    at_work(scene, story)


def test_what_is_gone_for_good_is_not_asked_again_before_a_restart(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.server.on("/feed", Reply(410))
        runner = house.runner(news(house))
        assert (await house.poll(runner)).next_at is None
        assert not (await house.poll(runner, days=9)).asked
        assert len(house.server.requests) == 1
        assert (await house.runner(news(house)).poll_once("news")).asked

    at_work(scene, story)


def test_a_bug_in_a_source_is_logged_counted_and_stays_alone(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(*ITEMS, path="/well")
        runner = house.runner(news(house), feed("well", house.server.url("/well")))
        played(runner, Played(ZeroDivisionError("a secret")))
        polled = await house.poll(runner)
        assert polled.trouble == "A bug in Dibs (ZeroDivisionError); the log says where."
        assert house.state().failures == 1
        assert (await runner.poll_once("well")).arrival.matched == len(ITEMS)

    at_work(scene, story)
    assert "Traceback" in caplog.text


def test_a_poll_that_never_ends_is_given_up(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async def hang() -> Batch:
            await asyncio.sleep(60)
            raise AssertionError

        runner = played(house.runner(news(house), seconds=0.1), Played(hang))
        assert (await house.poll(runner)).trouble == "It did not answer within 0.1 seconds."

    at_work(scene, story)


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 65_536


async def dripping() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.05)


def test_broken_endless_slow_and_private_sources_rest_while_the_others_go_on(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        server = house.server
        server.on("/broken", Reply(body=b"<html>no feed</html>"))
        server.on("/endless", Reply(body=endless))
        server.on("/slow", Reply(body=dripping))
        server.on("/cut", Reply(body=b"<rss", cut=True))
        house.show(*ITEMS, path="/well")
        bad = [feed(name, server.url(f"/{name}")) for name in ("broken", "endless", "slow", "cut")]
        well = feed("well", server.url("/well"))
        runner = house.runner(*bad, feed("private", server.url("/well"), private=False), well)
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(HANG_SECONDS):
            while len(house.mentions()) < len(ITEMS) or any(not down(house, name) for name in NAMES):
                await asyncio.sleep(0.05)
        await runner.stop()
        await running
        assert "public" in house.state("private").trouble
        assert house.state("well").down_since is None
        assert [one for one in NAMES if house.state(one).lease] == []

    at_work(scene, story, seconds=3)


NAMES = ("broken", "endless", "slow", "cut", "private")


def down(house: SourcesInstallation, name: str) -> bool:
    return house.state(name).down_since is not None


# --- the loop ---------------------------------------------------------------------------------------------------------


def test_the_loop_asks_each_source_in_its_time_and_sleeps_in_between(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        began, slept, ended = scene.now, [], asyncio.Event()

        async def sleep(seconds: float) -> None:
            if seconds == BEAT:  # the heartbeat's; nobody waits for it
                await asyncio.sleep(0)
                return
            if scene.now - began > timedelta(minutes=10):
                ended.set()
                await asyncio.Event().wait()
            slept.append(seconds)
            await asyncio.sleep(0.1)  # what is under way ends first, and rings
            while any("SourceRunner._go" in str(task.get_coro()) for task in asyncio.all_tasks()):
                await asyncio.sleep(0.05)
            scene.pass_time(seconds=max(seconds, 0.001))

        often, seldom = Played(batch("a")), Played(batch("b"))
        other = feed("seldom", "http://other.example/feed", every=3 * EVERY)
        runner = house.runner(news(house), other, sleep=sleep)
        played(played(runner, often), seldom, "seldom")
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(HANG_SECONDS):
            await ended.wait()
        await runner.stop()
        await running
        assert 9 <= len(often.asked) <= 13
        assert 3 <= len(seldom.asked) <= 5
        assert len(slept) <= 2 * (len(often.asked) + len(seldom.asked))  # nothing wakes up to look around

    at_work(scene, story)


def test_at_most_two_polls_go_to_one_host_at_once_and_a_slow_host_holds_up_nobody_else(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        at_once, most, released = 0, 0, asyncio.Event()

        async def slow() -> Batch:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await released.wait()
            at_once -= 1
            return batch("a")

        same = [feed(f"s{number}", f"http://slow.example/{number}") for number in range(12)]
        house.show(*ITEMS)
        runner = house.runner(*same, news(house))
        for one in same:
            played(runner, Played(slow), one.rules.name)
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(HANG_SECONDS):
            while len(house.mentions()) < len(ITEMS):
                await asyncio.sleep(0.02)
            released.set()
            while any(house.state(one.rules.name).last_ok_at is None for one in same):
                await asyncio.sleep(0.02)
        await runner.stop()
        await running
        assert most == 2

    at_work(scene, story)


def test_stopping_gives_leases_back_so_that_a_restart_asks_at_once(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        begun = asyncio.Event()

        async def hang() -> Batch:
            begun.set()
            await asyncio.sleep(60)
            raise AssertionError

        runner = played(house.runner(news(house)), Played(hang))
        running = asyncio.create_task(runner.run())
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (house.state().lease, house.state().failures) == (None, 0)
        house.show(*ITEMS)
        assert (await house.runner(news(house)).poll_once("news")).asked

    at_work(scene, story)


# --- hooks ------------------------------------------------------------------------------------------------------------

KEY = b"sample-key-of-a-test"


def hook(name: str = "pushed", **rules: Any) -> SourceSettings:
    options = WebhookOptions(scheme=Scheme.HMAC, map={"id": "/id", "text": "/body"})
    config = SourceConfig(name=name, kind="webhook", options=options, secrets={"secret": KEY.decode()})
    known = SourceRules(**{"name": name, "kind": "webhook", "baseline": False, **rules})
    return SourceSettings(config=config, rules=known)


def signed(*ids: str) -> tuple[dict[str, str], bytes]:
    raw = json.dumps([{"id": one, "body": f"Refund {one}"} for one in ids]).encode()
    return {"X-Signature": hmac.new(KEY, raw, hashlib.sha256).hexdigest()}, raw


def test_an_acknowledged_delivery_is_stored_and_its_repeat_changes_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(hook())
        many = [f"p{number}" for number in range(230)]
        arrival = await runner.receive("pushed", *signed(*many))
        assert (arrival.matched, len(house.mentions())) == (230, 230)
        again = await runner.receive("pushed", *signed(*many))
        assert (again.seen, again.matched, len(house.mentions())) == (0, 0, 230)
        assert (house.state("pushed").seen, house.state("pushed").last_ok_at) == (230, scene.now)
        assert house.counted == [("pushed", 100), ("pushed", 100), ("pushed", 30)]

    with caplog.at_level(logging.INFO):
        at_work(scene, story)
    told = [record for record in caplog.records if record.getMessage() == "A mention arrived."]
    assert len({getattr(record, "token", "") for record in told}) == 230
    assert {getattr(record, "source", "") for record in told} == {"pushed"}
    assert "Refund" not in caplog.text


@pytest.mark.race
def test_the_same_delivery_many_times_at_once_is_one_mention(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(hook())
        await asyncio.gather(*(runner.receive("pushed", *signed("a", "b")) for _ in range(10)))
        assert len(house.mentions()) == len(cards(scene)) == 2
        assert house.state("pushed").seen == 2

    at_work(scene, story)


def test_a_large_delivery_is_read_beside_the_loop_and_stored_all_the_same(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        raw = json.dumps({"id": "a", "body": "Refund " + "x" * 100_000}).encode()
        headers = {"X-Signature": hmac.new(KEY, raw, hashlib.sha256).hexdigest()}
        assert (await house.runner(hook()).receive("pushed", headers, raw)).matched == 1

    at_work(scene, story)


def test_a_refused_delivery_leaves_nothing_and_its_source_stays_well(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(hook())
        headers, raw = signed("a")
        for wrong, body, status in (({}, raw, 401), (headers, raw + b" ", 401), signed_text(b"[1]")):
            with pytest.raises(HookRefused) as caught:
                await runner.receive("pushed", wrong, body)
            assert caught.value.status == status
        assert (house.mentions(), house.state("pushed").down_since) == ([], None)

    at_work(scene, story)


def test_a_post_of_a_delivery_that_cannot_be_read_costs_no_other_and_is_told(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: SourcesInstallation) -> None:
        headers, raw, _ = signed_text(
            b'[{"id": "a", "body": "Refund a"}, {"id": "b"}, {"id": "c", "body": "Refund c"}]'
        )
        arrival = await house.runner(hook()).receive("pushed", headers, raw)
        assert (arrival.matched, arrival.refused) == (2, ("The delivery holds a post without text.",))

    with caplog.at_level(logging.WARNING, "dibs.sources"):
        at_work(scene, story)
    assert "Posts of a delivery could not be read: 1. The delivery holds a post without text." in caplog.messages


def signed_text(raw: bytes) -> tuple[dict[str, str], bytes, int]:
    return {"X-Signature": hmac.new(KEY, raw, hashlib.sha256).hexdigest()}, raw, 400


def test_a_flood_of_deliveries_holds_up_none_of_another_hook(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(hook("loud"), hook("rare"))
        await runner.start()
        loud = [asyncio.create_task(runner.receive("loud", *signed(f"refund {number}"))) for number in range(150)]
        await asyncio.sleep(0)
        await asyncio.create_task(runner.receive("rare", *signed("my refund")))
        await asyncio.gather(*loud)
        assert [name for name, _ in house.counted].index("rare") <= 100

    at_work(scene, story)


def test_only_hooks_can_be_called_and_only_polled_sources_be_asked(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(news(house), hook())
        for name in ("news", "nobody", ""):
            with pytest.raises(UnknownSource):
                await runner.receive(name, {}, b"{}")
        with pytest.raises(UnknownSource):
            await runner.poll_once("pushed")

    at_work(scene, story)
