"""What an account of Google is proved to be: let in to the reviews of each place."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.google_reviews.scene import Make, played
from tests.fakes.google import SECRETS
from tests.fakes.google_reviews import PLACE, FakeGoogleReviews


def test_an_account_is_proved_by_each_of_its_places() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make(locations={PLACE: "Berlin"})
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.lacks) == ("Berlin", ())

    played(story)


@pytest.mark.parametrize(("settings", "said"), [({"granted": False}, "form"), ({}, "accounts/9/locations/9")])
def test_what_is_not_granted_and_a_place_that_is_not_ours_are_said(settings: dict[str, bool], said: str) -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        with pytest.raises(SourceRefused, match=said):
            await make(locations={PLACE: "", "accounts/9/locations/9": ""}).prove()

    played(story, **settings)


def test_a_revoked_account_and_one_that_cannot_be_reached_are_two_things() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        site.tokens.revoke()
        with pytest.raises(SourceRefused, match="dibs source login maps") as caught:
            await make().prove()
        assert SECRETS["refresh_token"] not in caught.value.reason
        with pytest.raises(Unreached):
            await make(token_url="http://127.0.0.1:9/token").prove()

    played(story)
