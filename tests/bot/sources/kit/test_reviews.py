"""Rules of reviews: their stars are their title, and those that were deleted are missed."""

import asyncio
import json

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import Batch
from bot.sources.kit.reviews import Watched, starred
from handlers.base.events import Deleted

EMPTY = Batch(events=(), checkpoint='{"new": {}}')


@pytest.mark.parametrize(
    ("stars", "of", "headline", "title"),
    [
        (2, "", "", "2 of 5 stars"),
        (5, " for Berlin", "", "5 of 5 stars for Berlin"),
        (1, " in DEU", "Crashes", "1 of 5 stars in DEU: Crashes"),
        (0, "", " ", "A review"),
        (6, " for Berlin", "", "A review for Berlin"),
    ],
)
def test_the_stars_are_the_title(stars: int, of: str, headline: str, title: str) -> None:
    assert starred(stars, of, headline) == title


def polled(
    checkpoint: str, shown: dict[str, float], there: set[str], *, edge: float = 0.0, most: int = 9, looks: int = 9
) -> tuple[list[str], str, list[str]]:
    """Let a list show these, and return what is gone, the next checkpoint and what was looked at."""
    asked: list[str] = []

    async def stands(one: str) -> bool:
        asked.append(one)
        if one == "down":
            raise SourceUnavailable("Down.")
        if one == "closed":
            raise SourceRefused("Closed.")
        return one in there

    watched = Watched(checkpoint, ["new"], most, looks=looks)
    asyncio.run(watched.see("new", shown, edge, stands))
    batch = watched.with_gone(EMPTY)
    return [one.external_id for one in batch.events if isinstance(one, Deleted)], batch.checkpoint, asked


def test_what_is_missing_and_does_not_stand_is_gone_once() -> None:
    _, checkpoint, asked = polled("", {"a": 1.0, "b": 2.0, "c": 3.0}, set())
    assert asked == []
    gone, checkpoint, asked = polled(checkpoint, {"c": 3.0}, {"b"})
    assert (gone, asked) == (["a"], ["b", "a"])
    assert polled(checkpoint, {"c": 3.0}, set())[2] == []  # what stands though it is not shown is asked about once


def test_what_is_older_than_the_page_is_not_missing() -> None:
    _, checkpoint, _ = polled("", {"a": 1.0, "b": 2.0}, set())
    assert polled(checkpoint, {"c": 3.0}, set(), edge=2.0)[2] == []


def test_so_many_of_the_newest_are_watched_and_so_many_looked_at_in_one_poll() -> None:
    _, checkpoint, _ = polled("", {"a": 1.0, "b": 2.0, "c": 3.0}, set(), most=2)
    assert json.loads(checkpoint) == {"new": {}, "watched": {"new": {"c": 3.0, "b": 2.0}}}
    gone, checkpoint, asked = polled(checkpoint, {}, set(), looks=1)
    assert (gone, asked) == (["c"], ["c"])
    assert polled(checkpoint, {}, set(), looks=1)[0] == ["b"]


def test_what_cannot_be_looked_at_now_costs_no_poll_and_is_looked_at_again() -> None:
    _, checkpoint, _ = polled("", {"down": 1.0}, set())
    gone, checkpoint, asked = polled(checkpoint, {}, set())
    assert (gone, asked) == ([], ["down"])
    assert polled(checkpoint, {}, set())[2] == ["down"]
    with pytest.raises(SourceRefused):
        polled(polled("", {"closed": 1.0}, set())[1], {}, set())


@pytest.mark.parametrize("checkpoint", ["", "x", "[]", '{"watched": 3}', '{"watched": {"new": {"a": "b"}}}'])
def test_a_checkpoint_that_is_not_ours_begins_anew(checkpoint: str) -> None:
    assert polled(checkpoint, {}, set())[2] == []
