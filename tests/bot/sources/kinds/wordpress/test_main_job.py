"""The main job on a blog: a comment is a card, its reply stands below it once, and its author's answer comes home."""

from storage.reply.publications import PublicationRow
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.wordpress import OnWordPress
from tests.harness.channels import card_key, in_channel
from tests.harness.scene import Scene
from tests.harness.talking import Point, Talking, talking

THEIRS = "#acme refund: where is it?"


def site_of(talk: Talking) -> OnWordPress:
    assert isinstance(talk.site, OnWordPress)
    return talk.site


def replied(talk: Talking) -> PublicationRow:
    (mention,) = talk.mentions
    row = talk.reply(mention, "I am sorry, it goes out today. Ana here.")
    assert talk.settle(row) == PublicationState.PUBLISHED
    return row


def test_a_comment_is_answered_once_and_its_author_answers_on_the_same_card(scene: Scene) -> None:
    with talking(scene, "wordpress") as talk:
        first = talk.site.write(THEIRS)
        talk.listen()
        (mention,) = talk.mentions
        assert [one.key for one in in_channel(scene, "C-FINANCE")] == [card_key(mention, "C-FINANCE")]
        replied(talk)
        (ours,) = talk.site.replies()
        assert (ours.parent, ours.text) == (first, "I am sorry, it goes out today. Ana here.")
        talk.listen()
        assert talk.scene.look(mention).status == Status.RESPONDED
        answer = talk.site.answer("Thank you, it came.", ours.name)
        talk.listen()
        assert talk.mentions == [talk.scene.look(mention)]
        assert talk.talk(mention).answered.external_id == answer
        assert talk.scene.log(mention).count(Action.AUTHOR_ANSWERED) == 1
        assert [one.who for one in talk.talk(mention).turns] == ["they", "we", "they"]
        assert site_of(talk).fake.made == 1


def test_another_guest_below_our_reply_is_not_taken_for_the_author(scene: Scene) -> None:
    with talking(scene, "wordpress") as talk:
        talk.site.write(THEIRS)
        talk.listen()
        (mention,) = talk.mentions
        replied(talk)
        site, (ours,) = site_of(talk), talk.site.replies()
        site.fake.comment(0, site.page, "Me too", "Kim", email="x@mail.example", parent=int(ours.name))
        talk.listen()
        assert Action.AUTHOR_ANSWERED not in talk.scene.log(mention)


def test_a_reply_that_moderators_hold_is_sent_once_and_waits_for_them(scene: Scene) -> None:
    with talking(scene, "wordpress") as talk:
        site = site_of(talk)
        site.fake.role, site.fake.moderated = "contributor", True
        talk.site.write(THEIRS)
        talk.listen()
        (mention,) = talk.mentions
        row = talk.reply(mention, "I am sorry. Ana here.")
        talk.live(row, Point("accepted before the answer", "accepted"))
        talk.live(row)
        assert [one["approved"] for one in site.fake.ours()] == ["0"]
        assert site.fake.made == 1
