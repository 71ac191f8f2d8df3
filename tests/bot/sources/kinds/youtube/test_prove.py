"""What an account of YouTube is proved to be: the channel that is heard, and answered with."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.youtube.scene import Here, played
from tests.fakes.google import SECRETS
from tests.fakes.youtube import US


def test_an_account_is_proved_by_its_channel() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.lacks) == ("Acme", ())

    played(story)


def test_another_channel_than_the_configured_one_is_no_way_to_listen() -> None:
    async def story(here: Here) -> None:
        (lack,) = (await here.make(channel="UC" + "x" * 22).prove()).lacks
        assert lack.hears
        assert US in lack.sentence

    played(story)


def test_a_revoked_account_and_one_that_cannot_be_reached_are_two_things() -> None:
    async def story(here: Here) -> None:
        here.site.tokens.revoke()
        with pytest.raises(SourceRefused, match="dibs source login tube") as caught:
            await here.make().prove()
        assert SECRETS["refresh_token"] not in caught.value.reason
        with pytest.raises(Unreached):
            await here.make(token_url="http://127.0.0.1:9/token").prove()

    played(story)
