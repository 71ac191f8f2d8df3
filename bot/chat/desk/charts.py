"""Charts as the desk draws them: where each bar, dot and word of a picture stands, in units of its view box.

A picture is 360 units wide whatever the page is, so that a word of 13 units is 12 px on a telephone and 17 px on a
desk. It has no colour and no size of its own but classes, since the page allows no styles within it; the series before
is drawn as an outline, so that both are told apart without colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from handlers.base.cards import shortened
from handlers.base.charts import MOST_BARS, MOST_SERIES, Chart, ChartKind, Series

WIDTH = 360
_VALUES = 62  # room for what a bar says, behind it
_LABEL, _BAR, _BETWEEN = 18, 13, 10
_LONGEST_LABEL = 46
_PLOT, _TOP, _LEFT = 120, 26, 8
_MOST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a picture: where it begins, or ends (``end``), or has its middle."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the series of that number, the first being 0."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """All of a picture.

    Attributes:
        lines: Of each series, the points of a line without a gap: "8,14 50,20".
        dots: (x, y, series) of each number of a line.
    """

    height: float
    words: tuple[Word, ...] = ()
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    dots: tuple[tuple[float, float, int], ...] = ()


def drawn(chart: Chart) -> Drawn:
    """Lay out a chart; what is beyond 20 labels or two series stands in its table only."""
    return _lines(chart) if chart.kind == ChartKind.LINE else _bars(chart)


def _bars(chart: Chart) -> Drawn:
    words: list[Word] = []
    bars: list[Bar] = []
    longest, y = WIDTH - _VALUES, 0.0
    for place, label in enumerate(chart.labels[:MOST_BARS]):
        words.append(Word(0, y + _BAR, shortened(label, _LONGEST_LABEL)))
        y += _LABEL
        for number, series in enumerate(chart.series[:MOST_SERIES]):
            point = series.points[place]
            width = longest * (point.value or 0) / chart.highest if chart.highest else 0
            bars += [Bar(0, y, round(max(width, 2), 1), _BAR - 1, number)] if point.value is not None else []
            words.append(Word(round(width) + 6, y + _BAR - 2, point.says, soft=number > 0))
            y += _BAR + 2
        y += _BETWEEN
    return Drawn(height=max(y, _LABEL), words=tuple(words), bars=tuple(bars))


def _lines(chart: Chart) -> Drawn:
    bottom = _TOP + _PLOT
    places = len(chart.labels)
    apart = (WIDTH - 2 * _LEFT) / max(places - 1, 1)

    def at(place: int, value: float) -> tuple[float, float]:
        risen = _PLOT * value / chart.highest if chart.highest else 0
        return round(_LEFT + place * apart, 1), round(bottom - risen, 1)

    lines: list[tuple[str, int]] = []
    dots: list[tuple[float, float, int]] = []
    for number, series in enumerate(chart.series[:MOST_SERIES]):
        for run in _unbroken(series):
            found = [at(place, value) for place, value in run]
            dots += [(x, y, number) for x, y in found]
            lines += [(" ".join(f"{x},{y}" for x, y in found), number)] if len(found) > 1 else []
    return Drawn(bottom + 24, tuple(_axis(chart, apart, bottom)), (), tuple(lines), tuple(dots))


def _unbroken(series: Series) -> Iterator[list[tuple[int, float]]]:
    """Yield the runs of numbers that follow one another, each with its place: a gap is no zero."""
    known = [(place, one.value) for place, one in enumerate(series.points) if one.value is not None]
    cuts = [0, *(n for n, (one, two) in enumerate(pairwise(known), 1) if two[0] != one[0] + 1), len(known)]
    yield from (run for first, last in pairwise(cuts) if (run := known[first:last]))


def _axis(chart: Chart, apart: float, bottom: float) -> Iterator[Word]:
    """Yield what the highest of a line is, and some of its labels: the first, the last, and what fits between."""
    last = len(chart.labels) - 1
    every = max(1, -(-last // (_MOST_TICKS - 1)))
    ticks = sorted({*range(0, max(last - every, 0) + 1, every), last})
    for place in ticks if chart.labels else ():
        anchor = "start" if place == 0 else "end" if place == last else "middle"
        text = shortened(chart.labels[place], 14)
        yield Word(round(_LEFT + place * apart, 1), bottom + 18, text, anchor, soft=True)
    said = [(one.value, one.says) for series in chart.series for one in series.points if one.value is not None]
    if said:
        yield Word(WIDTH, _TOP - 10, f"highest: {max(said)[1]}", "end", soft=True)
