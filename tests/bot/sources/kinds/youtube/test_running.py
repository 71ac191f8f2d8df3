"""YouTube with the runner and a database: what it costs is counted, and polls leave replies their share."""

import tomllib
from collections.abc import Awaitable, Callable

import pytest

from bot.net.errors import SourceUnavailable
from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.kinds.youtube.source import YouTube
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from handlers.base.events import Posted
from handlers.base.replying import Published
from storage.listen import budgets
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.bot.sources.scene import parent_of, prepared
from tests.fakes.google import SECRETS
from tests.fakes.youtube import US, FakeYouTube
from tests.harness.scene import Scene

TABLE = """
[[sources]]
name = "tube"
kind = "youtube"
channel = "{channel}"
query = "acme"
base_url = "{url}"
token_url = "{url}/token"
budget = ["100 units a day", "100 searches a day"]
allow_private = true
"""


def listening(
    scene: Scene, story: Callable[[SourcesInstallation, FakeYouTube, SourceSettings], Awaitable[None]]
) -> None:
    async def work(house: SourcesInstallation) -> None:
        async with FakeYouTube(now=lambda: scene.now, most_units=100).serve() as site:
            problems = Problems()
            table = Table(problems, (), "", tomllib.loads(TABLE.format(channel=US, url=site.base_url)))
            variables = {f"DIBS_SOURCE_TUBE_{name.upper()}": value for name, value in SECRETS.items()}
            (found,) = read_sources(table, Environment(variables, problems))
            await story(house, site, found)

    at_work(scene, work)


def spent(house: SourcesInstallation) -> dict[str, int]:
    rows = house.scene.database.read(lambda session: budgets.rows(session, ["tube"]))
    return {row.unit: row.spent for row in rows}


def test_polls_are_counted_and_leave_what_is_kept_for_replies(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeYouTube, settings: SourceSettings) -> None:
        site.comment(1, "Acme, where is my refund?")
        runner = house.runner(settings)
        await house.poll(runner, "tube")
        assert spent(house) == {"units": 1, "searches": 1} == {"units": site.units, "searches": site.searches}
        source = runner.sources["tube"]
        assert isinstance(source, YouTube)
        (post,) = (one for one in (await source.poll("")).events if isinstance(one, Posted))
        request = await prepared(source, parent_of(post))
        before = site.units
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Published)
        assert spent(house)["units"] == site.units == before + 50
        # Of a hundred units twenty are kept: no poll spends them, and another reply has too little left.
        for _ in range(60):
            await house.poll(runner, "tube", minutes=20)
        assert site.units <= 80
        with pytest.raises(SourceUnavailable, match="100 units a day"):
            await source.replies.publish(request)
        assert site.made == 1

    listening(scene, story)


def test_what_others_spent_of_the_day_is_believed(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeYouTube, settings: SourceSettings) -> None:
        runner = house.runner(settings)
        await house.poll(runner, "tube")
        site.units = site.most_units
        polled = await house.poll(runner, "tube")
        assert "midnight in California" in polled.trouble
        asked = len(site.asked)
        for _ in range(3):
            await house.poll(runner, "tube", minutes=30)
        assert len(site.asked) == asked
        await house.poll(runner, "tube", hours=24)
        assert len(site.asked) > asked

    listening(scene, story)
