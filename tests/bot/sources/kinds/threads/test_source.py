"""Rules of hearing on Threads: mentions, all that stands below what is ours, and nothing that is not public."""

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.net.errors import SignedOut, SourceRefused, SourceUnavailable
from bot.settings.sources import read_sources
from bot.sources.base import SourceConfig
from bot.sources.kinds.threads.options import ThreadsOptions
from bot.sources.kinds.threads.source import Threads
from bot.sources.kit.login import Login
from bot.sources.kit.options import OptionError, build_options
from bot.sources.registry import secret_variables, sign_in
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from handlers.base.events import Posted
from tests.bot.sources.kinds.threads.scene import OnThreads, played, texts, walked
from tests.fakes.letting_in import CLIENT
from tests.fakes.threads import NOW, SCOPES, Json

ASKS = "@acme_support my refund is late"


def test_a_mention_is_heard_with_all_that_a_card_needs() -> None:
    async def story(here: OnThreads) -> None:
        here.site.write("Nothing to do with us", ago=90)
        made = here.site.write(ASKS, ago=60, media_type="IMAGE", media_url="https://x.cdninstagram.com/1.jpg")
        (found,) = (await here.make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.external_id, found.text, found.url) == (made["id"], ASKS, made["permalink"])
        assert (found.author.handle, found.author.url) == ("kim", "https://www.threads.com/@kim")
        assert found.author.avatar == "https://scontent.cdninstagram.com/kim.jpg"
        assert found.published_at == NOW - timedelta(seconds=60)
        assert [one.url for one in found.media] == ["https://x.cdninstagram.com/1.jpg"]
        assert json.loads(found.facts) == {"audience": "EVERYONE", "heard": "mention", "named": True}

    played(story)


def test_what_stands_below_our_posts_is_heard_however_deep_with_what_it_answers() -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        first = here.site.write("Where is it?", to=ours, ago=300)
        second = here.site.write("Mine, too", "ben", to=first, ago=200)
        found = {one.external_id: one for one in (await walked(here.make(), ""))[0] if isinstance(one, Posted)}
        assert found.keys() == {first["id"], second["id"]}
        assert (found[first["id"]].reply_to, found[second["id"]].reply_to) == (ours["id"], first["id"])

    played(story)


def test_what_answers_our_reply_in_another_s_thread_is_heard_though_it_does_not_name_us() -> None:
    async def story(here: OnThreads) -> None:
        asked, source = here.site.write(ASKS, ago=600), here.make()
        _, checkpoint = await walked(source, "")
        reply = here.site.write("We look into it", "acme_support", to=asked, ago=60)
        answer = here.site.write("Thanks!", to=reply, ago=30)
        found = [one for one in (await walked(source, checkpoint))[0] if isinstance(one, Posted)]
        assert {(one.text, one.reply_to) for one in found} >= {
            ("We look into it", asked["id"]),
            ("Thanks!", reply["id"]),
        }
        assert answer["id"] in {one.external_id for one in found}

    played(story)


def test_what_was_hidden_or_only_passed_on_is_not_heard() -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        here.site.write("Buy my coins", to=ours, ago=300, hide_status="HIDDEN")
        here.site.write("Blocked", to=ours, ago=300, hide_status="BLOCKED")
        here.site.write("Shown again", to=ours, ago=300, hide_status="UNHUSHED")
        here.site.write(ASKS, ago=60, media_type="REPOST_FACADE")
        assert await texts(here.make()) == {"Shown again"}

    played(story)


def test_an_edit_is_the_same_post_and_what_comes_late_is_not_lost() -> None:
    async def story(here: OnThreads) -> None:
        made, source = here.site.write(ASKS, ago=600), here.make()
        _, checkpoint = await walked(source, "")
        here.site.edit(made, f"{ASKS}, again")
        here.site.write("@acme_support indexed late", "ben", ago=1_800)
        assert await texts(source, checkpoint) == {f"{ASKS}, again", "@acme_support indexed late"}

    played(story)


