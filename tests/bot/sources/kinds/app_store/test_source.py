"""Rules of hearing the App Store: what is new, edited or gone, and a token that goes nowhere else."""

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.app_store.posts import id_at, page_of, read_review
from bot.sources.kinds.app_store.source import PAGE, WATCHED, AppStore, AppStoreOptions
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Author, Deleted, Posted
from handlers.text.urls import canonical_url
from tests.bot.sources.kinds.app_store.scene import Make, played
from tests.bot.sources.scene import all_of, heard
from tests.bot.sources.scene import played as scripted
from tests.fakes.app_store import APP, BEGIN, ISSUER, KEY_ID, SECRETS, FakeAppStore
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.signing import keys, pem

MAX_CHECKPOINT = 10_000
GOOD = {"app": APP, "issuer_id": ISSUER, "key_id": KEY_ID}


def texts(events: Any) -> list[str]:
    return [event.text for event in events if isinstance(event, Posted)]


def test_a_review_is_read_with_its_stars_country_and_headline() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        review = site.review(1, "Since the update.\nSee https://blog.example/a", "Crashes", stars=1)
        found = await heard(make(), review["id"])
        assert found.title == "1 of 5 stars in DEU: Crashes"
        assert found.text == "Since the update.\nSee https://blog.example/a"
        assert found.author == Author(name="Ana Example")
        assert found.published_at == BEGIN + timedelta(seconds=1)
        assert json.loads(found.facts) == {"review": review["id"]}
        assert found.links == ("https://blog.example/a",)

    played(story)


def test_each_review_has_a_link_of_its_own_to_where_people_answer() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        for number in range(2):
            site.review(number)
        first, second = [one.url for one in (await make().poll("")).events if isinstance(one, Posted)]
        assert first.startswith(f"https://appstoreconnect.apple.com/apps/{APP}/")
        assert canonical_url(first) != canonical_url(second)

    played(story)


@pytest.mark.parametrize(
    ("told", "title", "text"),
    [
        ({"rating": 5, "territory": "USA", "title": "Good", "body": "Yes."}, "5 of 5 stars in USA: Good", "Yes."),
        ({"rating": 5, "territory": "usa; x", "body": "Yes."}, "5 of 5 stars", "Yes."),
        ({"rating": "5", "title": 7, "body": None}, "A review", ""),
        ([], "A review", ""),
    ],
)
def test_what_is_missing_or_wrong_costs_itself_alone(told: Any, title: str, text: str) -> None:
    found = read_review({"type": "customerReviews", "id": "0-1", "attributes": told}, APP)
    assert found is not None
    assert (found.title, found.text, found.published_at) == (title, text, None)


@pytest.mark.parametrize(
    "review", [{}, {"type": "customerReviews", "id": "../x"}, {"type": "apps", "id": "1"}, {"type": 3, "id": 4}]
)
def test_what_is_no_review_is_none(review: Mapping[str, Any]) -> None:
    assert read_review(review, APP) is None


def test_an_edited_review_is_shown_again_though_nothing_says_when_it_was_edited() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source, old = make(), site.review(1, "It crashes", stars=1)
        for number in range(1, PAGE):
            site.review(40 * number, f"number {number}")
        _, checkpoint = await all_of(source, "")
        site.change(old, body="It works", rating=5)
        events, checkpoint = await all_of(source, checkpoint)
        (again,) = (one for one in events if isinstance(one, Posted) and one.text == "It works")
        assert (again.external_id, again.title) == (old["id"], "5 of 5 stars in DEU")
        site.review(8_000)  # now it is no more on the first page
        site.change(old, body="It crashes again")
        assert "It crashes again" not in texts((await all_of(source, checkpoint))[0])

    played(story)


def test_a_long_list_is_walked_to_where_the_last_walk_began() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        site.review(-90_000, "long ago")
        site.review(0, "old")
        _, checkpoint = await all_of(source, "")
        for number in range(2 * PAGE + 7):
            site.review(5_000 + number, f"number {number}")
        first = await source.poll(checkpoint)
        assert first.more
        events, checkpoint = await all_of(source, first.checkpoint)
        assert {f"number {number}" for number in range(2 * PAGE + 7)} <= {*texts([*first.events, *events])}
        assert "127.0.0.1" not in checkpoint

    played(story)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "https://api.appstoreconnect.apple.com.evil.example", "x"]
)
def test_a_next_page_that_stands_elsewhere_is_refused_and_not_asked_for(elsewhere: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        for number in range(PAGE + 1):
            site.review(number)
        site.elsewhere = elsewhere
        with pytest.raises(SourceUnavailable, match="goes on at another address"):
            await make().poll("")
        assert len(site.asked) == 1

    played(story)


@pytest.mark.parametrize("behind", ["/../../v1/users?x", "/x?", "?cursor=" + "x" * 2_000, "@evil.example/v1?"])
def test_a_next_page_of_something_else_is_refused(behind: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        path = f"/v1/apps/{APP}/customerReviews"
        told = {"data": [], "links": {"next": server.url(path) + behind}}
        server.on(path, Reply(body=json.dumps(told).encode()))
        options = AppStoreOptions(**GOOD, base_url=server.url(""))
        described = SourceConfig(name="s", kind="app_store", options=options, secrets=SECRETS, allow_private=True)
        with pytest.raises(SourceUnavailable, match="another address"):
            await AppStore(described, tools).poll("")

    scripted(scene)


def test_what_is_no_answer_of_apple_s_is_a_trouble_of_the_service() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        path = f"/v1/apps/{APP}/customerReviews"
        server.on(path, Reply(body=b"[]"), Reply(body=b"<html>"), Reply(body=b'{"data": 7, "links": []}'))
        options = AppStoreOptions(**GOOD, base_url=server.url(""))
        described = SourceConfig(name="s", kind="app_store", options=options, secrets=SECRETS, allow_private=True)
        source = AppStore(described, tools)
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="did not answer as App Store Connect does"):
                await source.poll("")
        assert (await source.poll("")).events == ()

    scripted(scene)


def test_a_page_that_is_there_no_more_begins_the_walk_anew() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        site.review(0, "old")
        checkpoint = (await source.poll("")).checkpoint
        for number in range(PAGE + 5):
            site.review(5_000 + number, f"number {number}")
        told = json.loads((await source.poll(checkpoint)).checkpoint)
        told["reviews"]["cursor"] = told["reviews"]["cursor"].replace(f"cursor={PAGE}", "cursor=stale")
        events, checkpoint = await all_of(source, json.dumps(told))
        assert events == []
        events, _ = await all_of(source, checkpoint)
        assert "number 0" in texts(events)

    played(story)


def test_a_deleted_review_is_missed_once() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        for number in range(5):
            review = site.review(number)
        _, checkpoint = await all_of(source, "")
        site.delete(review)
        events, checkpoint = await all_of(source, checkpoint)
        assert [one for one in events if isinstance(one, Deleted)] == [Deleted(external_id=review["id"])]
        assert not any(isinstance(one, Deleted) for one in (await all_of(source, checkpoint))[0])

    played(story)


def test_a_checkpoint_stays_small() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        for number in range(WATCHED + 50):
            site.review(number)
        _, checkpoint = await all_of(make(), "")
        assert len(checkpoint) < MAX_CHECKPOINT - 2_000  # the longest cursor

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"watched": 1}', '{"reviews": {"since": "x"}}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        site.review(1)
        assert len((await make().poll(checkpoint)).events) == 1

    played(story)


