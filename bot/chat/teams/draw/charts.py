"""Charts in Teams: native bars. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/charts-in-adaptive-cards

They are no part of Adaptive Cards 1.5, so what cannot draw them drops them: the lines beside a chart say the same. Bars
have one series there, the first; a line is not drawn, and no bar is where a number is not known.
"""

from bot.chat.teams.draw.elements import Element
from bot.chat.teams.draw.text import said_line
from handlers.base.charts import MOST_BARS, Chart, ChartKind

_LABEL, _TITLE = 40, 100


def draw_chart(chart: Chart) -> Element | None:
    """Draw a chart; None where Teams can draw none of it."""
    if chart.kind != ChartKind.BARS or not chart.series:
        return None
    known = [one for one in chart.series[0].points[:MOST_BARS] if one.value is not None]
    data = [{"x": said_line(one.label, _LABEL), "y": one.value} for one in known]
    if not data:
        return None
    title = said_line(chart.title, _TITLE)
    return {"type": "Chart.HorizontalBar", "title": title, "data": data, "fallback": "drop"}
