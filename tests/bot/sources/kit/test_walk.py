"""Rules of walks: newest first, a page a poll, and nothing between two walks is skipped."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from bot.sources.kit.json import read_object
from bot.sources.kit.walk import MOST_PAGES, NewestFirst, Page, before_these, keeping
from handlers.base.events import Posted

OVERLAP = 10
SIZE = 3


class Numbers:
    """A list of numbers, newest first, in pages of three; a cursor is the number behind which a page begins."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.asked: list[tuple[str, int]] = []

    async def page(self, cursor: str, end: int) -> Page[int]:
        self.asked.append((cursor, end))
        newest = sorted(self.numbers, reverse=True)
        if cursor and int(cursor) not in newest:
            return Page([])
        rest = [number for number in newest if not cursor or number < int(cursor)]
        shown = rest[:SIZE]
        return Page(
            [(one, Posted(external_id=str(one), text="")) for one in shown],
            str(shown[-1]) if len(rest) > SIZE else "",
        )


def walk(**rest: bool | int) -> NewestFirst[int]:
    return NewestFirst(1, lambda since: max(since - OVERLAP, 0), **rest)  # type: ignore[arg-type]


def polled(walk: NewestFirst[int], checkpoint: str, **lists: Numbers) -> tuple[list[str], str, bool]:
    batch = asyncio.run(walk.poll(checkpoint, {name: one.page for name, one in lists.items()}))
    seen = [event.external_id for event in batch.events if isinstance(event, Posted)]
    return seen, batch.checkpoint, batch.more


def whole(walk: NewestFirst[int], checkpoint: str, **lists: Numbers) -> tuple[list[str], str]:
    seen: Sequence[str] = []
    for _ in range(50):
        events, checkpoint, more = polled(walk, checkpoint, **lists)
        seen = [*seen, *events]
        if not more:
            return list(seen), checkpoint
    raise AssertionError("The walk does not end.")


def test_the_first_poll_takes_the_newest_page_alone_oldest_first() -> None:
    assert polled(walk(), "", a=Numbers(*range(1, 100)))[::2] == (["97", "98", "99"], False)


def test_all_that_is_new_is_walked_before_the_next_walk_begins_behind_it() -> None:
    one = Numbers(100)
    _, checkpoint = whole(walk(), "", a=one)
    one.numbers += range(101, 110)
    seen, checkpoint = whole(walk(), checkpoint, a=one)
    assert {str(number) for number in range(100, 110)} <= set(seen)
    whole(walk(), checkpoint, a=one)
    assert one.asked[-1][1] == 109 - OVERLAP


def test_what_comes_while_a_walk_is_under_way_is_in_the_next() -> None:
    one = Numbers(100)
    _, checkpoint = whole(walk(), "", a=one)
    one.numbers += range(101, 110)
    _, checkpoint, more = polled(walk(), checkpoint, a=one)
    assert more
    one.numbers.append(200)
    first, checkpoint = whole(walk(), checkpoint, a=one)
    second, _ = whole(walk(), checkpoint, a=one)
    assert ("200" in first, "200" in second) == (False, True)


def test_what_comes_after_an_empty_first_poll_is_taken_whole() -> None:
    one = Numbers()
    _, checkpoint = whole(walk(), "", a=one)
    one.numbers += range(2, 20)
    assert len(whole(walk(), checkpoint, a=one)[0]) == 18


def test_lists_are_walked_beside_each_other_and_come_in_one_order() -> None:
    one, other = Numbers(1, 3), Numbers(2)
    seen, checkpoint = whole(walk(), "", a=one, b=other)
    assert seen == ["1", "2", "3"]
    one.numbers += range(11, 20)
    other.asked.clear()
    whole(walk(), checkpoint, a=one, b=other)
    assert len(other.asked) == 1  # it was at its end, and waits for the other


def test_a_cursor_that_died_is_walked_once_more() -> None:
    one = Numbers(100)
    _, checkpoint = whole(walk(cursor_may_die=True), "", a=one)
    one.numbers += range(101, 110)
    _, checkpoint, _ = polled(walk(cursor_may_die=True), checkpoint, a=one)
    one.numbers.remove(107)  # the last of the page, behind which the next one would begin
    _, checkpoint = whole(walk(cursor_may_die=True), checkpoint, a=one)
    assert "101" in whole(walk(cursor_may_die=True), checkpoint, a=one)[0]


