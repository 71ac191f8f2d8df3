"""GitHub with the runner and a database: what is news, what is ours, and what a hook changes."""

import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.runner.runner import SourceRunner
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Action, Status
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.github_things import SECRET, US
from tests.harness.scene import Scene

TOML = """
[[sources]]
name = "code"
kind = "github"
username = "Acme-Support"
repositories = ["acme/app"]
base_url = "{url}"
allow_private = true
"""
HOUR = timedelta(hours=1)
VARIABLES = {"DIBS_SOURCE_CODE_TOKEN": TOKEN, "DIBS_SOURCE_CODE_WEBHOOK_SECRET": SECRET}


def settings(url: str) -> SourceSettings:
    """Read its table in dibs.toml, as `dibs run` does."""
    problems = Problems()
    root = Table(problems, (), "", tomllib.loads(TOML.format(url=url)))
    (found,) = read_sources(root, Environment(VARIABLES, problems))
    return found


def running(scene: Scene, story: Callable[[SourcesInstallation, FakeGitHub, SourceRunner], Awaitable[None]]) -> None:
    async def run(house: SourcesInstallation) -> None:
        async with FakeGitHub(_at=scene.now).serve() as site:
            await story(house, site, house.runner(settings(site.base_url)))

    at_work(scene, run)


async def poll(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
    """Let an hour pass, and poll to the end of what is new."""
    site._at = house.scene.now + HOUR
    polled = await house.poll(runner, "code")
    while not polled.trouble and polled.next_at is not None and polled.next_at < house.scene.now + HOUR / 100:
        polled = await house.poll(runner, "code", seconds=2)
    assert not polled.trouble, polled.trouble


def only(house: SourcesInstallation) -> MentionRow:
    """Return the one mention, however it stands."""
    everything = Filter(statuses=tuple(Status))
    (mention,) = house.scene.database.read(lambda session: mentions.listed(session, everything))
    return mention


def test_what_stood_there_at_first_is_no_news_not_even_when_it_changes_later(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
        old = [site.issue(f"A refund, long ago {number}") for number in range(30)]
        for number, one in enumerate(old):
            one["created_at"] = one["updated_at"] = f"2025-03-04T05:00:{number:02}Z"
        await poll(house, site, runner)
        site.edit(old[0], "labelled, as it were")  # it never stood on the page that was read at first
        site.edit(old[29], "edited")
        new = site.issue("A refund, please")
        await poll(house, site, runner)
        assert house.texts() == [new["title"]]

    running(scene, story)


def test_our_account_is_no_mention_and_what_it_answers_by_hand_counts(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
        await poll(house, site, runner)
        site.issue("We refund everybody", "News", US)
        issue = site.issue("A refund, please")
        site.comment(issue, "Here it is.", US)
        await poll(house, site, runner)
        assert only(house).status == Status.RESPONDED
        site.comment(issue, "Thank you!")
        await poll(house, site, runner)
        assert Action.AUTHOR_ANSWERED in house.scene.log(only(house))

    running(scene, story)


def test_a_discussion_is_one_talk_in_whichever_thread_its_author_goes_on(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
        await poll(house, site, runner)
        topic = site.discussion("A refund, please")
        await poll(house, site, runner)
        ours = site.comment(topic, "Here it is.", US)
        await poll(house, site, runner)
        for number, below in enumerate((ours, None), 1):
            site.comment(topic, f"A refund indeed, thank you {number}", below=below)
            await poll(house, site, runner)
            assert house.scene.log(only(house)).count(Action.AUTHOR_ANSWERED) == number

    running(scene, story)


def test_a_hook_brings_a_mention_once_in_any_order_and_takes_it_away(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
        await poll(house, site, runner)
        issue = site.issue("A refund, please", "Frist")
        opened = site.delivery("opened", issue)
        site.edit(issue, "First")
        edited = site.delivery("edited", issue)
        for delivery in (edited, opened, opened, edited):
            await runner.receive("code", *delivery)
        assert house.texts() == ["A refund, please"]
        await poll(house, site, runner)  # which the rings asked for
        assert house.known(issue["_name"], source="code")[issue["_name"]].text == "First"
        await runner.receive("code", *site.delivery("deleted", issue))
        assert house.known(issue["_name"], source="code")[issue["_name"]].text == ""
        assert only(house).status == Status.DISMISSED

    running(scene, story)


def test_a_ring_is_answered_by_a_poll_before_its_time(scene: Scene) -> None:
    async def story(house: SourcesInstallation, site: FakeGitHub, runner: SourceRunner) -> None:
        await poll(house, site, runner)
        comment = site.comment(site.issue("Hello"), "A refund, please")
        assert not (await house.poll(runner, "code", seconds=1)).asked
        await runner.receive("code", *site.delivery("created", comment))
        assert (await house.poll(runner, "code", seconds=2)).asked
        assert "A refund, please" in house.texts()

    running(scene, story)
