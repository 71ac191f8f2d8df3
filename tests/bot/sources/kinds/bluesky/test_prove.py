"""What an account of Bluesky is proved to be."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.bluesky.scene import PASSWORD, BlueskyService, at_work


def test_an_account_is_let_in_under_its_handle() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.until, proof.lacks) == ("@acme.example", None, ())
        assert PASSWORD not in repr(proof)

    at_work(story)


def test_a_revoked_app_password_names_its_variable() -> None:
    async def story(house: BlueskyService) -> None:
        house.sky.revoke(house.us)
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_SKY_APP_PASSWORD"):
            await house.source().prove()

    at_work(story)


def test_an_account_that_is_asleep_can_publish_nothing() -> None:
    async def story(house: BlueskyService) -> None:
        house.us.asleep = "deactivated"
        proof = await house.source().prove()
        assert proof is not None
        (lack,) = proof.lacks
        assert not lack.hears
        assert "is deactivated there" in lack.sentence

    at_work(story)


def test_who_cannot_be_reached_and_who_has_no_account() -> None:
    async def story(house: BlueskyService) -> None:
        with pytest.raises(Unreached):
            await house.source(base_url="http://127.0.0.1:9").prove()
        assert await house.source("stream", password="", handle="").prove() is None
        assert not house.sky.calls

    at_work(story)


def test_an_account_that_lost_its_handle_is_named_by_what_stays() -> None:
    async def story(house: BlueskyService) -> None:
        source = house.source(handle=house.us.did)
        house.us.handle = "handle.invalid"
        proof = await source.prove()
        assert proof is not None
        assert proof.who == house.us.did

    at_work(story)
