"""Sights: a request that was begun just now is not taken for an old one, whatever the clocks of two machines say."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot.outbox.sights import Mark, Sights
from bot.outbox.worker import IDLE, LOOK_AFTER
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from storage.channels import lanes
from tests.harness.scene import START, Scene

LONG = LOOK_AFTER.total_seconds()
HOUR = timedelta(hours=1)


@dataclass
class Watched:
    """The sights of one process, whose time is a number and whose clock may be wrong."""

    scene: Scene
    marks: list[Mark] = field(default_factory=list)
    passed: float = 0.0
    ahead: timedelta = timedelta()
    sights: Sights = field(init=False)

    def __post_init__(self) -> None:
        clock = Clock(self.now, lambda: self.passed)
        self.sights = Sights(AsyncDatabase(self.scene.database), clock, lambda _session: self.marks)

    def now(self) -> datetime:
        """Return the time by the clock of this machine."""
        return START + timedelta(seconds=self.passed) + self.ahead

    def after(self, seconds: float) -> None:
        """Let time pass, and look what is marked."""
        self.passed += seconds
        asyncio.run(self.sights.look())


@pytest.fixture
def watched(scene: Scene) -> Watched:
    one = Watched(scene)
    one.after(0)
    return one


@pytest.mark.parametrize("behind", [timedelta(), HOUR, -HOUR])
def test_a_mark_is_as_old_as_it_has_been_seen_here_whatever_it_says(watched: Watched, behind: timedelta) -> None:
    mark = (1, watched.now() - behind)
    watched.marks.append(mark)
    watched.after(IDLE)
    assert watched.sights.left(mark) == LONG
    watched.after(LONG - 1)
    assert watched.sights.left(mark) == 1


def test_a_clock_that_is_set_meanwhile_makes_nothing_older(watched: Watched) -> None:
    mark = (1, watched.now())
    watched.marks.append(mark)
    watched.after(IDLE)
    watched.ahead = HOUR
    assert watched.sights.left(mark) == LONG


def test_what_is_sent_once_more_is_another_mark(watched: Watched) -> None:
    watched.marks.append((1, START))
    watched.after(IDLE)
    watched.marks[:] = [(1, START + HOUR)]
    watched.after(LONG)
    assert watched.sights.left((1, START + HOUR)) == LONG


@pytest.mark.parametrize(("age", "left"), [(3.0, LONG - 3), (LONG, 0.0), (-3600.0, LONG)])
def test_what_stood_at_the_start_is_as_old_as_it_says_unless_that_is_to_come(
    scene: Scene, age: float, left: float
) -> None:
    mark = (1, START - timedelta(seconds=age))
    fresh = Watched(scene, [mark])
    fresh.after(0)
    assert fresh.sights.left(mark) == left


def test_the_marks_of_a_queue_are_those_that_may_stand_somewhere(scene: Scene) -> None:
    scene.arrive()

    def mark(session: Session) -> list[Mark]:
        (lane,) = lanes.lanes_with_work(session, scene.now)
        (row,) = lanes.next_messages(session, lane.id, scene.now, 1)
        lanes.mark_sending(session, [row.id], scene.now)
        return [(row.id, scene.now)]

    assert scene.database.read(lanes.marked) == []
    marked = scene.database.write(mark)
    assert scene.database.read(lanes.marked) == marked
