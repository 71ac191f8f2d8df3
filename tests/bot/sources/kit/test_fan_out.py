"""Rules of lists below many things: each is walked to its end, nothing is skipped, and a checkpoint stays small."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sources.kit.build import post
from bot.sources.kit.fan_out import MOST, ROOM, Branch, FanOut, Turn
from bot.sources.kit.walk import NewestFirst, Page
from handlers.base.events import Posted

PAGE = 3


@dataclass
class Below:
    """What stands below each thing, oldest first; ``asked`` is what was asked for, cursors of ``wide`` characters."""

    lists: dict[str, list[float]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    wide: int = 0
    kept: object = None

    async def ask(self, name: str, cursor: str, _end: float) -> Page[float] | None:
        self.asked.append(name)
        if name not in self.lists:
            return None
        newest = sorted(self.lists[name], reverse=True)
        begin = int(cursor or 0)
        page = newest[begin : begin + PAGE]
        entries = [(one, post(external_id=f"{name}/{one:g}", text="x")) for one in page]
        return Page(entries, str(begin + PAGE).zfill(self.wide) if begin + PAGE < len(newest) else "")

    def turn(self, fan: FanOut, branches: Sequence[Branch]) -> Turn:
        """Take a turn, and keep what a checkpoint would."""
        turn = asyncio.run(fan.turn(self.kept, branches, self.ask))
        self.kept = json.loads(json.dumps(turn.kept))
        return turn

    def all(self, fan: FanOut, branches: Sequence[Branch]) -> list[str]:
        """Take turns until there is no more at once."""
        found: list[str] = []
        for _ in range(500):
            turn = self.turn(fan, branches)
            found += [one.external_id for one in turn.events if isinstance(one, Posted)]
            if not turn.more:
                return found
        raise AssertionError("It never ends.")


def fan_out(*, at_once: int = 4, in_turn: int = 1) -> FanOut:
    return FanOut(NewestFirst(1.0, lambda since: since - 0.5), at_once=at_once, in_turn=in_turn)


def test_a_branch_of_before_us_begins_with_its_newest_page_and_a_young_one_with_all() -> None:
    below = Below({"old": [1, 2, 3, 4, 5, 6, 7], "young": [11, 12, 13, 14, 15, 16, 17]})
    found = below.all(fan_out(), [Branch("old"), Branch("young", young=True)])
    assert sorted(set(found)) == sorted(["old/5", "old/6", "old/7", *(f"young/{one}" for one in range(11, 18))])


def test_what_is_written_later_is_heard_however_much_it_is() -> None:
    below, branches = Below({"a": [1]}), [Branch("a")]
    below.all(fan_out(), branches)
    below.lists["a"] += [float(one) for one in range(2, 20)]
    assert {f"a/{one}" for one in range(2, 20)} <= set(below.all(fan_out(), branches))


def test_one_that_has_changed_does_not_wait_for_its_turn() -> None:
    below = Below({f"b{one}": [1.0] for one in range(20)})
    branches = [Branch(name, count=1) for name in below.lists]
    below.all(fan_out(), branches)
    below.asked.clear()
    below.lists["b7"].append(9.0)
    turn = below.turn(fan_out(), [*branches[:7], Branch("b7", count=2), *branches[8:]])
    assert "b7/9" in [one.external_id for one in turn.events if isinstance(one, Posted)]
    assert len(below.asked) == 2
    assert not turn.more


def test_each_has_its_turn_where_nothing_tells_that_it_has_changed() -> None:
    below = Below({f"b{one}": [1.0] for one in range(10)})
    branches = [Branch(name) for name in below.lists]
    below.all(fan_out(in_turn=2), branches)
    below.asked.clear()
    for _ in range(5):
        below.turn(fan_out(in_turn=2), branches)
    assert sorted(below.asked) == sorted(below.lists)


def test_one_that_fell_off_the_list_is_still_asked_and_one_that_is_gone_is_not() -> None:
    below = Below({"a": [1.0], "b": [1.0]})
    below.all(fan_out(), [Branch("a"), Branch("b")])
    below.lists["a"].append(2.0)
    del below.lists["b"]
    below.asked.clear()
    found = [one for _ in range(4) for one in below.turn(fan_out(), []).events]
    assert "a/2" in [one.external_id for one in found if isinstance(one, Posted)]
    assert below.asked.count("b") == 1


def test_a_checkpoint_stays_small_and_no_long_walk_loses_anything() -> None:
    names = [f"1803850000000{one:05}" for one in range(200)]
    below = Below({name: [] for name in names}, wide=1_500)
    fan, branches = fan_out(at_once=8, in_turn=0), [Branch(name, count=1) for name in names[:MOST]]
    below.all(fan, branches)
    branches[:8] = [Branch(name, count=13) for name in names[:8]]
    for name in names[:8]:
        below.lists[name] = [float(one) for one in range(2, 14)]
    found: set[str] = set()
    for _ in range(200):
        turn = below.turn(fan, branches)
        found |= {one.external_id for one in turn.events if isinstance(one, Posted)}
        assert len(json.dumps(turn.kept)) <= ROOM
    assert found == {f"{name}/{one}" for name in names[:8] for one in range(2, 14)}


def test_those_in_which_something_was_said_last_are_kept() -> None:
    below = Below({f"b{one}": [float(one + 2)] for one in range(MOST)})
    below.all(fan_out(), [Branch(name) for name in below.lists])
    below.lists["new"] = []
    kept = below.turn(fan_out(), [Branch("new")]).kept
    assert len(kept) == MOST
    assert {"new", f"b{MOST - 1}"} <= kept.keys()
    assert "b0" not in kept


def test_what_is_not_ours_is_none() -> None:
    below = Below({"a": [1.0]})
    strange: list[object] = [None, [], {"a": 1, "b": [1], "c": ["x", 2], "d": [1, 2, 3, 4]}, {"a": [1, 1, "x"]}, "x"]
    for told in strange:
        below.kept = told
        below.all(fan_out(), [Branch("a")])


def test_lists_and_what_stands_below_end_together_and_what_is_old_is_told_as_old() -> None:
    begun = datetime(2026, 3, 4, tzinfo=UTC)
    old, fresh = begun.timestamp() - 60, begun.timestamp() + 60
    below = Below({"a": [old - one for one in range(10)], "b": [old - one for one in range(2)]})
    fan = fan_out(in_turn=4)

    async def listed(cursor: str, _since: float) -> Page[float]:
        # Short, and younger than where a walk would end: a second page is asked for.
        return Page([], "") if cursor else Page([(fresh, written("listed", fresh))], "2")

    async def ask(name: str, cursor: str, end: float) -> Page[float] | None:
        page = await below.ask(name, cursor, end)
        return page and Page([(stamp, written(f"{name}/{stamp:g}", stamp)) for stamp, _ in page.entries], page.cursor)

    async def branches(_begun: int) -> list[Branch]:
        return [Branch("a"), Branch("b")]

    async def run() -> None:
        checkpoint = ""
        for _ in range(3):
            found, stale = set[str](), set[str]()
            for _ in range(4):
                batch = await fan.poll(checkpoint, {"list": listed}, branches, ask, begun)
                found |= {one.external_id for one in batch.events if isinstance(one, Posted)}
                stale |= batch.stale
                checkpoint = batch.checkpoint
                if not batch.more:
                    break
            assert not batch.more
            assert found - stale == {"listed"}
            below.lists["a"].append(old - 100)

    asyncio.run(run())


def written(name: str, stamp: float) -> Posted:
    return post(external_id=name, text="x", published_at=datetime.fromtimestamp(stamp, UTC))
