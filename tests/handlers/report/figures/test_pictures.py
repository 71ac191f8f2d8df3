"""Pictures hold no number of their own: each is a figure of the report, and opens what that opens."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from handlers.base.charts import Chart, Matrix, Point
from handlers.report.figures.periods import read_period
from handlers.report.figures.pictures import pictures
from handlers.report.figures.report import Report
from handlers.report.figures.shown import Figure, number
from storage.engine.database import Database
from tests.handlers.report.figures.test_report import PEOPLE, busy, told


def opened(figure: Figure) -> str:
    return "/".join((figure.rows, *figure.of))


def drawn(report: Report) -> dict[str, Chart | Matrix]:
    return {one.name: one for one in pictures(report, opened, lambda figure: "before/" + opened(figure))}


def points(one: Chart | Matrix) -> list[Point]:
    rows = one.cells if isinstance(one, Matrix) else [series.points for series in one.series]
    return [point for row in rows for point in row]


def test_every_number_of_a_picture_is_a_figure_and_opens_what_that_does(in_memory: Database) -> None:
    report = told(in_memory, busy(PEOPLE))
    found = drawn(report)
    assert list(found) == ["days", "replies", "claim", "helped", "handed_off", "map"]
    figures = {(opened(one), one.value, one.shown, one.n) for _, one in report.figures}
    numbers = [point for one in found.values() for point in points(one) if point.opens]
    assert len(numbers) > 80
    assert all((point.opens, point.value, point.says, point.n) in figures for point in numbers)
    for matrix in (one for one in found.values() if isinstance(one, Matrix)):
        all_of = sum(one.value or 0 for one in report.matrices if one.name == matrix.name)
        assert sum(point.value or 0 for point in points(matrix)) == all_of
    assert all(one.sentence and one.definition and len(one.title) <= 50 for one in found.values())


def test_who_has_too_few_people_for_figures_has_none_in_a_picture(in_memory: Database) -> None:
    labels = {label for one in drawn(told(in_memory, busy(PEOPLE))).values() for label in names(one)}
    assert "legal" not in {label.casefold() for label in labels}
    assert "Others" in labels


def names(one: Chart | Matrix) -> tuple[str, ...]:
    return one.labels if isinstance(one, Chart) else (*one.rows, *one.columns)


def test_where_no_department_has_figures_there_is_what_arrived_and_no_more(in_memory: Database) -> None:
    assert list(drawn(told(in_memory, busy({"support": 4, "finance": 3})))) == ["days"]


def test_sources_that_the_same_departments_answer_are_told(in_memory: Database) -> None:
    report = told(in_memory, busy(PEOPLE))
    keys = [one.key for one in report.departments][:2]

    def where(**sources: tuple[int, int]) -> str:
        cells = [
            number("map", "", n, key, name) for name, two in sources.items() for key, n in zip(keys, two, strict=True)
        ]
        matrix = drawn(replace(report, matrices=tuple(cells)))["map"]
        assert isinstance(matrix, Matrix)
        return matrix.warning

    assert "blog and forum" in where(blog=(30, 10), forum=(60, 20), x=(5, 35))
    assert where(blog=(30, 10), forum=(20, 20), x=(5, 35)) == ""
    assert where(blog=(3, 1), forum=(6, 2)) == "", "too few to say so"


def test_what_is_longer_than_a_month_is_told_by_weeks_and_what_is_to_come_by_nothing() -> None:
    zone, now = ZoneInfo("Pacific/Apia"), datetime(2026, 11, 12, 3, tzinfo=UTC)
    quarter = read_period("2026-Q4", zone, now).parts(now)
    assert [str(one) for one in quarter] == [
        *("2026-10-01", "2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09")
    ]
    month = read_period("2026-11", zone, now).parts(now)
    assert [one.day for one in month] == [*range(1, 13)]
    gone = read_period("2011-12", zone, now).parts(now)
    assert [one.day for one in gone] == [*range(1, 30), 31], "that day was left out there"
