"""Charts in Block Kit: native bars and lines, within what Slack says of them.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block. Categories are told apart by their labels
and a label has 20 characters, so of names that are alike until there no picture is drawn; nor where a number is not
known, since a bar of nothing would say 0. The lines beside a chart say the same.
"""

from bot.chat.kit.text import calm_line
from bot.chat.slack.draw.blocks import Block
from handlers.base.charts import Chart, ChartKind

_TITLE, _LABEL, _NAME, _MOST = 50, 20, 50, 20
_TYPES = {ChartKind.BARS: "bar", ChartKind.LINE: "line"}


def draw_chart(chart: Chart) -> Block | None:
    """Draw a chart; None where Slack can draw none of it."""
    labels = [calm_line(one, _LABEL) for one in chart.labels]
    series = [one for one in chart.series if all(point.value is not None for point in one.points)]
    if not series or not 0 < len(labels) <= _MOST or not all(labels) or len(set(labels)) < len(labels):
        return None
    drawn = [
        {
            "name": calm_line(one.name, _NAME),
            "data": [{"label": label, "value": point.value} for label, point in zip(labels, one.points, strict=True)],
        }
        for one in series
    ]
    kind = {"type": _TYPES[chart.kind], "series": drawn, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": calm_line(chart.title, _TITLE), "chart": kind}
