"""A preview says what topics that are not in force yet would make of what came in."""

from dataclasses import replace

from handlers.base.events import Author
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
        "  billing: 1 (came in as such: 2); by day 0 0 0 0 0 0 1",
        "  no topic: 1 (came in as such: 0, 1 as billing); by day 0 0 0 0 0 0 1",
    ]
    assert told[3] == "1 would come in otherwise, such as:"
    assert told[4].endswith("“The invoice [2J is wrong”: billing → no topic, Customer support")
    before = scene.database.read(lambda session: preview(session, ORGANISATION, scene.now))
    assert before[-2:] == [
        "All would come in as they did.",
        "What was dropped was not stored, so it cannot be tried.",
    ]


def test_a_reload_is_told_only_what_would_come_in_otherwise(scene: Scene) -> None:
    scene.arrive("Where is my refund?", author=Author(name="Kim", handle="@kim@social.example"), reply_to="1")
    same = Topic(name="billing", department="finance", query="author:kim type:comment source:blog refund")
    other = Topic(name="billing", department="finance", query="refund type:post")

    def told(topic: Topic) -> list[str]:
        organisation = replace(ORGANISATION, topics=(topic,))
        return scene.database.read(lambda session: preview(session, organisation, scene.now, changes=True))

    assert told(same) == []
    assert told(other)[1] == "  billing: 0 (came in as such: 1)"


def test_of_a_topic_that_is_new_or_changed_all_is_told_also_where_nothing_comes_in_otherwise(scene: Scene) -> None:
    for text in ("Where is my refund?", "A refund for Berlin", "Hello"):
        scene.arrive(text)
    berlin = Topic(name="berlin", department="support", query="berlin OR rome")
    anvil = Topic(name="anvil", department="support", query="anvil")

    def told(*topics: Topic, another: tuple[str, ...] = ("berlin", "anvil")) -> list[str]:
        organisation = replace(ORGANISATION, topics=topics)
        return scene.database.read(
            lambda session: preview(session, organisation, scene.now, changes=True, another=another)
        )

    (billing,) = ORGANISATION.topics
    assert told(billing, berlin, anvil) == [
        "3 mentions came in the last 7 days. By the topics of this file:",
        "  berlin: 0; besides, 1 that billing has",
        "  anvil: 0",
        "All would come in as they did.",
        "What was dropped was not stored, so it cannot be tried.",
    ]
    assert told(berlin, billing)[1:4] == [
        "  berlin: 1 (came in as such: 0, 1 as billing); by day 0 0 0 0 0 0 1",
        "  billing: 1 (came in as such: 2); by day 0 0 0 0 0 0 1",
        "1 would come in otherwise, such as:",
    ]
    many = [Topic(name=f"t{number}", department="support", query="anvil") for number in range(60)]
    listed = told(billing, *many, another=tuple(one.name for one in many))
    assert listed[50:52] == ["  t49: 0", "  and 10 topics more"]
