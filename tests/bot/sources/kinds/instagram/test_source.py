"""Rules of hearing on Instagram: all that stands below our media, whoever tags us, and nothing that is hidden."""

import json
from typing import Any

import pytest
from aiohttp import web

from bot.net.errors import SignedOut, SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.instagram.options import InstagramOptions
from bot.sources.kinds.instagram.source import Instagram
from bot.sources.kit.login import Login
from bot.sources.kit.options import OptionError, build_options
from bot.sources.registry import secret_variables, sign_in
from handlers.base.events import Posted
from tests.bot.sources.kinds.instagram.scene import OnInstagram, played, texts, walked
from tests.fakes.instagram import US, Json
from tests.fakes.letting_in import CLIENT
from tests.fakes.meta import SECRETS, No


def test_a_comment_is_heard_with_all_that_a_card_needs() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        made = here.site.comment("Where is my refund?", ours, ago=60)
        (found,) = [one for one in (await here.make().poll("")).events if isinstance(one, Posted)]
        assert (found.external_id, found.text) == (made["id"], "Where is my refund?")
        assert found.url == f"{ours['permalink']}c/{made['id']}/"
        assert (found.author.handle, found.author.url) == ("kim", "https://www.instagram.com/kim/")
        assert found.published_at is not None
        assert json.loads(found.facts) == {"kind": "comment", "top": made["id"], "url": ours["permalink"]}

    played(story)


@pytest.mark.parametrize("advanced", [True, False])
def test_answers_are_heard_with_what_they_answer_whether_strangers_are_told_by_number_or_not(advanced: bool) -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        top = here.site.comment("Where is it?", ours, ago=300)
        other = here.site.comment("Mine, too", ours, "ben", to=top, ago=250)
        reply = here.site.comment("On its way", ours, US["username"], to=top, ago=200)
        thanks = here.site.comment("Thanks!", ours, to=top, ago=100)
        to_ben = here.site.comment("@ben yours, too", ours, US["username"], to=top, ago=90)
        ben = here.site.comment("Great", ours, "ben", to=top, ago=80)
        more = here.site.comment("And again", ours, to=top, ago=70)
        found = {one.external_id: one for one in (await walked(here.make(), ""))[0] if isinstance(one, Posted)}
        assert {name: one.reply_to for name, one in found.items()} == {
            top["id"]: "",
            other["id"]: top["id"],
            reply["id"]: top["id"],
            thanks["id"]: reply["id"],
            to_ben["id"]: other["id"],
            ben["id"]: to_ben["id"],
            more["id"]: thanks["id"],
        }
        assert found[thanks["id"]].author.handle == "kim"

    played(story, advanced=advanced)


def test_what_is_hidden_is_not_heard_and_nor_is_what_stands_below_it() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        hidden = here.site.comment("Buy my coins", ours, hidden=True)
        here.site.comment("Below it", ours, to=hidden)
        top = here.site.comment("Hello", ours)
        here.site.comment("Buy", ours, "ben", to=top, hidden=True)
        assert await texts(here.make()) == {"Hello"}

    played(story)


def test_a_new_answer_below_an_old_comment_is_heard() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish(ago=100_000)
        old = here.site.comment("The first", ours, ago=90_000)
        for number in range(120):
            here.site.comment(f"c{number}", ours, "ben", ago=80_000 - 100 * number)
        source = here.make()
        _, checkpoint = await walked(source, "")
        here.pass_time(minutes=5)
        here.site.comment("Still nothing!", ours, to=old)
        assert "Still nothing!" in await texts(source, checkpoint)

    played(story)


def test_all_answers_of_a_long_thread_are_heard() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        top = here.site.comment("The first", ours, ago=800)
        for number in range(120):
            here.site.comment(f"a{number}", ours, "ben", to=top, ago=700 - number)
        assert await texts(here.make()) == {"The first", *(f"a{number}" for number in range(120))}

    played(story)


def test_people_who_write_as_much_as_they_can_make_nobody_deaf() -> None:
    async def story(here: OnInstagram) -> None:
        ours, much = here.site.publish(), "\U0001f600" * 2_190
        for number in range(8):
            top = here.site.comment(f"{much} {number}", ours, ago=800 - number)
            for other in range(14):
                here.site.comment(f"{much} {number} {other}", ours, "ben", to=top, ago=700 - other)
        here.site.comment("And I?", ours, ago=600)
        found = await texts(here.make())
        assert "And I?" in found
        assert len(found) == 8 * 15 + 1

    played(story)


