"""What a key is proved to be: let in to the reviews of the app."""

import pytest

from bot.net.errors import SourceRefused
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.app_store.scene import Make, played
from tests.fakes.app_store import APP, KEY_ID, FakeAppStore


def test_a_key_is_proved_by_the_reviews_of_its_app() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        site.review(1)
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.lacks) == (f"key {KEY_ID} for app {APP}", ())
        assert site.posts == []

    played(story)


def test_a_key_that_may_not_read_is_told_what_it_lacks() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(SourceRefused, match="role “Customer Support”"):
            await make().prove()

    played(story, role="")
