"""A trial says what a query would have found, and what it cannot know."""

from dataclasses import replace
from datetime import date

from handlers.base.events import Author
from handlers.report.trial import Trial, try_topic
from handlers.text.match import Topic
from storage.engine.database import Session
from tests.harness.scene import ORGANISATION, Scene


def tried(scene: Scene, query: str) -> Trial:
    topic = Topic(name="", department="support", query=query)

    def read(session: Session) -> Trial:
        return try_topic(session, ORGANISATION, topic, scene.now)

    return scene.database.read(read)


def test_a_query_is_tried_on_seven_days(scene: Scene) -> None:
    scene.arrive("A refund of long ago")
    scene.pass_time(days=8)
    scene.arrive("Where is my refund?")
    scene.pass_time(days=1)
    scene.arrive("Acme is\x1b[2J down")
    scene.arrive("Refund, acme!", title="Acme", author=Author(name="Kim", handle="kim"), reply_to="1")
    found = tried(scene, "refund OR down")
    assert (found.tried, found.matched, found.partly) == (3, 3, False)
    assert found.days[0] == (date(2026, 3, 5), 0)
    assert found.days[-2:] == ((date(2026, 3, 10), 1), (date(2026, 3, 11), 2))
    assert found.taken == (("billing", 2), ("", 1))
    assert [(one.words, one.topic, one.terms) for one in found.samples] == [
        ("Acme", "billing", ("refund",)),
        ("Acme is [2J down", "", ("down",)),
        ("Where is my refund?", "billing", ("refund",)),
    ]
    number, taken, not_tried = found.sentences
    assert number == "3 of 3 mentions of the last 7 days match."
    assert taken == "They came in by: billing 2, no topic 1."
    assert not_tried.startswith("What was dropped was not stored, so it cannot be tried.")


def test_what_is_known_of_a_post_is_tried_too(scene: Scene) -> None:
    scene.arrive("refund", author=Author(name="Kim", handle="kim@social.example"), reply_to="1", lang="de-at")
    for query in ("author:kim", "type:comment", "source:blog", "lang:de", "site:blog.example refund"):
        assert tried(scene, query).matched == 1
    for query in ("author:lee", "type:post", "source:forum refund", "lang:en", "site:other.example"):
        assert tried(scene, query).matched == 0


def test_fifteen_samples_are_shown_and_the_days_are_those_of_the_organisation(scene: Scene) -> None:
    for _ in range(17):
        scene.arrive()
    found = tried(scene, "refund")
    assert (found.matched, len(found.samples)) == (17, 15)
    late = scene.now.replace(hour=23, minute=30)
    other = replace(ORGANISATION, timezone="Asia/Tokyo")
    topic = Topic(name="", department="support", query="refund")
    assert scene.database.read(lambda session: try_topic(session, other, topic, late)).days[-1][0] == date(2026, 3, 3)


def test_where_nothing_came_in_nothing_is_promised(scene: Scene) -> None:
    assert tried(scene, "refund").sentences == (
        "No mention came in the last 7 days, so there is nothing to try it on.",
        "What was dropped was not stored, so it cannot be tried.",
    )
