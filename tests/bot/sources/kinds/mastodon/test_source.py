"""Rules of listening to Mastodon, against an instance of our own on loopback."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.mastodon.posts import is_heard, read_status
from bot.sources.kinds.mastodon.source import PAGE, Listen, MastodonOptions
from bot.sources.kit.options import OptionError, build_options
from handlers.base.events import Posted
from tests.bot.sources.kinds.mastodon.scene import Make, all_of, played, texts
from tests.fakes.mastodon import FakeMastodon, status_id


def test_a_status_becomes_a_post_with_its_whole_links_and_its_authors_full_name() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        link = "https://blog.example/a/very/long/path/that/is/cut/in/the/middle"
        made = instance.write(
            1, f"@acme my bill is wrong & late: {link}\n\n#acme", name="ana@hachy.example", language="de"
        )
        made["spoiler_text"] = "bills"
        (found,) = (await make().poll("")).events
        assert isinstance(found, Posted)
        assert (found.external_id, found.title) == (made["id"], "bills")
        assert found.text == f"@acme my bill is wrong & late: {link}\n\n#acme"
        assert found.links == (link,)
        assert (found.author.name, found.author.handle) == ("Ana", "ana@hachy.example")
        assert found.author.followers == 321
        assert (found.url, found.lang) == (f"https://hachy.example/@ana/{made['id']}", "de")
        assert found.published_at == datetime(2026, 3, 4, 5, 0, 1, tzinfo=UTC)

    played(story)


def test_an_account_of_the_instance_itself_has_its_host_in_its_name() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.write(1, "#acme", name="ben")
        (found,) = (await make().poll("")).events
        assert isinstance(found, Posted)
        assert found.author.handle == "ben@127.0.0.1"

    played(story)


def test_hashtags_and_names_are_no_links_of_the_author() -> None:
    content = (
        '<p><a href="https://x.example/tags/acme?a=1&amp;b=2" class="mention hashtag" rel="tag">#<span>acme</span></a> '
        '<a class="u-url mention" href="https://x.example/@ana">@<span>ana</span></a> '
        '<a href="https://shop.example/">shop</a></p>'
    )
    assert read_status({"id": "1", "content": content}, "x.example").links == ("https://shop.example/",)


def test_pages_go_forward_so_that_nothing_between_two_polls_is_skipped() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        for number in range(3):
            instance.write(number, f"{number} #acme")
        first = await source.poll("")
        assert (texts(first), first.more) == (["0 #acme", "1 #acme", "2 #acme"], False)
        for number in range(3, 3 + 2 * PAGE + 5):
            instance.write(number, f"{number} #acme")
        events, checkpoint = await all_of(source, first.checkpoint)
        assert texts(events) == [f"{number} #acme" for number in range(3, 3 + 2 * PAGE + 5)]
        assert texts(await source.poll(checkpoint)) == []
        assert not any("since_id" in path for _, path in instance.asked)

    played(story)


def test_what_comes_after_an_empty_first_poll_is_taken_whole() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        first = await source.poll("")
        for number in range(PAGE + 7):
            instance.write(number, f"{number} #acme")
        events, _ = await all_of(source, first.checkpoint)
        assert len(events) == PAGE + 7

    played(story)


def test_a_server_that_does_not_page_forward_ends_a_round_all_the_same() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.write(1, "one #acme")
        source = make()
        first = await source.poll("")
        stuck = json.dumps(json.loads(first.checkpoint) | {"since": status_id(1)})
        instance.statuses[status_id(1)]["id"] = status_id(0)  # it shows what lies before all the same
        again = await source.poll(stuck)
        assert (again.more, again.checkpoint) == (False, stuck)

    played(story)


def test_a_hashtag_is_heard_without_a_token_and_nothing_is_sent_then() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.write(1, "#acme")
        assert len((await make(token="").poll("")).events) == 1
        assert instance.authorizations == [""]

    played(story)


def test_a_boost_is_no_post_of_its_own() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        inner = instance.write(1, "#acme")
        instance.write(2, "#acme", name="ben", reblog=inner)
        assert len((await make().poll("")).events) == 1

    played(story)


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"visibility": "public"}, True),
        ({"visibility": "unlisted"}, True),
        *(
            ({"visibility": narrower}, False)
            for narrower in ("private", "direct", "limited", "list", "local", "mutuals_only", "circle", "Public", "", 1)
        ),
        ({"visibility": None}, False),
        ({}, False),
        ({"visibility": "public", "local_only": True}, False),
        ({"visibility": "public", "local_only": False}, True),
    ],
)
def test_only_what_everybody_may_read_is_heard(told: dict[str, Any], heard: bool) -> None:
    assert is_heard({"id": "1", "content": "<p>acme</p>", **told}) is heard


def test_what_was_said_to_followers_is_neither_polled_nor_found() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        private = instance.write(1, "#acme @acme", visibility="private")
        instance.notify("9", private)
        assert (await make().poll("")).events == ()
        assert (await make(listen="notifications", hashtag="").poll("")).events == ()
        assert await make().find(f"{instance.base_url}/@ana/{private['id']}") is None

    played(story)


def test_who_speaks_to_us_is_heard_but_not_in_a_direct_message() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="notifications", hashtag="")
        instance.notify("9", instance.write(1, "@acme hello", visibility="unlisted"))
        instance.notify("10", instance.write(2, "a boost of ours"), kind="reblog")
        instance.notify("11", instance.write(3, "@acme my password is x", visibility="direct"))
        first = await source.poll("")
        assert texts(first) == ["@acme hello"]
        instance.notify("12", instance.write(0, "@acme an older one, told later"))
        assert texts(await source.poll(first.checkpoint)) == ["@acme an older one, told later"]
        assert "types%5B%5D=mention" in instance.asked[0][1]

    played(story)


def test_a_search_is_walked_from_its_newest_to_where_the_last_walk_began() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="search", query="acme")
        instance.write(1, "old acme")
        first = await source.poll("")
        total = 2 * PAGE + 3
        for number in range(total):
            instance.write(10 + number, f"acme {number}")
        events, checkpoint = await all_of(source, first.checkpoint)
        assert {text for text in texts(events) if text != "old acme"} == {f"acme {number}" for number in range(total)}
        # indexed late: it was written before what we know already
        instance.write(10.5, "acme late")
        events, _ = await all_of(source, checkpoint)
        assert "acme late" in texts(events)

    played(story)


def test_a_deletion_during_a_walk_hides_nothing() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="search", query="acme")
        instance.write(1, "old acme")
        first = await source.poll("")
        for number in range(PAGE + 5):
            instance.write(2_000 + number, f"acme {number}")
        walking = await source.poll(first.checkpoint)
        del instance.statuses[status_id(2_000 + PAGE + 4)]
        events, _ = await all_of(source, walking.checkpoint)
        assert {f"acme {number}" for number in range(PAGE + 5)} <= {*texts(walking), *texts(events)}

    played(story)


def test_of_an_author_whom_their_server_limits_it_is_said() -> None:
    said = {"id": "1", "content": "Refund", "account": {"id": "7", "limited": True}}
    assert read_status(said, "x.example").low == "its server limits its author"
    assert read_status({**said, "account": {"id": "7"}}, "x.example").low == ""


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_token_that_does_not_count_is_told_with_how_to_mend_it(status: int) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="notifications", token="revoked-token")
        with pytest.raises(SourceRefused, match=r"make a new one there .* DIBS_SOURCE_FEDI_ACCESS_TOKEN") as caught:
            await source.poll("")
        assert "revoked-token" not in str(caught.value)
        assert not any("revoked-token" in path for _, path in instance.asked)

    played(story, bad_token=status)


@pytest.mark.parametrize("listen", ["search", "notifications", "stream"])
def test_what_wants_a_token_is_not_built_without_one(listen: Listen) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_FEDI_ACCESS_TOKEN"):
            make(token="", listen=listen, query="acme")

    played(story)


def test_an_answer_of_another_kind_is_said_to_be_one() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.statuses["1"] = {"tags": [{"name": "acme"}], "visibility": "public", "id": ""}
        with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 did not answer as Mastodon does"):
            await make().poll("")

    played(story)


@pytest.mark.parametrize("checkpoint", ["", "x", "[]", '{"since": 1}', '{"a": "b"}', '{"offset": "1"}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.write(1, "#acme")
        assert len((await make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"base_url": "social.example", "hashtag": "acme"}, "base_url"),
        ({"base_url": "https://social.example"}, "hashtag"),
        ({"base_url": "https://social.example", "hashtag": "acme co"}, "hashtag"),
        ({"base_url": "https://social.example", "listen": "search"}, "query"),
        ({"base_url": "https://social.example", "listen": "all"}, "listen"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(MastodonOptions, table)
    assert caught.value.key == key


def test_a_post_is_found_by_its_address_on_our_instance_and_on_another() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        here = instance.write(1, "here")
        there = instance.status(status_id(2), "there", "ana@hachy.example", 0)
        instance.foreign[there["url"]] = there
        source = make()
        found = await source.find(here["url"])
        assert found is not None
        assert found.text == "here"
        found = await source.find(there["url"])
        assert found is not None
        assert (found.text, found.external_id) == ("there", status_id(2))
        assert await source.find("https://hachy.example/@ana/999999") is None

    played(story)


@pytest.mark.parametrize(
    "url", ["https://blog.example/a", "https://medium.example/@ana/some-story", "", "x", "ftp://a/"]
)
def test_addresses_that_are_no_statuses_are_not_asked_for(url: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        assert await make().find(url) is None
        assert instance.asked == []

    played(story)
