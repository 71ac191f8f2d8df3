"""What a token is proved to be: that of the Page, what it may, until when, and whether the hook is called."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.net.errors import SourceRefused
from bot.sources.base import GreetedSource
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.facebook.scene import Make, played
from tests.fakes.facebook import PAGE, RIGHTS, FakeFacebook
from tests.fakes.meta import APP, TOKEN, MetaApp


def test_a_page_is_proved_by_its_token_without_writing_that_into_an_address() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        source = make()
        assert isinstance(source, ProvingSource)
        assert isinstance(source, GreetedSource)
        proof = await source.prove()
        assert proof is not None
        assert (proof.who, proof.rights, proof.until, proof.lacks) == ("Acme", RIGHTS, None, ())
        assert not any(TOKEN in path for _, path in site.app.asked)
        site.app.ends = 1_772_700_000
        proof = await source.prove()
        assert proof is not None
        assert proof.until == datetime(2026, 3, 5, 8, 40, tzinfo=UTC)

    played(story)


@pytest.mark.parametrize(
    ("settings", "said", "mend", "hears"),
    [
        ({"app": MetaApp(rights=(*RIGHTS[:2], RIGHTS[3]))}, "pages_manage_engagement", "ACCESS_TOKEN", False),
        ({"app": MetaApp(rights=(RIGHTS[0], *RIGHTS[2:]))}, "pages_read_user_content", "ACCESS_TOKEN", True),
        ({"subscriptions": {}}, "does not call", "subscribed_fields=feed,mention,", True),
        ({"subscriptions": {APP: ["feed", "ratings"]}}, "does not call", "feed,mention,ratings,", True),
        ({"subscriptions": {"78": ["feed", "mention"]}}, "does not call", "replaces the list", True),
    ],
)
def test_what_is_lacking_is_said_with_its_cure(settings: dict[str, Any], said: str, mend: str, hears: bool) -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        proof = await make().prove()
        assert proof is not None
        (lack,) = proof.lacks
        assert said in lack.sentence
        assert mend in lack.mend
        assert lack.hears is hears

    played(story, **settings)


def test_what_may_not_be_told_is_no_lack() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        proof = await make().prove()
        assert proof is not None
        assert (proof.rights, proof.until, proof.lacks) == ((), None, ())

    played(story, app=MetaApp(opaque=True))
    played(story, app=MetaApp(opaque=True, rights=RIGHTS[:3]))


def test_without_a_hook_it_is_said_what_is_not_heard() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        proof = await make({"access_token": TOKEN}).prove()
        assert proof is not None
        (lack,) = proof.lacks
        assert "No webhook" in lack.sentence
        assert not lack.hears

    played(story)


def test_a_token_of_another_page_and_one_that_ended_are_two_things() -> None:
    async def story(site: FakeFacebook, make: Make) -> None:
        site.page = "777777"
        with pytest.raises(SourceRefused, match=rf"that of Acme, and page says {PAGE}"):
            await make().prove()
        site.app.token = "another"
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_PAGE_ACCESS_TOKEN") as caught:
            await make().prove()
        assert TOKEN not in caught.value.reason

    played(story)
