"""Rules of hearing Google Play: what is new, changed or gone, in the words that were written, and within its quota."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.google_play.posts import read_review, seconds
from bot.sources.kinds.google_play.source import BUDGETS, PAGE, WATCHED, GooglePlay, GooglePlayOptions
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.tools import SourceTools
from handlers.base.budget import Window
from handlers.base.events import Author, Deleted, Posted
from tests.bot.sources.kinds.google_play.scene import Make, played
from tests.bot.sources.scene import all_of, heard
from tests.bot.sources.scene import played as scripted
from tests.fakes.google_play import BEGIN, PACKAGE, SECRETS, FakeGooglePlay
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.signing import EMAIL, key_file

MAX_CHECKPOINT = 10_000


def comment(**told: Any) -> Mapping[str, Any]:
    return {"reviewId": "gp:1", "comments": [{"userComment": {"text": "Hm.", **told}}]}


def texts(events: list[Any]) -> list[str]:
    return [event.text for event in events if isinstance(event, Posted)]


def test_a_review_is_read_with_its_stars_and_headline_and_nothing_of_its_device() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        review = site.review(1, "Crashes\tSince the update.\nSee https://blog.example/a", stars=1)
        found = await heard(make(), review["reviewId"])
        assert (found.title, found.text) == ("1 of 5 stars: Crashes", "Since the update.\nSee https://blog.example/a")
        assert found.url == f"https://play.google.com/store/apps/details?id={PACKAGE}&reviewId=gp%3AAOqp0000"
        assert found.author == Author(name="Ana Example")
        assert found.published_at == datetime.fromtimestamp(BEGIN + 1, UTC)
        assert json.loads(found.facts) == {"review": "gp:AOqp0000"}
        assert found.links == ("https://blog.example/a",)
        assert "trltecan" not in repr(found)
        assert "1.2.3" not in repr(found)

    played(story)


@pytest.mark.parametrize(
    ("told", "title", "text"),
    [
        ({"text": "\tNo title"}, "A review", "No title"),
        ({"text": "No tab"}, "A review", "No tab"),
        ({"text": "All in the title\t", "starRating": 5}, "5 of 5 stars: All in the title", ""),
        ({"text": "\tIt is slow", "originalText": "Langsam\tEs ist langsam"}, "A review: Langsam", "Es ist langsam"),
        ({"text": "\tHm", "originalText": ""}, "A review", "Hm"),
        ({"text": "\tHm", "starRating": "5"}, "A review", "Hm"),
        ({"text": 7}, "A review", ""),
    ],
)
def test_a_text_has_a_title_before_its_tab_and_is_the_one_that_was_written(
    told: dict[str, Any], title: str, text: str
) -> None:
    found = read_review(comment(**told), PACKAGE)
    assert found is not None
    assert (found.title, found.text) == (title, text)


@pytest.mark.parametrize(
    "review",
    [
        {},
        {"reviewId": "../../x", "comments": [{"userComment": {"text": "Hm"}}]},
        {"reviewId": "gp:1", "comments": [{"developerComment": {"text": "Hm"}}]},
        {"reviewId": "gp:1", "comments": "Hm"},
        {"reviewId": "gp:1", "comments": [{"userComment": "Hm"}]},
    ],
)
def test_what_is_no_review_is_none(review: Mapping[str, Any]) -> None:
    assert read_review(review, PACKAGE) is None


@pytest.mark.parametrize(
    ("told", "moment"), [({"seconds": "1443676826", "nanos": 7}, 1_443_676_826.0), ({"seconds": 1_443_676_826}, 0.0)]
)
def test_the_time_of_the_last_change_is_a_text(told: Mapping[str, Any], moment: float) -> None:
    assert seconds(comment(lastModified=told)) == moment
    assert seconds(comment(lastModified="soon")) == 0.0


def test_a_changed_review_comes_again_and_is_the_same_one() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source, old = make(), site.review(1, "\tIt crashes", stars=1)
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE):
            site.review(5_000 + number, f"\tnumber {number}")
        _, checkpoint = await all_of(source, checkpoint)
        site.change(old, 9_000, text="\tIt works", starRating=5)
        events, _ = await all_of(source, checkpoint)
        (again,) = (one for one in events if isinstance(one, Posted) and one.text == "It works")
        assert (again.external_id, again.title) == (old["reviewId"], "5 of 5 stars")

    played(story)


def test_a_long_list_is_walked_to_where_the_last_walk_began() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        site.review(-90_000, "\tlong ago")
        site.review(0, "\told")
        _, checkpoint = await all_of(source, "")
        for number in range(2 * PAGE + 7):
            site.review(5_000 + 20 * number, f"\tnumber {number}")
        first = await source.poll(checkpoint)
        assert first.more
        events, checkpoint = await all_of(source, first.checkpoint)
        heard_by_now = texts([*first.events, *events])
        assert {f"number {number}" for number in range(2 * PAGE + 7)} <= {*heard_by_now}
        again = await source.poll(checkpoint)
        assert not again.more
        assert "number 0" not in texts([*again.events])

    played(story)


def test_a_page_that_is_there_no_more_begins_the_walk_anew() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        site.review(0, "\told")
        checkpoint = (await source.poll("")).checkpoint
        for number in range(PAGE + 5):
            site.review(5_000 + number, f"\tnumber {number}")
        told = json.loads((await source.poll(checkpoint)).checkpoint)
        told["reviews"]["cursor"] = "stale"
        events, checkpoint = await all_of(source, json.dumps(told))
        assert events == []
        events, _ = await all_of(source, checkpoint)
        assert "number 0" in texts(events)

    played(story)


def test_a_deleted_review_is_missed_and_one_that_is_a_week_old_is_not() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        site.review(-6.5 * 86_400, "\told")
        new, other = (site.review(number, f"\tnumber {number}") for number in (1, 2))
        _, checkpoint = await all_of(source, "")
        site.now += 86_400  # by now the old one has left the list
        for one in (new, other):
            del site.reviews[one["reviewId"]]
        site.asked.clear()
        events, checkpoint = await all_of(source, checkpoint)
        assert [one for one in events if isinstance(one, Deleted)] == [Deleted(external_id=other["reviewId"])]
        assert len([path for method, path in site.asked if method == "GET"]) == 2  # the page, and one of them
        events, checkpoint = await all_of(source, checkpoint)
        assert [one for one in events if isinstance(one, Deleted)] == [Deleted(external_id=new["reviewId"])]
        assert not any(isinstance(one, Deleted) for one in (await all_of(source, checkpoint))[0])

    played(story, forgets=True)


def test_a_checkpoint_stays_small() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        for number in range(2 * WATCHED):
            review = site.review(number)
            review["reviewId"] = f"gp:{number:0147}"
        _, checkpoint = await all_of(make(), "")
        assert len(checkpoint) < MAX_CHECKPOINT

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"watched": 1}', '{"reviews": {"since": "x"}}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        site.review(1)
        assert len((await make().poll(checkpoint)).events) == 1

    played(story)


def test_sixty_minutes_ask_for_no_more_than_an_hour_may_wherever_google_lets_it_begin() -> None:
    asking, replying = BUDGETS
    assert (asking.window, replying.window) == (Window.MINUTE, Window.PACIFIC_DAY)
    assert asking.most * 61 <= 200
    assert 0 < asking.for_polls < asking.most
    assert replying.most == 2_000
    assert (asking.buckets, replying.buckets) == (("",), (WRITING,))


@pytest.mark.parametrize(
    "address",
    [
        f"https://play.google.com/store/apps/details?id={PACKAGE}&reviewId=gp%3AAOqp0000",
        f"https://play.google.com/store/apps/details?reviewId=gp:AOqp0000&hl=de&id={PACKAGE}",
        "https://play.google.com/console/u/0/developers/1/app/2/user-feedback/review-details?reviewId=gp:AOqp0000&corpus=P",
    ],
)
def test_a_review_is_found_by_its_address_in_the_store_and_in_the_console(address: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        review = site.review(1, "\tIt crashes")
        found = await make().find(address)
        assert found is not None
        assert found.text == "It crashes"
        del site.reviews[review["reviewId"]]
        assert await make().find(address) is None

    played(story)


@pytest.mark.parametrize(
    "address",
    [
        "https://play.google.com/store/apps/details?id=com.other.app&reviewId=gp:AOqp0000",
        f"https://play.google.com/store/apps/details?id={PACKAGE}",
        f"https://play.google.com.example/store/apps/details?id={PACKAGE}&reviewId=gp:AOqp0000",
        "https://play.google.com/store?reviewId=../../x",
        "nonsense",
    ],
)
def test_other_addresses_are_not_asked_for(address: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        site.review(1)
        assert await make().find(address) is None
        assert site.asked == []

    played(story)


def test_an_app_that_google_does_not_know_is_named() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        with pytest.raises(SourceRefused, match="knows no app of this name"):
            await make(package="com.other.app").poll("")

    played(story)


def test_an_account_without_a_right_is_told_which_and_where() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        with pytest.raises(SourceRefused, match=r"Users and permissions.* “Reply to reviews”"):
            await make().poll("")

    played(story, right="none")


def test_a_key_that_was_revoked_is_told_with_how_to_mend_it_and_says_nothing_of_itself() -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        source = make()
        for _ in range(2):
            await source.poll("")
        assert site.tokens.sold == 1
        site.tokens.revoke()
        with pytest.raises(
            SourceRefused, match=rf"Make a new key for {EMAIL}.* DIBS_SOURCE_PLAY_SERVICE_ACCOUNT"
        ) as no:
            await source.poll("")
        assert "PRIVATE" not in str(no.value)

    played(story)


def test_what_is_no_review_is_passed_over_and_what_is_no_answer_is_not_google() -> None:
    async def garbage(site: FakeGooglePlay, make: Make) -> None:
        site.review(1)["reviewId"] = 3
        site.review(2)["authorName"] = ["Ana"]
        assert len((await make().poll("")).events) == 1

    async def other(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/token", Reply(body=b'{"access_token": "sample", "expires_in": 3599}'))
        path = f"/androidpublisher/v3/applications/{PACKAGE}/reviews"
        server.on(path, Reply(body=b"[]"), Reply(body=b"<html>"), Reply(body=b'{"reviews": 7, "tokenPagination": []}'))
        options = GooglePlayOptions(package=PACKAGE, base_url=server.url(""), token_url=server.url("/token"))
        described = SourceConfig(name="play", kind="google_play", options=options, secrets=SECRETS, allow_private=True)
        source = GooglePlay(described, tools)
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="did not answer as Google Play does"):
                await source.poll("")
        assert (await source.poll("")).events == ()

    played(garbage)
    scripted(other)


def test_without_the_packages_that_sign_it_is_refused_with_the_line_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        monkeypatch.setitem(sys.modules, "jwt", None)
        with pytest.raises(OptionError, match=r"^DIBS_SOURCE_PLAY_SERVICE_ACCOUNT: .*pip install --require-hashes"):
            make()

    played(story)


@pytest.mark.parametrize("key", ["", "x", key_file(type="authorized_user"), key_file(private_key="hidden")])
def test_what_is_no_key_is_refused_at_the_start_and_not_repeated(key: str) -> None:
    async def story(site: FakeGooglePlay, make: Make) -> None:
        with pytest.raises(OptionError, match=r"^DIBS_SOURCE_PLAY_SERVICE_ACCOUNT: ") as no:
            make(secrets={"service_account": key})
        assert "hidden" not in str(no.value)

    played(story)


@pytest.mark.parametrize("key", ["base_url", "token_url"])
def test_a_token_goes_nowhere_in_the_clear(key: str) -> None:
    async def scene(_server: ScriptedServer, tools: SourceTools) -> None:
        options = GooglePlayOptions(package=PACKAGE, **{key: "http://plain.example"})
        with pytest.raises(OptionError) as no:
            GooglePlay(SourceConfig(name="play", kind="google_play", options=options, secrets=SECRETS), tools)
        assert no.value.key == key

    scripted(scene)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "package"),
        ({"package": "acme"}, "package"),
        ({"package": "com.acme/app"}, "package"),
        ({"package": "com.acme.äpp"}, "package"),
        ({"package": PACKAGE, "base_url": "x"}, "base_url"),
        ({"package": PACKAGE, "token_url": "x"}, "token_url"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(GooglePlayOptions, table)
    assert caught.value.key == key
