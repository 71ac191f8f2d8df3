"""What an account of a site is proved to be."""

from typing import Any

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.wordpress.scene import Make, Now, played
from tests.fakes.wordpress import SECRETS, FakeWordPress

VARIABLE = "DIBS_SOURCE_BLOG_APPLICATION_PASSWORD"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("role", ["contributor", "editor"])
def test_a_password_says_whose_it_is_and_which_role_that_account_has(role: str, plain: bool) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.rights, proof.lacks) == (SECRETS["user"], (role,), ())
        assert SECRETS["application_password"] not in repr(proof)

    played(story, role=role, plain=plain)


def test_a_subscriber_may_not_look_at_what_waits() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        proof = await make().prove()
        assert proof is not None
        (lack,) = proof.lacks
        assert not lack.hears
        assert "Contributor" in lack.mend

    played(story, role="subscriber")


@pytest.mark.parametrize("how", [{"password": "another"}, {"deaf": True}])
def test_a_revoked_password_names_its_variable(how: dict[str, Any]) -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        with pytest.raises(SourceRefused, match=VARIABLE) as caught:
            await make().prove()
        assert SECRETS["application_password"] not in caught.value.reason

    played(story, **how)


def test_who_cannot_be_reached_and_who_has_no_account() -> None:
    async def story(site: FakeWordPress, make: Make, now: Now) -> None:
        with pytest.raises(Unreached):
            await make(base_url="http://127.0.0.1:9").prove()
        assert await make({}).prove() is None
        assert site.asked == []

    played(story)
