"""The main job on Threads: a post is a card, its draft a reply that stands once, and its author's answer comes back."""

from collections.abc import Sequence
from typing import cast

import pytest
from sqlmodel import select

from storage.tables.messages import Message
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.threads import OnThreads
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

TEXT = "Thank you, we look into it. Ana here."
# Those of the life that makes a reply public, and of the one before it, that makes the container.
BETWEEN = (*POINTS[1:3], *POINTS[5:])


def begun(talk: Talking) -> str:
    """Let somebody speak to us at this moment of the scene; returns the name of what they said."""
    site = cast(OnThreads, talk.site)
    site.fake.now = site.fake.letting.now = lambda: talk.scene.now
    return site.write("My #acme refund is late")


def cards(talk: Talking) -> list[str]:
    """Return the keys of all cards."""
    keys = talk.read(lambda session: session.exec(select(Message.key)).all())
    return [key for key in keys if key.startswith("card:")]


def test_a_mention_becomes_a_card_its_reply_stands_once_and_the_answer_comes_to_the_same_card(scene: Scene) -> None:
    with talking(scene, "threads") as talk:
        asked = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        (card,) = cards(talk)
        assert talk.settle(talk.reply(mention, TEXT)) == PublicationState.PUBLISHED
        (reply,) = talk.site.replies()
        assert (reply.parent, reply.text) == (asked, TEXT)
        assert talk.scene.look(mention).status == Status.RESPONDED
        talk.listen()
        answered = talk.site.answer("thanks, it came", reply.name)
        talk.listen()
        assert (talk.mentions, cards(talk)) == ([talk.scene.look(mention)], [card])
        assert talk.scene.look(mention).status == Status.CLAIMED
        assert talk.talk(mention).answered.external_id == answered
        assert scene.log(mention)[-2:] == [Action.RESPONDED, Action.AUTHOR_ANSWERED]


def test_an_answer_that_a_colleague_writes_there_by_hand_is_on_the_card(scene: Scene) -> None:
    with talking(scene, "threads") as talk:
        asked = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        cast(OnThreads, talk.site).by_hand("Ben here: it is on its way.", asked)
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [one.who for one in talk.talk(mention).turns] == ["they", "we"]


def turns(scene: Scene, points: Sequence[Point], *, step: int) -> None:
    """Hold a talk of as many turns, in each of which a process dies in the first step, or in the second."""
    with talking(scene, "threads") as talk:
        latest = begun(talk)
        site = cast(OnThreads, talk.site)
        talk.listen()
        (mention,) = talk.mentions
        for turn, point in enumerate(points, 1):
            row = talk.reply(mention, f"{TEXT} {turn}")
            for _ in range(step):
                talk.live(row)
            assert len(site.replies()) == turn - 1
            assert talk.live(row, point), point
            assert talk.settle(row) == PublicationState.PUBLISHED, (turn, point, talk.look(row).trouble)
            reply = site.replies()[-1]
            assert (len(site.replies()), reply.parent) == (turn, latest), point
            talk.listen()
            latest = site.answer(f"And now #acme {turn}?", reply.name)
            talk.listen()
            assert talk.talk(mention).answered.external_id == latest
        made = [one for one in site.fake.containers.values() if one.post]
        assert len(made) == len(points)
        assert talk.mentions == [talk.scene.look(mention)]
        assert scene.log(mention).count(Action.UNCLEAR) == 0


def test_a_process_that_dies_with_the_container_leaves_one_reply(scene: Scene) -> None:
    turns(scene, BETWEEN, step=0)


def test_a_process_that_dies_while_it_makes_the_container_public_leaves_one_reply(scene: Scene) -> None:
    turns(scene, POINTS[3:5], step=1)


@pytest.mark.slow
@pytest.mark.parametrize("points", [POINTS, POINTS[::-1]], ids=["from the first point on", "from the last"])
def test_every_turn_is_one_reply_wherever_a_process_dies(scene: Scene, points: Sequence[Point]) -> None:
    turns(scene, points, step=1)