def test_a_review_is_found_by_the_address_that_its_card_had() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        review = site.review(1, "It crashes")
        source = make()
        address = (await heard(source, review["id"])).url
        found = await source.find(address)
        assert found is not None
        assert (found.text, found.url) == ("It crashes", address)
        site.delete(review)
        assert await source.find(address) is None

    played(story)


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", page_of(APP), page_of("99") + "0-1", page_of(APP) + "../x", "https://apps.apple.com/app/1"],
)
def test_other_addresses_are_not_asked_for(address: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        assert await make().find(address) is None
        assert site.asked == []

    assert id_at(address, APP) == ""
    played(story)


def test_an_app_that_the_key_does_not_see_is_named() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(SourceRefused, match="shows this key no app 99"):
            await make(app="99").poll("")

    played(story)


def test_a_key_of_the_wrong_role_is_told_which_it_needs() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(SourceRefused, match="role “Customer Support” or “Admin”"):
            await make().poll("")
        site.agreed = False
        with pytest.raises(SourceRefused, match="wants an agreement to be accepted"):
            await make().poll("")

    played(story, role="")


@pytest.mark.parametrize("wrong_by", [timedelta(minutes=-40), timedelta(minutes=40)])
def test_a_clock_that_is_wrong_is_told_with_what_time_it_has(wrong_by: timedelta) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(
            SourceRefused, match=r"DIBS_SOURCE_STORE_PRIVATE_KEY.* clock of this machine is right \(it is"
        ):
            await make().poll("")
        assert len(site.asked) == 1

    played(story, wrong_by=wrong_by)


def test_a_clock_that_is_wrong_by_seconds_is_no_trouble() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        await make().poll("")

    played(story, wrong_by=timedelta(seconds=30))


def test_a_key_that_was_revoked_is_told_and_says_nothing_of_itself() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        source = make()
        await source.poll("")
        site.revoked = True
        with pytest.raises(
            SourceRefused, match=r"^App Store Connect does not take .* DIBS_SOURCE_STORE_PRIVATE_KEY"
        ) as no:
            await source.poll("")
        assert "PRIVATE KEY-" not in str(no.value)

    played(story)


def test_an_hour_that_is_spent_is_waited_for_by_the_minute() -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(SourceUnavailable, match="429") as no:
            await make().poll("")
        assert no.value.retry_after == 60

    played(story, left=0)


def test_without_the_packages_that_sign_it_is_refused_with_the_line_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        monkeypatch.setitem(sys.modules, "jwt", None)
        with pytest.raises(OptionError, match=r"^DIBS_SOURCE_STORE_PRIVATE_KEY: .*pip install --require-hashes"):
            make()

    played(story)


@pytest.mark.parametrize("key", ["", "hidden", pem(keys()[0])])
def test_what_is_no_key_is_refused_at_the_start_and_not_repeated(key: str) -> None:
    async def story(site: FakeAppStore, make: Make) -> None:
        with pytest.raises(OptionError, match=r"^DIBS_SOURCE_STORE_PRIVATE_KEY: ") as no:
            make(secrets={"private_key": key})
        assert "hidden" not in str(no.value)

    played(story)


def test_a_token_goes_nowhere_in_the_clear() -> None:
    async def scene(_server: ScriptedServer, tools: SourceTools) -> None:
        options = AppStoreOptions(**GOOD, base_url="http://plain.example")
        with pytest.raises(OptionError) as no:
            AppStore(SourceConfig(name="s", kind="app_store", options=options, secrets=SECRETS), tools)
        assert no.value.key == "base_url"

    scripted(scene)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "app"),
        (GOOD | {"app": "com.acme.app"}, "app"),
        (GOOD | {"issuer_id": "acme"}, "issuer_id"),
        (GOOD | {"key_id": "AuthKey_X.p8"}, "key_id"),
        (GOOD | {"base_url": "x"}, "base_url"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(AppStoreOptions, table)
    assert caught.value.key == key
