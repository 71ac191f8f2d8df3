"""Rules of listening to X, against a network of our own on loopback."""

import json
from typing import Any

import pytest
from aiohttp import web

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.settings.sources import read_sources
from bot.sources.base import SourceConfig
from bot.sources.kinds.x.posts import Me, read_post, read_shown
from bot.sources.kinds.x.source import X, XOptions
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import build
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from handlers.base.media import MediaKind
from tests.bot.sources.kinds.x.scene import OnX, a_database, all_of, played, walked
from tests.fakes.letting_in import CLIENT
from tests.fakes.x import US, Json

ASKS = "@acme_support my refund is late"


async def the_one(here: OnX, **options: Any) -> Any:
    (found,) = await all_of(here.make(**options), "")
    return found


# --- what a post says -------------------------------------------------------------------------------------------------


def test_a_mention_is_read_with_its_author_and_what_its_links_lead_to() -> None:
    async def story(here: OnX) -> None:
        made = here.site.write("@acme_support Q&A is <broken>, see https://blog.example/a?b=1&c=2 please")
        found = await the_one(here)
        assert found.external_id == made["id"]
        assert found.text == "@acme_support Q&A is <broken>, see https://blog.example/a?b=1&c=2 please"
        assert found.links == ("https://blog.example/a?b=1&c=2",)
        assert found.url == f"https://x.com/kim/status/{made['id']}"
        assert (found.author.name, found.author.handle, found.author.external_id) == ("Kim", "kim", "101")
        assert found.author.avatar == "https://pbs.twimg.com/profile_images/101/a_normal.jpg"
        assert found.author.followers == 12_400
        assert (found.lang, found.reply_to) == ("en", "")
        assert found.published_at is not None
        assert json.loads(found.facts) == {"id": made["id"], "summoned": True}

    played(story)


def test_what_is_longer_than_280_is_read_whole() -> None:
    async def story(here: OnX) -> None:
        whole = f"{ASKS} {'and late ' * 60}https://blog.example/late & the end"
        made = here.site.write(whole)
        assert "the end" not in made["text"]
        assert (await the_one(here)).text == whole
        # The same by the names that X gives its fields by and by.
        made["note_post"] = made.pop("note_tweet")
        made["edit_history_post_ids"] = made["edit_history_tweet_ids"]
        shown = {name: made[name] for name in ("id", "text", "entities", "note_post", "edit_history_post_ids")}
        page = read_shown({"data": [shown]})
        assert read_post(page.posts[0], page, Me(US["id"], US["username"])).text == whole

    played(story)


def test_an_edit_is_an_edit_of_the_same_mention_and_the_answer_goes_to_its_latest_state() -> None:
    async def story(here: OnX) -> None:
        made, source = here.site.write(ASKS, ago=300), here.make()
        (first,), checkpoint = await walked(source, "")
        new = here.site.edit(made, "@acme_support my refund came, thanks")
        (second,), _ = await walked(source, checkpoint)
        assert first.external_id == second.external_id == made["id"] != new["id"]
        assert second.text == "@acme_support my refund came, thanks"
        assert json.loads(second.facts)["id"] == new["id"]
        assert second.url.endswith(new["id"])

    played(story)


def test_pictures_come_with_their_descriptions_and_what_is_sensitive_is_hidden() -> None:
    async def story(here: OnX) -> None:
        shows: list[Json] = [
            {"alt_text": "A cracked anvil"},
            {"type": "video", "preview_image_url": "https://evil.example/a.jpg"},
        ]
        here.site.write(ASKS, shows=shows, ago=2)
        here.site.write(ASKS, shows=shows[:1], possibly_sensitive=True)
        plain, hidden = await all_of(here.make(), "")
        assert plain.text == f"{ASKS}\n\n[A cracked anvil]"
        assert plain.links == ()
        assert [(one.kind, bool(one.url), one.alt) for one in plain.media] == [
            (MediaKind.PICTURE, True, "A cracked anvil"),
            (MediaKind.VIDEO, False, ""),
        ]
        assert hidden.media[0].hidden
        assert not hidden.media[0].url

    played(story)


@pytest.mark.parametrize(
    ("by", "more"),
    [("acme_support", {}), ("hidden", {}), ("ben", {"passes_on": True})],
    ids=["our own post", "said by a protected account", "a repost"],
)
def test_what_is_not_for_our_ears_is_not_heard(by: str, more: dict[str, Any]) -> None:
    async def story(here: OnX) -> None:
        told: Json = {"passes_on": here.site.write("Hello", "ben", ago=9)} if more else {}
        made = here.site.write(ASKS, by, **told)
        source = here.make()
        events, checkpoint = await walked(source, "")
        assert events == []
        assert (await source.find(f"https://x.com/{by}/status/{made['id']}") is None) is (by != "acme_support")
        here.site.write(ASKS)
        assert len((await walked(source, checkpoint))[0]) == 1

    played(story)


