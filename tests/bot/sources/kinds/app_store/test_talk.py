"""A review in the App Store whose reply waits for Apple: shown later, never, or gone with its review."""

from typing import cast

from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.app_store import OnAppStore
from tests.harness.channels import card
from tests.harness.scene import Scene
from tests.harness.talking import talking

TEXT = "We are sorry. Ana here."
HELD, PUBLISHED = PublicationState.HELD, PublicationState.PUBLISHED


def test_a_reply_that_is_pending_for_hours_answers_when_apple_shows_it(scene: Scene) -> None:
    with talking(scene, "app-store") as talk:
        site = cast(OnAppStore, talk.site)
        site.write("The refund crashes")
        talk.listen()
        (mention,) = talk.mentions
        seen = card(scene, mention, "C-FINANCE")
        assert (seen.heading, seen.body) == ("2 of 5 stars in DEU", "The refund crashes")
        row = talk.reply(mention, TEXT)
        assert talk.settle(row) == HELD
        for _ in range(3):
            scene.pass_time(hours=1)
            talk.live(row)
            assert talk.look(row).state == HELD
        assert talk.scene.look(mention).status != Status.RESPONDED
        site.publish()
        scene.pass_time(hours=1)
        talk.live(row)
        assert talk.look(row).state == PUBLISHED
        assert talk.scene.look(mention).status == Status.RESPONDED
        assert [one.text for one in site.replies()] == [TEXT]


def test_a_reply_that_apple_drops_an_hour_later_comes_back_to_its_writer(scene: Scene) -> None:
    with talking(scene, "app-store") as talk:
        site = cast(OnAppStore, talk.site)
        site.write("The refund crashes")
        talk.listen()
        (mention,) = talk.mentions
        row = talk.reply(mention, TEXT)
        assert talk.settle(row) == HELD
        site.drop()
        scene.pass_time(hours=1)
        talk.live(row)
        assert talk.look(row).state == "failed"
        assert "did not let it through" in talk.look(row).trouble
        assert talk.scene.log(mention).count(Action.NOT_PUBLISHED) == 1
        again = talk.reply(mention, "We are very sorry. Ana here.")
        assert talk.settle(again) == HELD
        assert len(site.replies()) == 2