def test_old_answers_below_our_posts_are_old_news_and_new_ones_are_not() -> None:
    async def story(here: OnThreads) -> None:
        for number in range(14):
            ours = here.site.write(f"News {number}", "acme_support", ago=90_000 - number)
            here.site.write(f"Old {number}", to=ours, ago=80_000)
        source, stale, checkpoint = here.make(), set[str](), ""
        for _ in range(5):
            batch = await source.poll(checkpoint)
            checkpoint = batch.checkpoint
            stale |= batch.stale
        old = {one["id"] for one in here.site.posts.values() if one["text"].startswith("Old")}
        assert stale == old
        here.pass_time(minutes=5)
        fresh = here.site.write("New", to=ours)
        batch = await source.poll(checkpoint)
        batches = [batch, await source.poll(batch.checkpoint)]
        assert fresh["id"] in {one.external_id for batch in batches for one in batch.events if isinstance(one, Posted)}
        assert all(fresh["id"] not in batch.stale for batch in batches)

    played(story)


def test_many_mentions_are_walked_page_by_page_and_none_is_lost_or_asked_twice() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        here.site.write(ASKS, ago=9_000)
        _, checkpoint = await walked(source, "")
        for number in range(120):
            here.site.write(f"{ASKS} {number}", ago=1_000 - number)
        assert await texts(source, checkpoint) == {ASKS, *(f"{ASKS} {number}" for number in range(120))}
        here.site.asked.clear()
        await source.poll((await walked(source, checkpoint))[1])
        assert [path for _, path, _ in here.site.asked].count("/me/mentions") == 5

    played(story)


def test_a_search_is_made_only_where_it_was_asked_for_and_counts_only_where_it_finds() -> None:
    async def story(here: OnThreads) -> None:
        here.site.write("Acme owes me money", ago=60)
        assert await texts(here.make()) == set()
        assert not any("search" in path for _, path, _ in here.site.asked)
        source = here.make(query="acme owes")
        _, checkpoint = await walked(source, "")
        assert await texts(source, checkpoint) == {"Acme owes me money"}
        assert here.meter is not None
        assert [one.spent for one in here.meter._known.values()] == [2]
        searched = here.make(query="nothing of the kind")
        await searched.poll("")
        assert [one.spent for one in here.meter._known.values()] == [2]

    played(story)


def test_every_field_that_is_asked_for_is_one_that_all_lists_have() -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        here.site.write(ASKS, to=ours)
        await walked(here.make(query="acme"), "")
        assert {path for _, path, _ in here.site.asked} >= {
            "/me/mentions",
            "/me/replies",
            "/me/threads",
            "/keyword_search",
            f"/{ours['id']}/conversation",
        }

    played(story)


# --- the account ------------------------------------------------------------------------------------------------------


def test_the_token_is_exchanged_for_its_next_before_it_ends_and_stands_in_no_address() -> None:
    async def story(here: OnThreads) -> None:
        await here.make().poll("")
        assert [one["renew"] for one in here.site.letting.exchanges] == [here.seed]
        for _ in range(5):
            here.pass_time(days=45)
            await here.make().poll("")
        assert len(here.site.letting.exchanges) == 6
        assert not any("token" in name for _, _, query in here.site.asked for name in query)

    played(story)


def test_a_token_that_ended_is_told_with_the_way_back() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        await source.poll("")
        here.site.letting.families.clear()
        with pytest.raises(SignedOut, match="dibs source login threads"):
            await source.poll("")

    played(story)


def test_whoever_owns_the_account_signs_in_and_is_heard() -> None:
    async def story(here: OnThreads) -> None:
        config, tools = here.config({**CLIENT}), here.tools()
        declared = sign_in(config)
        assert declared is not None
        login = Login(
            declared, config, tools, secret_variables("threads", "threads"), "https://dibs.example/oauth/threads"
        )
        address = await login.begin()
        assert address.startswith("https://threads.net/oauth/authorize?")
        assert "threads_basic%2Cthreads_content_publish%2Cthreads_manage_mentions" in address
        assert "keyword_search" not in address
        signed_in = await login.paste(here.site.letting.consent(address) + "#_")
        assert signed_in.sentences[0] == "Signed in to Threads as acme_support."
        here.site.write(ASKS)
        assert await texts(Threads(config, tools)) == {ASKS}

    played(story)