@pytest.mark.parametrize(
    ("text", "quotes", "more", "summoned"),
    [
        ("@ACME_support look", False, {}, True),
        ("Look at this", True, {}, True),
        ("Look at this", True, {"reply_settings": "following"}, False),
        ("@acme_supporters look", False, {}, False),
    ],
)
def test_who_spoke_to_us_is_a_fact_of_the_post(text: str, quotes: bool, more: Json, summoned: bool) -> None:
    async def story(here: OnX) -> None:
        ours = here.site.write("Our news", "acme_support", ago=60)
        told: Json = {"quotes": ours} if quotes else {}
        made = here.site.write(text, **told, **more)
        found = await here.make().find(f"https://x.com/kim/status/{made['id']}")
        assert found is not None
        assert json.loads(found.facts)["summoned"] is summoned

    played(story)


# --- walks ------------------------------------------------------------------------------------------------------------


def test_every_mention_is_heard_once_and_quiet_costs_nothing() -> None:
    async def story(here: OnX) -> None:
        made = [here.site.write(f"{ASKS} {number}", ago=10_000 - number) for number in range(3)]
        source = here.make()
        events, checkpoint = await walked(source, "")
        made += [here.site.write(f"{ASKS} {number}", ago=5_000 - number) for number in range(3, 40)]
        more, checkpoint = await walked(source, checkpoint)
        assert sorted(one.external_id for one in (*events, *more)) == [one["id"] for one in made]
        assert [one.external_id for one in events] == [one["id"] for one in made[:3]]
        spent = here.site.spent
        assert (await walked(source, checkpoint))[0] == []
        assert here.site.spent == spent

    played(story)


def test_the_first_look_takes_the_newest_ten_alone() -> None:
    async def story(here: OnX) -> None:
        for number in range(30):
            here.site.write(f"{ASKS} {number}", ago=1_000 - number)
        batch = await here.make().poll("")
        assert (len(batch.events), batch.more) == (10, False)

    played(story)


def test_a_list_that_was_empty_at_first_is_known_too() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        _, checkpoint = await walked(source, "")
        for number in range(25):
            here.site.write(f"{ASKS} {number}", ago=1_000 - number)
        assert len((await walked(source, checkpoint))[0]) == 25

    played(story)


def test_what_is_listed_some_minutes_late_is_heard_and_nothing_is_asked_for_again_after_it() -> None:
    async def story(here: OnX) -> None:
        here.site.write(f"{ASKS} now", ago=1)
        source = here.make()
        _, checkpoint = await walked(source, "")
        late = here.site.write(f"{ASKS} late", ago=200)
        events, checkpoint = await walked(source, checkpoint)
        assert late["id"] in {one.external_id for one in events}
        here.now = here.now.replace(minute=here.now.minute + 9)
        spent, (events, _) = here.site.spent, await walked(source, checkpoint)
        assert (events, here.site.spent) == ([], spent)

    played(story)


def test_empty_pages_with_others_behind_them_end_no_walk() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        _, checkpoint = await walked(source, "")
        made = here.site.write(ASKS, ago=600)
        here.site.empties = 3
        assert [one.external_id for one in (await walked(source, checkpoint))[0]] == [made["id"]]

    played(story)


def test_a_walk_whose_token_has_ended_begins_again_and_loses_nothing() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        _, checkpoint = await walked(source, "")
        made = {here.site.write(f"{ASKS} {number}", ago=1_000 - number)["id"] for number in range(25)}
        batch = await source.poll(checkpoint)
        assert batch.more
        here.site.dead_tokens = {"10"}
        dead = await source.poll(batch.checkpoint)
        assert (dead.events, dead.more) == ((), False)
        here.site.dead_tokens = set()
        assert {one.external_id for one in (await walked(source, dead.checkpoint))[0]} == made

    played(story)


