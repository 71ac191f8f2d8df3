"""A preview says what topics that are not in force yet would make of what came in."""

from dataclasses import replace

from handlers.listen.preview import preview
from handlers.text.match import Topic
from tests.harness.scene import ORGANISATION, Scene


def test_changed_topics_are_tried_on_the_mentions_of_seven_days(scene: Scene) -> None:
    scene.arrive("A refund of long ago")
    scene.pass_time(days=8)
    scene.arrive("Where is my refund?")
    scene.arrive("The invoice\x1b[2J is wrong")
    topics = (Topic(name="billing", department="finance", any=("refund",)),)
    told = scene.database.read(lambda session: preview(session, replace(ORGANISATION, topics=topics), scene.now))
    assert told[:3] == [
        "2 mentions came in the last 7 days. By the topics of this file:",
        "  billing: 1 (came in as such: 2)",
        "  no topic: 1 (came in as such: 0)",
    ]
    assert told[3] == "1 would come in otherwise, such as:"
    assert told[4].endswith("“The invoice [2J is wrong”: billing → no topic, Customer support")
    before = scene.database.read(lambda session: preview(session, ORGANISATION, scene.now))
    assert before[-1] == "All would come in as they did."
