"""Google Play with the runner and a database: what it is asked is counted, and polls leave replies their share."""

import tomllib
from collections.abc import Awaitable, Callable

import pytest

from bot.net.errors import Spent
from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.kinds.google_play.source import GooglePlay
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from handlers.base.events import Posted
from handlers.base.replying import Published
from storage.listen import budgets
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.bot.sources.scene import parent_of, prepared
from tests.fakes.google_play import PACKAGE, SECRETS, FakeGooglePlay
from tests.harness.scene import Scene

TABLE = """
[[sources]]
name = "play"
kind = "google_play"
package = "{package}"
base_url = "{url}"
token_url = "{url}/token"
allow_private = true
"""


def listening(
    scene: Scene, story: Callable[[SourcesInstallation, FakeGooglePlay, SourceSettings], Awaitable[None]]
) -> None:
    async def work(house: SourcesInstallation) -> None:
        async with FakeGooglePlay().serve() as site:
            problems = Problems()
            table = Table(problems, (), "", tomllib.loads(TABLE.format(package=PACKAGE, url=site.base_url)))
            variables = {"DIBS_SOURCE_PLAY_SERVICE_ACCOUNT": SECRETS["service_account"]}
            (found,) = read_sources(table, Environment(variables, problems))
            await story(house, site, found)

    at_work(scene, work)


def asked(site: FakeGooglePlay) -> int:
    return sum(method == "GET" for method, _ in site.asked)


def test_what_it_is_asked_is_counted_by_the_minute_and_replies_by_the_day(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGooglePlay, settings: SourceSettings) -> None:
        site.review(1, "\tAcme, where is my refund?")
        runner = house.runner(settings)
        await house.poll(runner, "play")
        source = runner.sources["play"]
        assert isinstance(source, GooglePlay)
        (post,) = (one for one in (await source.poll("")).events if isinstance(one, Posted))
        outcome = await source.replies.publish(await prepared(source, parent_of(post)))
        assert isinstance(outcome, Published)
        rows = house.scene.database.read(lambda session: budgets.rows(session, ["play"]))
        assert {(row.unit, row.per): row.spent for row in rows} == {
            ("requests", "minute"): 3,
            ("replies", "pacific day"): 1,
        }
        assert asked(site) == 3
        # Nothing is left of this minute, and nothing is asked.
        with pytest.raises(Spent, match="3 requests a minute"):
            await source.prove()
        assert asked(site) == 3

    listening(scene, story)
