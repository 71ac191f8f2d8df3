"""A talk below a post of our Page, from a comment to its author's answer on the same card, whatever dies meanwhile."""

from typing import cast

from handlers.draw.card import draw_card
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.linkedin import OnLinkedIn
from tests.harness.scene import Scene
from tests.harness.talking import POINTS as ALL
from tests.harness.talking import Talking, talking

# From the mark to the answer.
POINTS = ALL[2:6]
TEXT = "Thank you, we look into it. Ana here."
THEIRS = "#acme refund: it is not there yet."


def begun(talk: Talking) -> str:
    """Let somebody comment at this moment of the scene; returns the name of what they said."""
    site = cast(OnLinkedIn, talk.site)
    site.fake.now = site.fake.letting.now = lambda: talk.scene.now
    return site.write(THEIRS)


def test_each_turn_is_one_reply_and_the_author_s_answer_comes_back_to_its_card(scene: Scene) -> None:
    with talking(scene, "linkedin") as talk:
        first = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
        assert (card.place, card.body) == ("LinkedIn", THEIRS)
        for turn, point in enumerate(POINTS, 1):
            row = talk.reply(mention, TEXT)
            talk.live(row, point)
            talk.listen()
            assert talk.settle(row) == PublicationState.PUBLISHED, (point, talk.look(row).trouble)
            assert len(talk.site.replies()) == turn, point
            talk.scene.pass_time(minutes=1)
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
    with talking(scene, "linkedin") as talk:
        first = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        talk.scene.pass_time(minutes=1)
        cast(OnLinkedIn, talk.site).by_hand("Ben here: it is on its way.", first)
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [one.who for one in talk.talk(mention).turns] == ["they", "we"]


def test_a_comment_that_is_deleted_takes_its_words_with_it(scene: Scene) -> None:
    with talking(scene, "linkedin") as talk:
        first = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        site = cast(OnLinkedIn, talk.site)
        site.fake.delete(site.fake.comments[first.rpartition("/")[2]])
        told = talk.source.receive(*site.delivery(), talk.scene.now)
        talk.scene.ingest(*told, source=site.name)
        assert talk.scene.look(mention).status == Status.DISMISSED


def test_a_no_that_passes_by_itself_costs_no_reply_and_makes_none_twice(scene: Scene) -> None:
    with talking(scene, "linkedin") as talk:
        begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        cast(OnLinkedIn, talk.site).fake.faults.extend(["403", "403 taken"])
        row = talk.reply(mention, TEXT)
        assert talk.settle(row) == PublicationState.PUBLISHED
        assert [one.text for one in talk.site.replies()] == [TEXT]
        assert talk.scene.log(mention).count(Action.UNCLEAR) == 0
