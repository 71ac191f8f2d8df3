"""The meter: what a network sells is booked before it is asked for, and corrected by what it came to."""

import asyncio
from datetime import timedelta

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from handlers.base.budget import USD, Budget, Window
from tests.bot.sources.runner.metering import DAY, SEARCHING, UNITS, Selling, a_post_each, selling
from tests.fakes.http import Reply
from tests.harness.scene import Scene

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
