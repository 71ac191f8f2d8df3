"""Spending: what is said of budgets is of the window that counts now, and people hear of it when it is nearly over."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from handlers.base.organisation import SourceRules
from handlers.dispatch.tidy import Tidy
from handlers.report.digest import build_digest
from handlers.report.sources import read_sources
from handlers.report.spending import BudgetLine, read_spending
from storage.listen import budgets
from storage.people import people
from tests.harness.scene import Scene
from tests.harness.spending import MONEY, TUBE, UNITS, selling, spend


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.organisation = selling(scene.organisation)
    return scene


def told(scene: Scene) -> dict[str, BudgetLine]:
    lines = scene.database.read(lambda session: read_spending(session, scene.organisation.sources, scene.now))
    assert {one.source for one in lines} == {"tube"}
    return {one.budget.unit.many: one for one in lines}


def test_what_was_never_asked_has_spent_nothing(scene: Scene) -> None:
    lines = told(scene)
    assert [one.spent for one in lines.values()] == [0, 0]
    assert lines["units"].sentence == "0 of 10,000 units a day are spent; there is more at 2026-03-03 08:00 UTC."
    assert lines["USD"].sentence == "0 of 10 USD a month are spent; there is more at 2026-04-01 00:00 UTC."


def test_what_was_spent_is_said_until_its_window_ends(scene: Scene) -> None:
    spend(scene.database, UNITS, 9_100, scene.now)
    spend(scene.database, MONEY, 1_250, scene.now)
    assert told(scene)["units"].said == "9,100 of 10,000 units a day are spent"
    assert told(scene)["USD"].said == "1.25 of 10 USD a month are spent"
    scene.pass_time(days=1)
    assert {unit: one.spent for unit, one in told(scene).items()} == {"units": 0, "USD": 1_250}


def test_what_was_spent_at_the_last_moment_counts_in_the_next_window_too(scene: Scene) -> None:
    scene.now = datetime(2026, 3, 3, 7, 59, 50, tzinfo=UTC)
    spend(scene.database, UNITS, 7, scene.now)
    scene.pass_time(hours=1)
    assert told(scene)["units"].spent == 7
    scene.pass_time(days=1)
    assert told(scene)["units"].spent == 0


@pytest.mark.parametrize(("spent", "near"), [(7_999, False), (8_000, True), (10_000, True), (10_400, True)])
def test_people_hear_of_a_budget_from_four_fifths_on(scene: Scene, spent: int, near: bool) -> None:
    spend(scene.database, UNITS, spent, scene.now)
    assert told(scene)["units"].near is near

    def digest(session: Session) -> list[str]:
        department = people.department(session, "finance")
        assert department is not None
        made = build_digest(session, scene.organisation, department.id, scene.now)
        return [line.text for part in made.sections if part.title.startswith("Budgets") for line in part.lines]

    said = [f"tube: {spent:,} of 10,000 units a day are spent; there is more"] if near else []
    assert scene.database.read(digest) == said


def test_each_source_is_told_with_its_own_budgets(scene: Scene) -> None:
    spend(scene.database, UNITS, 5, scene.now)
    lines = scene.database.read(lambda session: read_sources(session, scene.organisation, scene.now))
    assert {one.name: [line.spent for line in one.budgets] for one in lines} == {"blog": [], "tube": [5, 0]}


def test_where_no_source_has_a_budget_nothing_is_read(scene: Scene) -> None:
    plain = (SourceRules(name="blog", kind="feed"),)
    with Session(scene.engine) as session:
        assert read_spending(session, plain, scene.now) == []
        assert not session.in_transaction()


def test_at_night_what_is_long_over_is_forgotten(scene: Scene) -> None:
    spend(scene.database, UNITS, 5, scene.now)
    scene.pass_time(days=60)
    spend(scene.database, MONEY, 5, scene.now)
    scene.pass_time(days=11)
    scene.do(Tidy(job="tidy", slot="tonight"))
    rows = scene.database.read(lambda session: budgets.rows(session, [TUBE.name]))
    assert [row.unit for row in rows] == ["USD"]
