"""What a token of GitHub is proved to be."""

from datetime import UTC, datetime

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.github.scene import Make, played
from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.github_things import US

VARIABLE = "DIBS_SOURCE_CODE_TOKEN"


@pytest.mark.parametrize("ends", ["2026-05-06 07:08:09 UTC", ""])
def test_a_token_says_whose_it_is_what_it_may_do_and_when_it_ends(ends: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.rights, proof.lacks) == (US, ("public_repo", "read:org"), ())
        assert proof.until == (datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC) if ends else None)
        assert TOKEN not in repr(proof)
        assert len(site.asked) == 1

    played(story, scopes="public_repo, read:org", ends=ends)


def test_a_fine_grained_token_tells_no_rights_and_is_not_said_to_lack_any() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        proof = await make().prove()
        assert (proof.rights, proof.lacks) == ((), ())

    played(story)


def test_a_classic_token_that_may_only_read_cannot_reply() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        (lack,) = (await make().prove()).lacks
        assert not lack.hears
        assert "public_repo" in lack.sentence
        assert VARIABLE in lack.mend

    played(story, scopes="read:org")


def test_a_revoked_token_and_that_of_another_name_their_variable() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        with pytest.raises(SourceRefused, match="is that of somebody") as another:
            await make().prove()
        site.token = "another"
        with pytest.raises(SourceRefused) as revoked:
            await make().prove()
        for caught in (another, revoked):
            assert VARIABLE in caught.value.reason
            assert TOKEN not in caught.value.reason

    played(story, login="somebody")


def test_a_site_that_cannot_be_reached_is_no_wrong_token() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        with pytest.raises(Unreached):
            await make(base_url="http://127.0.0.1:9").prove()

    played(story)