def test_only_media_with_another_number_of_comments_are_asked_at_once_and_the_others_in_turn() -> None:
    async def story(here: OnInstagram) -> None:
        media = [here.site.publish(f"News {number}", ago=9_000 + number) for number in range(12)]
        for one in media:
            here.site.comment("Old", one, ago=8_000)
        source = here.make()
        _, checkpoint = await walked(source, "")
        here.pass_time(minutes=5)
        here.site.comment("New", media[7])
        here.site.app.asked.clear()
        batch = await source.poll(checkpoint)
        assert "New" in [one.text for one in batch.events if isinstance(one, Posted)]
        assert sum("/comments?" in path for _, path in here.site.app.asked) == 2
        # One came, and another went: the number is what it was.
        here.site.delete(next(one for one in here.site.comments.values() if one["media"] == media[3]["id"]))
        here.site.comment("Swapped", media[3])
        found: set[str] = set()
        for _ in range(12):
            batch = await source.poll(batch.checkpoint)
            found |= {one.text for one in batch.events if isinstance(one, Posted)}
        assert "Swapped" in found

    played(story)


def test_what_was_said_before_we_listened_is_old_news() -> None:
    async def story(here: OnInstagram) -> None:
        for number in range(12):
            here.site.comment(f"Old {number}", here.site.publish(ago=9_000), ago=8_000)
        source, stale, checkpoint = here.make(), set[str](), ""
        while True:
            batch = await source.poll(checkpoint)
            checkpoint, stale = batch.checkpoint, stale | batch.stale
            if not batch.more:
                break
        assert stale == set(here.site.comments)
        here.pass_time(minutes=5)
        fresh = here.site.comment("New", here.site.publish("Later", ago=60))
        batch = await source.poll(checkpoint)
        assert fresh["id"] in {one.external_id for one in batch.events if isinstance(one, Posted)} - batch.stale

    played(story)


def test_media_on_which_we_are_tagged_are_heard_and_of_their_captions_whether_they_speak_to_us() -> None:
    async def story(here: OnInstagram) -> None:
        tagged = here.site.publish("Look what came", "kim", tags=True, ago=90)
        named = here.site.publish("Thanks @acme_support.", "ben", tags=True, ago=60)
        other = here.site.publish("Thanks acme_supporters", "ben", tags=True, ago=30)
        here.site.publish("Our own", tags=True)
        found = {one.external_id: one for one in (await walked(here.make(), ""))[0] if isinstance(one, Posted)}
        kinds = {name: json.loads(one.facts)["kind"] for name, one in found.items()}
        assert kinds == {tagged["id"]: "tag", named["id"]: "caption", other["id"]: "tag"}
        assert found[tagged["id"]].url == tagged["permalink"]
        assert [one.url for one in found[tagged["id"]].media] == [tagged["media_url"]]

    played(story)


def test_many_tags_are_walked_though_no_address_of_a_next_page_is_told() -> None:
    async def story(here: OnInstagram) -> None:
        source = here.make()
        _, checkpoint = await walked(source, "")
        for number in range(120):
            here.site.publish(f"t{number}", "kim", tags=True, ago=1_000 - number)
        assert len(await texts(source, checkpoint)) == 120

    played(story)


# --- the account ------------------------------------------------------------------------------------------------------


def test_another_account_than_the_configured_one_is_refused_or_its_own_words_would_be_mentions() -> None:
    async def story(here: OnInstagram) -> None:
        source = here.make(username="other")
        for asking in (source.poll(""), source.fetch(["comment/1/"])):
            with pytest.raises(SourceRefused, match=r"is @acme_support, and dibs\.toml says @other"):
                await asking

    played(story)


def test_each_request_proves_that_we_know_the_secret_and_no_token_stands_in_an_address() -> None:
    async def story(here: OnInstagram) -> None:
        here.site.app.strict = True
        source = here.make()
        _, checkpoint = await walked(source, "")
        here.pass_time(minutes=5)
        ours = here.site.publish(ago=60)
        for number in range(60):
            here.site.comment(f"c{number}", ours)
        assert len(await texts(source, checkpoint)) == 60
        assert not any("access_token" in path for _, path in here.site.app.asked)

    played(story)


def test_instagram_itself_lets_us_in_by_a_token_that_renews_itself() -> None:
    async def story(here: OnInstagram) -> None:
        here.site.comment("Hello", here.site.publish())
        source = here.by_instagram()
        assert await texts(source) == {"Hello"}
        here.pass_time(days=45)
        await source.poll("")
        assert len(here.site.letting.exchanges) == 2
        here.site.letting.families.clear()
        here.site.app.token = "another"
        with pytest.raises(SignedOut, match="dibs source login insta"):
            await source.poll("")

    played(story)