def test_a_search_is_made_only_where_it_was_asked_for_and_finds_what_others_said() -> None:
    async def story(here: OnX) -> None:
        ours = here.site.write("Acme refunds at once", "acme_support", ago=90)
        made = here.site.write("Acme refund, still nothing", ago=60)
        here.site.write("RT @kim: Acme refund", "ben", passes_on=made, ago=30)
        assert await all_of(here.make(), "") == []
        assert not any("search" in path for _, path, _ in here.site.asked)
        source = here.make(query="acme refund")
        events, checkpoint = await walked(source, "")
        assert [one.external_id for one in events] == [made["id"]]
        assert ours["id"] not in {one.external_id for one in events}
        # The last walk ended more than the seven days ago that a search knows.
        here.now = here.now.replace(day=here.now.day + 12)
        again = here.site.write("Acme refund, twice", ago=3_600)
        assert [one.external_id for one in (await walked(source, checkpoint))[0]] == [again["id"]]

    played(story)


def test_what_is_heard_twice_is_one_post() -> None:
    async def story(here: OnX) -> None:
        here.site.write("@acme_support acme refund", ago=60)
        events, _ = await walked(here.make(query="acme refund"), "")
        assert len({one.external_id for one in events}) == 1

    played(story)


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_what_is_booked_is_what_x_charges_for_with_authors_and_pictures_and_once_a_day() -> None:
    async def story(here: OnX) -> None:
        source = here.make(query="late")
        checkpoint = ""
        for turn in range(4):
            here.site.write(f"{ASKS} {turn}", "ben" if turn % 2 else "kim", ago=120, shows=[{}] * turn)
            events, checkpoint = await walked(source, checkpoint)
            assert events
            await source.find(events[-1].url)
            assert here.booked == here.site.spent > 0
            here.now = here.now.replace(hour=here.now.hour + 6) if turn < 3 else here.now
        # Four mentions, which the search found too; two authors on one day; six pictures.
        assert here.booked == 4 * 1 + 2 * 10 + 6 * 5

    played(story)


def test_a_mention_costs_five_times_as_much_where_the_application_is_anothers() -> None:
    async def story(here: OnX) -> None:
        here.site.write(ASKS, ago=120)
        await walked(here.make(owns_app=False), "")
        assert here.booked == 5 + 10

    played(story)


def test_nothing_is_asked_for_that_the_budget_does_not_hold() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        assert here.meter is not None
        await here.meter.reserve("", 7_900)
        with here.meter.polling(), pytest.raises(SourceUnavailable, match="Too little is left of 10"):
            await source.poll("")
        assert [path for _, path, _ in here.site.asked] == ["/2/users/me"]

    played(story)


def test_who_has_no_credits_is_told_where_to_buy_some() -> None:
    async def story(here: OnX) -> None:
        here.site.credits = 0
        with pytest.raises(SourceRefused, match=r"buy credits.*console\.x\.com"):
            await here.make().poll("")

    played(story)


def test_mentions_that_were_asked_for_too_often_rest_until_x_says_and_nothing_else_does() -> None:
    async def story(here: OnX) -> None:
        made, source = here.site.write(ASKS, ago=60), here.make()
        here.site.left = {"mentions": 0}
        with pytest.raises(SourceUnavailable) as caught:
            await source.poll("")
        assert caught.value.retry_after == pytest.approx(900, abs=2)
        assert await source.find(f"https://x.com/kim/status/{made['id']}") is not None

    played(story)


# --- the account ------------------------------------------------------------------------------------------------------


def test_tokens_are_renewed_when_they_end_and_each_is_used_once() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        await source.poll("")
        here.site.letting.expire()
        await source.poll("")
        await here.make().poll("")
        used = [form["refresh_token"] for form in here.site.letting.exchanges]
        assert len(used) == len(set(used)) == 2
        assert here.site.letting.alive

    played(story)


def test_a_token_that_another_installation_used_ends_both_and_says_how_to_mend_it() -> None:
    async def story(here: OnX) -> None:
        production = here.make()
        await production.poll("")
        with a_database() as other, pytest.raises(SourceRefused, match=r"invalid_request.*dibs source login x"):
            await here.make(kept=other).poll("")
        with pytest.raises(SourceRefused, match="dibs source login x"):
            await production.poll("")
        assert not here.site.letting.alive

    played(story)


def test_another_account_than_dibs_toml_says_is_refused() -> None:
    async def story(here: OnX) -> None:
        with pytest.raises(SourceRefused, match=r"@acme_support, and dibs\.toml says @acme"):
            await here.make(username="@acme").poll("")

    played(story)


