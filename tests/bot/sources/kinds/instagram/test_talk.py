"""A talk on Instagram, from the comment to its author's answer on the same card, though a process dies in each turn."""

from collections.abc import Sequence
from typing import cast

import pytest

from handlers.draw.card import draw_card
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.instagram import OnInstagram
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

TEXT = "Thank you, we look into it. Ana here."
THEIRS = "#acme refund: it is not there yet."


def begun(talk: Talking) -> str:
    """Let somebody comment at this moment of the scene; returns the name of what they said."""
    site = cast(OnInstagram, talk.site)
    site.fake.now = lambda: talk.scene.now
    return site.write(THEIRS)


def turns(scene: Scene, points: Sequence[Point]) -> None:
    with talking(scene, "instagram") as talk:
        thread = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
        assert (card.place, card.body) == ("Instagram", THEIRS)
        for turn, point in enumerate(points, 1):
            row = talk.reply(mention, f"{TEXT} {turn}")
            talk.live(row, point)
            assert talk.settle(row) == PublicationState.PUBLISHED, (point, talk.look(row).trouble)
            assert len(talk.site.replies()) == turn, point
            talk.listen()
            answer = talk.site.answer(f"{THEIRS} {turn}", talk.site.replies()[-1].name)
            talk.listen()
            assert talk.talk(mention).answered.external_id == answer, point
            assert talk.scene.look(mention).status == Status.CLAIMED, point
        assert {one.parent for one in talk.site.replies()} == {thread}
        assert talk.mentions == [talk.scene.look(mention)]
        assert [one.who for one in talk.talk(mention).turns] == ["they", *["we", "they"] * len(points)]
        log = talk.scene.log(mention)
        counted = [log.count(one) for one in (Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.UNCLEAR)]
        assert counted == [len(points), len(points), 0]


def test_each_turn_is_one_reply_and_the_author_s_answer_comes_back_to_its_card(scene: Scene) -> None:
    turns(scene, POINTS[2:5])


@pytest.mark.slow
@pytest.mark.parametrize("points", [POINTS, POINTS[::-1]], ids=["from the first point on", "from the last"])
def test_every_turn_is_one_reply_wherever_a_process_dies(scene: Scene, points: Sequence[Point]) -> None:
    turns(scene, points)


def test_an_answer_that_a_colleague_writes_there_by_hand_is_on_the_card(scene: Scene) -> None:
    with talking(scene, "instagram") as talk:
        thread = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        cast(OnInstagram, talk.site).by_hand("Ben here: it is on its way.", thread)
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [one.who for one in talk.talk(mention).turns] == ["they", "we"]


def test_what_instagram_makes_and_then_refuses_is_one_reply_that_nobody_is_asked_about(scene: Scene) -> None:
    with talking(scene, "instagram") as talk:
        begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        cast(OnInstagram, talk.site).fake.faults.append("made 400 20/1772107 Invalid parameter")
        assert talk.settle(talk.reply(mention, TEXT)) == PublicationState.PUBLISHED
        assert len(talk.site.replies()) == 1
        assert scene.log(mention).count(Action.UNCLEAR) == 0
