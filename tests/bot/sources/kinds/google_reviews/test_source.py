"""Rules of listening to Google reviews, against a service of our own on loopback."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused
from bot.sources.kinds.google_reviews.options import MOST_LOCATIONS, GoogleReviewsOptions
from bot.sources.kinds.google_reviews.posts import original, read_review
from bot.sources.kinds.google_reviews.source import PAGE, WATCHED
from bot.sources.kit.options import OptionError, build_options
from bot.sources.runner.poller import MAX_CHECKPOINT
from handlers.base.events import Author, Deleted, Posted
from tests.bot.sources.kinds.google_reviews.scene import Make, played
from tests.bot.sources.scene import all_of, heard
from tests.fakes.google import SECRETS
from tests.fakes.google_reviews import BEGIN, PLACE, FakeGoogleReviews

BERLIN, PARIS = PLACE, "accounts/1/locations/3"


def test_a_review_is_read_with_its_stars_and_its_place() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        face = "https://lh3.googleusercontent.com/a/x"
        review = site.review(1, "Cold soup.\nhttps://blog.example/a", stars=1)
        review["reviewer"]["profilePhotoUrl"] = face
        review["reviewMediaItems"] = [{"thumbnailUrl": f"{face}1"}, {"thumbnailUrl": "https://evil.example/a.png"}]
        found = await heard(make(locations={BERLIN: "Berlin"}), review["name"])
        assert found.external_id == review["name"].removeprefix("accounts/1/")
        assert (found.title, found.text) == ("1 of 5 stars for Berlin", "Cold soup.\nhttps://blog.example/a")
        assert found.links == ("https://blog.example/a",)
        assert found.author == Author(name="Ana Example", avatar=face)
        assert [one.url for one in found.media] == [f"{face}1", ""]
        assert found.published_at is not None
        assert (found.published_at - BEGIN).total_seconds() == 1
        assert json.loads(found.facts) == {"review": review["name"]}

    played(story)


def test_a_review_without_a_word_is_its_stars() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        review = site.review(1, stars=2)
        found = await heard(make(), review["name"])
        assert (found.title, found.text) == ("2 of 5 stars", "")

    played(story)


def test_who_stays_anonymous_has_no_name() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        review = site.review(1, "Hm.", reviewer={"isAnonymous": True, "displayName": "A Google user"})
        assert (await heard(make(), review["name"])).author == Author()

    played(story)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("Genial", "Genial"),
        ("(Translated by Google) Great\n\n(Original)\nGenial", "Genial"),
        ("(Translated by Google) Great\nstuff\n\n(Original)\nGenial\ncosa", "Genial\ncosa"),
        ("Genial\n\n(Translated by Google)\nGreat", "Genial"),
        ("(Translated by Google) Great", "(Translated by Google) Great"),
        ("They sell an (Original)\nand a copy", "They sell an (Original)\nand a copy"),
        ("", ""),
    ],
)
def test_what_was_written_is_the_text_and_no_translation_of_it(comment: str, text: str) -> None:
    assert original(comment) == text


@pytest.mark.parametrize("name", ["", "accounts/1/locations/2", "accounts/1/locations/2/reviews/../../x", 7])
def test_what_has_no_name_of_a_review_is_none(name: object) -> None:
    assert read_review({"name": name, "starRating": "ONE"}, "") is None


def test_a_changed_review_comes_again_and_unknown_stars_are_no_trouble() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source, old = make(), site.review(1, "Cold soup", stars=1)
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE):
            site.review(10_000 + number, f"number {number}")
        _, checkpoint = await all_of(source, checkpoint)
        site.change(old, 20_000, starRating="STAR_RATING_UNSPECIFIED")
        events, _ = await all_of(source, checkpoint)
        (again,) = (one for one in events if isinstance(one, Posted) and one.text == "Cold soup")
        assert again.title == "A review"

    played(story)


def test_the_reviews_of_several_places_are_walked_beside_each_other() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make(locations={BERLIN: "Berlin", PARIS: "Paris"})
        site.review(0, "old")
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE + 7):
            site.review(10_000 + 100 * number, f"berlin {number}")
        site.review(10_000, "paris", place=PARIS)
        events, checkpoint = await all_of(source, checkpoint)
        texts = [event.text for event in events if isinstance(event, Posted)]
        assert len(texts) == PAGE + 9
        assert texts.count("paris") == 1
        events, _ = await all_of(source, checkpoint)
        assert "berlin 0" not in [event.text for event in events if isinstance(event, Posted)]

    played(story)


def test_a_page_that_is_there_no_more_begins_the_walk_anew() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        site.review(0, "old")
        checkpoint = (await source.poll("")).checkpoint
        for number in range(PAGE + 5):
            site.review(10_000 + number, f"number {number}")
        first = await source.poll(checkpoint)
        assert first.more
        told = json.loads(first.checkpoint)
        told[PLACE]["cursor"] = "stale"
        events, checkpoint = await all_of(source, json.dumps(told))
        assert events == []
        events, _ = await all_of(source, checkpoint)
        assert "number 0" in [event.text for event in events if isinstance(event, Posted)]

    played(story)


def test_a_review_that_is_missing_where_it_should_stand_is_looked_at_and_gone() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        for number in range(PAGE + 5):
            site.review(number, f"number {number}")
        _, checkpoint = await all_of(source, "")
        gone = site.review(10_000, "to be deleted")
        _, checkpoint = await all_of(source, checkpoint)
        del site.reviews[gone["name"]]
        site.asked.clear()
        events, checkpoint = await all_of(source, checkpoint)
        assert [one for one in events if isinstance(one, Deleted)] == [
            Deleted(external_id=gone["name"].removeprefix("accounts/1/"))
        ]
        assert sum(path.startswith("/v4") for _, path in site.asked) <= 3
        events, _ = await all_of(source, checkpoint)
        assert not any(isinstance(one, Deleted) for one in events)

    played(story)


def test_a_review_that_was_pushed_off_the_page_is_not_gone() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        site.review(0, "old")
        _, checkpoint = await all_of(source, "")
        for number in range(PAGE):
            site.review(10_000 + number, f"number {number}")
        site.asked.clear()
        events, checkpoint = await all_of(source, checkpoint)
        assert not any(isinstance(one, Deleted) for one in events)
        assert not any("/reviews/" in path for _, path in site.asked)
        site.reviews.clear()
        events, _ = await all_of(source, checkpoint)
        assert sum(isinstance(one, Deleted) for one in events) == WATCHED

    played(story)


def test_a_checkpoint_stays_small_however_many_places_there_are() -> None:
    places = {f"accounts/1/locations/{number:020}": "" for number in range(MOST_LOCATIONS)}

    async def story(site: FakeGoogleReviews, make: Make) -> None:
        for place in places:
            for number in range(5):
                site.review(number, "x", place=place, name=f"{place}/reviews/{number:0120}{place[-2:]}")
                site.reviews[f"{place}{number}"] = site.reviews.popitem()[1]
        _, checkpoint = await all_of(make(locations=places), "")
        walk = 350 * MOST_LOCATIONS
        assert len(checkpoint) < MAX_CHECKPOINT
        assert len(json.dumps(json.loads(checkpoint)["watched"])) + walk < MAX_CHECKPOINT

    played(story, places=tuple(places))


def test_a_project_without_a_quota_is_told_that_google_has_to_grant_one() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        with pytest.raises(SourceRefused, match=r"its quota is 0 until the form .* takes days"):
            await make().poll("")

    played(story, granted=False)


@pytest.mark.parametrize(
    ("closed", "why"),
    [("unverified", "Berlin: This place is not verified"), ("denied", "Berlin: .* neither an owner nor a manager")],
)
def test_a_place_that_is_closed_to_us_is_named(closed: str, why: str) -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        with pytest.raises(SourceRefused, match=why):
            await make(locations={PARIS: "Paris", BERLIN: "Berlin"}).poll("")

    played(story, closed={BERLIN: closed})


def test_a_place_that_google_does_not_know_is_named() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        with pytest.raises(SourceRefused, match="knows no place accounts/7/locations/8"):
            await make(locations={"accounts/7/locations/8": ""}).poll("")

    played(story)


def test_a_token_that_is_revoked_is_told_with_how_to_mend_it() -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        source = make()
        for _ in range(2):
            await source.poll("")
        assert site.tokens.sold == 1
        site.tokens.revoke()
        with pytest.raises(SourceRefused, match=r"^Google Business .* DIBS_SOURCE_MAPS_REFRESH_TOKEN") as caught:
            await source.poll("")
        assert not any(secret in str(caught.value) for secret in SECRETS.values())

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"watched": 1}', '{"watched": {"x": [1]}}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(site: FakeGoogleReviews, make: Make) -> None:
        site.review(1, "acme")
        assert len((await make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "locations"),
        ({"locations": {}}, "locations"),
        ({"locations": {"locations/2": "Berlin"}}, "locations"),
        ({"locations": {f"accounts/1/locations/{n}": "" for n in range(MOST_LOCATIONS + 1)}}, "locations"),
        ({"locations": {PLACE: ""}, "base_url": "x"}, "base_url"),
        ({"locations": {PLACE: ""}, "token_url": "x"}, "token_url"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(GoogleReviewsOptions, table)
    assert caught.value.key == key
