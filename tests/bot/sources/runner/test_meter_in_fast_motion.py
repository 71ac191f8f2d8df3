"""Days in fast motion: a source that asks as often as it may, people who reply, and a network that counts both.

Nothing but time is played: the runner, the database and the service are real, and the clock jumps to the next poll.
"""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.net.errors import SourceUnavailable
from bot.sources.runner.meter import MeteredFetcher
from handlers.base.budget import Budget, Unit, Window
from storage.listen import budgets
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed
from tests.fakes.http import Reply
from tests.harness.scene import Scene

UNITS = Unit("unit", "units")
REPLY = "/reply"


@dataclass
class Week:
    """A runner of one source over some time, and what the network counted in each of its windows."""

    house: SourcesInstallation
    budget: Budget
    polls: list[datetime] = field(default_factory=list)
    replies: list[datetime] = field(default_factory=list)
    refused: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house.show(("a", "A refund"))
        self.house.server.on(REPLY, Reply())
        url = self.house.server.url("/feed")
        self.runner = self.house.runner(feed("news", url, every=timedelta(seconds=1), budgets=(self.budget,)))
        meter = self.runner._sources["news"].meter
        self.client = MeteredFetcher(self.house.fetcher, meter)

    async def run(self, start: datetime, until: datetime, *, reply_at: list[datetime] | None = None) -> None:
        """Poll whenever it is time, and reply at moments, until a moment."""
        scene, waiting = self.house.scene, list(reply_at or [])
        scene.now = start
        while scene.now < until:
            polled = await self.runner.poll_once("news")
            assert not polled.trouble
            self.polls += [scene.now] * polled.asked
            assert polled.next_at is not None
            following = max(polled.next_at, scene.now + timedelta(milliseconds=1))
            while waiting and waiting[0] <= following:
                scene.now = max(scene.now, waiting.pop(0))
                await self.reply()
            scene.now = max(scene.now, following)
        assert len(self.polls) + len(self.replies) == len(self.house.server.requests)

    async def reply(self) -> None:
        """Send a reply; a person waits for it."""
        now = self.house.scene.now
        try:
            await self.client.send("POST", self.house.server.url(REPLY), json={}, allow_private=True)
        except SourceUnavailable:
            self.refused.append(now)
        else:
            self.replies.append(now)

    def counted(self) -> dict[datetime, int]:
        """Return what the network counted, by the windows of its own clock."""
        return dict(sorted(Counter(self.budget.window.began(one) for one in [*self.polls, *self.replies]).items()))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "start", "until", "windows"),
    [
        (Window.UTC_DAY, "2026-03-02", "2026-03-04", ["2026-03-02 00:00", "2026-03-03 00:00"]),
        # A day of 23 hours, and one of 25.
        (Window.PACIFIC_DAY, "2026-03-08 08:00", "2026-03-10 07:00", ["2026-03-08 08:00", "2026-03-09 07:00"]),
        (Window.PACIFIC_DAY, "2026-11-01 07:00", "2026-11-03 08:00", ["2026-11-01 07:00", "2026-11-02 08:00"]),
        (Window.MONTH, "2026-02-01", "2026-04-01", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        (Window.MINUTE, "2026-03-02 09:00", "2026-03-02 09:02", ["2026-03-02 09:00", "2026-03-02 09:01"]),
    ],
)
def test_a_window_is_spent_to_its_end_evenly_and_not_beyond(
    scene: Scene, window: Window, start: str, until: str, windows: list[str]
) -> None:
    most = 24

    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=most, window=window))
        await week.run(at(start), at(until))
        counted = week.counted()
        assert list(counted) == [at(one) for one in windows]
        # What is spent just before the end of a window is not spent in the next one.
        least = most - 2 if window is not Window.MINUTE else most // 2
        assert all(least <= number <= most for number in counted.values())
        if window is not Window.MINUTE:
            fair = (window.ends(at(start)) - at(start)) / most
            gaps = [later - one for one, later in itertools.pairwise(week.polls)]
            assert max(gaps) < 3 * fair
            assert sorted(gaps)[len(gaps) // 2] > fair * 0.8

    at_work(scene, story)


def test_polls_shut_out_no_reply_whenever_it_comes(scene: Scene) -> None:
    start, until = at("2026-03-08 08:00"), at("2026-03-11 07:00")
    drawn = Random(7)
    # Ten a day, as many as are kept for them; some come at the very end, when polls have spent what they may.
    moments = [at("2026-03-08 23:00") + timedelta(days=day, minutes=drawn.randrange(440)) for day in range(2)] * 5
    moments += [at("2026-03-09 06:59") + timedelta(days=day, seconds=one) for day in range(2) for one in range(30, 35)]

    async def story(house: SourcesInstallation) -> None:
        budget = Budget(unit=UNITS, most=40, window=Window.PACIFIC_DAY, for_replies=0.25)
        week = Week(house, budget)
        await week.run(start, until, reply_at=sorted(moments))
        assert (week.refused, len(week.replies)) == ([], 20)
        assert all(number <= 40 for number in week.counted().values())
        by_polls = Counter(budget.window.began(one) for one in week.polls)
        assert all(number <= 30 for number in by_polls.values())

    at_work(scene, story)


def test_what_people_spend_is_not_spent_again_by_polls(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=20, window=Window.UTC_DAY, for_replies=0.2))
        morning = [at("2026-03-02 01:00") + timedelta(minutes=one) for one in range(12)]
        await week.run(at("2026-03-02 00:01"), at("2026-03-03"), reply_at=morning)
        assert len(week.replies) == 12
        assert 15 <= len(week.polls) + 12 <= 16  # and four are kept still
        # More than is kept for them: polls rest, and nobody calls the source down for it.
        crowd = [one + timedelta(days=1) for one in morning * 2]
        await week.run(at("2026-03-03 00:01"), at("2026-03-04"), reply_at=crowd)
        assert len(week.replies) + len(week.refused) == 12 + 24
        assert week.counted()[at("2026-03-03")] == 20

    at_work(scene, story)


