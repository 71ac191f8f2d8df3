"""Rules of credentials that run out: they are bought once, however many meet that they are gone."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.net.oauth import Renewable


@dataclass
class Shop:
    """Sells numbers; what it was given for each stands in ``sold``."""

    sold: list[int | None] = field(default_factory=list)

    async def sell(self, refused: int | None) -> int:
        await asyncio.sleep(0)
        self.sold.append(refused)
        return len(self.sold)


def test_many_that_ask_at_once_buy_once() -> None:
    async def story() -> None:
        shop = Shop()
        held = Renewable(shop.sell)
        assert set(await asyncio.gather(*(held.get() for _ in range(10)))) == {1}
        assert set(await asyncio.gather(*(held.get(1) for _ in range(10)))) == {2}
        assert shop.sold == [None, 1]

    asyncio.run(story())


def test_what_is_refused_is_asked_once_more_with_another() -> None:
    async def story() -> None:
        asked: list[int] = []

        async def ask(held: int) -> int:
            asked.append(held)
            return held

        held = Renewable(Shop().sell)
        assert await held.ask(ask, lambda answer: answer == 1) == 2
        assert await held.ask(ask, lambda answer: True) == 3
        assert asked == [1, 2, 2, 3]

    asyncio.run(story())


def test_one_that_is_due_is_renewed_before_it_is_refused() -> None:
    async def story() -> None:
        shop = Shop()
        held = Renewable(shop.sell, lambda number: number == 1)
        assert [await held.get() for _ in range(3)] == [1, 2, 2]
        assert shop.sold == [None, None]

    asyncio.run(story())


def test_a_purchase_that_fails_leaves_the_shop_open() -> None:
    async def story() -> None:
        wrong = [True, False]

        async def sell(_refused: int | None) -> int:
            if wrong.pop(0):
                raise ValueError
            return 1

        held = Renewable(sell)
        with pytest.raises(ValueError):  # noqa: PT011 - nothing else can be wrong here
            await held.get()
        assert await held.get() == 1

    asyncio.run(story())
