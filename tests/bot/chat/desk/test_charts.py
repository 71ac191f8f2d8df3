"""How the desk lays a picture out: bars by their share of the longest, lines with gaps where nothing is known."""

from itertools import pairwise

import pytest

from bot.chat.desk.charts import WIDTH, drawn
from handlers.base.charts import Chart, ChartKind, Point, Series, shade


def chart(*series: list[float | None], kind: ChartKind = ChartKind.BARS) -> Chart:
    lines = tuple(
        Series(
            name=f"series {number}",
            points=tuple(
                Point(label=f"label {place}", value=value, says="–" if value is None else f"{value:g}")
                for place, value in enumerate(values)
            ),
        )
        for number, values in enumerate(series)
    )
    return Chart(name="c", title="t", sentence="s", definition="d", kind=kind, series=lines)


def test_a_bar_is_as_long_as_its_share_of_the_longest_and_none_leaves_the_picture() -> None:
    found = drawn(chart([10, 5, 0], [20, None, 4]))
    widths = [(one.series, one.width) for one in found.bars]
    longest = max(width for _, width in widths)
    assert [series for series, _ in widths] == [0, 1, 0, 0, 1]
    assert widths[0][1] == pytest.approx(longest / 2, abs=0.1)
    assert widths[2][1] == pytest.approx(longest / 4, abs=0.1)
    assert widths[3][1] == 2, "nothing is a bar that one can see, and shorter than any other"
    assert all(one.x + one.width < WIDTH and one.y + one.height <= found.height for one in found.bars)
    assert [word.text for word in found.words] == ["label 0", "10", "20", "label 1", "5", "–", "label 2", "0", "4"]


def test_a_line_has_gaps_where_nothing_is_known_and_zero_is_no_gap() -> None:
    found = drawn(chart([4, 0, None, 2, None, 8, 8], kind=ChartKind.LINE))
    assert [len(points.split()) for points, _ in found.lines] == [2, 2]
    assert len(found.dots) == 5
    lowest, highest = max(y for _, y, _ in found.dots), min(y for _, y, _ in found.dots)
    assert lowest == found.height - 24, "0 stands on the ground"
    assert [x for x, y, _ in found.dots if y == highest] == [x for x, _, _ in found.dots[-2:]]


@pytest.mark.parametrize("values", [[], [None], [0], [3], [None, None], [1e9, 1e-9], [0.0, 0.0, 0.0]])
@pytest.mark.parametrize("kind", ChartKind)
def test_whatever_the_numbers_are_there_is_a_picture(values: list[float | None], kind: ChartKind) -> None:
    found = drawn(chart(values, values, kind=kind))
    assert found.height > 0
    assert all(0 <= x <= WIDTH and 0 <= y <= found.height for x, y, _ in found.dots)


def test_the_labels_of_a_line_are_few_and_the_last_one_stands_at_the_end() -> None:
    for number in range(2, 60):
        words = drawn(chart([1.0] * number, kind=ChartKind.LINE)).words[:-1]
        assert 2 <= len(words) <= 4
        assert (words[0].text, words[-1].text) == ("label 0", f"label {number - 1}")
        apart = [two.x - one.x for one, two in pairwise(words)]
        assert min(apart) > 60


@pytest.mark.parametrize(
    ("value", "highest", "wanted"),
    [(None, 5, 0), (0, 5, 0), (1, 5, 1), (2, 5, 2), (5, 5, 5), (1, 100, 1), (21, 100, 2), (100, 100, 5), (3, 0, 0)],
)
def test_numbers_stand_in_five_shades(value: float | None, highest: float, wanted: int) -> None:
    assert shade(value, highest) == wanted
