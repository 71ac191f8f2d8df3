"""What a source remembers: in memory, of things that it saw; or in its checkpoint, which has room for so much.

Both are bounded, and what was remembered first is forgotten first.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from handlers.base.events import Event, Posted

MOST = 10_000

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
T = TypeVar("T")


class Remembered(Generic[KeyT, ValueT]):
    """Values by their keys, the latest so many; what was forgotten is asked for again."""

    def __init__(self, most: int = MOST) -> None:
        """Take how many are the most."""
        self._most = most
        self._kept: dict[KeyT, ValueT] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept)

    def get(self, key: KeyT) -> ValueT | None:
        """Return what is remembered; None where nothing is."""
        return self._kept.get(key)

    def keep(self, key: KeyT, value: ValueT) -> ValueT:
        """Remember a value, as the latest, and return it."""
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return value


class Asked(Remembered[KeyT, ValueT]):
    """Values that are asked for where none is remembered."""

    def __init__(self, ask: Callable[[KeyT], Awaitable[ValueT]], most: int = MOST) -> None:
        """Take what asks, and how many are the most."""
        super().__init__(most)
        self._ask = ask

    async def find(self, key: KeyT) -> ValueT:
        """Return a value.

        Raises:
            SourceUnavailable, SourceRefused: As asking for it does.
        """
        known = self.get(key)
        return known if known is not None else self.keep(key, await self._ask(key))


class Latest(Remembered[KeyT, ValueT]):
    """How new what was seen of each thing is, since what tells of it comes in any order."""

    def is_late(self, key: KeyT, told: ValueT) -> bool:
        """Say whether something newer was seen already."""
        known = self.get(key)
        return known is not None and bool(told < known)  # type: ignore[operator]

    def is_news(self, key: KeyT, told: ValueT) -> bool:
        """Say whether nothing newer was seen, and remember it then."""
        if self.is_late(key, told):
            return False
        self.keep(key, told)
        return True


def once(ask: Callable[[], Awaitable[ValueT]]) -> Callable[[], Awaitable[ValueT]]:
    """Return what asks for something once, and remembers it; what could not be had is asked for again."""
    kept: list[ValueT] = []

    async def find() -> ValueT:
        if not kept:
            kept.append(await ask())
        return kept[0]

    return find


def fitting(room: int, write: Callable[[list[T]], object], remembered: Iterable[T]) -> str:
    """Return a checkpoint as text, with as much of what is remembered as it has room for.

    Args:
        room: So many characters it has at most, unless it is longer without anything that is remembered.
        write: Returns the whole of it, as JSON knows it.
        remembered: The latest last.
    """
    kept = list(remembered)
    while True:
        text = json.dumps(write(kept), separators=(",", ":"))
        if len(text) <= room or not kept:
            return text
        kept = kept[len(kept) // 10 + 1 :]


def old_news(events: Iterable[Event], began: float) -> frozenset[str]:
    """Return the names of the posts that stood there before we first listened, in seconds since 1970."""
    return frozenset(
        one.external_id
        for one in events
        if isinstance(one, Posted) and one.published_at is not None and one.published_at.timestamp() < began
    )
