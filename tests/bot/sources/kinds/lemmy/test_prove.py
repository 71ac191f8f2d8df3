"""What an account on Lemmy is proved to be."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.lemmy.scene import VARIABLE, Make, Now, both, played
from tests.fakes.lemmy import PASSWORD, FakeLemmy


@both
def test_an_account_says_who_it_is(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.lacks) == ("acme_support@127.0.0.1", ())
        assert site.made == 0

    played(story, version=version)


@both
def test_one_that_is_banned_lacks_its_replies(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        proof = await make().prove()
        assert proof is not None
        (lack,) = proof.lacks
        assert not lack.hears
        assert "banned" in lack.sentence

    played(story, version=version, banned=True)


@both
def test_a_password_that_is_not_taken_names_its_variable(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        with pytest.raises(SourceRefused, match=VARIABLE) as caught:
            await make().prove()
        assert PASSWORD not in caught.value.reason

    played(story, version=version, password="another")


def test_who_cannot_be_reached_and_who_has_no_account() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        with pytest.raises(Unreached):
            await make(base_url="http://127.0.0.1:9").prove()
        assert await make({}, username="", query="acme").prove() is None
        assert site.asked == []

    played(story)
