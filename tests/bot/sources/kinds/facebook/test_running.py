"""Facebook with the runner and a database: what is news, what is ours, and what a hook changes."""

import tomllib
from collections.abc import Awaitable, Callable

from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.registry import secret_variables
from bot.sources.runner.runner import SourceRunner
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Action, Status
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.fakes.facebook import PAGE, FakeFacebook
from tests.fakes.meta import SECRETS
from tests.harness.scene import Scene

TOML = """
[[sources]]
name = "page"
kind = "facebook"
page = "{page}"
base_url = "{url}"
allow_private = true
"""
HOUR = 3_600


def settings(url: str) -> SourceSettings:
    """Read its table in dibs.toml, as `dibs run` does."""
    problems = Problems()
    root = Table(problems, (), "", tomllib.loads(TOML.format(page=PAGE, url=url)))
    variables = {variable: SECRETS[name] for name, variable in secret_variables("facebook", "page").items()}
    (found,) = read_sources(root, Environment(variables, problems))
    return found


def running(scene: Scene, story: Callable[[SourcesInstallation, FakeFacebook, SourceRunner], Awaitable[None]]) -> None:
    async def run(house: SourcesInstallation) -> None:
        async with FakeFacebook(begin=scene.now).serve() as site:
            await story(house, site, house.runner(settings(site.base_url)))

    at_work(scene, run)


async def poll(house: SourcesInstallation, runner: SourceRunner) -> None:
    """Let an hour pass, and poll."""
    polled = await house.poll(runner, "page", hours=1)
    assert not polled.trouble, polled.trouble


def only(house: SourcesInstallation) -> MentionRow:
    """Return the one mention, however it stands."""
    everything = Filter(statuses=tuple(Status))
    (mention,) = house.scene.database.read(lambda session: mentions.listed(session, everything))
    return mention


def test_what_stood_there_at_first_is_no_news_and_what_our_page_says_is_no_mention(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeFacebook, runner: SourceRunner) -> None:
        post = site.post(-9 * HOUR, "A refund for everybody")
        site.comment(-8 * HOUR, post, "A refund, long ago")
        await poll(house, runner)
        assert house.texts() == []
        first = site.comment(HOUR + 1, post, "A refund, please")
        site.comment(HOUR + 2, post, "Here is your refund", "", to=first)
        await poll(house, runner)
        assert only(house).status == Status.RESPONDED
        site.comment(2 * HOUR + 1, post, "The refund came, thank you", to=first)
        await poll(house, runner)
        assert Action.AUTHOR_ANSWERED in house.scene.log(only(house))

    running(scene, story)


def test_a_hook_brings_a_mention_once_in_any_order_and_takes_it_away(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeFacebook, runner: SourceRunner) -> None:
        await poll(house, runner)
        comment = site.comment(HOUR, site.post(0), "A refund, plaese")
        added, edited = site.change(comment), site.edit(comment, "A refund, please", HOUR + 5)
        for delivery in (edited, added, added, edited):
            await runner.receive("page", *delivery)
        assert only(house).status == Status.NEW
        await poll(house, runner)  # which the rings asked for
        assert house.known(comment["id"], source="page")[comment["id"]].text == "A refund, please"
        await runner.receive("page", *site.remove(comment, HOUR + 9))
        await runner.receive("page", *added)
        assert house.known(comment["id"], source="page")[comment["id"]].text == ""
        assert only(house).status == Status.DISMISSED

    running(scene, story)


def test_a_hook_tells_of_what_is_said_below_old_posts_which_no_poll_sees(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeFacebook, runner: SourceRunner) -> None:
        old = site.post(-900 * HOUR)
        for number in range(30):
            site.post(-number * HOUR)
        await poll(house, runner)
        comment = site.comment(HOUR, old, "A refund, please")
        await poll(house, runner)
        assert house.texts() == []
        await runner.receive("page", *site.change(comment))
        assert house.texts() == ["A refund, please"]

    running(scene, story)
