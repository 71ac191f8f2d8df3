"""A chart in a notice: native where the platform takes it, left out where not; the lines beside it say the same."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.slack.draw import charts as on_slack
from bot.chat.slack.messenger import SlackMessenger
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire.client import Api
from bot.chat.slack.wire.workspace import Workspace
from bot.chat.teams.draw import charts as on_teams
from bot.chat.teams.draw import notice as notices_on_teams
from bot.runtime.clock import Clock
from handlers.base.cards import Line, Notice, Section
from handlers.base.charts import Chart, ChartKind, Point, Series
from tests.fakes.slack.server import BOT_TOKEN, FakeSlack

NAMES = ("Customer support", "Finance <b>*x*</b>", "Product")


def series(name: str, *values: float | None) -> Series:
    points = (Point(label=one, value=value, says=str(value)) for one, value in zip(NAMES, values, strict=False))
    return Series(name=name, points=tuple(points))


CHART = Chart(
    name="replies",
    title="Who replied",
    sentence="Customer support most.",
    definition="-",
    series=(series("week 48", 12, 8, 0), series("week 47", 10, 9, 1)),
)
SAID = "Customer support 12, Finance 8, Product 0."
NOTICE = Notice(
    title="Acme", text="Acme", sections=(Section(title="Who replied", lines=(Line(text=SAID),), chart=CHART),)
)


@pytest.mark.parametrize("newer", [True, False])
def test_slack_draws_it_and_where_it_cannot_the_same_notice_comes_without(newer: bool) -> None:
    with FakeSlack.run(posts_per_second=0, tell_joins=False, newer_blocks=newer) as slack:
        room = slack.workspace.add_channel("all-company", id="C0ALL0000")
        settings = SlackSettings(bot_token=BOT_TOKEN, api_url=f"{slack.base_url}/api/")

        async def post() -> None:
            api, workspace = Api(settings, Clock()), Workspace()
            try:
                await workspace.learn(api)
                messenger = SlackMessenger(api, workspace, settings)
                for number in range(4):
                    await messenger.post(room.id, NOTICE, f"weekly:{number}", 1, plain=False)
                assert messenger.taken.trouble() == "", "a chart that is not taken costs cards no picture"
            finally:
                await api.close()

        asyncio.run(post())
        assert len(room.messages) == 4
        for one in room.messages.values():
            kinds = [block["type"] for block in one.blocks]
            assert ("data_visualization" in kinds) == newer
            assert SAID in str(one.blocks)


def test_what_slack_could_not_tell_apart_or_would_say_wrongly_is_not_drawn() -> None:
    alike = series("week 48", 1, 2)
    long = [replace(one, label="Customer happiness and " + one.label) for one in alike.points]
    assert on_slack.draw_chart(replace(CHART, series=(replace(alike, points=tuple(long)),))) is None
    unknown = on_slack.draw_chart(replace(CHART, series=(CHART.series[0], series("week 47", 10, None, 1))))
    assert unknown is not None
    assert [one["name"] for one in unknown["chart"]["series"]] == ["week 48"]
    assert on_slack.draw_chart(replace(CHART, series=(series("week 48", None, None, None),))) is None
    assert on_slack.draw_chart(replace(CHART, series=())) is None


def test_teams_draws_the_first_series_and_what_cannot_drops_it() -> None:
    drawn = on_teams.draw_chart(CHART)
    assert drawn is not None
    assert drawn["type"] == "Chart.HorizontalBar"
    assert drawn["fallback"] == "drop"
    assert [(one["x"], one["y"]) for one in drawn["data"]] == list(zip(NAMES, (12, 8, 0), strict=True))
    body: list[dict[str, Any]] = notices_on_teams.draw_notice(NOTICE, "")["body"]
    assert [one["type"] for one in body].count("Chart.HorizontalBar") == 1
    assert SAID in str(body)
    assert on_teams.draw_chart(replace(CHART, kind=ChartKind.LINE)) is None
    assert on_teams.draw_chart(replace(CHART, series=(series("week 48", None, None, None),))) is None
