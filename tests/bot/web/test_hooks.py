"""Hooks whose secret stands in their address: who is let in, and that the address is written nowhere."""

import io
import json
import logging
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiohttp import ClientSession

from bot.chat.backend import Backend
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kinds.webhook.presets import Vendor
from bot.sources.kit.signatures import Scheme
from bot.sources.runner.runner import SourceRunner
from bot.web.door import open_door
from bot.web.metrics import Metrics
from bot.web.server import Front
from handlers.base.organisation import SourceRules
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.harness.scene import Scene

SECRET, OLD = "acme-sample-secret-of-a-test", "acme+older=secret~of.a-test"
WRONG = "acme-wrong-secret-of-a-test"
REVIEW = {
    "eventName": "service-review-created",
    "eventData": {"id": "aa11", "stars": 1, "title": "Anvils", "text": "Where is my refund?"},
}
BODY = json.dumps({"events": [REVIEW]}).encode()

Post = Callable[..., Awaitable[tuple[int, str]]]


def hook(name: str, secret: str, options: WebhookOptions) -> SourceSettings:
    config = SourceConfig(name=name, kind="webhook", options=options, secrets={"secret": secret})
    return SourceSettings(config=config, rules=SourceRules(name=name, kind="webhook", baseline=False, via=options.via))


def reviews(secret: str = SECRET) -> SourceSettings:
    return hook("reviews", secret, WebhookOptions(preset=Vendor.TRUSTPILOT))


def own(secret: str = SECRET) -> SourceSettings:
    return hook("own", secret, WebhookOptions(scheme=Scheme.BEARER, map={"text": "/text"}))


def behind_the_door(
    scene: Scene, story: Callable[[Post, SourcesInstallation, Metrics], Awaitable[None]], *sources: SourceSettings
) -> None:
    """Let hooks be called over HTTP, through the door that the bot has."""

    async def work(house: SourcesInstallation) -> None:
        runner: SourceRunner = house.runner(*(sources or (reviews(), own())))
        metrics = Metrics()
        front = Front(backend=cast(Backend, None), metrics=metrics, platforms=(), runner=runner)
        door = await open_door(front.application(), "127.0.0.1", 0, metrics.count_refusal)
        try:
            async with ClientSession() as session:

                async def post(path: str, body: bytes = BODY, **headers: str) -> tuple[int, str]:
                    address = f"http://127.0.0.1:{door.port}{path}"
                    async with session.post(address, data=io.BytesIO(body), headers=headers) as answer:
                        return answer.status, await answer.text()

                await story(post, house, metrics)
        finally:
            await door.close()

    at_work(scene, work)


def test_an_address_with_its_secret_lets_in_and_any_other_is_a_wrong_signature(scene: Scene) -> None:
    async def story(post: Post, house: SourcesInstallation, _: Metrics) -> None:
        for path in ("/hooks/reviews", f"/hooks/reviews/{WRONG}", f"/hooks/reviews/{SECRET}x", "/hooks/reviews/%00"):
            status, said = await post(path)
            assert (status, "does not end with its secret" in said) == (401, True), path
        assert house.mentions() == []
        assert await post(f"/hooks/reviews/{SECRET}") == (200, '{"seen": 1, "mentions": 1}')
        assert house.texts() == ["1 of 5 stars: Anvils"]

    behind_the_door(scene, story)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/hooks/own/{SECRET}", 404),
        (f"/hooks/nobody/{SECRET}", 404),
        (f"/hooks/reviews/{SECRET}/more", 404),
        ("/hooks/reviews/", 404),
        (f"/hooks/reviews/{SECRET}?a=b", 200),
    ],
)
def test_what_is_no_such_address_is_no_hook(scene: Scene, path: str, status: int) -> None:
    async def story(post: Post, _: SourcesInstallation, __: Metrics) -> None:
        assert (await post(path, Authorization=f"Bearer {SECRET}"))[0] == status

    behind_the_door(scene, story)


def test_nobody_gets_in_by_a_header_that_is_called_as_the_end_of_the_address(scene: Scene) -> None:
    async def story(post: Post, house: SourcesInstallation, _: Metrics) -> None:
        for name in ("path-tail", "Path-Tail", "X-Path-Tail"):
            assert (await post("/hooks/reviews", **{name: SECRET}))[0] == 401
        assert house.mentions() == []

    behind_the_door(scene, story)


def test_both_secrets_let_in_while_one_is_rotated(scene: Scene) -> None:
    async def story(post: Post, _: SourcesInstallation, __: Metrics) -> None:
        encoded = OLD.replace("+", "%2B").replace("=", "%3D")
        assert [(await post(f"/hooks/reviews/{one}"))[0] for one in (SECRET, OLD, encoded, WRONG)] == [
            200,
            200,
            200,
            401,
        ]

    behind_the_door(scene, story, reviews(f"{SECRET} {OLD}"))


def test_a_large_delivery_is_taken_and_one_that_is_too_large_is_not(scene: Scene) -> None:
    async def story(post: Post, house: SourcesInstallation, _: Metrics) -> None:
        many = [
            {
                "eventName": "service-review-created",
                "eventData": {"id": f"r{n}", "stars": 1, "text": f"Refund {n} {'x' * 3_000}"},
            }
            for n in range(100)
        ]
        body = json.dumps({"events": many}).encode()
        assert len(body) > 300_000
        assert (await post(f"/hooks/reviews/{SECRET}", body))[0] == 200
        assert len(house.mentions()) == 100
        assert (await post(f"/hooks/reviews/{SECRET}", b" " * (1024 * 1024 + 1)))[0] == 413

    behind_the_door(scene, story)


def test_no_line_of_the_log_and_no_metric_names_the_address_whatever_goes_wrong(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(post: Post, house: SourcesInstallation, metrics: Metrics) -> None:
        for path in (f"/hooks/reviews/{SECRET}", f"/hooks/reviews/{WRONG}", f"/hooks/own/{SECRET}"):
            await post(path)
            await post(path, b"no JSON")
            await post(path, b"", **{"Content-Encoding": "gzip"})

        async def breaks(*_: object, **__: object) -> None:
            raise RuntimeError("a bug")

        with monkeypatch.context() as broken:
            broken.setattr(SourceRunner, "receive", breaks)
            assert (await post(f"/hooks/reviews/{SECRET}"))[0] == 500
        assert "A request failed: POST" in caplog.text
        told = caplog.text + metrics.render(None).decode()
        assert (SECRET in told, WRONG in told) == (False, False)

    behind_the_door(scene, story)
