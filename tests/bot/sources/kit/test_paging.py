"""Rules of lists that are read at once: page by page, no further than it takes, and never for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.net.errors import SourceUnavailable
from bot.sources.kit.paging import TooMany, back_to, each, gathered


class Pages:
    """A list of so many pages of two things each; without an end, where there are none."""

    def __init__(self, many: int) -> None:
        self.many = many
        self.asked: list[str] = []

    async def ask(self, cursor: str) -> tuple[list[int], str]:
        self.asked.append(cursor)
        number = int(cursor or 0)
        return [2 * number, 2 * number + 1], str(number + 1) if number + 1 != self.many else ""


async def all_of(things: AsyncIterator[int]) -> list[int]:
    return [one async for one in things]


def test_a_list_is_read_to_its_end() -> None:
    pages = Pages(3)
    assert asyncio.run(all_of(each(pages.ask, 3, "Too much."))) == [0, 1, 2, 3, 4, 5]
    assert pages.asked == ["", "1", "2"]
    assert asyncio.run(gathered(Pages(3).ask, 3)) == ([0, 1, 2, 3, 4, 5], True)


@pytest.mark.parametrize("many", [0, 4])
def test_what_goes_on_behind_the_last_page_that_is_looked_at_is_said(many: int) -> None:
    pages = Pages(many)
    with pytest.raises(TooMany, match="Too much") as raised:
        asyncio.run(all_of(each(pages.ask, 3, "Too much.")))
    assert isinstance(raised.value, SourceUnavailable)
    assert pages.asked == ["", "1", "2"]
    assert asyncio.run(gathered(Pages(many).ask, 3)) == ([0, 1, 2, 3, 4, 5], False)


def test_no_page_is_asked_for_before_it_is_needed() -> None:
    pages = Pages(3)

    async def first(wanted: int) -> int | None:
        async for one in each(pages.ask, 3, "Too much."):
            if one == wanted:
                return one
        return None

    assert asyncio.run(first(1)) == 1
    assert pages.asked == [""]


def test_a_list_that_shows_the_newest_first_is_read_as_far_back_as_a_moment() -> None:
    pages = Pages(5)
    newest_first = back_to(pages.ask, lambda one: -one, -2.5)
    assert asyncio.run(gathered(newest_first, 5)) == ([0, 1, 2, 3], True)
    assert pages.asked == ["", "1"]


def test_a_list_in_another_order_is_read_to_its_end() -> None:
    assert asyncio.run(gathered(back_to(Pages(3).ask, float, 100.0), 5)) == ([0, 1, 2, 3, 4, 5], True)
