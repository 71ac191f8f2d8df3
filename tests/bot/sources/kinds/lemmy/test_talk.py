"""The main job on Lemmy: what is said is a card, its draft a comment that stands once, the answer on the same card."""

from collections.abc import Sequence

import pytest
from sqlmodel import select

from storage.tables.messages import Message
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.lemmy import OnLemmy
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

QUESTION, ANSWER = "Where is my #acme refund?", "Thank you, it came. #acme"
TEXTS = [f"Thank you, that is step {number}. Ana here." for number in range(len(POINTS) + 1)]


def cards(talk: Talking) -> list[str]:
    keys = talk.read(lambda session: session.exec(select(Message.key)).all())
    return [key for key in keys if key.startswith("card:")]


def fake_of(talk: Talking) -> OnLemmy:
    assert isinstance(talk.site, OnLemmy)
    return talk.site


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_mention_becomes_a_card_its_reply_stands_once_and_the_answer_comes_to_the_same_card(
    scene: Scene, version: str
) -> None:
    with talking(scene, "lemmy") as talk:
        fake_of(talk).fake.version = version
        asked = talk.site.write(QUESTION)
        talk.listen()
        (mention,) = talk.mentions
        (card,) = cards(talk)
        assert talk.settle(talk.reply(mention, TEXTS[0])) == PublicationState.PUBLISHED
        (reply,) = talk.site.replies()
        assert (reply.parent, reply.text) == (asked, TEXTS[0])
        assert talk.scene.look(mention).status == Status.RESPONDED
        answered = talk.site.answer(ANSWER, reply.name)
        talk.listen()
        assert (talk.mentions, cards(talk)) == ([talk.scene.look(mention)], [card])
        assert talk.scene.look(mention).status == Status.CLAIMED
        assert talk.talk(mention).answered.external_id == answered
        assert scene.log(mention)[-2:] == [Action.RESPONDED, Action.AUTHOR_ANSWERED]


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize("points", [POINTS[3:5], POINTS[5:6]], ids=["before it is answered", "after"])
def test_a_turn_is_one_reply_though_a_process_dies(scene: Scene, version: str, points: Sequence[Point]) -> None:
    with talking(scene, "lemmy") as talk:
        fake_of(talk).fake.version = version
        latest = talk.site.write(QUESTION)
        talk.listen()
        (mention,) = talk.mentions
        for turn, point in enumerate(points, 1):
            row = talk.reply(mention, TEXTS[turn])
            talk.live(row, point)
            assert talk.settle(row) == PublicationState.PUBLISHED, (point, talk.look(row).trouble)
            reply = talk.site.replies()[-1]
            assert (len(talk.site.replies()), reply.parent) == (turn, latest)
            latest = talk.site.answer(ANSWER, reply.name)
            talk.listen()
        assert scene.log(mention).count(Action.UNCLEAR) == 0


def test_what_another_instance_has_to_take_first_is_told_to_be_held(scene: Scene) -> None:
    with talking(scene, "lemmy") as talk:
        fake = fake_of(talk).fake
        fake.slow = True
        talk.site.write(QUESTION)
        talk.listen()
        (mention,) = talk.mentions
        row = talk.reply(mention, TEXTS[0])
        assert talk.settle(row) == PublicationState.HELD
        assert talk.scene.look(mention).status != Status.RESPONDED
        fake.ours()[0]["federation_pending"] = False
        talk.live(row)
        assert talk.look(row).state == PublicationState.PUBLISHED
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert fake.made == 1


def test_what_a_colleague_writes_there_by_hand_is_an_answer_of_ours(scene: Scene) -> None:
    with talking(scene, "lemmy") as talk:
        fake = fake_of(talk).fake
        asked = talk.site.write(QUESTION)
        talk.listen()
        (mention,) = talk.mentions
        above = next(one for one in fake.things.values() if one["ap_id"] == asked)
        ours = fake.comment("It is on its way. Ben", above, "acme_support", at=talk.clock.now())
        fake.tell(ours, "reply")
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert len(talk.mentions) == 0
