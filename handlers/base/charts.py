"""Charts: numbers that one looks at, in neutral terms. Each says in a sentence what it shows, and holds its numbers.

A platform draws what it can: bars, a line with gaps where nothing is known, or a table in shades. Who sees no picture
reads the sentence, and every number opens what it counts. Labels are names of departments, sources and weeks, so they
are as untrusted as all names.
"""

from dataclasses import dataclass
from enum import StrEnum

# What fits on a telephone, and in the charts of chat platforms.
MOST_BARS = 20
MOST_SERIES = 2


class ChartKind(StrEnum):
    """Bars beside one another, one group for each label; or lines along labels that follow one another in time."""

    BARS = "bars"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number.

    Attributes:
        label: What it is of: a department, a week.
        value: At least 0; None where there is none: a gap in a line, and no bar.
        says: How it reads: "46", "83 %", "18 min"; "–" where there is none.
        n: Of how many it is, where it is a share or a time.
        opens: The address at which what it counts is listed; empty where there is none.
    """

    label: str
    value: float | None
    says: str
    n: int | None = None
    opens: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers of one kind: those of this week, those of the week before. All of a chart have the same labels."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of numbers.

    Attributes:
        name: A word that is its own on a page: "replies".
        title: At most 50 characters.
        sentence: What it shows, for who sees it and who does not.
        definition: How its numbers are counted.
        kind: How it is drawn.
        series: At most two.
    """

    name: str
    title: str
    sentence: str
    definition: str
    kind: ChartKind = ChartKind.BARS
    series: tuple[Series, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What its numbers are of, in their order."""
        return tuple(one.label for one in self.series[0].points) if self.series else ()

    @property
    def highest(self) -> float:
        """The highest of its numbers; 0 where there is none."""
        return max((one.value or 0 for series in self.series for one in series.points), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Numbers by two things, as a table in shades: who handed on to whom, which source is answered by whom.

    Attributes:
        name: A word that is its own on a page.
        rows: What stands down its side; ``columns`` what stands above.
        cells: One tuple for each row, one number for each column.
        corner: What rows and columns are: "from ↓ to →".
        warning: What is to be looked into, or empty.
    """

    name: str
    title: str
    sentence: str
    definition: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Point, ...], ...]
    corner: str = ""
    warning: str = ""

    @property
    def highest(self) -> float:
        """The highest of its numbers; 0 where there is none."""
        return max((one.value or 0 for row in self.cells for one in row), default=0)


SHADES = 5


def shade(value: float | None, highest: float) -> int:
    """Return in which of five shades a number of a table stands, and 0 where it is none or nothing."""
    if not value or highest <= 0:
        return 0
    return min(SHADES, 1 + int(value * SHADES / highest - 1e-9))
