"""Fan-out: what people write below many things of ours, each of which has a list of its own.

Many networks have no list of all that was written below our posts, only one below each. So each post is a branch with
a walk of its own (``bot.sources.kit.walk``), and a poll asks a few of them: those whose walk is not at its end, or else
those of which the network tells that something has changed, and as many of the others as their turn allows. So what
is said below an old post is heard, too, only later.

A checkpoint has room for some of them: those that were told last, and of the others those in which something was said
last. It holds for each when that was, and how far its walk is. Where several walks are so long that their cursors do
not fit, some begin again from their newest end, and nothing is skipped.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.sources.base import Batch
from bot.sources.kit.json import mapping, read_object, string, whole
from bot.sources.kit.remembered import old_news
from bot.sources.kit.walk import Ask, NewestFirst, Page
from handlers.base.events import Event

# About forty characters each; a checkpoint has ten thousand, of which others want some.
MOST = 80
ROOM = 7_000
_LONGEST_NAME = 40
_UNREAD = -1
# A branch that began after us: all below it is news, and not its newest page alone.
_ALL = 1.0


@dataclass(frozen=True, slots=True)
class Branch:
    """Something below which people write.

    Attributes:
        count: What is another number when something was written there; 0 where the network does not tell.
        young: It was made since we listen, so that all below it is news.
    """

    name: str
    count: int = 0
    young: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn brought: the events, oldest first; what a checkpoint keeps; and whether there is more at once."""

    events: tuple[Event, ...]
    kept: Mapping[str, object]
    more: bool


# Takes since when we listen, in seconds since 1970.
Branches = Callable[[int], Awaitable[Sequence[Branch]]]
# Takes the name of a branch, the cursor of a page and when the walk ends; None where the branch is gone.
AskBelow = Callable[[str, str, float], Awaitable[Page[float] | None]]


@dataclass(frozen=True, slots=True)
class _State:
    """Where a branch stands: when something was said there last, its count then, and its walk while that goes on."""

    since: float = 0.0
    count: int = _UNREAD
    walk: Mapping[str, Any] | None = None

    def told(self) -> list[object]:
        return [int(self.since), self.count, *([self.walk] if self.walk else [])]


class FanOut:
    """Walks the lists below many things in turn."""

    def __init__(self, walk: NewestFirst[float], *, at_once: int, in_turn: int) -> None:
        """Take how one list is walked, by seconds since 1970.

        Args:
            walk: It begins a list that was empty at first with 1.0.
            at_once: So many branches are asked in one turn, at most.
            in_turn: So many are asked in one turn of which nothing says that something has changed.
        """
        self._walk = walk
        self._at_once = at_once
        self._in_turn = in_turn

    async def poll(
        self, checkpoint: str, lists: Mapping[str, Ask[float]], branches: Branches, below: AskBelow, now: datetime
    ) -> Batch:
        """Take the next page of each list, and of some branches; what was said before we listened is stale.

        What is at its end waits for the other, or each would begin again while the other goes on, and never end.

        Raises:
            SourceUnavailable, SourceRefused: As asking for a page does.
        """
        stored = read_object(checkpoint)
        begun, goes_on = whole(stored, "begun") or int(now.timestamp()), stored.get("more") is True
        events: list[Event] = []
        told, more = mapping(stored.get("lists")), False
        if not goes_on or any(string(mapping(one), "cursor") for one in told.values()):
            batch = await self._walk.poll(json.dumps(told), lists)
            events, more, told = [*batch.events], batch.more, json.loads(batch.checkpoint)
        turn = await self.turn(stored.get("below"), await branches(begun), below, goes_on=goes_on)
        events, more = [*events, *turn.events], more or turn.more
        kept = {"lists": told, "below": turn.kept, "begun": begun, "more": more}
        return Batch(
            events=tuple(events),
            checkpoint=json.dumps(kept, separators=(",", ":")),
            more=more,
            stale=old_news(events, begun),
        )

    async def turn(self, told: object, branches: Sequence[Branch], ask: AskBelow, *, goes_on: bool = False) -> Turn:
        """Take the next page of some branches.

        Args:
            told: What the last turn kept.
            branches: Those that there are, as far as the network was asked; others that are known are kept.
            ask: Asks for a page.
            goes_on: It is asked at once after the last one, so nobody has their turn again.

        Raises:
            SourceUnavailable, SourceRefused: As ``ask`` does.
        """
        states, listed = _read(told), {one.name: one for one in branches if 0 < len(one.name) <= _LONGEST_NAME}
        states = {
            name: _State(_ALL if one.young else 0.0) for name, one in listed.items() if name not in states
        } | states
        chosen, gone = self._chosen(states, listed, 0 if goes_on else self._in_turn), set[str]()

        async def asked(name: str, cursor: str, end: float) -> Page[float]:
            page = await ask(name, cursor, end)
            if page is None:
                gone.add(name)
            return page or Page(())

        walks = {
            name: states[name].walk or {"since": states[name].since, "newest": states[name].since} for name in chosen
        }
        batch = await self._walk.poll(json.dumps(walks), {name: partial(asked, name) for name in chosen})
        after = mapping(json.loads(batch.checkpoint))
        for name in chosen:
            before = states.pop(name)
            if name not in gone:  # behind all others: its turn comes again when they had theirs
                count = listed[name].count if name in listed else before.count
                states[name] = _after(mapping(after.get(name)), before.count if before.walk else count)
        kept = _fitting(states, listed)
        return Turn(batch.events, {name: one.told() for name, one in kept.items()}, bool(self._eager(kept, listed)))

    def _chosen(self, states: Mapping[str, _State], listed: Mapping[str, Branch], in_turn: int) -> list[str]:
        walking = [name for name, one in states.items() if one.walk]
        eager = (walking or self._eager(states, listed))[: self._at_once]
        if walking:
            return eager
        others = [name for name in states if name not in eager]
        return eager + others[: min(in_turn, self._at_once - len(eager))]

    def _eager(self, states: Mapping[str, _State], listed: Mapping[str, Branch]) -> list[str]:
        """Return the branches that do not wait for their turn."""
        return [
            name
            for name, one in states.items()
            if one.walk or one.count == _UNREAD or (name in listed and listed[name].count != one.count)
        ]


def _after(walk: Mapping[str, Any], count: int) -> _State:
    since = float(walk["since"])
    return _State(since, count, walk) if string(walk, "cursor") else _State(since, count)


def _fitting(states: Mapping[str, _State], listed: Mapping[str, Branch]) -> dict[str, _State]:
    """Return what there is room for."""
    latest = sorted(states, key=lambda name: (name in listed, states[name].since), reverse=True)[:MOST]
    kept = {name: one for name, one in states.items() if name in set(latest)}
    for name in reversed([name for name, one in kept.items() if one.walk]):
        if len(json.dumps({each: one.told() for each, one in kept.items()})) <= ROOM:
            break
        kept[name] = replace(kept[name], walk=None, count=_UNREAD)
    return kept


def _read(told: object) -> dict[str, _State]:
    """Read our own text; what is not ours is none."""
    found = {}
    for name, one in mapping(told).items():
        if isinstance(one, list) and len(one) in (2, 3) and all(type(each) is int for each in one[:2]):
            walk = mapping(one[2]) if len(one) == 3 else None
            found[name] = _State(float(one[0]), one[1], walk or None)
    return found