def test_what_was_saved_may_be_spent_at_once_and_what_was_not_is_spread(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=24, window=Window.UTC_DAY))
        await week.run(at("2026-03-02 12:00"), at("2026-03-03"))
        saved = [one for one in week.polls if one < at("2026-03-02 12:01")]
        assert 11 <= len(saved) <= 13
        assert 23 <= len(week.polls) <= 24

    at_work(scene, story)


def test_a_source_that_spent_all_is_not_asked_and_is_not_called_down(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=2, window=Window.UTC_DAY))
        scene.now = at("2026-03-02 23:00")
        for _ in range(2):
            await week.runner.poll_once("news")
            scene.pass_time(seconds=5)
        polled = await week.runner.poll_once("news")
        assert (polled.asked, polled.next_at) == (False, at("2026-03-03 00:00:05"))
        assert house.state().down_since is None
        # Another replica, which has not spent anything itself, heeds it, too.
        other = house.runner(week.runner._sources["news"].settings)
        assert not (await other.poll_once("news")).asked
        scene.now = at("2026-03-03 00:00:05")
        assert (await other.poll_once("news")).asked

    at_work(scene, story)


def test_a_poll_that_ends_in_its_middle_for_want_of_budget_says_so(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=2, window=Window.UTC_DAY))
        scene.now = at("2026-03-02 12:00")
        await asyncio.gather(week.reply(), week.reply())
        polled = await week.runner.poll_once("news")
        assert polled.trouble == "Too little is left of 2 units a day; there is more at 2026-03-03 00:00 UTC."
        assert polled.next_at is not None
        assert polled.next_at >= at("2026-03-03 00:00:05")
        scene.now = polled.next_at
        assert not (await week.runner.poll_once("news")).trouble

    at_work(scene, story)


def test_who_rings_waits_for_the_next_poll_that_the_budget_lets(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        week = Week(house, Budget(unit=UNITS, most=4, window=Window.UTC_DAY))
        scene.now = at("2026-03-02 00:01")
        first = await week.runner.poll_once("news")
        scene.pass_time(seconds=2)
        await week.runner._due_now("news")
        rung = await week.runner.poll_once("news")
        assert not rung.asked
        assert (rung.next_at, len(house.server.requests)) == (first.next_at, 1)

    at_work(scene, story)


def test_a_source_without_a_budget_writes_nothing_of_what_it_asks(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.show(("a", "A refund"))
        runner = house.runner(feed("news", house.server.url("/feed")))
        assert (await house.poll(runner)).asked
        assert scene.database.read(lambda session: budgets.rows(session, ["news"])) == []

    at_work(scene, story)


def test_who_raises_a_budget_that_is_spent_does_not_wait_for_the_end_of_its_window(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        budget = Budget(unit=UNITS, most=2, window=Window.MONTH)
        week = Week(house, budget)
        scene.now = at("2026-03-02 12:00")
        await asyncio.gather(week.reply(), week.reply())
        assert (await week.runner.poll_once("news")).trouble
        assert (house.state().next_at or scene.now) > at("2026-03-31")
        url = house.server.url("/feed")
        for most, asked in ((2, False), (1, False), (3, True)):
            scene.pass_time(minutes=1)
            again = house.runner(feed("news", url, budgets=(replace(budget, most=most),)))
            await again.start()
            assert (await again.poll_once("news")).asked is asked
        assert house.state().down_since is None

    at_work(scene, story)
