"""Lists that are read at once, page by page, as far as it takes: to look for something, or to have all of it.

However a service answers, so many pages are the most: a list may lead in a circle, or be as long as somebody likes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from bot.net.errors import SourceUnavailable

T = TypeVar("T")

# What is said where our own posts since a send are looked through.
SO_MUCH = "Our account wrote so much since then that the reply cannot be looked for."

# Takes the cursor of a page, empty for the first, and returns what it holds and where the next begins, empty = nowhere.
Ask = Callable[[str], Awaitable[tuple[list[T], str]]]


class TooMany(SourceUnavailable):
    """There is more than is looked through."""


async def each(ask: Ask[T], most: int, too_many: str) -> AsyncIterator[T]:
    """Yield what a list holds, page by page; no page is asked for before it is needed.

    Args:
        ask: What returns a page.
        most: How many are the most.
        too_many: The sentence for a list that goes on behind them.

    Raises:
        TooMany: It does.
        SourceUnavailable, SourceRefused: As asking for a page does.
    """
    cursor = ""
    for _ in range(most):
        page, cursor = await ask(cursor)
        for one in page:
            yield one
        if not cursor:
            return
    raise TooMany(too_many)


async def gathered(ask: Ask[T], most: int) -> tuple[list[T], bool]:
    """Return what up to so many pages of a list hold, and whether that is all.

    Raises:
        SourceUnavailable, SourceRefused: As asking for a page does.
    """
    found, cursor = list[T](), ""
    for _ in range(most):
        page, cursor = await ask(cursor)
        found += page
        if not cursor:
            return found, True
    return found, False


def back_to(ask: Ask[T], at: Callable[[T], float], moment: float) -> Ask[T]:
    """Return what asks for a list that should show the newest first only as far back as a moment.

    Some of what is older is shown, too, and all of it where the list is in another order.

    Args:
        ask: What returns a page.
        at: Returns when a thing was written.
        moment: In the same unit.
    """

    async def lately(cursor: str) -> tuple[list[T], str]:
        page, following = await ask(cursor)
        return page, "" if goes_back([*map(at, page)], moment) else following

    return lately


def goes_back(times: Sequence[float], moment: float) -> bool:
    """Say whether a page that should show the newest first does so, and goes back before a moment.

    Some networks order a list at times, and never say so: a page in another order ends no look.
    """
    return len(set(times)) > 1 and list(times) == sorted(times, reverse=True) and times[-1] < moment
