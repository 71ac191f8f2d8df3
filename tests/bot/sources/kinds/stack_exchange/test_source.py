"""Rules of hearing on Stack Exchange: whole posts of several sites, and no request before it wants one."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.stack_exchange.posts import host_of
from bot.sources.kinds.stack_exchange.source import BUDGET, StackExchange, StackExchangeOptions
from bot.sources.kinds.stack_exchange.verdicts import quota_left
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from handlers.base.charter import BY_HAND
from handlers.base.events import Deleted, Posted
from tests.bot.sources.kinds.stack_exchange.scene import VARIABLE, Make, Now, all_of, played
from tests.bot.sources.scene import played as played_script
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.stack_exchange import BEGIN, KEY, FakeStackExchange

BOTH = ("stackoverflow", "unix")


def posts_of(events: list[Any]) -> list[Posted]:
    return [one for one in events if isinstance(one, Posted)]


def test_questions_and_answers_are_heard_whole_with_who_wrote_them() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        asked = site.question('Acme\'s "client" & <proxy>', "<p>Does <code>a &lt; b</code> in acme?</p>")
        said = site.answer('<p>Ask <a href="https://acme.example/help">acme</a>.</p>', asked, who="")
        events, _ = await all_of(make())
        question, answer = posts_of(events)
        assert (question.external_id, question.url) == (
            f"stackoverflow:{asked['post_id']}",
            f"https://stackoverflow.com/questions/{asked['post_id']}",
        )
        assert (question.title, question.text) == ('Acme\'s "client" & <proxy>', "Does a < b in acme?")
        assert (question.author.name, question.author.external_id) == ("Kim & Co", "stackoverflow:7")
        assert question.author.url == "https://stackoverflow.com/users/7/kim"
        assert (question.published_at, question.reply_to) == (BEGIN, "")
        assert answer.url == f"https://stackoverflow.com/a/{said['post_id']}"
        assert (answer.text, answer.links) == ("Ask acme.", ("https://acme.example/help",))
        assert answer.reply_to == question.external_id
        assert (answer.author.name, answer.author.external_id) == ("user12", "")

    played(story)


def test_replies_are_by_hand() -> None:
    assert StackExchange.capabilities.reply == BY_HAND
    assert StackExchange.replies is None


def test_each_site_has_its_turn_its_own_walk_and_names_of_its_own() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        site.question("acme one", "", "stackoverflow")
        site.question("acme two", "", "unix")
        source = make(sites=BOTH)
        first = await source.poll("")
        assert [one.title for one in posts_of([*first.events])] == ["acme one"]
        assert first.more
        second = await source.poll(first.checkpoint)
        assert [one.title for one in posts_of([*second.events])] == ["acme two"]
        assert not second.more
        # The runner takes what the first poll brought for history; of a later one the source says it.
        assert second.stale == {one.external_id for one in posts_of([*second.events])}
        site.question("acme three", "", "unix", at=BEGIN + timedelta(minutes=30))
        events, _ = await all_of(source, second.checkpoint)
        (fresh,) = [one for one in posts_of(events) if one.title == "acme three"]
        assert fresh.url.startswith("https://unix.stackexchange.com/questions/")
        assert (await make(sites=BOTH).poll(second.checkpoint)).stale == frozenset()

    played(story)


def test_the_pictures_that_people_uploaded_are_shown() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        shown = (
            '<a href="https://i.sstatic.net/a.png" rel="nofollow"><img src="https://i.sstatic.net/a.png" alt="{}"></a>'
        )
        site.question("acme", f"<p>It looks so</p>{shown.format('enter image description here')}")
        site.question("acme", f"<p>Or so</p>{shown.format('The bill')}<img src='https://else.example/b.png'>")
        posts = posts_of((await all_of(make()))[0])
        assert [[(one.url, one.alt) for one in post.media] for post in posts] == [
            [("https://i.sstatic.net/a.png", "")],
            [("https://i.sstatic.net/a.png", "The bill"), ("", "")],
        ]

    played(story)


def test_edits_and_deletions_of_a_day_are_heard() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        source = make()
        one, two = site.question("acme", "<p>Bad</p>"), site.question("acme", "<p>Worse</p>")
        _, checkpoint = await all_of(source)
        one |= {"body": "<p>Well, acme</p>", "edited": now.at}
        two["deleted"] = True
        events, _ = await all_of(source, checkpoint)
        assert [one.text for one in posts_of(events)] == ["Well, acme"]
        assert [one.external_id for one in events if isinstance(one, Deleted)] == [f"stackoverflow:{two['post_id']}"]

    played(story)


def test_many_pages_are_walked_though_many_share_a_second() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        source = make()
        site.question("acme", "first")
        _, checkpoint = await all_of(source)
        wanted = {
            f"acme {number}": site.question(f"acme {number}", "", at=BEGIN + timedelta(hours=30, seconds=number // 40))
            for number in range(330)
        }
        events, checkpoint = await all_of(source, checkpoint)
        assert {one.title for one in posts_of(events)} >= wanted.keys()
        spent = site.spent
        again, _ = await all_of(source, checkpoint)
        assert {one.title for one in posts_of(again)} == wanted.keys()
        assert site.spent - spent == 2 * 4

    played(story)


def test_nothing_is_asked_for_where_nothing_was_found() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        events, checkpoint = await all_of(make())
        assert (events, site.spent) == ([], 1)
        site.question("acme", "", at=BEGIN + timedelta(days=2))
        assert len(posts_of((await all_of(make(), checkpoint))[0])) == 1

    played(story)


@pytest.mark.parametrize("method", ["/search/excerpts", "/posts"])
def test_what_wants_to_be_left_alone_is_on_every_site_and_other_sites_have_their_turn_then(method: str) -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        for name in BOTH:
            site.question(f"acme on {name}", "", name)
        source = make(sites=BOTH)
        site.wants_rest[method] = 20
        first = await source.poll("")
        assert len(first.events) == 1
        assert (first.more, first.not_before) == (True, now.at + timedelta(seconds=20))
        with pytest.raises(SourceUnavailable) as caught:
            await source.poll(first.checkpoint)  # who asks too early is kept from it here
        assert caught.value.retry_after == 20
        assert site.violations == 0
        now.passes(seconds=20)
        second = await source.poll(first.checkpoint)
        assert [one.title for one in posts_of([*second.events])] == ["acme on unix"]
        assert second.not_before is None
        assert site.violations == 0

    played(story)


def test_a_person_s_look_waits_for_its_own_method_alone() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        asked = site.question("acme", "")
        source = make()
        site.wants_rest["/search/excerpts"] = 20
        await source.poll("")
        address = f"https://stackoverflow.com/questions/{asked['post_id']}"
        assert await source.find(address) is not None
        site.wants_rest["/posts"] = 5
        assert await source.find(address) is not None
        with pytest.raises(SourceUnavailable):
            await source.find(address)
        assert site.violations == 0

    played(story)


def test_the_day_s_requests_are_told_by_each_answer_and_their_end_says_when_there_are_more() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        await make().poll("")
        with pytest.raises(SourceUnavailable) as caught:
            await make().poll("")
        assert caught.value.retry_after == 17_524
        assert "17524 seconds" in caught.value.reason

    played(story, quota=1)


def test_what_is_left_is_read_from_the_body() -> None:
    assert BUDGET.tells is not None
    assert BUDGET.tells(200, {}, b'{"items":[],"quota_max":300,"quota_remaining":12}') == 12
    for body in (b"", b"{}", b'{"quota_remaining":"12"}', b'{"quota_remaining":true}', b'"quota_remaining"', b"[" * 9):
        assert quota_left(200, {}, body) is None
    assert quota_left(200, {}, b'{"a":' * 100_000 + b'"quota_remaining"') is None
    assert (BUDGET.most, BUDGET.said) == (300, "300 requests a day")


def test_a_key_goes_along_and_stands_in_no_sentence() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        site.question("acme", "")
        await make({"key": KEY}).poll("")
        assert {query["key"] for _, query in site.asked} == {KEY}
        with pytest.raises(SourceRefused, match=VARIABLE) as caught:
            await make({"key": "another-key"}).poll("")
        assert "another-key" not in f"{caught.value.reason} {caught.value!r} {caught.value.__cause__!r}"
        await make().poll("")
        assert "key" not in site.asked[-1][1]

    played(story)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ((500, "internal_error"), SourceUnavailable),
        ((503, "temporarily_unavailable"), SourceUnavailable),
        ((502, "throttle_violation"), SourceUnavailable),
        ((404, "no_method"), SourceRefused),
        ((400, "bad_parameter"), SourceRefused),
    ],
)
def test_errors_inside_a_400_are_what_they_say(broken: tuple[int, str], error: type[Exception]) -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        with pytest.raises(error):
            await make().poll("")

    played(story, broken=broken)


def test_a_site_that_there_is_not_is_named() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        with pytest.raises(SourceRefused, match="stakoverflow"):
            await make(sites=("stakoverflow",)).poll("")

    played(story)


def test_an_address_of_a_question_an_answer_or_a_comment_is_found() -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        source = make(sites=BOTH)
        asked = site.question("Tools", "<p>Which?</p>")
        said = site.answer("<p>This &amp; that</p>", asked)
        remark = site.comment("Not <b>that</b>", said)
        other = site.question("Other", "", "unix")
        q, a, c = asked["post_id"], said["post_id"], remark["post_id"]
        at = "https://stackoverflow.com"
        for address, name in {
            f"{at}/questions/{q}": q,
            f"{at}/questions/{q}/which-tools?noredirect=1": q,
            f"https://www.stackoverflow.com/q/{q}/99": q,
            f"{at}/a/{a}/99": a,
            f"{at}/questions/{q}/which-tools/{a}#{a}": a,
            f"{at}/questions/{q}/which-tools#{a}": a,
        }.items():
            post = await source.find(address)
            assert post is not None, address
            assert post.external_id == f"stackoverflow:{name}", address
        comment = await source.find(f"{at}/questions/{q}/which-tools#comment{c}_{a}")
        assert comment is not None
        assert (comment.external_id, comment.reply_to) == (f"stackoverflow:comment:{c}", f"stackoverflow:{a}")
        assert comment.text == "Not that"
        found = await source.find(f"https://unix.stackexchange.com/q/{other['post_id']}")
        assert found is not None
        asked_for = len(site.asked)
        for address in (f"https://serverfault.com/q/{q}", f"{at}/users/7/kim", f"{at}/questions/tagged/acme", "no"):
            assert await source.find(address) is None
        assert len(site.asked) == asked_for
        asked["deleted"] = remark["deleted"] = True
        assert await source.find(f"{at}/q/{q}") is None
        assert await source.find(f"{at}/questions/{q}/which-tools#comment{c}_{a}") is None

    played(story)


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("es.stackoverflow", "es.stackoverflow.com"),
        ("meta.stackoverflow", "meta.stackoverflow.com"),
        ("askubuntu", "askubuntu.com"),
        ("mathoverflow.net", "mathoverflow.net"),
        ("unix", "unix.stackexchange.com"),
        ("unix.meta", "unix.meta.stackexchange.com"),
        ("meta", "meta.stackexchange.com"),
    ],
)
def test_a_site_stands_at_its_host(site: str, host: str) -> None:
    assert host_of(site) == host


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"items": 5}', b"<html></html>", b'{"error_id": "x"}', b"null"],
)
def test_what_is_no_stack_exchange_is_a_trouble_and_never_a_bug(body: bytes) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/search/excerpts", Reply(body=body))
        with pytest.raises(SourceUnavailable):
            await on(server, tools).poll("")

    played_script(scene)


def test_entries_of_the_wrong_shape_are_left_out() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        good = {"item_type": "question", "question_id": 5, "creation_date": 1_772_600_000, "title": "a &amp; b"}
        bad = [None, 5, {}, {"question_id": "5"}, {"question_id": 6}, {"question_id": -1, "creation_date": 5}]
        huge = {"question_id": 7, "creation_date": 10**30}
        items = [*bad, good, {**good, "question_id": 8}, huge]
        server.on("/search/excerpts", Reply(body=json.dumps({"items": items, "backoff": "soon"}).encode()))
        things = [
            {"post_id": 5, "owner": 5, "body": 5},
            {"post_id": "x"},
            None,
            {"post_id": 7, "creation_date": 10**30},
        ]
        server.on("/posts/5;8;7", Reply(body=json.dumps({"items": things}).encode()))
        batch = await on(server, tools).poll("")
        names = {one.external_id for one in batch.events if isinstance(one, Posted | Deleted)}
        assert names == {f"stackoverflow:{number}" for number in (5, 7, 8)}
        assert {one.title for one in posts_of([*batch.events])} == {"a & b", ""}

    played_script(scene)


@pytest.mark.parametrize("checkpoint", ["x", "[]", '{"walks": 5, "turn": "a"}', '{"walks": {"unix": 5}, "turn": -3}'])
def test_a_checkpoint_that_is_not_ours_begins_anew(checkpoint: str) -> None:
    async def story(site: FakeStackExchange, make: Make, now: Now) -> None:
        site.question("acme", "")
        site.question("acme", "", "unix")
        assert len((await all_of(make(sites=BOTH), checkpoint))[0]) >= 1

    played(story)


def on(server: ScriptedServer, tools: SourceTools) -> StackExchange:
    options = StackExchangeOptions(query="acme", base_url=server.url(""))
    return StackExchange(SourceConfig(name="s", kind="stack_exchange", options=options, allow_private=True), tools)


@pytest.mark.parametrize(
    ("options", "secrets", "key"),
    [
        ({"query": " "}, {}, "query"),
        ({"sites": ()}, {}, "sites"),
        ({"sites": ("stackoverflow", "stackoverflow")}, {}, "sites"),
        ({"sites": ("https://stackoverflow.com",)}, {}, "sites"),
        ({"sites": tuple(f"site{number}" for number in range(21))}, {}, "sites"),
        ({"base_url": "ftp://api.example"}, {}, "base_url"),
        ({"base_url": "http://api.example"}, {"key": KEY}, "base_url"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], secrets: dict[str, str], key: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        with pytest.raises(OptionError) as caught:
            built({"query": "acme"} | options, secrets, tools)
        assert caught.value.key == key

    played_script(scene)


def built(options: dict[str, Any], secrets: dict[str, str], tools: SourceTools) -> StackExchange:
    known = StackExchangeOptions(**options)
    return StackExchange(SourceConfig(name="stack", kind="stack_exchange", options=known, secrets=secrets), tools)
