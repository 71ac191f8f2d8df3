"""Instagram with the runner and a database: a delivery that names something is acknowledged when that is stored."""

import tomllib
from collections.abc import Awaitable, Callable

import pytest

from bot.settings.sources import read_sources
from bot.sources.base import HookRefused, SourceSettings
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.fakes.instagram import US, FakeInstagram
from tests.fakes.meta import SECRETS
from tests.harness.scene import Scene

TABLE = """
[[sources]]
name = "insta"
kind = "instagram"
username = "acme_support"
account_id = "{account}"
base_url = "{url}"
allow_private = true
"""


def listening(
    scene: Scene, story: Callable[[SourcesInstallation, FakeInstagram, SourceSettings], Awaitable[None]]
) -> None:
    async def work(house: SourcesInstallation) -> None:
        async with FakeInstagram(now=lambda: scene.now).serve() as site:
            problems = Problems()
            table = Table(problems, (), "", tomllib.loads(TABLE.format(account=US["id"], url=site.base_url)))
            variables = {f"DIBS_SOURCE_INSTA_{name.upper()}": value for name, value in SECRETS.items()}
            (found,) = read_sources(table, Environment(variables, problems))
            await story(house, site, found)

    at_work(scene, work)


def test_a_mention_of_two_numbers_is_a_mention_with_its_words_when_it_is_acknowledged(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeInstagram, settings: SourceSettings) -> None:
        media = site.publish("@acme_support where is my refund?", "kim", ago=60)
        delivery = site.ring("mentions", {"media_id": media["id"]})
        runner = house.runner(settings)
        assert (await runner.receive("insta", *delivery)).matched == 1
        assert (await runner.receive("insta", *delivery)).matched == 0
        assert len(house.mentions()) == 1

    listening(scene, story)


def test_a_delivery_whose_mention_cannot_be_had_is_not_acknowledged_and_comes_again(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeInstagram, settings: SourceSettings) -> None:
        media = site.publish("@acme_support where is my refund?", "kim", ago=60)
        delivery = site.ring("mentions", {"media_id": media["id"]})
        runner = house.runner(settings)
        site.app.limits["read"] = (4, {})
        with pytest.raises(HookRefused, match="cannot be had now") as caught:
            await runner.receive("insta", *delivery)
        assert (caught.value.status, house.mentions()) == (503, [])
        site.app.limits.clear()
        assert (await runner.receive("insta", *delivery)).matched == 1

    listening(scene, story)