def test_secrets_and_a_place_to_keep_tokens_are_needed() -> None:
    async def story(here: OnX) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_X_CLIENT_SECRET"):
            here.make(secrets={"client_id": CLIENT["client_id"]})
        config = SourceConfig(
            name="x", kind="x", options=XOptions(username="acme"), secrets=CLIENT | {"refresh_token": "r"}
        )
        with pytest.raises(OptionError, match="its tokens have to be kept"):
            build(config, SourceTools(fetcher=here.opened[-1], isolation=Isolation(), clock=here.clock))

    played(story)


def answering(here: OnX, body: str) -> None:
    """Let everything be answered so from now on."""

    async def answers(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    here.site.answers = answers


@pytest.mark.parametrize("body", ["[]", "<html>", "null", '{"data": 1}', '{"data": [], "meta": 7}'])
def test_what_does_not_answer_as_x_does_is_a_trouble_and_no_bug(body: str) -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        await source.poll("")
        answering(here, body)
        with pytest.raises(SourceUnavailable, match="did not answer as X does"):
            await source.poll("")

    played(story)


def test_what_cannot_be_read_costs_nothing_of_what_can() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        await source.poll("")
        bad: Json = {
            "id": "8",
            "text": None,
            "entities": 1,
            "attachments": [],
            "referenced_tweets": {},
            "note_tweet": "x",
        }
        posts = [
            {"id": "../1", "text": "x"},
            {"id": 7},
            3,
            bad,
            {"id": "9", "text": "Hello", "edit_history_tweet_ids": [1, "x"]},
        ]
        answering(here, json.dumps({"data": posts, "includes": [], "meta": {"next_token": 1}}))
        checkpoint = '{"mentions": {"since": 5, "newest": 5, "cursor": 7, "pages": "x"}}'
        batch = await source.poll(checkpoint)
        assert [(one.external_id, one.text) for one in batch.events] == [("8", ""), ("1", "Hello")]  # type: ignore[union-attr]
        assert not batch.more

    played(story)


# --- addresses and options --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://x.com/kim/status/{id}",
        "https://twitter.com/kim/status/{id}?s=20",
        "https://www.twitter.com/Kim/status/{id}/photo/1",
        "https://mobile.x.com/kim/status/{id}#top",
        "https://x.com/i/web/status/{id}",
        "http://x.com/i/status/{id}",
        "https://twitter.com/kim/statuses/{id}",
    ],
)
def test_a_post_is_found_by_its_address(address: str) -> None:
    async def story(here: OnX) -> None:
        made = here.site.write("Not a word to us")
        found = await here.make().find(address.format(id=made["id"]))
        assert found is not None
        assert found.external_id == made["id"]

    played(story)


def test_an_elder_state_of_a_post_is_found_as_its_latest() -> None:
    async def story(here: OnX) -> None:
        made = here.site.write("Frist", ago=60)
        here.site.edit(made, "First")
        found = await here.make().find(f"https://x.com/kim/status/{made['id']}")
        assert found is not None
        assert (found.text, found.external_id) == ("First", made["id"])

    played(story)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://x.com/kim",
        "https://x.example/kim/status/1",
        "https://x.com.evil.example/kim/status/1",
        "https://x.com/kim/status/x",
        f"https://x.com/kim/status/{'1' * 30}",
    ],
)
def test_another_address_is_not_asked_for(address: str) -> None:
    async def story(here: OnX) -> None:
        assert await here.make().find(address) is None
        assert here.site.asked == []

    played(story)


def test_what_is_gone_is_not_found() -> None:
    async def story(here: OnX) -> None:
        made = here.site.write(ASKS)
        here.site.delete(made)
        assert await here.make().find(f"https://x.com/kim/status/{made['id']}") is None

    played(story)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({}, "username: is missing"),
        ({"username": "a b"}, "username: is the name of our account"),
        ({"username": "acme", "query": "x" * 490}, "query: is longer than the 487 characters"),
        ({"username": "acme", "base_url": "api.x.com"}, "base_url"),
    ],
)
def test_a_wrong_option_is_told(table: Json, why: str) -> None:
    with pytest.raises(OptionError, match=why):
        build_options(XOptions, table)


def test_dibs_toml_says_how_much_it_may_spend_in_a_month() -> None:
    problems = Problems()
    table = {"sources": [{"name": "x", "kind": "x", "username": "@acme", "budget": "25 USD a month"}]}
    (found,) = read_sources(Table(problems, (), "", table), Environment({}, problems))
    assert [one.said for one in found.rules.budgets] == ["25 USD a month"]
    assert [one.said for one in X.capabilities.budgets] == ["10 USD a month"]
    assert (found.rules.account, found.rules.hosts) == ("@acme", frozenset({"x.com", "twitter.com", "api.x.com"}))
