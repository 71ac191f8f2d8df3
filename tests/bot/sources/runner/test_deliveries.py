"""Rules of deliveries: one that was taken is taken, whoever brings it again, and whatever came in between."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kit.signatures import Scheme
from handlers.base.organisation import SourceRules
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.harness.scene import Scene

KEY = b"sample-key-of-a-test"


def source(secret: str, **options: Any) -> SourceSettings:
    chosen = WebhookOptions(map={"id": "/id", "text": "/body"}, **options)
    config = SourceConfig(name="pushed", kind="webhook", options=chosen, secrets={"secret": secret})
    return SourceSettings(config=config, rules=SourceRules(name="pushed", kind="webhook", baseline=False))


def standard() -> SourceSettings:
    return source(f"whsec_{base64.b64encode(KEY).decode()}", scheme=Scheme.STANDARD)


def timed() -> SourceSettings:
    return source(KEY.decode(), scheme=Scheme.HMAC, timestamp_header="X-Time")


def plain() -> SourceSettings:
    return source(KEY.decode(), scheme=Scheme.HMAC)


Delivery = tuple[dict[str, str], bytes]


def delivery(scene: Scene, name: str, *posts: str, id: str = "p", later: int = 0) -> Delivery:
    """Sign a delivery as Standard Webhooks do."""
    raw = json.dumps([{"id": f"{id}{number}", "body": f"Refund {one}"} for number, one in enumerate(posts)]).encode()
    stamp = str(int(scene.now.timestamp()) + later)
    digest = hmac.digest(KEY, f"{name}.{stamp}.".encode() + raw, "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}, raw


def timed_delivery(scene: Scene, text: str, later: int = 0) -> Delivery:
    raw = json.dumps({"id": "p0", "body": f"Refund {text}"}).encode()
    stamp = str(int(scene.now.timestamp()) + later)
    digest = hmac.new(KEY, f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return {"X-Time": stamp, "X-Signature": digest}, raw


def test_an_id_that_was_taken_is_taken_whatever_came_in_between_and_whoever_took_it(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        first, then = delivery(scene, "m1", "first"), delivery(scene, "m2", "second")
        await house.runner(standard()).receive("pushed", *first)
        await house.runner(standard()).receive("pushed", *then)
        for again in (first, delivery(scene, "m1", "first", later=60), delivery(scene, "m1", "third"), then):
            arrival = await house.runner(standard()).receive("pushed", *again)
            assert (arrival.seen, arrival.changed) == (0, 0)
        assert house.known("p0", source="pushed")["p0"].text == "Refund second"
        await house.runner(standard()).receive("pushed", *delivery(scene, "m3", "first"))
        assert house.known("p0", source="pushed")["p0"].text == "Refund first"

    at_work(scene, story)


def test_what_was_signed_with_its_time_is_taken_once_and_said_again_later_is_news(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(timed())
        for text, later in (("first", 0), ("second", 1), ("first", 0)):
            headers, raw = timed_delivery(scene, text, later)
            await runner.receive("pushed", headers | {"X-Signature": headers["X-Signature"].upper()}, raw)
        assert house.known("p0", source="pushed")["p0"].text == "Refund second"
        await runner.receive("pushed", *timed_delivery(scene, "first", 2))
        assert house.known("p0", source="pushed")["p0"].text == "Refund first"

    at_work(scene, story)


def test_without_id_and_time_the_same_words_may_be_said_again(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(plain())
        for text in ("first", "second", "first"):
            raw = json.dumps({"id": "p0", "body": f"Refund {text}"}).encode()
            await runner.receive("pushed", {"X-Signature": hmac.new(KEY, raw, hashlib.sha256).hexdigest()}, raw)
        assert house.known("p0", source="pushed")["p0"].text == "Refund first"

    at_work(scene, story)


def test_an_id_is_the_sources_own(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        other = standard()
        other = replace(other, config=replace(other.config, name="other"), rules=replace(other.rules, name="other"))
        runner = house.runner(standard(), other)
        for name in ("pushed", "other"):
            assert (await runner.receive(name, *delivery(scene, "m1", "first"))).seen == 1

    at_work(scene, story)


def test_a_delivery_that_was_cut_short_is_taken_whole_when_it_comes_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner, many = house.runner(standard()), delivery(scene, "m1", *(str(one) for one in range(250)))
        tx, calls = runner._database.tx, itertools.count()

        async def dies(work: Any, **how: Any) -> Any:
            if next(calls) == 2:
                raise ConnectionError
            return await tx(work, **how)

        with monkeypatch.context() as dying:
            dying.setattr(runner._database, "tx", dies)
            with pytest.raises(ConnectionError):
                await runner.receive("pushed", *many)
        assert len(house.mentions()) == 100
        await runner.receive("pushed", *many)
        assert len(house.mentions()) == 250

    at_work(scene, story)


@pytest.mark.race
def test_the_same_id_many_times_at_once_on_two_replicas_is_taken_once(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runners = [house.runner(standard()) for _ in range(2)]
        brought = [delivery(scene, "m1", *"ab"), delivery(scene, "m1", *"ab", later=1)]
        await asyncio.gather(*(runners[one % 2].receive("pushed", *brought[one % 2]) for one in range(10)))
        assert len(house.mentions()) == 2
        assert house.state("pushed").seen == 2

    at_work(scene, story)
