"""What a vendor sends and cannot be read: told once, kept for a day, read again once; nothing is lost or comes back."""

import asyncio
import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kinds.webhook.presets import Vendor
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.vendors import PATH_TAIL
from bot.sources.runner.dry_run import NoSuchSource, Report
from bot.sources.runner.replaying import replay_source
from bot.sources.runner.runner import SourceRunner
from handlers.base.charter import Charter
from handlers.base.organisation import SourceRules
from handlers.dispatch.ticks import TICKS
from handlers.listen.ingest import Arrival
from storage.listen import kept
from storage.own import mentions
from storage.tables.states import Status
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.harness.channels import told
from tests.harness.scene import Scene

SECRET = "acme-sample-secret-of-a-test"
WHY = "The delivery holds a post without stars (at /eventData/stars)."
OPENED = "Trustpilot sends to reviews what cannot be read. " + WHY


def reviews(*, owner: str = "", **options: Any) -> SourceSettings:
    chosen = WebhookOptions(preset=Vendor.TRUSTPILOT, **options)
    config = SourceConfig(name="reviews", kind="webhook", options=chosen, secrets={"secret": SECRET})
    rules = SourceRules(
        name="reviews",
        kind="webhook",
        baseline=False,
        via=chosen.via,
        charter=Charter(owner=owner, written=bool(owner)),
    )
    return SourceSettings(config=config, rules=rules)


# What the operator says when Trustpilot calls the stars "rating".
MENDED: dict[str, Any] = {"map": {"stars": "/eventData/rating"}}


def event(name: str, text: str = "Where is my refund?", *, what: str = "created", stars: str = "stars") -> Any:
    data = {"id": name, stars: 1, "text": text, "consumer": {"id": "c1", "name": "Kim"}}
    return {"eventName": f"service-review-{what}", "eventData": data}


def changed(name: str, text: str = "Where is my refund?", *, what: str = "created") -> Any:
    return event(name, text, what=what, stars="rating")


def gone(name: str) -> Any:
    return {"eventName": "service-review-deleted", "eventData": {"id": name}}


async def deliver(runner: SourceRunner, *events: Any) -> Arrival:
    raw = json.dumps({"events": events}).encode()
    return await runner.receive("reviews", {PATH_TAIL: SECRET, "Content-Type": "application/json"}, raw)


async def replay(
    house: SourcesInstallation, settings: SourceSettings, *, name: str = "reviews", draw: int = 1
) -> Report:
    """Read again as the command does, by a replica of its own."""
    scene = house.scene
    organisation = replace(scene.organisation, sources=(settings.rules,))
    tools = SourceTools(fetcher=house.fetcher, isolation=Isolation(), clock=Clock(lambda: scene.now))
    return await replay_source([settings], organisation, tools, scene.database, Random(draw), name)


def held(house: SourcesInstallation) -> int:
    return len(house.scene.database.read(lambda session: kept.names(session, "reviews", house.scene.now)))


def tick(scene: Scene) -> None:
    """Let the tick come by that lets go what was kept."""
    (one,) = (one for one in TICKS if one.name == "kept")
    for step in one.steps(scene.organisation).values():
        command = scene.database.read(lambda session, step=step: scene.dispatcher.prepare(session, step, scene.now))  # type: ignore[misc]
        if command is not None:
            scene.do(command)


# --- told once -------------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_acknowledged_kept_and_told_once_with_the_field_and_what_to_do(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")

    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        for number in range(3):
            arrival = await deliver(runner, changed(f"r{number}"))
            assert (arrival.seen, arrival.refused) == (0, (WHY,))
            await deliver(house.runner(reviews()), changed(f"r{number}"))  # again, to another replica
        assert (held(house), house.mentions()) == (3, [])
        (said,) = told(scene, ana)
        assert said.startswith(OPENED)
        assert said.endswith("run: dibs source replay reviews")
        assert house.troubles() == [said]

    at_work(scene, story)


def test_whoever_keeps_the_charter_of_the_source_hears_and_not_the_admins(scene: Scene) -> None:
    ana, ben = scene.person("Ana", "ana@acme.example"), scene.person("Ben", "ben@acme.example")

    async def story(house: SourcesInstallation) -> None:
        await deliver(house.runner(reviews(owner="ben@acme.example")), changed("r1"))
        assert [len(told(scene, one)) for one in (ana, ben)] == [0, 1]

    at_work(scene, story)


