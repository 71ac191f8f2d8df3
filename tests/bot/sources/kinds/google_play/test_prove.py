"""What a service account is proved to be: let in to the reviews of the app."""

import pytest

from bot.net.errors import SourceRefused
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.google_play.scene import Make, played
from tests.fakes.google_play import PACKAGE, FakeGooglePlay
from tests.fakes.signing import EMAIL


def test_an_account_is_proved_by_the_reviews_of_its_app() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        site.review(1)
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.lacks) == (f"{EMAIL} for {PACKAGE}", ())
        assert site.posts == []

    played(story)


def test_an_account_that_may_not_read_is_told_what_it_lacks() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        with pytest.raises(SourceRefused, match="“Reply to reviews”"):
            await make().prove()
        with pytest.raises(SourceRefused, match="no app"):
            await make(package="com.other.app").prove()

    played(story, right="none")