def test_another_account_than_the_configured_one_is_refused() -> None:
    async def story(here: OnThreads) -> None:
        with pytest.raises(SourceRefused, match=r"@acme_support, and dibs\.toml says @somebody"):
            await here.make(username="@Somebody").poll("")

    played(story)


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
def test_a_limit_is_a_rest_and_no_refusal(code: int) -> None:
    async def story(here: OnThreads) -> None:
        here.site.limited = code
        with pytest.raises(SourceUnavailable, match="asked too often"):
            await here.make().poll("")

    played(story)


def answering(here: OnThreads, body: str) -> None:
    """Let everything but who we are be answered so."""

    async def answers(request: web.Request) -> web.StreamResponse:
        if request.path == "/v1.0/me":
            return await here.site._me(request)
        return web.Response(text=body, content_type="application/json")

    here.site.answers = answers


@pytest.mark.parametrize("body", ["[]", "<html>", "null", '{"data": 1}', "{}"])
def test_what_does_not_answer_as_threads_does_is_a_trouble_and_no_bug(body: str) -> None:
    async def story(here: OnThreads) -> None:
        answering(here, body)
        with pytest.raises(SourceUnavailable, match="did not answer as Threads does"):
            await here.make().poll("")

    played(story)


def test_what_cannot_be_read_costs_nothing_of_what_can() -> None:
    async def story(here: OnThreads) -> None:
        strange: list[Any] = [3, None, {"text": "no id"}, {"id": "1" * 900, "text": ["x"], "root_post": 7}]
        strange += [{"id": 7, "text": "Hello", "username": None, "timestamp": "yesterday", "replied_to": "x"}]
        answering(here, json.dumps({"data": strange, "paging": {"cursors": []}}))
        found = {one.external_id: one for one in (await here.make().poll("")).events if isinstance(one, Posted)}
        assert found["7"].text == "Hello"
        assert len(found) == 2

    played(story)


def test_a_checkpoint_that_is_not_ours_begins_anew() -> None:
    async def story(here: OnThreads) -> None:
        here.site.write(ASKS)
        for strange in ("", "x", "[]", '{"lists": 3, "below": [], "begun": "x"}', '{"lists": {"mentions": 1}}'):
            assert await texts(here.make(), strange) == {ASKS}

    played(story)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({}, "username: is missing"),
        ({"username": "a b"}, "username: is the name of our account"),
        ({"username": "acme", "query": "x" * 201}, "query: is longer than 200"),
        ({"username": "acme", "base_url": "graph.threads.com"}, "base_url"),
    ],
)
def test_a_wrong_option_is_told(table: Json, why: str) -> None:
    with pytest.raises(OptionError, match=why):
        build_options(ThreadsOptions, table)


def test_secrets_are_needed_and_go_out_by_https_alone() -> None:
    async def story(here: OnThreads) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_THREADS_CLIENT_SECRET"):
            here.make({"client_id": "x"})
        options = ThreadsOptions(username="acme", base_url="http://threads.example")
        secrets = {**CLIENT, "access_token": "sample"}
        config = SourceConfig(name="threads", kind="threads", options=options, secrets=secrets)
        with pytest.raises(OptionError, match="in the clear"):
            Threads(config, here.tools())

    played(story)


def test_only_what_is_needed_is_asked_of_whoever_signs_in() -> None:
    async def story(here: OnThreads) -> None:
        with_search, without = sign_in(here.config(query="acme")), sign_in(here.config())
        assert with_search is not None
        assert without is not None
        assert set(with_search.scopes) == set(SCOPES)
        assert set(with_search.scopes) - set(without.scopes) == {"threads_keyword_search"}

    played(story)


@pytest.mark.parametrize(
    ("more", "budgets"),
    [
        ({}, ["1,000 replies a day"]),
        ({"query": "acme"}, ["1,000 replies a day", "2,200 searches a day"]),
        ({"query": "acme", "budget": "500 searches a day"}, ["1,000 replies a day", "500 searches a day"]),
    ],
)
def test_what_threads_rations_is_counted_and_searches_where_there_is_one(more: Json, budgets: list[str]) -> None:
    problems = Problems()
    table = {"sources": [{"name": "threads", "kind": "threads", "username": "@Acme", **more}]}
    (found,) = read_sources(Table(problems, (), "", table), Environment({}, problems))
    assert sorted(one.said for one in found.rules.budgets) == sorted(budgets)
    assert (found.rules.account, found.rules.own_accounts) == ("@acme", frozenset({"acme"}))
