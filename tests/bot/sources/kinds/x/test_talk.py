"""The main job on X: a post is a card, its draft a reply that stands once, and the author's answer is the same card."""

from collections.abc import Sequence

import pytest
from sqlmodel import select

from storage.tables.messages import Message
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.x import OnX
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

TEXTS = [f"Thank you, that is step {number}. See acme.example/help. Ana here." for number in range(len(POINTS) + 1)]


def begun(talk: Talking) -> str:
    """Let somebody speak to us at this moment of the scene; returns the name of what they said."""
    site = talk.site
    assert isinstance(site, OnX)
    site.fake.now = site.fake.letting.now = lambda: talk.scene.now
    return site.write("My #acme refund is late")


def cards(talk: Talking) -> list[str]:
    """Return the keys of all cards."""
    keys = talk.read(lambda session: session.exec(select(Message.key)).all())
    return [key for key in keys if key.startswith("card:")]


def test_a_mention_becomes_a_card_its_reply_stands_once_and_the_answer_comes_to_the_same_card(scene: Scene) -> None:
    with talking(scene, "x") as talk:
        asked = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        (card,) = cards(talk)
        assert talk.settle(talk.reply(mention, TEXTS[0])) == PublicationState.PUBLISHED
        (reply,) = talk.site.replies()
        assert (reply.parent, reply.text) == (asked, f"@kim {TEXTS[0]}")
        assert talk.scene.look(mention).status == Status.RESPONDED
        answered = talk.site.answer("thanks, it came", reply.name)
        talk.listen()
        assert (talk.mentions, cards(talk)) == ([talk.scene.look(mention)], [card])
        assert talk.scene.look(mention).status == Status.CLAIMED
        assert talk.talk(mention).answered.external_id == answered
        assert scene.log(mention)[-2:] == [Action.RESPONDED, Action.AUTHOR_ANSWERED]


def turns(scene: Scene, points: Sequence[Point]) -> None:
    """Hold a talk of as many turns, in each of which a process dies."""
    with talking(scene, "x") as talk:
        latest = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        for turn, point in enumerate(points, 1):
            row = talk.reply(mention, TEXTS[turn])
            talk.live(row, point)
            assert talk.settle(row) == PublicationState.PUBLISHED, (turn, point, talk.look(row).trouble)
            reply = talk.site.replies()[-1]
            assert (len(talk.site.replies()), reply.parent) == (turn, latest)
            latest = talk.site.answer(f"And now #acme {turn}?", reply.name)
            talk.listen()
            assert talk.talk(mention).answered.external_id == latest
        assert talk.mentions == [talk.scene.look(mention)]
        assert scene.log(mention).count(Action.UNCLEAR) == 0
        assert isinstance(talk.site, OnX)
        assert talk.site.fake.letting.alive


def test_a_turn_is_one_reply_though_a_process_dies_before_x_answers_or_after(scene: Scene) -> None:
    turns(scene, POINTS[4:6])


@pytest.mark.slow
@pytest.mark.parametrize("points", [POINTS, POINTS[::-1]], ids=["from the first point on", "from the last"])
def test_every_turn_is_one_reply_wherever_a_process_dies(scene: Scene, points: Sequence[Point]) -> None:
    turns(scene, points)