def test_a_list_is_not_walked_past_its_pages() -> None:
    one = Numbers(100)
    _, checkpoint = whole(walk(), "", a=one)
    one.numbers += range(101, 160)
    one.asked.clear()
    whole(walk(most_pages=2), checkpoint, a=one)
    assert len(one.asked) == 2


def test_a_server_that_shows_one_page_for_ever_ends_the_walk() -> None:
    async def stuck(cursor: str, end: int) -> Page[int]:
        return Page([(500, None)], "same")

    checkpoint = json.dumps({"a": {"since": 100, "newest": 100}})
    batch = asyncio.run(walk().poll(checkpoint, {"a": stuck}))
    assert not asyncio.run(walk().poll(batch.checkpoint, {"a": stuck})).more


@pytest.mark.parametrize(
    "stored", [{"since": 100, "newest": 120, "before": 110}, {"a": {"since": 100, "newest": 120, "cursor": 3}}]
)
def test_a_checkpoint_of_an_older_version_keeps_what_was_seen_and_walks_anew(stored: object) -> None:
    one = Numbers(*range(90, 130))
    seen, _ = whole(walk(), json.dumps(stored), a=one)
    assert one.asked[0] == ("", 100 - OVERLAP)
    assert {str(number) for number in range(100, 130)} <= set(seen)


@pytest.mark.parametrize("checkpoint", ["", "x", "[]", "3", "null", '{"a": 1}', '{"since": "1"}', "[" * 100_000])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    one = Numbers(*range(1, 100))
    assert polled(walk(), checkpoint, a=one)[::2] == (["97", "98", "99"], False)


@pytest.mark.parametrize("around", [2, 3, 20])
def test_a_list_that_leads_in_a_circle_has_an_end(around: int) -> None:
    async def page(cursor: str, _end: int) -> Page[int]:
        return Page([(99, Posted(external_id=cursor, text=""))], str((int(cursor or 0) + 1) % around))

    found, checkpoint = walk(), '{"a": {"since": 50, "newest": 50, "cursor": "", "pages": 0}}'
    for _ in range(100):
        batch = asyncio.run(found.poll(checkpoint, {"a": page}))
        checkpoint = batch.checkpoint
        if not batch.more:
            return
    raise AssertionError("The walk does not end.")


def test_a_list_that_never_ends_has_an_end_for_us() -> None:
    async def page(cursor: str, _end: int) -> Page[int]:
        return Page([(99, Posted(external_id="1", text=""))], str(int(cursor) + 1))

    told = {"since": 50, "newest": 99, "cursor": "7", "pages": MOST_PAGES - 1}
    assert not asyncio.run(walk().poll(json.dumps({"a": told}), {"a": page})).more


@pytest.mark.parametrize(
    ("cursor", "stamps", "following"),
    [("", [9, 8, 7], "7"), ("9", [9, 8, 7], "7"), ("7", [7, 7, 7], "6"), ("7", [7], "6")],
)
def test_a_page_begins_at_the_oldest_second_of_the_one_before_and_leaves_it_where_it_is_full(
    cursor: str, stamps: list[int], following: str
) -> None:
    assert before_these(cursor, stamps) == following


def test_what_a_kind_keeps_beside_its_lists_comes_with_the_checkpoint_and_harms_no_walk() -> None:
    numbers = Numbers(1, 2)
    batch = asyncio.run(walk().poll("", {"one": numbers.page}))
    kept = keeping(batch, watched={"a": 1.5}, begun=7.0)
    assert (kept.events, kept.more) == (batch.events, batch.more)
    assert read_object(kept.checkpoint) == {**json.loads(batch.checkpoint), "watched": {"a": 1.5}, "begun": 7.0}
    numbers.numbers.append(3)
    assert whole(walk(), kept.checkpoint, one=numbers)[0] == whole(walk(), batch.checkpoint, one=numbers)[0]


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "null", "[" * 100_000])
def test_a_text_that_holds_no_object_of_ours_is_an_empty_one(text: str) -> None:
    assert read_object(text) == {}
