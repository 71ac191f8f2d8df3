"""Suggesting: what learns does so in a process of its own, and what fails there leaves all as it was."""

import asyncio

import pytest

from bot.app import _learn
from bot.sources.kit.sandbox import Isolation
from handlers.suggest.centroid import fit
from handlers.suggest.fitting import answer, ask, read_answer
from storage.engine.database import Database
from storage.report import suggestions
from tests.handlers.suggest.recipe import posts
from tests.handlers.suggest.taught import Taught
from tests.harness.scene import Scene


@pytest.mark.process
def test_the_process_learns_what_would_be_learnt_here() -> None:
    told = posts(1, 80)[::-1]
    answered = asyncio.run(_learn(Isolation(), ask(told, unjudged=True)))
    assert answered == answer(ask(told, unjudged=True))
    past, model = read_answer(answered)
    assert (len(past), model) == (30, fit(told))


@pytest.mark.process
def test_what_is_no_material_is_nothing_learnt() -> None:
    assert asyncio.run(_learn(Isolation(), b"no material")) is None


def test_where_it_failed_it_is_tried_again_after_an_hour_and_nothing_is_suggested(in_memory: Database) -> None:
    here = Taught(Scene(in_memory))
    asked: list[bytes] = []

    async def fails(given: bytes) -> None:
        asked.append(given)

    here.suggesting.learn = fails
    here.close(60)
    here.arrive()
    for seconds in (61, 61, 3_600):
        here.wait(seconds=seconds)
        here.work()
    assert len(asked) == 2
    assert here.read(suggestions.has_any) is False


def test_two_replicas_write_one_suggestion_and_the_first_stands(in_memory: Database) -> None:
    scene = Scene(in_memory)
    one, other = Taught(scene), Taught(scene)
    one.close(160)
    one.work()
    other.work()
    mention = one.arrive()
    before = one.suggested(mention)
    other.wait(minutes=1)
    other.work()
    assert other.suggested(mention) == before
