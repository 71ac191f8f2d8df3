"""What is remembered has an end: what came first is forgotten first, and a checkpoint keeps its room."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.sources.kit.build import deleted, post
from bot.sources.kit.paging import goes_back
from bot.sources.kit.remembered import Asked, Latest, Remembered, fitting, old_news, once

BEGAN = datetime(2026, 3, 4, tzinfo=UTC)


def test_the_latest_are_remembered_and_what_comes_again_is_the_latest() -> None:
    seen = Remembered[str, int](2)
    assert [seen.keep(name, number) for number, name in enumerate("abac")] == [0, 1, 2, 3]
    assert [seen.get(name) for name in "abc"] == [2, None, 3]
    assert len(seen) == 2


def test_what_is_not_remembered_is_asked_for_once() -> None:
    asked: list[str] = []

    async def ask(name: str) -> int:
        asked.append(name)
        return len(name)

    async def story() -> None:
        seen = Asked[str, int](ask, 2)
        seen.keep("known", 0)
        assert [await seen.find(name) for name in ("known", "new", "new")] == [0, 3, 3]
        assert asked == ["new"]

    asyncio.run(story())


def test_what_is_asked_for_once_is_asked_again_where_it_could_not_be_had() -> None:
    answers: list[ValueError | int] = [ValueError("not now"), 0, 7]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    async def story() -> None:
        find = once(ask)
        with pytest.raises(ValueError, match="not now"):
            await find()
        assert [await find(), await find()] == [0, 0]
        assert answers == [7]

    asyncio.run(story())


def test_what_is_older_than_what_was_seen_is_no_news() -> None:
    seen = Latest[str, int]()
    assert [seen.is_news("a", version) for version in (2, 2, 1, 3)] == [True, True, False, True]
    assert seen.is_late("a", 2)
    assert not seen.is_late("b", 0)


def test_a_checkpoint_forgets_what_was_remembered_first_and_nothing_else() -> None:
    text = fitting(200, lambda kept: {"walk": "x" * 50, "kept": kept}, range(1_000))
    told = json.loads(text)
    assert 100 < len(text) <= 200
    assert told["kept"] == [*range(1_000)][-len(told["kept"]) :]
    assert fitting(10, lambda kept: {"walk": "x" * 50, "kept": kept}, range(9)) == fitting(
        9_000, lambda kept: {"walk": "x" * 50, "kept": []}, []
    )


def test_old_news_is_what_was_written_before_we_listened() -> None:
    days = {"before": -1, "then": 0, "after": 1}
    posts = [post(external_id=name, text="x", published_at=BEGAN + timedelta(days=day)) for name, day in days.items()]
    undated = post(external_id="undated", text="x")
    assert old_news([*posts, undated, deleted("gone")], BEGAN.timestamp()) == {"before"}


def test_only_a_page_that_is_in_order_goes_back() -> None:
    assert goes_back([9.0, 8.0, 1.0], 5.0)
    assert not goes_back([9.0, 8.0, 6.0], 5.0)
    assert not goes_back([1.0, 8.0, 9.0], 5.0)
    assert not goes_back([1.0, 1.0], 5.0)  # which order that is, nobody knows
    assert not goes_back([], 5.0)
