"""The meter: what a network sells is booked before it is asked for, and corrected by what it came to."""

import asyncio
import itertools as it
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING, Fetched, Fetches, Request
from bot.sources.kit.answer import Answer
from bot.sources.runner.meter import MeteredFetcher, rest_after
from handlers.base.budget import USD, Budget, Unit, Window
from storage.engine.database import Database
from storage.listen import budgets
from tests.bot.sources.runner.metering import DAY, SEARCHING, UNITS, Selling, a_post_each, selling
from tests.fakes.http import Reply
from tests.harness.engines import open_migrated, open_sharing
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

NIGHT = "2026-03-03T08:00:00+00:00"  # when the day ends in California
A_MONTH = Budget(unit=USD, most=USD.parts_of("10"), window=Window.MONTH)


def test_each_bucket_is_counted_in_its_own_unit_by_what_a_request_costs(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        rest = shop.rest(shop.meter())
        await rest.get("/posts")
        await rest.get("/posts", bucket=SEARCHING)
        await rest.send("/posts", json={}, bucket=WRITING, cost=50)
        await rest.get("/posts", cost=0)
        assert shop.spent() == {"units": 51, "searches": 1}

    selling(scene, story)


def test_signing_in_costs_nothing(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        await shop.rest(shop.meter(A_MONTH)).sign_in(shop.server.url("/posts"))
        assert (len(shop.server.requests), shop.rows()) == (1, [])

    selling(scene, story)


def test_what_is_spent_is_not_asked_for_and_the_sentence_says_when_there_is_more(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        rest = shop.rest(shop.meter())
        await rest.send("/posts", json={}, cost=98)
        with pytest.raises(SourceUnavailable) as caught:
            await rest.send("/posts", json={}, cost=3)
        # The scene is on 2 March, 08:58 in UTC: a day of California has just begun.
        assert caught.value.reason == "Too little is left of 100 units a day; there is more at 2026-03-03 08:00 UTC."
        assert caught.value.retry_after == timedelta(hours=23, minutes=2, seconds=5).total_seconds()
        assert len(shop.server.requests) == 1
        await rest.send("/posts", json={}, cost=2)
        scene.pass_time(hours=24)
        await rest.send("/posts", json={}, cost=100)

    selling(scene, story)


def test_what_costs_more_than_there_ever_is_has_to_be_mended_by_a_person(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        meter = shop.meter()
        with pytest.raises(SourceRefused, match=r"may cost 101 units, and the budget is 100 units a day; dibs.toml"):
            await shop.rest(meter).get("/posts", cost=101)
        with meter.polling(), pytest.raises(SourceRefused, match="20 units of it are kept for replies"):
            await shop.rest(meter).get("/posts", cost=81)
        assert shop.rows() == []

    selling(scene, story)


def test_polls_leave_what_is_kept_for_replies(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        meter = shop.meter()
        rest = shop.rest(meter)
        with meter.polling():
            await rest.get("/posts", cost=79)
            with pytest.raises(SourceUnavailable, match="20 units of it are kept for replies"):
                await rest.get("/posts", cost=2)
        await rest.send("/posts", json={}, cost=21)
        assert shop.spent() == {"units": 100}

    selling(scene, story)


@pytest.mark.parametrize(("status", "spent"), [(200, 3), (429, 0), (503, 0)])
def test_what_only_the_answer_tells_is_booked_after_it_and_a_refusal_is_an_answer(
    scene: Scene, status: int, spent: int
) -> None:
    async def story(shop: Selling) -> None:
        shop.show(3, status=status)
        asked = shop.rest(shop.meter(A_MONTH)).get("/posts", cost=500, bill=a_post_each)
        await asyncio.gather(asked, return_exceptions=True)
        assert shop.spent() == {"USD": spent}

    selling(scene, story)


def test_a_bill_that_nobody_can_read_costs_what_it_might_have(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.server.on("/posts", Reply(200, body=b'{"data": []}'))
        answer = await shop.rest(shop.meter(A_MONTH)).get("/posts", cost=500, bill=lambda answer: answer.json["none"])
        assert answer.ok
        assert shop.spent() == {"USD": 500}

    selling(scene, story)


def test_what_never_left_costs_nothing_and_what_was_cut_off_costs_what_it_might_have(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        rest = shop.rest(shop.meter(A_MONTH))
        shop.server.on("/posts", Reply(200, body=b"{}", cut=True))
        with pytest.raises(SourceUnavailable, match="broke off"):
            await rest.get("/posts", cost=500, bill=a_post_each)
        assert shop.spent() == {"USD": 500}
        rest.base_url = "http://127.0.0.1:9"  # nobody listens there
        with pytest.raises(SourceUnavailable, match="No connection"):
            await rest.get("/posts", cost=500)
        assert shop.spent() == {"USD": 500}

    selling(scene, story)


def test_all_budgets_of_a_bucket_are_booked_or_none(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        minute = Budget(unit=UNITS, most=3, window=Window.MINUTE)
        rest = shop.rest(shop.meter(DAY, minute))
        await rest.get("/posts", cost=2)
        with pytest.raises(SourceUnavailable, match="3 units a minute"):
            await rest.get("/posts", cost=2)
        assert [(row.per, row.spent) for row in shop.rows()] == [("minute", 2), ("pacific day", 2)]

    selling(scene, story)


def test_a_request_that_goes_out_again_with_another_credential_costs_twice(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.server.on("/posts", Reply(401), Reply(200, body=b"{}"))
        await shop.rest(shop.meter()).get("/posts")
        assert shop.spent() == {"units": 2}

    selling(scene, story)


# --- what the network says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "spent"),
    [
        ({"X-RateLimit-Remaining": "30", "X-RateLimit-Reset": NIGHT}, 70),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(23 * 3600 + 2 * 60)}, 100),
        # More is left than we know of: others gave nothing back.
        ({"X-RateLimit-Remaining": "99", "X-RateLimit-Reset": NIGHT}, 2),
        ({"X-RateLimit-Remaining": "5000", "X-RateLimit-Reset": NIGHT}, 2),
        # Of another limit, which ends at another time, and what makes no sense.
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "900"}, 2),
        ({"X-RateLimit-Remaining": "3"}, 2),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "999999999999"}, 2),
        ({"X-RateLimit-Remaining": "-3", "X-RateLimit-Reset": NIGHT}, 2),
    ],
)
def test_a_network_is_believed_where_it_says_that_less_is_left_of_this_window(
    scene: Scene, headers: dict[str, str], spent: int
) -> None:
    async def story(shop: Selling) -> None:
        shop.server.on("/posts", Reply(200, headers, b"{}"))
        await shop.rest(shop.meter()).get("/posts", cost=2)
        assert shop.spent() == {"units": spent}

    selling(scene, story)


def test_a_kind_may_read_from_an_answer_that_nothing_is_left(scene: Scene) -> None:
    def quota_gone(status: int, _headers: Mapping[str, str], body: bytes) -> int | None:
        return 0 if status == 403 and b"quotaExceeded" in body else None

    async def story(shop: Selling) -> None:
        shop.server.on(
            "/posts", Reply(403, body=b'{"error": "forbidden"}'), Reply(403, body=b'{"error": "quotaExceeded"}')
        )
        rest = shop.rest(shop.meter(replace(DAY, tells=quota_gone)))
        await rest.get("/posts")
        assert shop.spent() == {"units": 1}
        await rest.get("/posts")
        with pytest.raises(SourceUnavailable, match="Too little is left of 100 units a day"):
            await rest.get("/posts")
        assert len(shop.server.requests) == 2

    selling(scene, story)


def test_money_is_no_number_of_requests_and_a_stranger_at_the_end_of_a_redirect_is_not_believed(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-04-01T00:00:00Z"}
        shop.server.on("/posts", Reply(200, told, b"{}"))
        await shop.rest(shop.meter(A_MONTH)).get("/posts", cost=5)
        assert shop.spent() == {"USD": 5}
        there = {**told, "X-RateLimit-Reset": NIGHT}
        shop.server.on("/here", Reply(302, {"Location": shop.server.url("/there", host="localhost")}))
        shop.server.on("/there", Reply(200, there, b"{}"))
        await shop.rest(shop.meter()).get("/here")
        assert shop.spent() == {"USD": 5, "units": 1}

    selling(scene, story)


# --- who else is at work ---------------------------------------------------------------------------------------------


@pytest.mark.race
def test_replicas_that_meet_on_the_last_units_ask_for_no_more_than_there_are(scene: Scene, database_url: str) -> None:
    other = Database(open_sharing(database_url))

    async def story(shop: Selling) -> None:
        shop.show(0)
        for turn in range(6):
            budget = Budget(unit=Unit("unit", f"units of turn {turn}"), most=5, window=Window.UTC_DAY)
            replicas = [shop.rest(shop.meter(budget, database=one)) for one in (scene.database, other)]
            before = len(shop.server.requests)
            asked = [rest.get("/posts", cost=cost) for _ in range(4) for rest in replicas for cost in (1, 2)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            refused = [one for one in answers if isinstance(one, Exception)]
            assert all(isinstance(one, SourceUnavailable) for one in refused)
            assert len(shop.server.requests) - before == len(answers) - len(refused)
            spent = shop.spent()[f"units of turn {turn}"]
            paid = sum(cost for cost, one in zip(it.cycle((1, 2)), answers, strict=False) if isinstance(one, Answer))
            assert spent == paid == 5

    selling(scene, story)
    other.close()


KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from bot.net.fetching import Fetches, Request
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.sources.runner.meter import Meter, MeteredFetcher
from handlers.base.budget import Budget, Unit, Window
from storage.engine.database import Database, open_engine

class Killed(Fetches):
    async def fetch(self, request):
        os.kill(os.getpid(), signal.SIGKILL)

async def ask():
    budget = Budget(unit=Unit("unit", "units"), most=10, window=Window.MONTH)
    clock = Clock(lambda: datetime.fromisoformat(sys.argv[2]))
    meter = Meter("tube", (budget,), AsyncDatabase(Database(open_engine(sys.argv[1]))), clock)
    await MeteredFetcher(Killed(), meter).fetch(Request(method="GET", url="http://tube.example/", cost=8))

asyncio.run(ask())
"""


@pytest.mark.process
def test_a_process_that_is_killed_before_it_asks_has_spent_what_it_reserved_and_no_more(
    scene: Scene, database_url: str
) -> None:
    command = [sys.executable, "-c", KILLED, database_url, scene.now.isoformat()]
    ended = subprocess.run(command, check=False, capture_output=True, timeout=HANG_SECONDS)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()

    async def story(shop: Selling) -> None:
        shop.show(0)
        assert shop.spent() == {"units": 8}
        rest = shop.rest(shop.meter(Budget(unit=UNITS, most=10, window=Window.MONTH)))
        with pytest.raises(SourceUnavailable):
            await rest.get("/posts", cost=3)
        await rest.get("/posts", cost=2)

    selling(scene, story)


@pytest.mark.parametrize(("seconds", "asked"), [(15, 2), (16, 0)])
def test_what_was_booked_too_long_ago_does_not_go_out_any_more(scene: Scene, seconds: float, asked: int) -> None:
    class Asleep(Fetches):
        """A process that stands still between what it books and what it asks."""

        def __init__(self, fetcher: Fetches) -> None:
            self.fetcher = fetcher

        async def fetch(self, request: Request) -> Fetched:
            scene.pass_time(seconds=seconds)
            return await self.fetcher.fetch(request)

    async def story(shop: Selling) -> None:
        shop.show(0)
        client = MeteredFetcher(Asleep(shop.fetcher), shop.meter())
        url = shop.server.url("/posts")
        answers: list[Fetched | BaseException] = []
        for asking in (client.get(url, allow_private=True), client.send("POST", url, json={}, allow_private=True)):
            answers += await asyncio.gather(asking, return_exceptions=True)
        kept = [one for one in answers if isinstance(one, SourceUnavailable) and "took too long" in one.reason]
        assert (len(shop.server.requests), len(kept), shop.spent()) == (asked, 2 - asked, {"units": asked})

    selling(scene, story)


def test_what_cannot_be_written_down_is_not_asked_for(scene: Scene, tmp_path: Path) -> None:
    engine = open_migrated(tmp_path / "held.db")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))

    async def story(shop: Selling) -> None:
        shop.show(3)
        with closing(Database(engine)) as held, closing(sqlite3.connect(tmp_path / "held.db")) as holder:
            rest = shop.rest(shop.meter(database=held))
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(SourceUnavailable, match="cannot be written down: the database is away"):
                await rest.get("/posts")
            assert shop.server.requests == []
            holder.rollback()
            await rest.get("/posts")

    selling(scene, story)


def test_an_answer_counts_though_what_it_came_to_cannot_be_written_down(scene: Scene, tmp_path: Path) -> None:
    engine = open_migrated(tmp_path / "held.db")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))

    async def story(shop: Selling) -> None:
        shop.show(3)
        with closing(Database(engine)) as held, closing(sqlite3.connect(tmp_path / "held.db")) as holder:

            def bill(answer: Answer) -> int:
                holder.execute("BEGIN IMMEDIATE")
                return a_post_each(answer)

            answer = await shop.rest(shop.meter(database=held)).get("/posts", cost=50, bill=bill)
            holder.rollback()
            assert answer.ok
            (row,) = held.read(lambda session: budgets.rows(session, ["tube"]))
            assert row.spent == 50

    selling(scene, story)


# --- how polls are spread --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent", "cost", "hours_left", "hours"),
    [
        (1, 1, 24, 24 / 79),  # the whole day for all but the share of people
        (30, 10, 18, 18 * 10 / 50),
        (20, 10, 18, 0),  # a quarter of the day is over, and no more than a quarter is spent
        (79, 1, 12, 12),
        (75, 10, 12, 12),  # another one would find too little
        (95, 1, 12, 12),  # people spent more than is kept for them
        (40, 4, 12, 0),
        (41, 4, 12, 12 * 4 / 39),
    ],
)
def test_who_spent_ahead_of_time_rests_for_the_time_left_by_what_is_left(
    spent: int, cost: int, hours_left: float, hours: float
) -> None:
    end = datetime(2026, 3, 3, 8, 0, 5, tzinfo=UTC)
    rest = rest_after(DAY, spent, cost, end - timedelta(hours=hours_left))
    assert rest / 3_600 == pytest.approx(hours)


def test_a_poll_rests_by_what_it_came_to_and_not_by_what_was_reserved(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(2)
        meter = shop.meter()
        with meter.polling():
            await shop.rest(meter).get("/posts", cost=70, bill=a_post_each)
        day = timedelta(hours=23, minutes=2, seconds=5).total_seconds()
        # An hour is over, and two of eighty units are spent: that is less than was saved by then.
        assert (meter.wait(), shop.spent()) == (0, {"units": 2})
        with meter.polling():
            await shop.rest(meter).get("/posts", cost=8)
        assert meter.wait() == pytest.approx(day * 8 / 70)
        scene.pass_time(days=-30)
        assert meter.wait() <= timedelta(hours=24).total_seconds(), "a clock that is set back makes nobody wait for it"

    selling(scene, story)


def test_what_people_ask_for_makes_polls_wait_for_nothing_else(scene: Scene) -> None:
    async def story(shop: Selling) -> None:
        shop.show(0)
        meter = shop.meter()
        await shop.rest(meter).send("/posts", json={}, cost=60)
        assert meter.wait() == 0

    selling(scene, story)
