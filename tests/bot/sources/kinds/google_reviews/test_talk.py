"""A review from its stars to its reply: sent once, and said to stand there when Google says so."""

from typing import cast

import pytest

from handlers.draw.card import draw_card
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.google_reviews import OnGoogleReviews
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, talking

TEXT = "We are sorry. Ana here."
HELD, PUBLISHED = PublicationState.HELD, PublicationState.PUBLISHED


@pytest.mark.parametrize("point", POINTS[2:5], ids=lambda point: point.name)
def test_a_reply_is_sent_once_and_answers_when_google_has_approved_it(scene: Scene, point: Point) -> None:
    with talking(scene, "google-reviews") as talk:
        site = cast(OnGoogleReviews, talk.site)
        site.write("Cold soup")
        talk.listen()
        (mention,) = talk.mentions
        card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
        assert (card.heading, card.body) == ("2 of 5 stars for Berlin", "Cold soup")
        row = talk.reply(mention, TEXT)
        talk.live(row, point)
        assert talk.settle(row) == HELD
        assert talk.scene.look(mention).status != Status.RESPONDED
        site.moderate("APPROVED")
        talk.live(row)
        assert talk.look(row).state == PUBLISHED
        assert talk.look(row).url.startswith("https://www.google.com/maps/reviews/")
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [one.text for one in site.replies()] == [TEXT]


def test_a_reply_that_google_rejects_comes_back_to_its_writer(scene: Scene) -> None:
    with talking(scene, "google-reviews") as talk:
        site = cast(OnGoogleReviews, talk.site)
        site.write("")
        talk.listen()
        (mention,) = talk.mentions
        row = talk.reply(mention, TEXT)
        assert talk.settle(row) == HELD
        site.moderate("REJECTED", "PROFANITY")
        talk.live(row)
        assert (talk.look(row).state, talk.look(row).trouble) == ("failed", "Google rejected it: profanity.")
        assert talk.scene.log(mention).count(Action.NOT_PUBLISHED) == 1
        again = talk.reply(mention, "We are very sorry. Ana here.")
        assert talk.settle(again) == HELD
        assert len(site.replies()) == 2