def test_what_can_be_read_of_a_delivery_becomes_cards_at_once_and_the_rest_is_kept(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        arrival = await deliver(house.runner(reviews()), event("good"), changed("bad"))
        assert (arrival.matched, arrival.refused, held(house)) == (1, (WHY,), 1)
        report = await replay(house, reviews(**MENDED))
        assert report.lines[1] == "Read now: 1, with 2 posts, of which 1 new and 1 a mention."
        assert len(house.mentions()) == 2

    at_work(scene, story)


def test_a_good_delivery_closes_it_and_forms_by_turns_are_told_of_once(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")

    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        for number in range(4):
            await deliver(runner, changed(f"bad{number}"))
            scene.pass_time(minutes=20)
            await deliver(runner, event(f"good{number}"))
        assert len(told(scene, ana)) == 1
        await deliver(runner, {"eventName": "service-review-invited", "eventData": {}})  # says nothing of the field
        scene.pass_time(minutes=41)
        await deliver(runner, {"eventName": "service-review-invited", "eventData": {}})
        assert len(told(scene, ana)) == 1
        await deliver(runner, event("good"))
        assert told(scene, ana)[1:] == ["What Trustpilot sends to reviews can be read again."]
        assert house.troubles() == []
        await deliver(runner, changed("bad"))
        assert len(told(scene, ana)) == 3, "and a new trouble is told anew"

    at_work(scene, story)


def test_where_nothing_was_wrong_a_good_delivery_writes_nothing_of_it(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")

    async def story(house: SourcesInstallation) -> None:
        await deliver(house.runner(reviews()), event("r1"), gone("r1"))
        assert (told(scene, ana), held(house)) == ([], 0)

    at_work(scene, story)


# --- read again ------------------------------------------------------------------------------------------------------


def test_what_was_kept_is_read_once_by_the_options_of_now_and_then_it_is_over(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")

    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        for number in range(3):
            await deliver(runner, changed(f"r{number}", f"Refund {number}"))
            scene.pass_time(minutes=1)
        as_it_was = await replay(house, reviews())
        assert not as_it_was.ok
        assert as_it_was.lines[:3] == (
            "reviews: 3 deliveries of the last day could not be read on arrival.",
            "Read now: 0, with 0 posts, of which 0 new and 0 a mention.",
            f"Still not: 3. {WHY}",
        )
        report = await replay(house, reviews(**MENDED))
        assert report == Report(
            ok=True,
            lines=(
                "reviews: 3 deliveries of the last day could not be read on arrival.",
                "Read now: 3, with 3 posts, of which 3 new and 3 a mention.",
            ),
        )
        assert house.texts() == ["1 of 5 stars"] * 3
        assert told(scene, ana)[-1] == "What Trustpilot sends to reviews can be read again."
        again = await replay(house, reviews(**MENDED))
        assert again == Report(ok=True, lines=("reviews: nothing is kept that is to be read again.",))
        assert (len(house.mentions()), len(told(scene, ana)), house.troubles()) == (3, 2, [])

    at_work(scene, story)


def test_what_can_be_read_is_and_what_cannot_stays_with_its_reason(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        await deliver(runner, changed("r1"))
        await deliver(runner, {"event": "service-review-created"})
        report = await replay(house, reviews(**MENDED))
        assert not report.ok
        assert report.lines[1:3] == (
            "Read now: 1, with 1 post, of which 1 new and 1 a mention.",
            "Still not: 1. The delivery holds an item that does not say, at /eventName, what happened.",
        )
        assert (held(house), len(house.troubles())) == (1, 1)
        second = await replay(house, reviews(**MENDED))
        assert second.lines[0] == "reviews: 1 delivery of the last day could not be read on arrival."
        assert len(house.mentions()) == 1

    at_work(scene, story)


def test_what_was_told_newly_since_then_is_not_written_over(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        await deliver(runner, changed("r1", "The first words"))
        scene.pass_time(minutes=5)
        await deliver(runner, event("r1", "The second words, refund", what="updated"))
        report = await replay(house, reviews(**MENDED))
        assert report.lines[1] == "Read now: 1, with 1 post, of which 0 new and 0 a mention."
        assert house.known("r1", source="reviews")["r1"].text == "The second words, refund"
        scene.pass_time(minutes=5)
        await deliver(runner, changed("r1", "The third words", what="updated"))
        await replay(house, reviews(**MENDED))
        assert house.known("r1", source="reviews")["r1"].text == "The third words"
        assert len(house.mentions()) == 1

    at_work(scene, story)


@pytest.mark.parametrize("first_in_vain", [False, True])
def test_what_its_author_deleted_meanwhile_does_not_come_back(scene: Scene, first_in_vain: bool) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        await deliver(runner, changed("kept"), changed("gone"))
        scene.pass_time(minutes=5)
        await deliver(runner, gone("gone"), event("good"))
        if first_in_vain:
            in_vain = await replay(house, reviews())
            assert in_vain.lines[0] == "reviews: 1 delivery of the last day could not be read on arrival."
        report = await replay(house, reviews(**MENDED))
        assert report.ok
        assert sorted(house.known("kept", "gone", "good", source="reviews")) == ["good", "kept"]
        assert (held(house), len(house.mentions())) == (0, 2)

    at_work(scene, story)


def test_a_review_that_was_deleted_after_it_was_shown_stays_deleted(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(reviews())
        await deliver(runner, event("r1"))
        await deliver(runner, changed("r1", "Edited", what="updated"))
        scene.pass_time(minutes=5)
        await deliver(runner, gone("r1"))
        await replay(house, reviews(**MENDED))
        row = house.known("r1", source="reviews")["r1"]
        assert (row.text, row.deleted_at is not None) == ("", True)
        (mention,) = scene.database.read(
            lambda session: mentions.listed(session, mentions.Filter(statuses=tuple(Status)), limit=9)
        )
        assert mention.status == Status.DISMISSED

    at_work(scene, story)


@pytest.mark.race
def test_who_reads_at_the_same_time_and_what_comes_meanwhile_make_one_card_each(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner, now = house.runner(reviews()), house.runner(reviews(**MENDED))
        for number in range(6):
            await deliver(runner, *(changed(f"r{number}-{part}") for part in range(20)))
        live = (deliver(now, changed(f"r{number}-0"), changed(f"n{number}")) for number in range(6))
        replays = (replay(house, reviews(**MENDED), draw=draw) for draw in range(3))
        await asyncio.gather(*replays, *live)
        await replay(house, reviews(**MENDED))
        assert (held(house), len(house.mentions())) == (0, 6 * 20 + 6)
        assert house.state("reviews").seen == 6 * 20 + 6

    at_work(scene, story)


def test_a_delivery_of_many_posts_is_read_in_steps(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        await deliver(house.runner(reviews()), *(changed(f"r{n}", f"Refund {n} {'x' * 1_500}") for n in range(250)))
        report = await replay(house, reviews(**MENDED))
        assert report.lines[1] == "Read now: 1, with 250 posts, of which 250 new and 250 a mention."

    at_work(scene, story)


@pytest.mark.parametrize(
    ("name", "sentence"), [("nobody", "There is no source nobody"), ("own", "Nothing is kept of own")]
)
def test_where_nothing_is_kept_that_is_said(scene: Scene, name: str, sentence: str) -> None:
    async def story(house: SourcesInstallation) -> None:
        options = WebhookOptions(scheme=reviews().config.options.signed, map={"text": "/text"})
        config = SourceConfig(name="own", kind="webhook", options=options, secrets={"secret": SECRET})
        own = SourceSettings(config=config, rules=SourceRules(name="own", kind="webhook", baseline=False))
        with pytest.raises(NoSuchSource, match=sentence):
            await replay(house, own, name=name)

    at_work(scene, story)


# --- and no longer than a day ----------------------------------------------------------------------------------------


def test_after_a_day_it_is_deleted_and_until_then_it_is_not(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        await deliver(house.runner(reviews()), changed("r1"))
        scene.pass_time(hours=23, minutes=59)
        tick(scene)
        assert held(house) == 1
        scene.pass_time(minutes=1)
        report = await replay(house, reviews(**MENDED))
        assert report.lines == ("reviews: nothing is kept that is to be read again.",)
        tick(scene)
        assert scene.database.read(lambda session: kept.newest(session, "reviews")) is None
        assert house.mentions() == []

    at_work(scene, story)
