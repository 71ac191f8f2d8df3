"""What an account of an instance is proved to be."""

import pytest

from bot.net.errors import SourceRefused, Unreached
from bot.sources.kinds.mastodon.source import Listen
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.mastodon.scene import Make, played
from tests.fakes.mastodon import TOKEN, FakeMastodon

VARIABLE = "DIBS_SOURCE_FEDI_ACCESS_TOKEN"


def test_a_token_says_whose_it_is_and_what_it_was_made_for() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.rights, proof.lacks) == ("@acme@127.0.0.1", ("read", "write:statuses"), ())
        assert TOKEN not in repr(proof)

    played(story)


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_revoked_token_names_its_variable(status: int) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.token = "another"
        with pytest.raises(SourceRefused) as caught:
            await make().prove()
        assert TOKEN not in caught.value.reason
        assert VARIABLE in caught.value.reason

    played(story, bad_token=status)


@pytest.mark.parametrize(
    ("listen", "scopes", "missing"),
    [
        ("hashtag", ("read",), ["write:statuses"]),
        ("hashtag", ("read:statuses", "read:accounts", "write"), []),
        ("notifications", ("read:statuses", "write:statuses"), ["read:notifications"]),
        ("search", ("write",), ["read:search"]),
        ("stream", ("read:accounts", "read:search"), ["read:statuses", "write:statuses"]),
    ],
)
def test_each_scope_that_is_missing_is_named_with_its_cure(
    listen: Listen, scopes: tuple[str, ...], missing: list[str]
) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        proof = await make(listen=listen, query="acme").prove()
        assert proof is not None
        assert [one.sentence.split(" the scope ")[1].rpartition(": ")[0] for one in proof.lacks] == missing
        assert [one.hears for one in proof.lacks] == [one != "write:statuses" for one in missing]
        assert all(VARIABLE in one.mend for one in proof.lacks)

    played(story, scopes=scopes)


def test_a_server_that_tells_no_scopes_is_not_said_to_lack_any() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        proof = await make().prove()
        assert proof is not None
        assert (proof.rights, proof.lacks) == ((), ())

    played(story, scopes=None)


def test_who_cannot_be_reached_and_who_has_no_account() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        with pytest.raises(Unreached):
            await make(base_url="http://127.0.0.1:9").prove()
        assert await make("").prove() is None
        assert instance.asked == []

    played(story)
