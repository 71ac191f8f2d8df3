"""Talks where a review has one reply, on each network that is so: sent once, and nothing replaced unasked."""

from typing import cast

import pytest

from handlers.base.command import ByToken
from handlers.reply.confirm import ConfirmReply
from storage.own.mentions import MentionRow
from storage.tables.states import PublicationState, Status
from tests.fakes.sites.app_store import OnAppStore
from tests.fakes.sites.google_play import OnGooglePlay
from tests.fakes.sites.google_reviews import OnGoogleReviews
from tests.harness.channels import card_key, in_channel
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

REVIEWED = "Where is my refund?"
TEXT = "We are sorry. Ana here."
NETWORKS = ("app-store", "google-play", "google-reviews")
TAKEN = (PublicationState.HELD, PublicationState.PUBLISHED)


def site_of(talk: Talking) -> OnAppStore | OnGooglePlay | OnGoogleReviews:
    return cast(OnAppStore | OnGooglePlay | OnGoogleReviews, talk.site)


def reviewed(talk: Talking) -> tuple[str, MentionRow]:
    """Let somebody review us; returns the review's name and what became of it here."""
    name = talk.site.write(REVIEWED)
    talk.listen()
    (mention,) = talk.mentions
    return name, mention


def let_through(talk: Talking) -> None:
    """Let the network show what it held."""
    site = site_of(talk)
    if isinstance(site, OnAppStore):
        site.publish()
    elif isinstance(site, OnGoogleReviews):
        site.moderate("APPROVED")


@pytest.mark.parametrize("point", POINTS[1:6], ids=lambda point: point.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_review_is_answered_once_wherever_a_process_dies(scene: Scene, name: str, point: Point) -> None:
    with talking(scene, name) as talk:
        review, mention = reviewed(talk)
        assert [one.key for one in in_channel(scene, "C-FINANCE")] == [card_key(mention, "C-FINANCE")]
        row = talk.reply(mention, TEXT)
        talk.live(row, point)
        assert talk.settle(row) in TAKEN
        let_through(talk)
        if talk.look(row).state == PublicationState.HELD:
            assert talk.scene.look(mention).status != Status.RESPONDED
            talk.live(row)
        assert talk.look(row).state == PublicationState.PUBLISHED
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [(one.parent, one.text) for one in talk.site.replies()] == [(review, TEXT)]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_review_that_its_author_changes_after_our_reply_stays_on_its_card(scene: Scene, name: str) -> None:
    with talking(scene, name) as talk:
        review, mention = reviewed(talk)
        row = talk.reply(mention, TEXT)
        talk.settle(row)
        let_through(talk)
        if talk.look(row).state == PublicationState.HELD:
            talk.live(row)
        talk.site.answer("Thank you, the refund came.", review)
        talk.listen()
        assert talk.mentions == []  # none that is open
        assert talk.talk(mention).answered.edited_at is not None
        assert [turn.who for turn in talk.talk(mention).turns] == ["they", "we"]
        assert talk.talk(mention).answered.text == "Thank you, the refund came."
        # Our own reply is no colleague's: another one may take its place.
        again = talk.reply(mention, "You are welcome. Ana here.")
        assert talk.settle(again) in TAKEN
        assert [one.text for one in talk.site.replies()] == [TEXT, "You are welcome. Ana here."]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_colleague_s_reply_is_replaced_only_where_somebody_says_so(scene: Scene, name: str) -> None:
    with talking(scene, name) as talk:
        _, mention = reviewed(talk)
        site_of(talk).by_hand("Sorry! Ben")
        row = talk.reply(mention, TEXT)
        asked = talk.settle(row)
        assert "“Sorry! Ben” Yours would replace it." in talk.look(row).trouble
        assert (asked, talk.site.replies()) == (PublicationState.ASKED, [])
        talk.scene.do(ConfirmReply(who=talk.scene.who("UANA", "Ana"), reference=ByToken(mention.token), answer="send"))
        assert talk.settle(row) in TAKEN
        assert [one.text for one in talk.site.replies()] == [TEXT]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_review_that_was_deleted_is_not_answered_and_the_deletion_is_heard(scene: Scene, name: str) -> None:
    with talking(scene, name) as talk:
        review, mention = reviewed(talk)
        row = talk.reply(mention, TEXT)
        site_of(talk).delete(review)
        assert talk.settle(row) == PublicationState.ASKED
        assert "deleted" in talk.look(row).trouble
        assert talk.site.replies() == []
        talk.listen()
        assert talk.talk(mention).answered.gone
