"""What an account of X is proved to be."""

import pytest

from bot.net.errors import SourceRefused
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.x.scene import OnX, played
from tests.fakes.x import US


def test_an_account_is_proved_by_its_name_and_for_nothing() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        assert isinstance(source, ProvingSource)
        assert (await source.prove()).who == f"@{US['username']}"
        assert here.booked == 0

    played(story)


def test_another_account_than_the_configured_one_is_refused() -> None:
    async def story(here: OnX) -> None:
        with pytest.raises(SourceRefused, match="@somebody_else"):
            await here.make(username="somebody_else").prove()

    played(story)


def test_who_was_signed_out_is_told_how_to_sign_in() -> None:
    async def story(here: OnX) -> None:
        here.site.letting.families.clear()
        with pytest.raises(SourceRefused, match="dibs source login x"):
            await here.make().prove()

    played(story)
