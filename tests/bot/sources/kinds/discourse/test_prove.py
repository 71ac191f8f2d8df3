"""What an account of a forum is proved to be."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.discourse.scene import Make, played
from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import US

VARIABLE = "DIBS_SOURCE_FORUM_API_KEY"


def test_a_key_says_whose_it_is_and_what_that_account_is() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.rights, proof.lacks) == (US, ("admin", "trust level 1"), ())
        assert KEY not in repr(proof)
        forum.admin = False
        member = await make().prove()
        assert member is not None
        assert member.rights == ("trust level 1",)

    played(story)


def test_a_revoked_key_and_one_that_is_too_narrow_name_their_variable() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        forum.narrow = True
        with pytest.raises(SourceRefused, match="is global") as narrow:
            await make().prove()
        forum.key = "another"
        with pytest.raises(SourceRefused) as revoked:
            await make().prove()
        for caught in (narrow, revoked):
            assert VARIABLE in caught.value.reason
            assert KEY not in caught.value.reason

    played(story)


def test_who_cannot_be_reached_and_who_has_no_account() -> None:
    async def story(forum: FakeDiscourse, make: Make) -> None:
        with pytest.raises(Unreached):
            await make(base_url="http://127.0.0.1:9").prove()
        assert await make({}, username="").prove() is None
        assert forum.asked == []

    played(story)
