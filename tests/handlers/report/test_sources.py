"""Sources: the page of the desk and `dibs check` say how each does, and what it had shown before we listened."""

import random
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from handlers.base.organisation import SourceRules
from handlers.listen.baseline import stored_baseline
from handlers.listen.polling import (
    End,
    Failure,
    Listening,
    PollLease,
    Step,
    acquire,
    store_received,
)
from handlers.report.sources import SourceLine, read_sources
from handlers.text.match import Topic
from storage.listen import sources
from tests.harness.scene import ORGANISATION, Scene

NEWS = SourceRules(name="news", kind="feed", unmatched="drop")
HOOK = SourceRules(name="pushed", kind="webhook", baseline=False)
LISTENING = replace(ORGANISATION, sources=(NEWS, HOOK))


def lines(scene: Scene, topics: tuple[Topic, ...] = ORGANISATION.topics) -> dict[str, SourceLine]:
    organisation = replace(LISTENING, topics=topics)
    read = scene.database.read(lambda session: read_sources(session, organisation, scene.now))
    return {one.name: one for one in read}


def poll(scene: Scene, *texts: str, failing: str = "") -> None:
    """Let the source "news" be asked once; what it shows first is its baseline."""
    shown = [scene.posted(text) for text in texts]
    listening = Listening(organisation=LISTENING, matcher=scene.matcher, random=random.Random(next(scene.numbers)))

    def work(session: Session) -> None:
        sources.ensure(session, "news", "feed", "")
        held = acquire(session, NEWS, "token", scene.now)
        assert isinstance(held, PollLease)
        later = scene.now + timedelta(minutes=1)
        if failing:
            assert held.record_failure(session, LISTENING, Failure(reason=failing, next_at=later), scene.now)
            return
        old = [one.external_id for one in shown] if held.baseline else []
        step = Step(events=shown, baseline=old, end=End(checkpoint="", next_at=later))
        held.store_poll(session, listening, step, scene.now)

    scene.database.write(work)
    scene.pass_time(minutes=2)


def test_a_source_that_was_not_asked_yet_says_so(scene: Scene) -> None:
    assert lines(scene)["news"] == SourceLine(name="news", kind="feed", health="Nothing heard so far")
    scene.database.write(lambda session: sources.ensure(session, "news", "feed", ""))
    assert lines(scene)["news"].health == "Nothing heard so far"


def test_what_stood_there_before_is_counted_by_the_topics_of_today(scene: Scene) -> None:
    poll(scene, "A refund, please", "Nice weather", "An anvil")
    assert lines(scene)["news"].baseline == "3 seen, 1 would match"
    anvils = Topic(name="anvils", department="support", any=("anvil", "weather"))
    assert lines(scene, (*ORGANISATION.topics, anvils))["news"].baseline == "3 seen, 3 would match"


def test_a_source_without_a_baseline_says_nothing_of_one(scene: Scene) -> None:
    listening = Listening(organisation=LISTENING, matcher=scene.matcher, random=random.Random(next(scene.numbers)))

    def work(session: Session) -> None:
        sources.ensure(session, "pushed", "webhook", "")
        store_received(session, listening, HOOK, Step(events=[scene.posted()]), scene.now)

    scene.database.write(work)
    line = lines(scene)["pushed"]
    assert (line.health, line.last_ok_at, line.baseline) == ("Well", scene.now, "")


def test_health_tells_since_when_it_is_down_why_and_when_it_last_was_well(scene: Scene) -> None:
    poll(scene, "Nice weather")
    well = scene.now - timedelta(minutes=2)
    poll(scene, failing="It answered 503.")
    line = lines(scene)["news"]
    assert (line.health, line.why, line.down_since) == ("Down", "It answered 503.", scene.now - timedelta(minutes=2))
    assert line.last_ok_at == well
    poll(scene)
    assert (lines(scene)["news"].health, lines(scene)["news"].why) == ("Well", "")


def test_dropped_posts_are_shown_as_a_number(scene: Scene) -> None:
    poll(scene, "Nice weather")
    poll(scene, "A refund", "Fog", "Rain")
    assert lines(scene)["news"].dropped == 2


def test_of_a_very_large_baseline_the_newest_are_weighed_and_all_are_counted(scene: Scene) -> None:
    for text in (*("A refund",) * 2, *("Nice weather",) * 10):
        shown = [scene.posted(text) for _ in range(100)]
        scene.ingest(*shown, baseline=[one.external_id for one in shown])
    found = scene.database.read(lambda session: stored_baseline(session, scene.matcher, "blog"))
    assert found.sentence == "1200 seen, 0 of the newest 1000 would match"
