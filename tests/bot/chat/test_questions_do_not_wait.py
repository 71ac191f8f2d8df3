"""Questions are answered while somebody else writes, and what they leave behind is written afterwards."""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from bot.chat.backend import Backend
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from handlers.ask.mine import AskMine
from handlers.ask.report import AskReport
from handlers.base.command import Answer, MentionCommand
from handlers.base.verb import On, Verb, ask
from handlers.own.claim import ClaimMention
from handlers.verbs import VERBS
from storage.people import people
from storage.tables.base import table_of
from storage.tables.states import IdentityKind, Via
from storage.tables.work import IdempotencyKey
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.scene import Scene, at, only_reading


def backend(scene: Scene) -> Backend:
    clock = Clock(now=lambda: scene.now)
    return Backend(database=AsyncDatabase(scene.database), dispatcher=scene.dispatcher, clock=clock, ids=Ids())


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(asyncio.wait_for(work, HANG_SECONDS / 8))


def keys(scene: Scene) -> list[str]:
    """Return the keys that are kept, once there are any: nobody waits for them but this."""
    query = select(table_of(IdempotencyKey).c.key)
    return wait_until(lambda: scene.database.read(lambda session: list(session.connection().scalars(query))))


def test_a_report_is_told_while_the_writer_is_busy(scene: Scene) -> None:
    ana, go_on = scene.person("Ana"), threading.Event()
    try:
        for _ in range(8):  # as many as there may be writers, and more
            scene.database.submit(lambda _session: go_on.wait(HANG_SECONDS / 4), urgent=True)
        answer = run(backend(scene).run(AskReport(who=ana, period="2026-03", request_key="typed")))
        assert not go_on.is_set()
    finally:
        go_on.set()
    assert answer.ok
    assert answer.text.startswith("In March 2026 nothing arrived")
    assert keys(scene) == ["typed"]


def test_a_question_that_is_delivered_again_is_answered_once(scene: Scene) -> None:
    ana, house = scene.person("Ana"), backend(scene)
    question = AskMine(who=ana, request_key="typed")
    first = run(house.run(question))
    assert keys(scene) == ["typed"]
    again = run(house.run(question))
    assert (first.repeated, again.repeated, again.text) == (False, True, first.text)


def test_who_asks_first_of_all_is_known_from_then_on(scene: Scene) -> None:
    nia, house = scene.who("UNEW", "Nia"), backend(scene)
    answers = [run(house.run(AskMine(who=nia))) for _ in range(2)]
    assert [one.unknown_person for one in answers] == [True, False]
    assert answers[0].text == "You have nothing at the moment."
    known = scene.database.read(lambda session: people.acting(session, "slack", "T1", "UNEW", "C-FINANCE"))
    assert known is not None
    assert len(known[2]) == 1  # the department of the channel


def test_where_somebody_asked_is_where_they_are_told(scene: Scene) -> None:
    ana = scene.person("Ana")
    run(backend(scene).run(AskMine(who=ana, request_key="typed")))
    assert keys(scene) == ["typed"]
    known = scene.database.read(lambda session: people.acting(session, "slack", "T1", "UANA", ""))
    assert known is not None
    assert known[0].platform == "slack"


def test_who_may_not_act_is_refused_and_not_written_down(scene: Scene) -> None:
    outsider = replace(scene.who("UOUT", "Oz"), kind=IdentityKind.OUTSIDER)
    answer = run(backend(scene).run(AskReport(who=outsider, period="2026-03", request_key="typed")))
    assert not answer.ok
    assert answer.text.startswith("You are a guest from another organisation")
    assert keys(scene) == ["typed"]
    assert scene.database.read(lambda session: people.acting(session, "slack", "T1", "UOUT", "")) is None


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb.command.asks], ids=lambda verb: verb.name)
def test_a_question_writes_nothing(scene: Scene, verb: Verb) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    command = ask(verb, at(mention) if verb.on == On.MENTION else None, {}, who=ana, via=Via.COMMAND)

    def look(session: Session) -> Answer | None:
        with only_reading(session):
            return scene.dispatcher.look(session, command, scene.now)

    answer = scene.database.read(look)
    assert answer is not None
    assert answer.ok


def test_a_claim_is_no_question() -> None:
    assert [verb.name for verb in VERBS if verb.command.asks and issubclass(verb.command, MentionCommand)] == ["log"]
