"""What an account of Reddit is proved to be."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.reddit.scene import Make, played
from tests.fakes.reddit import SECRETS, FakeReddit

WHOLE = "identity read history submit privatemessages"
VARIABLE = "DIBS_SOURCE_TALK_REFRESH_TOKEN"


def test_a_refresh_token_says_whose_it_is_and_what_it_was_made_for() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, proof.rights, proof.lacks) == ("u/acme_support", tuple(WHOLE.split()), ())
        assert not any(secret in repr(proof) for secret in SECRETS.values())
        site.scope = "*"
        assert (await make().prove()).lacks == ()

    played(story, scope=WHOLE)


def test_a_revoked_token_names_its_variable() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        site.refresh_token = "another"
        with pytest.raises(SourceRefused, match=VARIABLE):
            await make().prove()

    played(story)


@pytest.mark.parametrize(
    ("scope", "listen", "missing"),
    [
        ("identity read history", "search", {"submit": False}),
        ("identity submit", "search", {"read": True, "history": False}),
        ("identity read history submit", "mentions", {"privatemessages": True}),
        ("identity read history submit", "subreddit", {}),
    ],
)
def test_each_scope_that_is_missing_is_named_with_its_cure(scope: str, listen: str, missing: dict[str, bool]) -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        lacks = (await make(listen=listen, subreddit="acme").prove()).lacks
        assert {one.sentence.split(" scope ")[1].partition(":")[0]: one.hears for one in lacks} == missing
        assert all(VARIABLE in one.mend for one in lacks)

    played(story, scope=scope)


def test_a_token_that_may_not_say_who_we_are_is_told_which_scopes_it_needs() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        with pytest.raises(SourceRefused, match="scopes identity"):
            await make().prove()

    played(story, scope="read submit")


def test_a_suspended_account_cannot_reply_and_an_unreachable_one_is_no_wrong_key() -> None:
    async def story(site: FakeReddit, make: Make) -> None:
        (lack,) = (await make().prove()).lacks
        assert not lack.hears
        assert "suspended" in lack.sentence
        with pytest.raises(Unreached):
            await make(auth_url="http://127.0.0.1:9").prove()

    played(story, suspended=True)
