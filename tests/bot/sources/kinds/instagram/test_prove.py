"""What an account of Instagram is proved to be."""

import pytest

from bot.net.errors import SourceRefused
from bot.sources.proof import ProvingSource
from tests.bot.sources.kinds.instagram.scene import OnInstagram, played
from tests.fakes.instagram import RIGHTS
from tests.fakes.meta import APP


def test_an_account_is_proved_with_its_rights() -> None:
    async def story(here: OnInstagram) -> None:
        source = here.make()
        assert isinstance(source, ProvingSource)
        proof = await source.prove()
        assert (proof.who, set(proof.rights), proof.lacks) == ("@acme_support", set(RIGHTS), ())

    played(story)


def test_until_when_a_token_that_renews_itself_is_good_is_told() -> None:
    async def story(here: OnInstagram) -> None:
        proof = await here.by_instagram().prove()
        assert proof.until is not None
        assert (proof.until - here.now).days == 60

    played(story)


def test_a_right_that_is_missing_and_a_field_that_is_not_told_have_their_cures() -> None:
    async def story(here: OnInstagram) -> None:
        here.site.app.rights = RIGHTS[:1] + RIGHTS[2:]
        here.site.subscriptions[APP] = ["comments", "story_insights"]
        lacks = (await here.make().prove()).lacks
        assert [one.hears for one in lacks] == [True, True]
        assert "instagram_manage_comments" in lacks[0].mend
        assert ("mentions" in lacks[1].sentence, "subscribed_apps" in lacks[1].mend) == (True, True)
        assert "=comments,mentions,story_insights." in lacks[1].mend  # who names fewer takes the others away

    played(story)


def test_another_account_than_the_configured_one_is_refused() -> None:
    async def story(here: OnInstagram) -> None:
        with pytest.raises(SourceRefused, match="is @acme_support, and"):
            await here.make(username="other").prove()

    played(story)
