"""What an account of LinkedIn is proved to be: who administers the Page, and until when."""

from datetime import timedelta

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.linkedin.scene import Here, played


def test_who_administers_the_page_is_proved_with_roles_and_an_end_that_no_refresh_moves() -> None:
    async def story(here: Here) -> None:
        began, source = here.now, here.make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.rights, proof.lacks) == ("Acme", ("ADMINISTRATOR",), ())
        assert proof.until == began + timedelta(days=365)
        here.passes(days=100)
        assert (await source.prove()).until == proof.until

    played(story)


@pytest.mark.parametrize("roles", [(), ("RECRUITING_POSTER",)])
def test_who_does_not_administer_it_hears_nothing(roles: tuple[str, ...]) -> None:
    async def story(here: Here) -> None:
        proof = await here.make().prove()
        (lack,) = proof.lacks
        assert lack.hears
        assert lack.sentence == "Who signed in does not administer the Page 1234567."

    played(story, roles=roles)


def test_what_is_not_approved_and_what_cannot_be_reached_are_two_things() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(SourceRefused, match="approve"):
            await here.make().prove()
        with pytest.raises(Unreached):
            await here.make(token_url="http://127.0.0.1:9/token").prove()

    played(story, approved=False)