@pytest.mark.parametrize("wrapped", [True, False])
def test_whoever_owns_the_account_signs_in_at_instagram(wrapped: bool) -> None:
    async def story(here: OnInstagram) -> None:
        here.site.letting.wrapped = wrapped
        config, tools = here.config(CLIENT, login="instagram"), here.tools()
        declared = sign_in(config)
        assert declared is not None
        variables = secret_variables("instagram", "insta")
        login = Login(declared, config, tools, variables, "https://dibs.example/oauth/insta")
        address = await login.begin()
        assert address.startswith("https://www.instagram.com/oauth/authorize?")
        assert "instagram_business_basic%2Cinstagram_business_manage_comments" in address
        signed_in = await login.paste(here.site.letting.consent(address))
        assert signed_in.sentences[0] == "Signed in to Instagram as acme_support."
        here.site.comment("Hello", here.site.publish())
        assert await texts(Instagram(config, tools)) == {"Hello"}

    played(story)


def test_nobody_signs_in_at_instagram_where_facebook_lets_us_in() -> None:
    async def story(here: OnInstagram) -> None:
        assert sign_in(here.config()) is None

    played(story)


def test_a_token_that_does_not_count_any_more_is_told_with_its_variable() -> None:
    async def story(here: OnInstagram) -> None:
        here.site.app.token = "another"
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_INSTA_ACCESS_TOKEN"):
            await here.make().poll("")

    played(story)


def test_a_limit_without_retry_after_is_a_rest_of_as_many_minutes_as_it_tells() -> None:
    async def story(here: OnInstagram) -> None:
        told = {"1": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 7}]}
        here.site.app.limits["read"] = (80002, {"X-Business-Use-Case-Usage": json.dumps(told)})
        with pytest.raises(SourceUnavailable) as caught:
            await here.make().poll("")
        assert caught.value.retry_after == 420

    played(story)


def answering(here: OnInstagram, body: str) -> None:
    """Let everything but who we are be answered so."""

    def answers(request: web.Request) -> None:
        if request.path.endswith(US["id"]):
            return
        refusal = No(200, 0)
        refusal.response = web.Response(text=body, content_type="application/json")
        raise refusal

    here.site.app.check = answers  # type: ignore[method-assign]


@pytest.mark.parametrize("body", ["[]", "<html>", "null", '{"data": 1}', "{}"])
def test_what_does_not_answer_as_instagram_does_is_a_trouble_and_no_bug(body: str) -> None:
    async def story(here: OnInstagram) -> None:
        answering(here, body)
        with pytest.raises(SourceUnavailable, match="did not answer as Instagram does"):
            await here.make().poll("")

    played(story)


def test_what_cannot_be_read_costs_nothing_of_what_can() -> None:
    async def story(here: OnInstagram) -> None:
        strange: list[Any] = [3, None, {"text": "no id"}, {"id": "1" * 900, "comments_count": True, "caption": ["x"]}]
        strange += [{"id": 7, "caption": "Hello", "username": None, "timestamp": "yesterday", "comments_count": 2}]
        strange += [{"id": "8", "text": 1, "replies": {"data": "x"}, "from": [], "media": 3, "comments_count": -1}]
        answering(here, json.dumps({"data": strange, "paging": {"cursors": [], "next": "http://["}}))
        found = {one.external_id: one.text for one in (await here.make().poll("")).events if isinstance(one, Posted)}
        assert found["7"] in ("Hello", "")

    played(story)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"account_id": "1"}, "username: is missing"),
        ({"username": "acme"}, "account_id: is missing"),
        ({"username": "a b", "account_id": "1"}, "username: is the name of our account"),
        ({"username": "acme", "account_id": "acme"}, "account_id: is the number"),
        ({"username": "acme", "account_id": "1", "login": "x"}, "login: is one of facebook, instagram"),
        ({"username": "acme", "account_id": "1", "base_url": "graph"}, "base_url"),
    ],
)
def test_a_wrong_option_is_told(table: Json, why: str) -> None:
    with pytest.raises(OptionError, match=why):
        build_options(InstagramOptions, table)


@pytest.mark.parametrize(
    ("login", "address"), [("facebook", "https://graph.facebook.com"), ("instagram", "https://graph.instagram.com")]
)
def test_each_way_in_has_its_own_address(login: Any, address: str) -> None:
    assert InstagramOptions(username="@Acme", account_id="1", login=login).base == address


def test_secrets_are_needed_and_go_out_by_https_alone() -> None:
    async def story(here: OnInstagram) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_INSTA_ACCESS_TOKEN"):
            here.make({})
        with pytest.raises(OptionError, match="DIBS_SOURCE_INSTA_CLIENT_ID"):
            here.make({}, login="instagram")
        options = InstagramOptions(username="acme", account_id="1", base_url="http://graph.example")
        config = SourceConfig(name="insta", kind="instagram", options=options, secrets=SECRETS)
        with pytest.raises(OptionError, match="in the clear"):
            Instagram(config, here.tools())

    played(story)
