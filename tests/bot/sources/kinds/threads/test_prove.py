"""What an account of Threads is proved to be."""

from datetime import timedelta

import pytest

from bot.net.errors import SignedOut
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.threads.scene import OnThreads, played
from tests.fakes.threads import SCOPES


def test_an_account_is_proved_with_its_rights_and_until_when() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.lacks, set(proof.rights)) == ("@acme_support", (), set(SCOPES))
        assert proof.until is not None
        assert abs(proof.until - here.now - timedelta(days=60)) < timedelta(minutes=1)

    played(story)


@pytest.mark.parametrize(
    ("missing", "hears"),
    [
        ("threads_manage_mentions", True),
        ("threads_read_replies", True),
        ("threads_content_publish", False),
        ("threads_manage_replies", False),
    ],
)
def test_a_right_that_is_missing_is_told_with_its_cure(missing: str, hears: bool) -> None:
    async def story(here: OnThreads) -> None:
        here.site.granted.remove(missing)
        (lack,) = (await here.make().prove()).lacks
        assert (missing in lack.mend, lack.hears) == (True, hears)

    played(story)


def test_whoever_was_signed_out_is_told_how_to_sign_in() -> None:
    async def story(here: OnThreads) -> None:
        here.site.letting.families.clear()
        with pytest.raises(SignedOut, match="dibs source login threads"):
            await here.make().prove()

    played(story)
