"""A talk on a Page, from the comment to its author's answer on the same card, though a process dies in each turn."""

from typing import cast

from handlers.draw.card import draw_card
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.facebook import OnFacebook
from tests.harness.scene import Scene
from tests.harness.talking import POINTS as ALL
from tests.harness.talking import talking

# From the mark to the answer.
POINTS = ALL[2:6]
TEXT = "Thank you, we look into it. Ana here."
THEIRS = "#acme refund: it is not there yet."


def test_each_turn_is_one_reply_and_the_author_s_answer_comes_back_to_its_card(scene: Scene) -> None:
    with talking(scene, "facebook") as talk:
        first = talk.site.write(THEIRS)
        talk.listen()
        (mention,) = talk.mentions
        card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
        assert (card.author, card.place, card.body) == ("Kim", "Facebook", THEIRS)
        for turn, point in enumerate(POINTS, 1):
            row = talk.reply(mention, TEXT)
            talk.live(row, point)
            talk.listen()
            assert talk.settle(row) == PublicationState.PUBLISHED, (point, talk.look(row).trouble)
            assert len(talk.site.replies()) == turn, point
            answer = talk.site.answer(THEIRS, first)
            talk.listen()
            assert talk.talk(mention).answered.external_id == answer, point
            assert talk.scene.look(mention).status == Status.CLAIMED, point
        assert {one.parent for one in talk.site.replies()} == {first}
        assert talk.mentions == [talk.scene.look(mention)]
        assert [one.who for one in talk.talk(mention).turns] == ["they", *["we", "they"] * len(POINTS)]
        log = talk.scene.log(mention)
        counted = [log.count(one) for one in (Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.UNCLEAR)]
        assert counted == [len(POINTS), len(POINTS), 0]


def test_an_answer_that_a_colleague_writes_there_by_hand_is_on_the_card(scene: Scene) -> None:
    with talking(scene, "facebook") as talk:
        site = cast(OnFacebook, talk.site)
        first = site.write(THEIRS)
        talk.listen()
        (mention,) = talk.mentions
        site.by_hand("Ben here: it is on its way.", first)
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        site.answer("#acme refund: thank you", first)
        talk.listen()
        assert [one.who for one in talk.talk(mention).turns] == ["they", "we", "they"]
        assert talk.scene.log(mention).count(Action.AUTHOR_ANSWERED) == 1
