"""What an account of a community is proved to be: let in under its name, or none at all."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.khoros.scene import Here, played


def test_an_account_is_proved_by_its_name_and_a_stranger_by_nothing() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.lacks) == ("acme_support", ())
        assert await here.stranger().prove() is None

    played(story)


def test_a_name_that_nobody_has_and_a_password_that_is_wrong_are_told() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(SourceRefused, match=r"does not let our account in \(302\)"):
            await here.make(username="nobody").prove()
        with pytest.raises(Unreached):
            await here.make(base_url="http://127.0.0.1:9").prove()

    played(story)
