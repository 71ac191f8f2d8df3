"""Walks: lists that come newest first, a page a poll, from the newest to where the last walk began.

    the list    newest ░░░░░░░░░░░░░░░░▓▓▓▓▓▓──────────── oldest
                       this walk       │ seen again, since things are indexed late and out of order
                                       since

Only at its end does the next walk begin at the newest that was seen: a crash on the way repeats, and never skips, since
the runner knows posts by their ids. The very first poll takes the newest page alone, for the history is no news. A
kind says how a page is asked for, and what its entries are sorted by: a moment, or an id.

A list may be broken, so that it leads in a circle or never ends. A walk that comes by a cursor again is at its end: one
cursor is kept, anew at each power of two (Brent's way to find a cycle), and so many pages are the most.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Generic, TypeVar

from bot.sources.base import Batch
from bot.sources.kit.json import read_object
from handlers.base.events import Event

MOST_PAGES = 10_000
# Before so many pages no walk is suspected.
_LONG = 8

StampT = TypeVar("StampT", bound=int | float | str)


@dataclass(frozen=True, slots=True)
class Page(Generic[StampT]):
    """One page.

    Attributes:
        entries: What each thing of the page is sorted by (nothing = unknown), and what it means to us, if anything.
        cursor: Where the next page begins; empty = this is the last.
    """

    entries: Sequence[tuple[StampT, Event | None]]
    cursor: str = ""


# Takes the cursor of a page, empty for the first, and the stamp at which the walk ends, empty or 0 for the very first.
Ask = Callable[[str, StampT], Awaitable[Page[StampT]]]


@dataclass(frozen=True, slots=True)
class Walk(Generic[StampT]):
    """Where one list stands, as its checkpoint has it.

    Attributes:
        since: The newest that was seen when the last walk was at its end; nothing before the first poll.
        newest: The newest seen by now.
        cursor: Where the walk goes on; empty when none is under way.
        pages: How many pages it has behind it.
        again: It is the second try of a walk that fell off its list.
        passed: The digest of a cursor that it came by; where it comes by that again, its list leads in a circle.
    """

    since: StampT
    newest: StampT
    cursor: str = ""
    pages: int = 0
    again: bool = False
    passed: str = ""


class NewestFirst(Generic[StampT]):
    """Walks lists of one kind; several, by name, are walked beside each other."""

    def __init__(
        self,
        first: StampT,
        earlier: Callable[[StampT], StampT],
        *,
        order: Callable[[StampT], Any] = lambda stamp: stamp,
        whole_pages: bool = False,
        most_pages: int = MOST_PAGES,
        cursor_may_die: bool = False,
    ) -> None:
        """Take what stamps are.

        Args:
            first: What stands for a list that was empty at first; all that comes after it is new.
            earlier: Returns the stamp at which a walk ends, a little before the one where the last began.
            order: What stamps are compared by.
            whole_pages: Only a page that is old from end to end ends the walk, because authors date posts themselves.
            most_pages: Where the service's lists end, however many they would be.
            cursor_may_die: A cursor names a thing, and leads nowhere once that thing was deleted: walk again, once.
        """
        self._nothing = type(first)()
        self._first = first
        self._earlier = earlier
        self._order = order
        self._edge = max if whole_pages else min
        self._most_pages = most_pages
        self._cursor_may_die = cursor_may_die

    async def poll(self, checkpoint: str, lists: Mapping[str, Ask[StampT]]) -> Batch:
        """Take the next page of each list that is not at its end, or of all when all are; oldest first.

        Raises:
            SourceUnavailable, SourceRefused: As asking for a page does.
        """
        walks = self._read(checkpoint, lists)
        walking = any(walk.cursor for walk in walks.values())
        entries: list[tuple[StampT, Event | None]] = []
        for name, ask in lists.items():
            walk = walks[name]
            if walk.cursor or not walking:
                page = await ask(walk.cursor, self._end(walk))
                walks[name] = self._after(walk, page)
                entries += reversed(page.entries)
        entries.sort(key=lambda entry: self._order(entry[0]))
        return Batch(
            events=tuple(event for _, event in entries if event is not None),
            checkpoint=json.dumps({name: asdict(walk) for name, walk in walks.items()}),
            more=any(walk.cursor for walk in walks.values()),
        )

    def _end(self, walk: Walk[StampT]) -> StampT:
        return self._earlier(walk.since) if walk.since else self._nothing

    def _after(self, walk: Walk[StampT], page: Page[StampT]) -> Walk[StampT]:
        """Return where a list stands after a page."""
        stamps = [stamp for stamp, _ in page.entries if stamp]
        newest = max([walk.since, walk.newest, *stamps], key=self._order)
        if self._cursor_may_die and walk.cursor and not page.entries and not walk.again:
            return Walk(walk.since, newest, again=True)
        pages = walk.pages + 1
        if self._at_end(walk, page, stamps) or pages == self._most_pages:
            return Walk(newest or self._first, newest or self._first)
        passed = _digest(page.cursor) if pages >= _LONG and pages.bit_count() == 1 else walk.passed
        return Walk(walk.since, newest, page.cursor, pages, walk.again, passed)

    def _at_end(self, walk: Walk[StampT], page: Page[StampT], stamps: Sequence[StampT]) -> bool:
        if not walk.since or not stamps or page.cursor in ("", walk.cursor) or _digest(page.cursor) == walk.passed:
            return True
        return bool(self._order(self._edge(stamps, key=self._order)) < self._order(self._end(walk)))

    def _read(self, checkpoint: str, lists: Mapping[str, Ask[StampT]]) -> dict[str, Walk[StampT]]:
        """Read our own text; of one that an older version wrote, what was seen counts, and the walk begins anew."""
        told = read_object(checkpoint)
        alone = dict.fromkeys(lists, told) if "since" in told else told
        return {name: self._walk(alone.get(name)) for name in lists}

    def _walk(self, told: object) -> Walk[StampT]:
        values = told if isinstance(told, dict) else {}
        since, newest = (self._stamp(values.get(name)) for name in ("since", "newest"))
        cursor, pages = values.get("cursor"), values.get("pages")
        if not isinstance(cursor, str) or type(pages) is not int:
            return Walk(since, newest)
        passed = values.get("passed")
        return Walk(since, newest, cursor, pages, bool(values.get("again")), passed if isinstance(passed, str) else "")

    def _stamp(self, value: object) -> StampT:
        return value if isinstance(value, type(self._nothing)) else self._nothing


def before_these(cursor: str, stamps: Sequence[int]) -> str:
    """Return the cursor of a list that is asked for by the second at which a page begins: the oldest of the one before.

    That is inclusive, since others may share it; a page within one second has nothing else to hold on to.

    Args:
        cursor: That of the page; empty for the first.
        stamps: When its entries were written, in seconds; at least one.
    """
    oldest = min(stamps)
    return str(oldest if not cursor or oldest < int(cursor) else int(cursor) - 1)


def keeping(batch: Batch, **parts: object) -> Batch:
    """Return a batch whose checkpoint has a kind's own parts beside its lists, by names that none of these bears."""
    told = json.loads(batch.checkpoint) | parts
    return replace(batch, checkpoint=json.dumps(told, separators=(",", ":")))


def _digest(cursor: str) -> str:
    """Return by what a cursor is known again; some are so long that a checkpoint holds few of them."""
    return sha256(cursor.encode("utf-8", "replace")).hexdigest()[:16]
